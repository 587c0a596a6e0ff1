"""What goes past nats-py's public face: the only folder that touches what it keeps to itself.

nats-py gives each received message to a queue and a task, and parses and copies more than it has to; each write is a
command that a task of its own sends. Here messages go from the socket to a plain function (`parser.py`), and what is
written in one turn of the event loop goes out together (`writer.py`). Connecting, reconnecting, authentication and TLS
stay nats-py's.
"""

from trunkline.wire.client import WireClient, server_info
from trunkline.wire.frames import message_frame
from trunkline.wire.listening import Receive, listen, unsubscribe
from trunkline.wire.received import Received
from trunkline.wire.writer import Writer

__all__ = [
    "Receive",
    "Received",
    "WireClient",
    "Writer",
    "listen",
    "message_frame",
    "server_info",
    "unsubscribe",
]
