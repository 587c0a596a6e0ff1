"""The main job, step by step: register, upload, read, post, match, answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from demo.client import Account, DemoError, Match, Platform, Ranking
from demo.corpus import Cv, Project

PAUSE_SECONDS = 0.3


@dataclass(frozen=True)
class Freelancer:
    """An account and the CV it came with."""

    account: Account
    cv: Cv


@dataclass(frozen=True)
class Outcome:
    """A project and how it was matched, among this demo's own freelancers."""

    project: Project
    project_id: str
    matches: list[tuple[Match, Freelancer]]

    @property
    def top(self) -> frozenset[str]:
        """The CV files of the first few, as many as the project names."""
        return frozenset(freelancer.cv.file for _, freelancer in self.matches[: len(self.project.expected)])

    @property
    def is_as_expected(self) -> bool:
        """Whether the CVs that the project names are the first."""
        return self.top == self.project.expected


@dataclass(frozen=True)
class Answer:
    """What a freelancer's answer did to a match."""

    freelancer: Freelancer
    project: Project
    confirmed: list[str]
    before: float
    after: float


async def register(platform: Platform, cvs: list[Cv]) -> tuple[Account, list[Freelancer]]:
    """An owner, and a freelancer for each CV."""
    owner = await platform.register("Demo Owner", "owner")
    accounts = await asyncio.gather(*(platform.register(cv.person, "freelancer") for cv in cvs))
    return owner, [Freelancer(account, cv) for account, cv in zip(accounts, cvs, strict=True)]


async def upload(platform: Platform, freelancers: list[Freelancer], console: Console) -> None:
    """Upload every CV; wait until each is read and its profile made. DemoError: one could not be read."""
    ids = await asyncio.gather(*(platform.upload(each.account, each.cv) for each in freelancers))

    async def is_read(index: int) -> bool:
        freelancer = freelancers[index]
        cv = await platform.cv(freelancer.account, ids[index])
        if cv.state == "failed":
            raise DemoError(f"{freelancer.cv.file} could not be read: {cv.error}")
        return cv.state == "completed" and await platform.has_profile(freelancer.account)

    await wait_for_all("CVs read", len(ids), is_read, console)


async def match(
    platform: Platform, owner: Account, projects: list[Project], freelancers: list[Freelancer], console: Console
) -> list[Outcome]:
    """Post every project; wait until each is matched."""
    ids = [await platform.post(owner, project) for project in projects]
    rankings: dict[int, Ranking] = {}

    async def is_matched(index: int) -> bool:
        rankings[index] = await platform.ranking(owner, ids[index])
        return rankings[index].is_matched

    await wait_for_all("projects matched", len(ids), is_matched, console)
    return [outcome(project, rankings[index], freelancers) for index, project in enumerate(projects)]


def outcome(project: Project, ranking: Ranking, freelancers: list[Freelancer]) -> Outcome:
    """The project's ranking, without people whom others registered on the same platform."""
    ours = {freelancer.account.id: freelancer for freelancer in freelancers}
    matches = [(match, ours[match.freelancer_id]) for match in ranking.matches if match.freelancer_id in ours]
    return Outcome(project, ranking.project_id, matches)


async def answer(platform: Platform, owner: Account, outcomes: list[Outcome]) -> Answer:
    """Let a freelancer who is first, and lacks a skill, say "I have it"; wait until the score has moved."""
    chosen = first_with_a_gap(outcomes)
    match, freelancer = chosen.matches[0]
    confirmed = (match.missing_skills or chosen.project.body["requirements"]["required_skills"])[:1]
    await platform.answer(freelancer.account, match.opportunity_id, confirmed)
    while True:
        ranking = await platform.ranking(owner, chosen.project_id)
        now = next((each for each in ranking.matches if each.opportunity_id == match.opportunity_id), match)
        if now.match_confidence != match.match_confidence:
            return Answer(freelancer, chosen.project, confirmed, match.match_confidence, now.match_confidence)
        await asyncio.sleep(PAUSE_SECONDS)


def first_with_a_gap(outcomes: list[Outcome]) -> Outcome:
    """The first project whose best freelancer lacks a skill, else the first that has anybody."""
    matched = [outcome for outcome in outcomes if outcome.matches]
    if not matched:
        raise DemoError("no project has a match")
    return next((outcome for outcome in matched if outcome.matches[0][0].missing_skills), matched[0])


async def wait_for_all(what: str, count: int, is_done: Callable[[int], Awaitable[bool]], console: Console) -> None:
    """Ask again and again until each is done; the whole demo's limit bounds it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(what, total=count)
        waiting = set(range(count))
        while waiting:
            for index in sorted(waiting):
                if await is_done(index):
                    waiting.discard(index)
                    progress.advance(task)
            await asyncio.sleep(PAUSE_SECONDS)
