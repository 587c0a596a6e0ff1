"""What came of it: waiting until all is done, and holding effects against what was accepted."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from chaos.copies import Copy, find_copies
from chaos.generator import Entry, Generator
from chaos.program import BARE, FIRST, HANDLERS, ORDERED, STREAM
from chaos.replays import ERROR_CLASS
from chaos.tables import accepted, effects
from chaos.trouble import Trouble
from chaos.world import World
from trunkline.errors import DatabaseError, ServerError
from trunkline.sql import deadletters, outbox
from trunkline.sql.tables import dead_letters
from trunkline.testing import Findings, compare

_POLL_SECONDS = 0.5
_QUIET_LOOKS = 3
_LOOKS_SAID = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong, by handler, and with the events that had to become dead letters.

    `events` were accepted with their rows, `published` without. `unkept`: answered with 202, and not in the database.
    `given_up`: dead letters of events that could be handled. `unburied`: poison, or an event to be replayed, that is
    not exactly one dead letter. `replayed`: letters that were. `copies`: messages that the stream holds beyond one for
    each event, which is allowed where it could not know better, and counted.
    """

    events: int
    published: int
    effects: int
    poison: int
    replayed: int
    findings: dict[str, Findings]
    unkept: tuple[Entry, ...]
    given_up: tuple[str, ...]
    unburied: tuple[str, ...]
    copies: tuple[Copy, ...]

    @property
    def lost(self) -> int:
        """Accepted, and without effect."""
        return len(self.unkept) + sum(len(each.lost) for each in self.findings.values())

    @property
    def doubled(self) -> int:
        """With more than one effect."""
        return sum(len(each.doubled) for each in self.findings.values())

    @property
    def disordered(self) -> int:
        """Took effect after a later one of its key."""
        return sum(len(each.disordered) for each in self.findings.values())

    @property
    def clean(self) -> bool:
        """Whether the proof holds."""
        invented = any(each.invented for each in self.findings.values())
        wrong = self.lost or self.doubled or self.disordered or invented or self.given_up or self.unburied
        return not wrong and all(copy.is_allowed for copy in self.copies)


async def wait_until_done(world: World, limit: float, say: Callable[[str], None]) -> float | None:
    """Wait until nothing is in the outbox, on its way or being handled; return the seconds, or None after `limit`."""
    began = time.monotonic()
    looks = quiet = 0
    while time.monotonic() - began < limit:
        left = await _left(world)
        quiet = 0 if left else quiet + 1
        if quiet == _QUIET_LOOKS:
            return time.monotonic() - began
        if left and looks % _LOOKS_SAID == 0:
            say(f"still to be done: {left}")
        looks += 1
        await asyncio.sleep(_POLL_SECONDS)
    return None


async def judge(world: World, generator: Generator) -> Verdict:
    """Read what the database holds and compare it with what the clients of `generator` were promised."""
    written = await world.database.read(_accepted)
    done = {handler: await world.database.read(partial(_effects, handler=handler)) for handler in HANDLERS}
    letters = await world.database.read(_dead_letters)
    poison = [entry for entry, trouble in written.items() if trouble == "poison"]
    published = _published(generator, done[BARE])
    to_replay = [_letter(FIRST, entry) for entry, trouble in written.items() if trouble == "bury"]
    to_replay += [_letter(BARE, entry) for entry, trouble in published.items() if trouble == "bury"]
    to_bury = [_letter(FIRST, entry, poison=True) for entry in poison] + to_replay
    return Verdict(
        events=len(written),
        published=len(published),
        effects=sum(len(each) for each in done.values()),
        poison=len(poison),
        replayed=len(set(letters) & set(to_replay)),
        findings={
            handler: _compare(handler, published if handler == BARE else written, found)
            for handler, found in done.items()
        },
        unkept=tuple(entry for entry in generator.accepted if entry not in written),
        given_up=tuple(letter for letter in letters if letter not in set(to_bury)),
        unburied=tuple(letter for letter in to_bury if letters.count(letter) != 1),
        copies=await find_copies(world),
    )


def _published(generator: Generator, found: list[Entry]) -> dict[Entry, Trouble]:
    """Return what was published: what was answered so, and what acted though its answer was lost."""
    certain, acted = set(generator.published), set(found)
    return {entry: trouble for entry, trouble in generator.tried.items() if entry in certain or entry in acted}


def _compare(handler: str, written: dict[Entry, Trouble], found: list[Entry]) -> Findings:
    """Hold the effects of a handler against what was accepted: all of it once, and what keeps its order in order."""
    findings = compare([entry for entry, trouble in written.items() if trouble != "poison"], found)
    if handler not in ORDERED:
        return replace(findings, disordered=())
    # An event that was given up let the later ones of its key go first, and came again when it was replayed.
    in_order = compare(written, [entry for entry in found if written.get(entry) != "bury"])
    return replace(findings, disordered=in_order.disordered)


async def _left(world: World) -> str:
    """Return what is not done yet, in words; empty when everything is."""
    try:
        waiting = await world.database.read(outbox.waiting)
        to_replay = await world.database.read(partial(deadletters.count, error_class=ERROR_CLASS))
        consumers = (await world.ask(f"CONSUMER.LIST.{STREAM}"))["consumers"] or []
    except (DatabaseError, ServerError) as error:
        return str(error)
    left = [f"{waiting} in the outbox"] if waiting else []
    left += [f"{to_replay} to be replayed"] if to_replay else []
    missing = set(HANDLERS) - {each["name"] for each in consumers}
    left += [f"no consumer {name}" for name in sorted(missing)]
    left += [
        f"{each['name']} {each['num_pending']} to come, {each['num_ack_pending']} under way"
        for each in consumers
        if each["num_pending"] or each["num_ack_pending"]
    ]
    return "; ".join(left)


def _accepted(session: Session) -> dict[Entry, Trouble]:
    rows = session.execute(select(accepted).order_by(accepted.c.key, accepted.c.number))
    return {(row.key, row.number): row.trouble for row in rows}


def _effects(session: Session, handler: str) -> list[Entry]:
    rows = session.execute(select(effects).where(effects.c.stage == handler).order_by(effects.c.id))
    return [(row.key, row.number) for row in rows]


def _dead_letters(session: Session) -> list[str]:
    """Return every dead letter as `_letter` writes it, and more where it is not what it must be."""
    columns = select(dead_letters.c.handler, dead_letters.c.payload, dead_letters.c.rounds, dead_letters.c.replayed_at)
    found: list[str] = []
    for handler, payload, rounds, replayed_at in session.execute(columns):
        data = json.loads(payload)
        replayed = " replayed" if replayed_at is not None else ""
        # One that was delivered again before its replay was done is given up once more, and replayed in a later round.
        again = f" in round {rounds}" if rounds and not replayed else ""
        found.append(f"{handler} {data['key']} {data['number']}{replayed}{again}")
    return found


def _letter(handler: str, entry: Entry, *, poison: bool = False) -> str:
    """Return what the dead letter of an event must be like: poison stays, everything else was replayed."""
    key, number = entry
    return f"{handler} {key} poison {number}" if poison else f"{handler} {key} {number} replayed"
