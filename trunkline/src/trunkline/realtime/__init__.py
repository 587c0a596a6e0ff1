"""Fan-out of events to clients that hold a connection open, such as WebSockets, and resuming after a break.

A `Feed` reads a stream, once for each process, and fills a `Hub`, in which each client has a bounded queue of its own.
A `Follower` is one client's way through both: first what it missed, read from the stream by its subject, then what
comes. All of it lives on one event loop; nothing here may be called from another thread.
"""

from trunkline.realtime.ending import closed_on_signals
from trunkline.realtime.feed import Feed, Item
from trunkline.realtime.follower import Beginning, Follower, followed
from trunkline.realtime.hub import CutOff, Hub, HubClient
from trunkline.realtime.place import Place

__all__ = [
    "Beginning",
    "CutOff",
    "Feed",
    "Follower",
    "Hub",
    "HubClient",
    "Item",
    "Place",
    "closed_on_signals",
    "followed",
]
