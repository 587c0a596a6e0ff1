"""The NATS service protocol (ADR-32): what an instance answers on ``$SRV``, and how an agent is read from that.

An instance of an agent is a service, its skills are the endpoints, whose schemas are in their metadata. Metadata holds
text only. What makes a service one of our agents is that its metadata says so.
"""

from collections.abc import Callable
from typing import Any

import pydantic_core
from pydantic import BaseModel

from trunkline.registry.card import AgentCard, Presence, Skill
from trunkline.tally import Tally

Answer = Callable[[AgentCard, Presence], dict[str, Any]]

_KIND = "trunkline"
_AGENT = "agent"


def ping(card: AgentCard, presence: Presence) -> dict[str, Any]:
    """Answer ``$SRV.PING``."""
    return {"type": "io.nats.micro.v1.ping_response", **_identity(presence)}


def info(card: AgentCard, presence: Presence) -> dict[str, Any]:
    """Answer ``$SRV.INFO``."""
    return {
        "type": "io.nats.micro.v1.info_response",
        **_identity(presence),
        "description": presence.description,
        "endpoints": [{**_endpoint(skill), "metadata": _metadata_of(skill)} for skill in presence.skills],
    }


def stats(card: AgentCard, presence: Presence) -> dict[str, Any]:
    """Answer ``$SRV.STATS``."""
    return {
        "type": "io.nats.micro.v1.stats_response",
        **_identity(presence),
        "started": f"{presence.started:%Y-%m-%dT%H:%M:%S.%fZ}",
        "endpoints": [{**_endpoint(skill), **_counts(card.tallies.get(skill.id, Tally()))} for skill in card.skills],
    }


ANSWERS: dict[str, Answer] = {"PING": ping, "INFO": info, "STATS": stats}


def subjects_of(verb: str, card: AgentCard) -> tuple[str, str]:
    """Return where one agent's instances, and one instance alone, are asked; all are asked on ``$SRV.{verb}``."""
    return f"$SRV.{verb}.{card.name}", f"$SRV.{verb}.{card.name}.{card.instance}"


class _Endpoint(BaseModel):
    name: str
    subject: str = ""
    queue_group: str = ""
    metadata: dict[str, str] = {}


class _Info(BaseModel):
    """An answer to ``$SRV.INFO`` by whatever service."""

    name: str
    id: str
    version: str
    description: str = ""
    metadata: dict[str, str] | None = None
    endpoints: list[_Endpoint] | None = None


def presence_in(answer: bytes) -> Presence | None:
    """Read an answer to ``$SRV.INFO``; None when it is of a service that is none of our agents.

    Raises:
        ValueError: it is no answer.
    """
    found = _Info.model_validate_json(answer)
    metadata = found.metadata or {}
    if metadata.get(_KIND) != _AGENT:
        return None
    skills = [
        Skill(
            id=each.name,
            description=each.metadata.get("description", ""),
            subject=each.subject,
            queue=each.queue_group,
            input_schema=pydantic_core.from_json(each.metadata.get("input_schema", "{}")),
            result_schema=pydantic_core.from_json(each.metadata.get("result_schema", "{}")),
        )
        for each in found.endpoints or ()
    ]
    said = {name: text or None for name, text in metadata.items() if name in Presence.model_fields}
    identity = {"name": found.name, "instance": found.id, "version": found.version}
    return Presence.model_validate({**said, **identity, "description": found.description, "skills": skills})


def _identity(presence: Presence) -> dict[str, Any]:
    metadata = {
        _KIND: _AGENT,
        "started": presence.started.isoformat(),
        "host": presence.host,
        "pid": str(presence.pid),
        "ttl": f"{presence.ttl:g}",
        "load": f"{presence.load:g}" if presence.load is not None else "",
    }
    return {"name": presence.name, "id": presence.instance, "version": presence.version, "metadata": metadata}


def _endpoint(skill: Skill) -> dict[str, Any]:
    return {"name": skill.id, "subject": skill.subject, "queue_group": skill.queue}


def _metadata_of(skill: Skill) -> dict[str, str]:
    return {
        "description": skill.description,
        "input_schema": pydantic_core.to_json(skill.input_schema).decode(),
        "result_schema": pydantic_core.to_json(skill.result_schema).decode(),
    }


def _counts(tally: Tally) -> dict[str, Any]:
    return {
        "num_requests": tally.begun,
        "num_errors": tally.failed,
        "last_error": "",
        "processing_time": tally.nanoseconds,
        "average_processing_time": tally.nanoseconds // tally.begun if tally.begun else 0,
        "data": {"running": tally.running, "buried": tally.buried},
    }
