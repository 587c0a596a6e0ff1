"""Which agents of an application run in this process, and their start and end.

An application names its agents once, with what makes each of them; a setting of the API, or an argument of
``trunkline worker``, says which of them a process runs.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from trunkline.errors import ConfigurationError

T = TypeVar("T")

ALL, NONE = "all", "none"


class Agent(Protocol):
    """What a process can run; `NATSAwareAgent` is one."""

    async def initialize(self) -> None:
        """Begin to listen."""
        ...

    async def close(self) -> None:
        """Stop listening."""
        ...


AgentFactory = Callable[[], Agent]


def chosen(agents: Mapping[str, T], names: str) -> dict[str, T]:
    """Return those of `agents` that `names` says: ``all``, ``none``, or names with commas between.

    Raises:
        ConfigurationError: there is no agent of a name, or no name.
    """
    if names in {ALL, NONE}:
        return dict(agents) if names == ALL else {}
    wanted = [name.strip() for name in names.split(",")]
    unknown = [name for name in wanted if name not in agents]
    if unknown:
        known = ", ".join(agents) or "none at all"
        raise ConfigurationError(f"there is no agent {unknown[0]!r}; there are: {known}")
    return {name: agents[name] for name in wanted}


@asynccontextmanager
async def hosted(agents: Mapping[str, AgentFactory], names: str = ALL) -> AsyncIterator[dict[str, Agent]]:
    """Run the agents that `names` says as long as the block lasts; gives them by name. They end side by side.

    Raises:
        ConfigurationError: as `chosen`.
    """
    running: dict[str, Agent] = {}
    making = chosen(agents, names)
    try:
        for name, make in making.items():
            agent = running[name] = make()
            await agent.initialize()
        yield running
    finally:
        ended = await asyncio.gather(*(agent.close() for agent in running.values()), return_exceptions=True)
        for failure in ended:  # all have been asked before one is heard of
            if isinstance(failure, BaseException):
                raise failure
