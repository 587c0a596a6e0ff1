"""The states of a task, and which may follow which: data, by which every transition is checked.

The names are those of A2A. A task that waits for its next attempt is `submitted` again, whether the attempt before
failed, was handed back, or ended in a question that has its answer now.
"""

from collections.abc import Mapping
from enum import StrEnum


class TaskState(StrEnum):
    """How far a task has come."""

    SUBMITTED = "submitted"
    WORKING = "working"
    INPUT_REQUIRED = "input-required"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return not FOLLOWING[self]


_S = TaskState

FOLLOWING: Mapping[TaskState, frozenset[TaskState]] = {
    _S.SUBMITTED: frozenset({_S.WORKING, _S.INPUT_REQUIRED, _S.FAILED, _S.CANCELED}),
    _S.WORKING: frozenset({_S.SUBMITTED, _S.INPUT_REQUIRED, _S.COMPLETED, _S.FAILED, _S.CANCELED, _S.REJECTED}),
    _S.INPUT_REQUIRED: frozenset({_S.SUBMITTED, _S.COMPLETED, _S.FAILED, _S.CANCELED}),
    _S.COMPLETED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELED: frozenset(),
    _S.REJECTED: frozenset(),
}
"""What may follow each state. A question that is a task of its own goes from submitted straight to input-required, and
completes with its answer."""
