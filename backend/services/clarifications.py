"""Clarifications: one side of a match asks, the other answers.

Each is a question of Trunkline's, a task of its own, that asks the other side's account: so it is seen among the tasks
of both, and can be canceled by whoever asked. What answers the one answers the other, in one transaction.
"""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import Clarification, Freelancer, Project, Role, now
from schemas.clarifications import Question
from schemas.nats_schemas import ClarificationRequestEvent, ClarificationResponseEvent
from schemas.subjects import CLARIFICATION_REQUEST, CLARIFICATION_RESPONSE
from services import clarification_limits
from services.matched import freelancer_meant, pair
from services.outgoing import IN_ORDER, REFERRED_TO, emit
from services.pages import page
from services.refusals import Conflict, Invalid, NotFound
from sourcing.questions import UnfitParameters, templates
from trunkline import NoOpenQuestion, tasks
from workflows import clarification


def ask(session: Session, asker: SignedIn, question: Question) -> Clarification:
    """Keep a question and send it to the other side.

    Raises:
        Invalid: an owner has not named the freelancer, or the template cannot be filled.
        NotFound: the asker is no side of such a match.
        Conflict, TooMany: as `clarification_limits.check`.
    """
    match = pair(session, asker, question.project_id, freelancer_meant(asker, question.freelancer_id))
    text = _words(asker, question)
    session.get(Project, match.project_id, with_for_update=REFERRED_TO)
    clarification_limits.check(session, asker, match)
    session.get(Freelancer, match.freelancer_id, with_for_update=IN_ORDER)
    asked = Clarification(
        project_id=match.project_id,
        freelancer_id=match.freelancer_id,
        asked_by=asker.role,
        question=text,
    )
    session.add(asked)
    session.flush()
    put = tasks.Question(text=asked.question, asked_of=match.other(asker.id))
    tasks.Tasks.ask_in(session, put, key=asked.id, owner=asker.id)
    event = ClarificationRequestEvent(
        clarification_id=asked.id,
        project_id=match.project_id,
        freelancer_id=match.freelancer_id,
        asked_by="owner" if asker.role is Role.OWNER else "freelancer",
        question=asked.question,
    )
    subject = CLARIFICATION_REQUEST.build(freelancer_id=match.freelancer_id, project_id=match.project_id)
    clarification.begin(session, asked, [emit(session, subject, event)])
    return asked


def withdraw(session: Session, clarification_id: str, task_id: str, by: str, reason: str | None) -> None:
    """Withdraw a question, with its task and its workflow.

    Raises:
        TaskOver: it has its answer.
    """
    asked = session.get_one(Clarification, clarification_id, with_for_update=True)
    tasks.Tasks.cancel_in(session, task_id, by=by, reason=reason)
    if asked.withdrawn_at is None:
        asked.withdrawn_at = now()
        clarification.begin(session, asked)
        clarification.move(session, asked, "withdraw")


def answer(session: Session, answerer: SignedIn, clarification_id: str, text: str) -> Clarification:
    """Keep the answer of the side that was asked, once, and send it back.

    Raises:
        NotFound: there is none of that id, or the answerer is no side of it.
        Conflict: the question is the answerer's own, has its answer, or was withdrawn.
    """
    asked = session.get(Clarification, clarification_id)
    if asked is None:
        raise NotFound("clarification")
    try:
        pair(session, answerer, asked.project_id, asked.freelancer_id)
    except NotFound:
        raise NotFound("clarification") from None
    session.get(Project, asked.project_id, with_for_update=IN_ORDER)
    session.refresh(asked, with_for_update=True)
    if asked.asked_by is answerer.role:
        raise Conflict("this question is your own; the other side answers it")
    if asked.answer is not None:
        raise Conflict("this question has its answer")
    _end_task(session, asked.id, text, answerer)
    clarification.begin(session, asked)
    asked.answer = text
    asked.answered_at = now()
    event = ClarificationResponseEvent(
        clarification_id=asked.id,
        project_id=asked.project_id,
        freelancer_id=asked.freelancer_id,
        answered_by="owner" if answerer.role is Role.OWNER else "freelancer",
        answer=text,
    )
    subject = CLARIFICATION_RESPONSE.build(project_id=asked.project_id, freelancer_id=asked.freelancer_id)
    clarification.move(session, asked, "answer", effects=[emit(session, subject, event)])
    session.flush()
    return asked


def _words(asker: SignedIn, question: Question) -> str:
    """Return what is asked: the asker's own words, or a template's."""
    if question.question is not None:
        return question.question
    template = templates().get(question.template or "")
    if template is None or asker.role.value not in template.asked_by:
        raise Invalid("template", "there is none of that id for you; GET /api/v1/clarifications/templates lists them")
    try:
        return template.filled(question.parameters)
    except UnfitParameters as error:
        raise Invalid(f"parameters.{error.name}", error.reason) from None


def _end_task(session: Session, clarification_id: str, text: str, answerer: SignedIn) -> None:
    """Answer the task of a clarification; those of before there were tasks have none."""
    task_id = tasks.recorded.find(session, tasks.QUESTION_TYPE, clarification_id)
    if task_id is None:
        return
    try:
        tasks.Tasks.answer_in(session, task_id, text, by=answerer.id)
    except NoOpenQuestion:
        raise Conflict("this question was withdrawn") from None


def listed(
    session: Session, asker: SignedIn, *, project_id: str | None, limit: int, after: str | None
) -> tuple[list[Clarification], str | None]:
    """Return a page of the questions of which the asker is a side; of one project, or of all."""
    rows = select(Clarification).where(
        or_(
            Clarification.freelancer_id == asker.id,
            Clarification.project_id.in_(select(Project.id).where(Project.owner_id == asker.id)),
        )
    )
    if project_id is not None:
        rows = rows.where(Clarification.project_id == project_id)
    return page(session, rows, Clarification.id, limit=limit, after=after)
