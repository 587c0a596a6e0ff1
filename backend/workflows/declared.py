"""All workflows of the platform."""

from trunkline.workflows import Workflow
from workflows.clarification import CLARIFICATION
from workflows.cv_processing import CV_PROCESSING
from workflows.project_matching import PROJECT_MATCHING

DECLARED: tuple[Workflow, ...] = (CV_PROCESSING, PROJECT_MATCHING, CLARIFICATION)
