"""How the process logs: one line for each event, for people in development and as JSON in production.

What libraries log through the standard module takes the same way, so that a process has one format. Tracebacks come
without local variables, which hold passwords, tokens and people's words. Should a bearer token or a URL's password
stand in a line all the same (a client that puts its token into an address has it in the access log), it is cut out.
"""

import logging
import logging.config
import re
import sys
from typing import Any

import structlog
from structlog.processors import ExceptionRenderer, JSONRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor, WrappedLogger

from core.config import Settings

_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
_USER_INFORMATION = re.compile(r"(?<=://)[^\s/@'\"]+@")


def configure_logging(settings: Settings) -> None:
    """Set the process's logging up; again is harmless."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Any] = [ExceptionRenderer(ExceptionDictTransformer(show_locals=False)), JSONRenderer()]
    if settings.environment != "production":
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    rendered = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, _without_secrets],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"rendered": rendered},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "rendered"}},
            "root": {"handlers": ["stderr"], "level": settings.log_level},
            "loggers": {
                name: {"handlers": [], "propagate": True} for name in ("uvicorn", "uvicorn.error", "uvicorn.access")
            },
        }
    )


def _without_secrets(logger: WrappedLogger, method: str, line: str) -> str:
    return _USER_INFORMATION.sub("***@", _TOKEN.sub("[token]", line))
