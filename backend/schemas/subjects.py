"""Every subject of the platform, declared once, and the streams that keep them.

Publishing, subscribing and parsing all come from these templates. The field named as `key` is the one whose events keep
their order.
"""

from collections.abc import Mapping

from trunkline import Stream, Subject, Subjects

CV_UPLOADED = Subject("cv.{cv_id}.uploaded", key="cv_id")
CV_PROCESSING_STARTED = Subject("cv.{cv_id}.processing.started", key="cv_id")
CV_PROCESSING_COMPLETED = Subject("cv.{cv_id}.processing.completed", key="cv_id")
CV_PROCESSING_FAILED = Subject("cv.{cv_id}.processing.failed", key="cv_id")

CHAT_MESSAGE_CREATED = Subject("chat.message.{message_id}.created")

AGENT_TASK_COMPLETED = Subject("agent.task.completed.{agent_id}")
AGENT_RESULT = Subject("agent.{agent_name}.result.{result_type}")
AGENT_TASK_SUBMITTED = Subject("agent.task.submitted.{task_type}")
AGENT_TASK_CHANGED = Subject("agent.task.changed.{task_id}", key="task_id")
AGENT_BUDGET_EXCEEDED = Subject("agent.budget.exceeded")

WORKFLOW_STATE_CHANGE = Subject("workflow.{workflow}.state_change")
WORKFLOW_TRIGGER = Subject("workflow.{module_name}.{action}.trigger")
WORKFLOW_COMPLETE = Subject("workflow.{module_name}.{action}.complete")

PROJECT_CREATED = Subject("project.{project_id}.created", key="project_id")
PROJECT_UPDATED = Subject("project.{project_id}.updated", key="project_id")
PROJECT_DECISION = Subject("project.{project_id}.decision.{freelancer_id}", key="project_id")

FREELANCER_IDENTIFIED = Subject("matching.project.{project_id}.freelancer.{freelancer_id}.identified", key="project_id")
SCORES_UPDATED = Subject("matching.project.{project_id}.scores.updated", key="project_id")

OPPORTUNITY_AVAILABLE = Subject("freelancer.{freelancer_id}.opportunity.{project_id}.available", key="freelancer_id")
OPPORTUNITY_RESPONSE = Subject("freelancer.{freelancer_id}.opportunity.{project_id}.response", key="freelancer_id")
OPPORTUNITY_CHANGED = Subject("freelancer.{freelancer_id}.opportunity.{project_id}.changed", key="freelancer_id")

COMMUNICATION_ROUTE = Subject("communication.{message_type}.route")
CLARIFICATION_REQUEST = Subject("freelancer.{freelancer_id}.clarification.{project_id}.request", key="freelancer_id")
CLARIFICATION_RESPONSE = Subject("project.{project_id}.clarification.{freelancer_id}.response", key="project_id")

ANALYTICS_USER_JOURNEY = Subject("analytics.user.{user_id}.journey.{stage}", key="user_id")
ANALYTICS_PLATFORM_METRIC = Subject("analytics.platform.{metric_type}.{timestamp}", key="metric_type")

REALTIME = Subject("realtime.{user_id}", key="user_id")

SUBJECTS = Subjects(value for value in list(globals().values()) if isinstance(value, Subject))

WHEN = "timestamp"
"""A field of every event; in the subject of a figure it is written in its own way."""


def contradictions(subject: str, data: Mapping[str, object]) -> dict[str, str]:
    """Return the fields of an event that are not what its subject says, each with what the subject says."""
    found = SUBJECTS.find(subject)
    told = {name: value for name, value in found[1].items() if name != WHEN} if found is not None else {}
    return {name: value for name, value in told.items() if name in data and str(data[name]) != value}


CROSS_JOURNEY_SUBJECTS = {
    name: subject.template
    for name, subject in {
        "project.created": PROJECT_CREATED,
        "project.updated": PROJECT_UPDATED,
        "matching.freelancer.identified": FREELANCER_IDENTIFIED,
        "matching.scores.updated": SCORES_UPDATED,
        "communication.route": COMMUNICATION_ROUTE,
        "communication.clarification.request": CLARIFICATION_REQUEST,
        "communication.clarification.response": CLARIFICATION_RESPONSE,
        "analytics.user.journey": ANALYTICS_USER_JOURNEY,
        "analytics.platform.metric": ANALYTICS_PLATFORM_METRIC,
        "workflow.trigger": WORKFLOW_TRIGGER,
        "workflow.complete": WORKFLOW_COMPLETE,
    }.items()
}

_DAY = 24 * 3600.0

STREAMS = (
    Stream("EVENTS", ("events.>",)),
    Stream("CV", ("cv.>",)),
    Stream("CHAT", ("chat.>",)),
    Stream("AGENT", ("agent.>",)),
    Stream("WORKFLOW", ("workflow.>",)),
    Stream("PROJECT", ("project.>",)),
    Stream("MATCHING", ("matching.>",)),
    Stream("COMMUNICATION", ("communication.>",)),
    Stream("FREELANCER", ("freelancer.>",)),
    Stream("ANALYTICS", ("analytics.>",), max_age=7 * _DAY),
    Stream("REALTIME", ("realtime.>",), max_age=_DAY, rolling=True),
)
