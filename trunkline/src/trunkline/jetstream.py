"""JetStream's own interface: JSON requests on ``$JS.API.>``, asked without nats-py's models.

nats-py has no fields for what newer servers know (``allow_batched``, for one), and its errors do not tell "there is no
JetStream here" from "nobody answers just now". Here they do: `ask` says which of the two it is.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pydantic_core
from nats import errors
from nats.aio.client import Client

from trunkline.cancellation import uneaten

NANOSECOND = 1_000_000_000


class JetStreamState(StrEnum):
    """Whether the server that we are connected to keeps streams for us."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ApiError(Exception):
    """JetStream answered with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        self.code = int(error.get("code", 0))
        self.err_code = int(error.get("err_code", 0))
        self.description = str(error.get("description", "unknown error"))
        super().__init__(f"{self.description} (JetStream error {self.err_code or self.code})")


class ApiSilent(Exception):
    """JetStream did not answer: `absent` when the server says that nobody listens, otherwise it took too long."""

    def __init__(self, reason: str, *, absent: bool) -> None:
        super().__init__(reason)
        self.absent = absent


async def call(
    client: Client, name: str, body: Mapping[str, object] | None = None, *, timeout: float
) -> dict[str, Any]:
    """Ask ``$JS.API.<name>`` and return its answer.

    Raises:
        ApiError: JetStream refused.
        ApiSilent: nobody answered within `timeout` seconds, or nobody is there to answer.
    """
    payload = pydantic_core.to_json(body) if body is not None else b""
    return await _asked(client, f"$JS.API.{name}", payload, None, timeout)


async def store(
    client: Client, subject: str, payload: bytes, headers: dict[str, str] | None = None, *, timeout: float
) -> dict[str, Any]:
    """Have a stream keep a message that is no event, and return its acknowledgement; raises as `call`."""
    return await _asked(client, subject, payload, headers, timeout)


async def _asked(
    client: Client, subject: str, payload: bytes, headers: dict[str, str] | None, timeout: float
) -> dict[str, Any]:
    try:
        message = await uneaten(client.request(subject, payload, timeout=timeout, headers=headers))
    except errors.NoRespondersError:
        raise ApiSilent("the server has no JetStream for this account", absent=True) from None
    except (errors.TimeoutError, TimeoutError):
        raise ApiSilent(f"JetStream did not answer within {timeout:g} s", absent=False) from None
    except (errors.Error, OSError) as error:
        raise ApiSilent(f"JetStream cannot be asked: {error}", absent=False) from error
    try:
        answer = pydantic_core.from_json(message.data)
    except ValueError:
        raise ApiSilent("JetStream's answer is no JSON", absent=False) from None
    if not isinstance(answer, dict):
        raise ApiSilent("JetStream's answer is no object", absent=False)
    if isinstance(answer.get("error"), dict):
        raise ApiError(answer["error"])
    return answer


# "account not found", "JetStream not enabled for account", "JetStream not enabled"
_NOT_HERE = {10035, 10039, 10076}


async def ask(client: Client, *, timeout: float) -> tuple[JetStreamState, str | None]:
    """Say whether JetStream is there, and why not; one request, answered in a round trip."""
    try:
        await call(client, "INFO", timeout=timeout)
    except ApiSilent as silence:
        return (JetStreamState.NO if silence.absent else JetStreamState.UNKNOWN), str(silence)
    except ApiError as error:
        return (JetStreamState.NO if error.err_code in _NOT_HERE else JetStreamState.UNKNOWN), str(error)
    return JetStreamState.YES, None


async def streams_covering(client: Client, subject: str, *, timeout: float) -> list[str]:
    """Return the names of all streams on the server that keep `subject`, which may be a pattern."""
    names: list[str] = []
    while True:
        answer = await call(client, "STREAM.NAMES", {"subject": subject, "offset": len(names)}, timeout=timeout)
        page = answer.get("streams") or []
        names.extend(page)
        if not page or len(names) >= answer.get("total", 0):
            return names
