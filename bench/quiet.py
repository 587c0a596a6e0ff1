"""What the library logs while it is measured: errors alone, and not where figures are read."""

import logging
import sys

import structlog


def log_errors_only() -> None:
    """Have Trunkline write its errors to the standard error, and nothing else."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
