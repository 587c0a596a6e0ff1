"""The nats-server program: one that we own (`NatsServer`), and one that processes share (`EmbeddedServer`)."""

from trunkline.server.embedded import EmbeddedServer
from trunkline.server.process import NatsServer

__all__ = ["EmbeddedServer", "NatsServer"]
