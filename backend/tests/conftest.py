"""What the application's tests share.

Tests never read `.env`, which may name a production server, and nothing dials the NATS_URL of the environment unless it
asks for it under the name of TEST_NATS_URL.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

os.environ["ENVIRONMENT"] = "test"
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="expert-sourcing-tests-")  # never one that was there: it is removed
if "NATS_URL" in os.environ:
    os.environ["TEST_NATS_URL"] = os.environ.pop("NATS_URL")


@pytest.fixture(scope="session", autouse=True)
def _no_data_left() -> Iterator[None]:
    """Remove the folder in which whatever is imported here would keep its data."""
    yield
    shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)
