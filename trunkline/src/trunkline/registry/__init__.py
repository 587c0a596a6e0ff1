"""Who is there: which agents run, what they can do, and whether they are alive.

An instance of an agent, for as long as it is hosted, says so every third of its time-to-live (presence.py), in up to
three places, so that the loss of one is not taken for the loss of the agent:

- an entry of the key-value bucket ``trunkline_agents`` (bucket.py), where the server has JetStream;
- answers to ``$SRV.PING``, ``$SRV.INFO`` and ``$SRV.STATS`` (answering.py), as the NATS service protocol has them;
- a row of the database (rows.py), which stays when the agent is gone.

Whoever asks puts together what these say (statuses.py), and takes the latest word. How long ago something was said is
measured by one clock each: the server's for the bucket, the database's for the rows. So it does not matter what time it
is on the machines that the agents run on, or on the one that asks.
"""

from trunkline.registry.card import AgentCard, Skill
from trunkline.registry.registry import Registry, registered
from trunkline.registry.statuses import AgentStatus, InstanceStatus, Liveness

__all__ = ["AgentCard", "AgentStatus", "InstanceStatus", "Liveness", "Registry", "Skill", "registered"]
