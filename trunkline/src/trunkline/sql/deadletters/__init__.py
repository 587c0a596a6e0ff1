"""Dead letters: events that could not be handled or sent, kept with everything needed to understand and replay them.

One rule whatever the reason (the handler raised too often, the payload can never be valid, the worker died over and
over, no stream will ever take it): a row of one table, written in the transaction that marks the event as done by its
handler, or takes it from the outbox.

**A replay** is one transaction too. It takes exactly that mark away, puts the event into the outbox in its next round
(`trunkline.events`), for the handler that had given it up alone, and notes on the letter that it was replayed. What
comes of it is the handler's commit, or another letter of the same event, one round further. A letter is replayed once,
so that two operators, or a request sent twice, do not run a handler twice. It is kept for as long as inbox marks are.

Everything here but `replay_all` is a function of a session, for ``database.write`` and ``database.read``.
"""

from trunkline.sql.deadletters.letters import RELAY, DeadLetter, add, get
from trunkline.sql.deadletters.listing import MAX_PAGE, Group, count, groups, list
from trunkline.sql.deadletters.replaying import discard, edit, prune, replay, replay_all

__all__ = [
    "MAX_PAGE",
    "RELAY",
    "DeadLetter",
    "Group",
    "add",
    "count",
    "discard",
    "edit",
    "get",
    "groups",
    "list",
    "prune",
    "replay",
    "replay_all",
]
