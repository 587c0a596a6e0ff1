"""What came of it: waiting until all is done, and holding effects against what was accepted."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from chaos.copies import Copy, find_copies
from chaos.program import FIRST, SECOND, STREAM
from chaos.tables import accepted, effects
from chaos.world import World
from trunkline.errors import DatabaseError, ServerError
from trunkline.sql import outbox
from trunkline.sql.tables import dead_letters
from trunkline.testing import Findings, compare

Entry = tuple[str, int]

_POLL_SECONDS = 0.5
_QUIET_LOOKS = 3
_LOOKS_SAID = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong, by handler, and with the events that had to become dead letters.

    `unkept`: answered with 202, and not in the database. `given_up`: dead letters of events that could be handled.
    `unburied`: poison that is not exactly one dead letter, or had an effect. `copies`: messages that the stream holds
    beyond one for each event, which is allowed, and counted.
    """

    events: int
    effects: int
    poison: int
    trouble: dict[str, int]
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
        return not wrong


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


async def judge(world: World, answered: list[Entry]) -> Verdict:
    """Read what the database holds and compare; `answered` is what the clients were promised."""
    written = await world.database.read(_accepted)
    done = {stage: await world.database.read(partial(_effects, stage=stage)) for stage in STAGES}
    letters = await world.database.read(_dead_letters)
    poison = [entry for entry, trouble in written if trouble == "poison"]
    plain = [entry for entry, trouble in written if trouble != "poison"]
    known = {entry for entry, _ in written}
    troubles = [trouble for _, trouble in written if trouble != "none"]
    return Verdict(
        events=len(written),
        effects=sum(len(each) for each in done.values()),
        poison=len(poison),
        trouble={name: troubles.count(name) for name in sorted(set(troubles))},
        findings={stage: compare(plain, found) for stage, found in done.items()},
        unkept=tuple(entry for entry in answered if entry not in known),
        given_up=tuple(letter for letter in letters if letter not in {_poison_letter(entry) for entry in poison}),
        unburied=tuple(letter for entry in poison if letters.count(letter := _poison_letter(entry)) != 1),
        copies=await find_copies(world),
    )


STAGES = (FIRST, SECOND)


async def _left(world: World) -> str:
    """Return what is not done yet, in words; empty when everything is."""
    try:
        waiting = await world.database.read(outbox.waiting)
        consumers = (await world.ask(f"CONSUMER.LIST.{STREAM}"))["consumers"] or []
    except (DatabaseError, ServerError) as error:
        return str(error)
    left = [f"{waiting} in the outbox"] if waiting else []
    missing = set(STAGES) - {each["name"] for each in consumers}
    left += [f"no consumer {name}" for name in sorted(missing)]
    left += [
        f"{each['name']} {each['num_pending']} to come, {each['num_ack_pending']} under way"
        for each in consumers
        if each["num_pending"] or each["num_ack_pending"]
    ]
    return "; ".join(left)


def _accepted(session: Session) -> list[tuple[Entry, str]]:
    rows = session.execute(select(accepted).order_by(accepted.c.key, accepted.c.number))
    return [((row.key, row.number), row.trouble) for row in rows]


def _effects(session: Session, stage: str) -> list[Entry]:
    rows = session.execute(select(effects).where(effects.c.stage == stage).order_by(effects.c.id))
    return [(row.key, row.number) for row in rows]


def _dead_letters(session: Session) -> list[str]:
    """Return every dead letter as its handler, key and number."""
    found: list[str] = []
    for row in session.execute(select(dead_letters.c.handler, dead_letters.c.payload)):
        data = json.loads(row.payload)
        found.append(f"{row.handler} {data['key']} {data['number']}")
    return found


def _poison_letter(entry: Entry) -> str:
    key, number = entry
    return f"{FIRST} {key} poison {number}"
