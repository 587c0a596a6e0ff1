"""The platform's tables; importing this package makes their metadata whole."""

from models.accounts import Account, Role
from models.analytics import BucketWidth, JourneyStage, MetricBucket, PlatformMetric
from models.calibrations import AnsweredBy, CalibrationVersion, MatchOutcome
from models.chat import ChatMessage
from models.clarifications import Clarification
from models.communication import Channel, Digest, DigestEntry, MessagePreference, MessageType
from models.cvs import CV, CVState
from models.declared import Model, new_id, now
from models.freelancers import Freelancer
from models.opportunities import ClosedBecause, Opportunity, OpportunityState
from models.projects import Project, ProjectState
from models.requirements import ChatState, RequirementsChat

__all__ = [
    "CV",
    "Account",
    "AnsweredBy",
    "BucketWidth",
    "CVState",
    "CalibrationVersion",
    "Channel",
    "ChatMessage",
    "ChatState",
    "Clarification",
    "ClosedBecause",
    "Digest",
    "DigestEntry",
    "Freelancer",
    "JourneyStage",
    "MatchOutcome",
    "MessagePreference",
    "MessageType",
    "MetricBucket",
    "Model",
    "Opportunity",
    "OpportunityState",
    "PlatformMetric",
    "Project",
    "ProjectState",
    "RequirementsChat",
    "Role",
    "new_id",
    "now",
]
