"""The subjects of tasks. All are below ``agent.``, so one stream, ``agent.>``, keeps them."""

from trunkline.agents import AGENT_RESULT
from trunkline.subjects import Subject

__all__ = ["AGENT_RESULT", "TASK_CHANGED", "TASK_COMPLETED", "TASK_SUBMITTED"]

TASK_SUBMITTED = Subject("agent.task.submitted.{task_type}")
"""A task waits for an agent; its key is the task's id."""
TASK_CHANGED = Subject("agent.task.changed.{task_id}", key="task_id")
"""Something happened to a task, in order."""
TASK_COMPLETED = Subject("agent.task.completed.{agent_id}")
"""An agent has finished a task; the result's fields stand beside the envelope's, and under ``result``."""
