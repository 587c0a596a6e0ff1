"""Workflows: declared states and transitions, instances that outlive processes, and what happened to each.

Needs ``trunkline[sql]``.
"""

from trunkline.sql.workflow_tables import workflows as table
from trunkline.workflows.declared import COMPLETE, FAILED, LATE, Action, Effect, State, Transition, Workflow
from trunkline.workflows.events import WorkflowCompleteEvent, WorkflowStateChangeEvent, WorkflowTriggerEvent
from trunkline.workflows.instances import COMPENSATING, COMPENSATION_FAILED, Instance, Kind, Step, get, list, steps
from trunkline.workflows.moving import begin, move
from trunkline.workflows.running import Workflows
from trunkline.workflows.timeline import Entry, Led, timeline

__all__ = [
    "COMPENSATING",
    "COMPENSATION_FAILED",
    "COMPLETE",
    "FAILED",
    "LATE",
    "Action",
    "Effect",
    "Entry",
    "Instance",
    "Kind",
    "Led",
    "State",
    "Step",
    "Transition",
    "Workflow",
    "WorkflowCompleteEvent",
    "WorkflowStateChangeEvent",
    "WorkflowTriggerEvent",
    "Workflows",
    "begin",
    "get",
    "list",
    "move",
    "steps",
    "table",
    "timeline",
]
