"""Every test of the repository: the settings of whoever runs it do not reach it.

Tests never read `.env`, which may name a production server; here the environment goes the same way, before anything of
the platform is imported. A NATS_URL is kept under the name of TEST_NATS_URL, for the tests that are to use it.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

from core.settings import without_settings

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")

# A shell's background job ignores SIGINT, and so would the programs that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

GIVEN_URL = os.environ.get("NATS_URL")
for name in os.environ.keys() - without_settings(os.environ).keys():
    del os.environ[name]
os.environ["ENVIRONMENT"] = "test"
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="expert-sourcing-tests-")  # never one that was there: it is removed
if GIVEN_URL:
    os.environ["TEST_NATS_URL"] = GIVEN_URL


@pytest.fixture(scope="session", autouse=True)
def _no_data_left() -> Iterator[None]:
    """Remove the folder in which whatever is imported here would keep its data."""
    yield
    shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)
