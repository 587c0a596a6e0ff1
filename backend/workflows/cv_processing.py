"""The way of a CV: read, made a profile, matched.

The modules do the work and say how far it has come, in the transactions in which they do it. The workflow keeps what
led to what, tells of every state, and has what takes too long told again, or given up: a CV that nobody begins to read
is announced again, one whose reading does not end fails, a read one that no profile follows is handed over again.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from models import CV, CVState
from schemas.nats_schemas import CVProcessingFailedEvent
from schemas.subjects import CV_PROCESSING_FAILED
from services import cv_tasks
from services.cv_announcing import announce, hand_over
from services.outgoing import SOURCE, emit
from sourcing.profiles import ReadProfile
from trunkline import Event, workflows
from trunkline.workflows import COMPLETE, LATE, Action, Instance, State, Transition, Workflow

FAULT = "The CV could not be read because of a fault on our side. Please upload it again later."
LIMIT = timedelta(hours=1)
"""More than the attempts at a step take, with a queue before them."""

STANDS = {
    CVState.UPLOADED: "uploaded",
    CVState.PROCESSING: "processing",
    CVState.FAILED: "failed",
    CVState.COMPLETED: "analysis_complete",
}
"""Where the workflow of a CV stands that was uploaded before there was one."""


def announce_again(session: Session, instance: Instance) -> None:
    """Have the CV read, under the id that its event had at first."""
    cv = session.get(CV, instance.data["cv_id"])
    if cv is not None and cv.state is CVState.UPLOADED:
        announce(session, cv)


def hand_over_again(session: Session, instance: Instance) -> None:
    """Have the profile built, under the id that its event had at first."""
    cv = session.get(CV, instance.data["cv_id"])
    if cv is not None and cv.extracted is not None:
        hand_over(session, cv, ReadProfile.model_validate(cv.extracted))


def fail_reading(session: Session, instance: Instance) -> None:
    """Let the CV end in `failed`; a reading that ends after all still completes it."""
    cv = session.get(CV, instance.data["cv_id"], with_for_update=True)
    if cv is not None and cv.state is CVState.PROCESSING:
        set_failed(session, cv, FAULT)


def set_failed(session: Session, cv: CV, reason: str) -> None:
    """Write that a CV could not be read, with the reason for its owner."""
    cv.state = CVState.FAILED
    cv.error = reason
    failed = CVProcessingFailedEvent(cv_id=cv.id, session_id=cv.session_id or "", error=reason)
    emit(session, CV_PROCESSING_FAILED.build(cv_id=cv.id), failed)
    cv_tasks.fail(session, cv.id, reason)


CV_PROCESSING = Workflow(
    "cv_processing",
    states=(
        State("uploaded", time_limit=LIMIT),
        State("reading_overdue"),
        State("processing", time_limit=LIMIT),
        State("failed", end=True),
        State("analysis_complete", time_limit=LIMIT),
        State("profile_overdue"),
        State("profile_failed", end=True),
        State("profile_building"),
        State("superseded", end=True),
        State(
            "profile_built",
            time_limit=LIMIT,
            asks=Action("freelancer_opportunity", "rematch", fields=("freelancer_id",), attempts=3),
        ),
        State("matched", end=True),
        State("unmatched", end=True),
    ),
    transitions=(
        Transition("uploaded", "begun", "processing"),
        Transition("uploaded", LATE, "reading_overdue", effect="announce_again"),
        Transition("reading_overdue", "begun", "processing"),
        *(
            Transition(unread, on, target)
            for unread in ("processing", "uploaded", "reading_overdue", "failed")
            for on, target in (("read", "analysis_complete"), ("unreadable", "failed"))
            if (unread, on) != ("failed", "unreadable")
        ),
        Transition("processing", LATE, "failed", effect="fail_reading"),
        Transition("analysis_complete", "building", "profile_building"),
        Transition("analysis_complete", "given_up", "profile_failed"),
        Transition("analysis_complete", LATE, "profile_overdue", effect="hand_over_again"),
        Transition("profile_overdue", "building", "profile_building"),
        Transition("profile_overdue", "given_up", "profile_failed"),
        Transition("profile_failed", "building", "profile_building"),
        Transition("profile_building", "built", "profile_built"),
        Transition("profile_building", "outdated", "superseded"),
        Transition("profile_built", COMPLETE, "matched"),
        Transition("profile_built", LATE, "unmatched"),
    ),
    functions={
        "announce_again": announce_again,
        "hand_over_again": hand_over_again,
        "fail_reading": fail_reading,
    },
    source=SOURCE,
)


def workflow_id(cv_id: str) -> str:
    """Return the id of a CV's workflow."""
    return f"cv_process_{cv_id}"


def begin(session: Session, cv: CV, effects: Iterable[Event] = ()) -> None:
    """Begin the workflow of a CV, or do nothing where it has begun."""
    workflows.begin(
        session,
        CV_PROCESSING,
        workflow_id(cv.id),
        key=cv.freelancer_id,
        data={"cv_id": cv.id, "freelancer_id": cv.freelancer_id},
        effects=effects,
        state=STANDS[cv.state],
    )


def move(session: Session, cv: CV, on: str, cause: Event | None, effects: Iterable[Event] = ()) -> None:
    """Move the workflow of a CV on."""
    workflows.move(session, CV_PROCESSING, workflow_id(cv.id), on, cause=cause, effects=effects)
