"""What is known of the agents, put together from all who were asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from trunkline.registry.card import Presence, Skill

LATE = 2 / 3
"""Of its time-to-live: who has been silent for longer has missed two of the times at which it should have spoken."""


class Liveness(StrEnum):
    """Whether an instance is there: heard of in time, `late`, or `gone`: silent for its time-to-live, or ended."""

    ALIVE = "alive"
    LATE = "late"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one of those who were asked knows: who was there how many seconds ago, and whether that was its end.

    `presence` is None where only the end of an instance is known.
    """

    name: str
    instance: str
    age: float
    presence: Presence | None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """One instance of an agent. `load` is what it last said: 0 idle, 1 all that it can do at once."""

    id: str
    liveness: Liveness
    stopped: bool
    """Whether it has ended in order."""
    version: str
    load: float | None
    started: datetime
    last_seen: datetime
    host: str
    pid: int


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """An agent: as alive as its liveliest instance, whose version, description and skills are the agent's.

    `load` is the mean of the instances that are alive; None when none is.
    """

    name: str
    liveness: Liveness
    version: str
    description: str
    skills: tuple[Skill, ...]
    load: float | None
    last_seen: datetime
    instances: tuple[InstanceStatus, ...]


def liveness_of(age: float, ttl: float, *, stopped: bool = False) -> Liveness:
    """Say what it means not to have heard of an instance for `age` seconds."""
    if stopped or age >= ttl:
        return Liveness.GONE
    return Liveness.LATE if age > ttl * LATE else Liveness.ALIVE


def statuses(sightings: Iterable[Sighting]) -> list[AgentStatus]:
    """Put together what is known, the liveliest first within each agent; agents are in the order of their names."""
    now = datetime.now(UTC)
    of_agent: dict[str, list[tuple[InstanceStatus, Presence]]] = {}
    for instance in _by_instance(sightings):
        last = _last_presence(instance)
        if last is not None:
            of_agent.setdefault(last.name, []).append((_instance(instance, last, now), last))
    return [_agent(of_agent[name]) for name in sorted(of_agent)]


def _by_instance(sightings: Iterable[Sighting]) -> list[list[Sighting]]:
    found: dict[tuple[str, str], list[Sighting]] = {}
    for sighting in sightings:
        found.setdefault((sighting.name, sighting.instance), []).append(sighting)
    return [sorted(each, key=lambda sighting: sighting.age) for each in found.values()]


def _last_presence(sightings: Sequence[Sighting]) -> Presence | None:
    return next((sighting.presence for sighting in sightings if sighting.presence is not None), None)


def _instance(sightings: Sequence[Sighting], last: Presence, now: datetime) -> InstanceStatus:
    age, stopped = sightings[0].age, any(sighting.stopped for sighting in sightings)
    return InstanceStatus(
        id=last.instance,
        liveness=liveness_of(age, last.ttl, stopped=stopped),
        stopped=stopped,
        version=last.version,
        load=last.load,
        started=last.started,
        last_seen=now - timedelta(seconds=age),
        host=last.host,
        pid=last.pid,
    )


def _agent(instances: list[tuple[InstanceStatus, Presence]]) -> AgentStatus:
    order = list(Liveness)
    instances.sort(key=lambda each: each[0].last_seen, reverse=True)
    instances.sort(key=lambda each: order.index(each[0].liveness))
    liveliest, says = instances[0]
    loads = [each.load for each, _ in instances if each.liveness is Liveness.ALIVE and each.load is not None]
    return AgentStatus(
        name=says.name,
        liveness=liveliest.liveness,
        version=says.version,
        description=says.description,
        skills=tuple(says.skills),
        load=round(sum(loads) / len(loads), 3) if loads else None,
        last_seen=max(each.last_seen for each, _ in instances),
        instances=tuple(each for each, _ in instances),
    )
