"""Tasks that outlive the processes that do them, and agents that are declared by the tasks they take.

Needs ``trunkline[sql]``. A task is a row of the application's database; an agent takes it from an event, and whatever
it writes of it is a transaction with its event. See docs/tasks.md.
"""

from trunkline.tasks import recorded
from trunkline.tasks.agent import Agent, skill
from trunkline.tasks.questions import QUESTION_TYPE, Question
from trunkline.tasks.states import FOLLOWING, TaskState
from trunkline.tasks.task import Task
from trunkline.tasks.tasks import Tasks
from trunkline.tasks.views import AskedQuestion, TaskEvent, TaskSummary, TaskView

__all__ = [
    "FOLLOWING",
    "QUESTION_TYPE",
    "Agent",
    "AskedQuestion",
    "Question",
    "Task",
    "TaskEvent",
    "TaskState",
    "TaskSummary",
    "TaskView",
    "Tasks",
    "recorded",
    "skill",
]
