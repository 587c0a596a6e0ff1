"""One function for both kinds of session: it acts at once with a `Session`, and is awaited with an `AsyncSession`.

A forgotten ``await`` must not lose an event in silence, so a transaction in which one was forgotten cannot be
committed.
"""

from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")

OWN = "trunkline "
"""How the names of Trunkline's notes in a session's `info` begin."""

_PROMISED = OWN + "promised"


class _Promise(Generic[T]):
    """What `on_session` returns for an `AsyncSession`: the result, once awaited."""

    def __init__(self, session: "AsyncSession", function: Callable[[Session], T]) -> None:
        self._session = session
        self._function = function
        session.sync_session.info.setdefault(_PROMISED, []).append(self)

    def __await__(self) -> Generator[object, None, T]:
        self._session.sync_session.info[_PROMISED].remove(self)
        return self._session.run_sync(self._function).__await__()


def on_session(session: "Session | AsyncSession", function: Callable[[Session], T]) -> T | Awaitable[T]:
    """Run `function` with the session, or return what runs it when awaited."""
    if isinstance(session, Session):
        return function(session)
    return _Promise(session, function)


def keep_own_notes(session: Session) -> None:
    """Forget what others have noted in the session's `info`."""
    for name in [name for name in session.info if not str(name).startswith(OWN)]:
        del session.info[name]


@event.listens_for(Session, "before_commit")
def _refuse_forgotten(session: Session) -> None:
    if session.info.get(_PROMISED):
        raise RuntimeError("with an AsyncSession, calls of trunkline.sql must be awaited, and one was not")


@event.listens_for(Session, "after_soft_rollback")
def _forget_promises(session: Session, _: object) -> None:
    session.info.pop(_PROMISED, None)
