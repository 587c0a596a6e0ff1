"""Agents: named parties that take events, do something, and publish what came of it.

`NATSAwareAgent` is a template. A subclass overrides `setup_subscriptions` to say what it listens to, and offers its
results to other agents with `publish_agent_result`.
"""

import asyncio
import inspect
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from trunkline.consumer import Handler
from trunkline.handlers import name_of, schema_of
from trunkline.receipts import Receipt
from trunkline.registry import AgentCard, Skill
from trunkline.registry.card import UNVERSIONED
from trunkline.service import NATSService
from trunkline.subjects import Subject
from trunkline.subscription import Subscription, load_of

AGENT_RESULT = Subject("agent.{agent_name}.result.{result_type}")


class NATSAwareAgent:
    """An agent on a service. `subscriptions` holds what it listens to, from `initialize` to `close`.

    `version` is what the registry shows of it; for a subclass to set.
    """

    version = UNVERSIONED

    def __init__(self, agent_name: str, nats_service: NATSService) -> None:
        self.agent_name = agent_name
        self.nats_service = nats_service
        self.subscriptions: list[Subscription] = []
        self._skills: dict[str, tuple[Skill, Subscription]] = {}

    async def initialize(self) -> None:
        """Begin to listen: runs `setup_subscriptions`."""
        await self.setup_subscriptions()

    async def setup_subscriptions(self) -> None:
        """Say what the agent listens to; for a subclass to override, with `subscribe`."""

    async def subscribe(
        self, pattern: str | Subject, handler: Handler, *, durable: str | None = None, **options: Any
    ) -> Subscription:
        """Subscribe `handler` as `NATSService.subscribe_to_events` does, and remember it in `subscriptions`."""
        subscription = await self.nats_service.subscribe_to_events(pattern, handler, durable=durable, **options)
        self.subscriptions.append(subscription)
        skill = _skill(subscription.pattern, handler, durable)
        self._skills[skill.id] = (skill, subscription)
        return subscription

    def card(self) -> AgentCard:
        """Return what the registry is to know of it: each handler that it has subscribed is a skill."""
        return AgentCard(
            self.agent_name,
            version=self.version,
            description=_first_line(type(self)),
            skills=[skill for skill, _ in self._skills.values()],
            load=lambda: load_of(self.subscriptions),
            tallies={id: subscription.tally for id, (_, subscription) in self._skills.items()},
        )

    async def publish_agent_result(
        self, result_type: str, data: Mapping[str, Any], target_agents: Sequence[str] | None = None
    ) -> Receipt:
        """Publish a result for other agents, on ``agent.{agent_name}.result.{result_type}``, and keep it.

        Args:
            result_type: one token of the subject.
            data: the result.
            target_agents: the agents it is meant for; None means all.

        Raises:
            InvalidToken: the agent's name or `result_type` cannot be a token of a subject.
            PublishError: as `NATSService.publish_event` with ``persistent=True``.
        """
        event = result_event(self.agent_name, result_type, data, target_agents)
        subject = AGENT_RESULT.build(agent_name=self.agent_name, result_type=result_type)
        return await self.nats_service.publish_event(subject=subject, data=event, persistent=True)

    async def handle_agent_message(self, subject: str, data: dict[str, Any], msg: Any) -> None:
        """Take a message; for a subclass to override, and to name in `setup_subscriptions`."""

    async def close(self) -> None:
        """Stop listening to everything at once: no handler goes on taking while another finishes what it runs."""
        subscriptions, self.subscriptions = self.subscriptions, []
        await asyncio.gather(*(subscription.unsubscribe() for subscription in subscriptions))


def _skill(pattern: str, handler: Handler, durable: str | None) -> Skill:
    return Skill(
        id=durable or name_of(handler).rpartition(".")[2],
        description=_first_line(handler),
        subject=pattern,
        queue=durable or "",
        input_schema=schema_of(handler),
    )


def _first_line(thing: object) -> str:
    return inspect.cleandoc(thing.__doc__ or "").partition("\n")[0]


def result_event(
    agent_name: str, result_type: str, data: Mapping[str, Any], target_agents: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return what is published on ``agent.{agent_name}.result.{result_type}``."""
    return {
        "agent_name": agent_name,
        "result_type": result_type,
        "data": dict(data),
        "target_agents": list(target_agents) if target_agents is not None else None,
        "timestamp": datetime.now(UTC).isoformat(),
    }
