"""The port: one call for a piece of reasoning, whoever does it.

With a model, a call goes: reserve what it can spend at most; ask; settle what it did spend; validate what came. An
answer that does not fit is sent back once, with what is wrong with it. A server that does not answer is asked again
while the time limit lasts, as late as it says itself. When all that has failed, or the budget holds no more calls, the
plain function of the same kind of work answers, and the note says why; where there is none, the error is raised.

A model gets no tools, and what it says is a result to be validated and nothing else. Whether the result is true is for
the caller to check: against the data that it gave.
"""

import asyncio
import time
from dataclasses import dataclass, field, replace

import structlog
from pydantic import BaseModel, ValidationError

from trunkline.backoff import Backoff
from trunkline.errors import BudgetExceeded, ModelUnavailable, UnusableAnswer
from trunkline.reasoning.budget import Budget
from trunkline.reasoning.model import Model, Reply
from trunkline.reasoning.plain import Plain
from trunkline.reasoning.prompt import Prompt, prompt_for
from trunkline.reasoning.question import Answer, Note, OnText, Question, Reason, Result
from trunkline.sql.budgets import Spending

TRIES = 3
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
ERRORS_NAMED = 5

_REASONS: dict[type[Exception], Reason] = {
    BudgetExceeded: "budget_exceeded",
    ModelUnavailable: "model_unavailable",
    UnusableAnswer: "unusable_answer",
}

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Asking:
    """One question on its way: until when it may take, and what it has spent."""

    root: str
    until: float
    on_text: OnText | None
    spent: Spending = field(default_factory=Spending)
    repaired: bool = False

    @property
    def left(self) -> float:
        return self.until - asyncio.get_running_loop().time()


class Reasoner:
    """Answers questions with the model, if there is one, else with plain functions.

    Args:
        plain: the functions; also what answers when the model cannot.
        model: None is the default: no question leaves the process.
        budget: what a task tree may spend; None is no limit.
    """

    def __init__(self, plain: Plain, *, model: Model | None = None, budget: Budget | None = None) -> None:
        self._plain = plain
        self._model = model
        self._budget = budget

    async def run(
        self,
        work: str,
        instructions: str,
        data: BaseModel,
        result_type: type[Result],
        *,
        root: str,
        on_text: OnText | None = None,
    ) -> Answer[Result]:
        """Have a piece of work done, and say how it was done.

        Args:
            work: its kind; the plain function of that name does the same.
            instructions: what a model is to do; the application's own words, never anybody else's.
            data: what to do it with. It may be a stranger's: it is sent apart, as data.
            result_type: what is wanted. A model's answer is validated against it.
            root: the task tree whose budget pays.
            on_text: is given what the model writes, as it writes it; for people to watch, since it is unchecked.

        Raises:
            BudgetExceeded, ModelUnavailable, UnusableAnswer: and there is no plain function for this kind of work.
            NoPlainFunction: there is neither a model nor such a function.
            DatabaseError, OutboxFull: the budget cannot be written.
        """
        question = Question(work, instructions, data, result_type)
        if self._model is None:
            return Answer(await self._plain.run(question), Note(runner=self._plain.name))
        until = asyncio.get_running_loop().time() + self._model.settings.time_limit
        asking = _Asking(root, until, on_text)
        try:
            result = await self._asked(self._model, question, asking)
        except (BudgetExceeded, ModelUnavailable, UnusableAnswer) as failure:
            if not self._plain.knows(work):
                raise
            reason, detail = _REASONS[type(failure)], str(failure)
        else:
            return Answer(result, self._note(self._model.name, asking))
        log.warning("model_replaced", work=work, root=root, reason=reason, detail=detail)
        note = self._note(self._plain.name, asking, reason=reason, detail=detail)
        return Answer(await self._plain.run(question), note)

    async def _asked(self, model: Model, question: Question[Result], asking: _Asking) -> Result:
        """Ask, and once more when the answer does not fit."""
        prompt = prompt_for(question)
        reply = await self._replied(model, prompt, asking)
        try:
            return validated(reply.text, question.result_type)
        except UnusableAnswer as error:
            wrong = str(error)
        asking.repaired = True
        reply = await self._replied(model, prompt.after(reply.text, wrong), asking)
        return validated(reply.text, question.result_type)

    async def _replied(self, model: Model, prompt: Prompt, asking: _Asking) -> Reply:
        """Call, and again where the server may answer later, within the time limit."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        for left in reversed(range(TRIES)):
            try:
                return await self._called(model, prompt, asking)
            except ModelUnavailable as failure:
                pause = failure.retry_after if failure.retry_after is not None else backoff.next()
                if not failure.again or not left or pause >= asking.left:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _called(self, model: Model, prompt: Prompt, asking: _Asking) -> Reply:
        """Call once: reserved before, settled after, also when it fails or is cancelled."""
        seconds = max(asking.left, 0.0)
        most = spent = model.settings.most(prompt, seconds)
        reservation = await self._budget.reserve(asking.root, most) if self._budget is not None else None
        begun = time.monotonic()
        try:
            async with asyncio.timeout_at(asking.until):
                reply = await model.ask(prompt, asking.on_text)
        except TimeoutError:
            limit = model.settings.time_limit
            raise ModelUnavailable(f"no answer within {limit:g} s", again=False, spent=True) from None
        except ModelUnavailable as failure:
            spent = most if failure.spent else Spending(calls=1)
            raise
        else:
            if reply.input_tokens is not None and reply.output_tokens is not None:
                spent = model.settings.spending(reply.input_tokens, reply.output_tokens, seconds)
            return reply
        finally:
            spent = replace(spent, seconds=time.monotonic() - begun)
            asking.spent += spent
            if reservation is not None and self._budget is not None:
                await self._budget.settle(reservation, spent)

    def _note(self, runner: str, asking: _Asking, *, reason: Reason | None = None, detail: str | None = None) -> Note:
        assert self._model is not None
        return Note(
            runner=runner,
            model=self._model.settings.model,
            reason=reason,
            detail=detail,
            repaired=asking.repaired,
            calls=asking.spent.calls,
            tokens=asking.spent.tokens,
            cost=round(asking.spent.cost, 6),
            seconds=round(asking.spent.seconds, 3),
        )


def validated(text: str, result_type: type[Result]) -> Result:
    """Return a model's answer as the type that was asked for.

    Raises:
        UnusableAnswer: it is no such thing; the message names fields and what is wrong with each, and no values.
    """
    try:
        return result_type.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_input=False, include_context=False, include_url=False)
        named = "; ".join(_explained(each["type"], each["loc"], each["msg"]) for each in found[:ERRORS_NAMED])
        raise UnusableAnswer(named) from None


def _explained(kind: str, place: tuple[int | str, ...], message: str) -> str:
    if kind == "extra_forbidden":  # the field's name is the model's own word
        return "it has a field that was not asked for"
    return f"{'.'.join(map(str, place)) or 'the whole'}: {message}"
