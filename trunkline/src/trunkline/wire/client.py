"""The nats-py client that Trunkline connects with."""

from collections.abc import Callable, Mapping
from typing import Any

from nats import errors
from nats.aio.client import Client

from trunkline.wire.parser import Parser
from trunkline.wire.received import Received


class WireClient(Client):
    """A nats-py client with a parser of ours.

    It never sends its credentials over a connection that should be encrypted and is not. nats-py encrypts when the
    server asks for it and otherwise goes on in the clear, ``tls://`` or not: whoever stands in between could ask for
    nothing and read the password.
    """

    def __init__(self, *, tls_required: bool) -> None:
        super().__init__()
        self._tls_required = tls_required
        self.direct: dict[bytes, Callable[[Received], None]] = {}
        """By subscription id: the functions that get their messages from the parser."""
        self._ps = Parser(self)  # type: ignore[assignment]  # ours in its place

    def _connect_command(self) -> bytes:
        if self._tls_required and not self._server_info.get("tls_required"):
            raise errors.SecureConnRequiredError
        return super()._connect_command()


def server_info(client: Client) -> Mapping[str, Any]:
    """Return what the server said of itself when the client connected; empty before that."""
    return client._server_info
