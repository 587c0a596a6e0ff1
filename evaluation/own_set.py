"""Writes the generated part of the matching set: `python -m evaluation.own_set`. The same each time.

`sets/matching/own/README.md` states the rules by which CVs are written and graded; `fields.txt` is what they are
written from. What is written by hand (`hand_*.txt`, `by_hand.tsv`) is left alone, and its grades join the others'.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SET = Path(__file__).parent / "sets" / "matching" / "own"
FIRST = ("Aldo", "Britt", "Cosmin", "Dagny", "Emre", "Farah", "Goran", "Hanne", "Idris", "Joana", "Kerem", "Maren")
LAST = ("Arendal", "Bortz", "Calder", "Dremmen", "Estrup", "Falkner", "Grothe", "Hallor", "Imhoff", "Jurgens", "Kessen")
PLACES = ("Lindenborg", "Aarmond", "Veldhaven", "Ostermark", "Port Selby")
FIRMS = ("Norrland", "Alder", "Quay", "Bremdal", "Harrow", "Tessel", "Vantage", "Brookfield", "Ostara", "Calluna")
LANGUAGES = ("English (C1), German (native)", "English (native)", "English B2, French C1")
INTERESTS = ("Rowing, chess, choir", "Long walks with two dogs", "Volunteer at the fire brigade")
LINES = (
    "Responsible for {}.",
    "Daily work: {}.",
    "{} for clients of all sizes.",
    "Took over {} from a colleague, alone after a month.",
    "{}, with a team of four.",
)
KINDS = ("named", "renamed", "described", "messy", "half", "junior", "stuffed", "changer", "sibling")


@dataclass(frozen=True)
class Skill:
    """A skill of a field: its name, another name, and its description without a name."""

    id: str
    forms: tuple[str, str, str]


@dataclass(frozen=True)
class Role:
    """A role of a field: two titles and the skills that it uses."""

    field: str
    titles: tuple[str, str]
    skills: tuple[Skill, ...]


@dataclass(frozen=True)
class Project:
    """A project: the role, what is required, and the years asked for."""

    name: str
    role: Role
    required: frozenset[str]
    years: int
    text: str


@dataclass(frozen=True)
class Cv:
    """A CV: what was really used at work, what is only named, and the years in each field."""

    name: str
    used: frozenset[str]
    named: frozenset[str]
    years: dict[str, int]
    text: str


def grade(project: Project, cv: Cv) -> int:
    """Return how well a CV fits a project, from 0 to 3, by the rules of the set's README."""
    used = len(project.required & cv.used) / len(project.required)
    named = len(project.required & (cv.used | cv.named)) / len(project.required)
    if used >= 0.8:
        return 3 if cv.years.get(project.role.field, 0) >= project.years else 2
    if used >= 0.5:
        return 2
    return 1 if used >= 0.25 or named >= 0.5 else 0


def read_roles() -> list[Role]:
    """Return the roles of `fields.txt`."""
    roles: list[Role] = []
    for block in re.split(r"^field ", (SET / "fields.txt").read_text(), flags=re.MULTILINE)[1:]:
        field, *lines = block.strip().splitlines()
        skills = dict(_skill(field, line) for line in lines if line[0].isdigit())
        for line in lines:
            if line.startswith("role "):
                titles, numbers = line.removeprefix("role ").split(" : ")
                one, other = titles.split(" / ")
                roles.append(Role(field, (one, other), tuple(skills[number] for number in numbers.split())))
    return roles


def _skill(field: str, line: str) -> tuple[str, Skill]:
    number, forms = line.split(" ", 1)
    name, other, described = forms.split(" | ")
    return number, Skill(f"{field}.{name}", (name, other, described))


def written_projects(roles: list[Role], chance: random.Random) -> Iterator[Project]:
    """Write a project for each role."""
    for number, role in enumerate(roles, 1):
        skills = chance.sample(role.skills, len(role.skills))
        required, wished = skills[:5], skills[5:]
        years = chance.choice([2, 3, 5])
        name = f"p{number:02d}_{role.titles[0].lower().replace(' ', '_')}"
        text = _project_text(role, required, wished, years, chance)
        yield Project(name, role, frozenset(skill.id for skill in required), years, text)


def _project_text(role: Role, required: list[Skill], wished: list[Skill], years: int, chance: random.Random) -> str:
    firm, place = chance.choice(FIRMS), chance.choice(PLACES)
    names = [skill.forms[chance.choice([0, 0, 1])] for skill in required]
    extra = ", ".join(skill.forms[0] for skill in wished[:2])
    title = chance.choice(role.titles)
    style = chance.randrange(3)
    if style == 0:
        asked = "\n".join(f"- {name}" for name in names)
        return f"""{title} wanted

{firm} is looking for a {title.lower()} for a project of nine months in {place}.

What you bring
{asked}
- at least {years} years of experience

Nice to have: {extra}

We offer a friendly team, fresh fruit and flexible hours. Please send your CV and your earliest start.
"""
    if style == 1:
        return f"""{title} ({place} or remote)

We are {firm}, a company of eighty people that has grown quickly. For the coming year we need support by somebody who \
knows {", ".join(names[:-1])} and {names[-1]} from daily work. You have done this for {years} years or more, work on \
your own, and like to explain what you do. {extra} would be a plus. The position starts soon; applications of people \
of every background are welcome.
"""
    return f"""{firm}: {title.lower()} for a busy season

Your tasks
{"; ".join(names[:3])}. You report to the head of department and hand over to our own people at the end.

Your profile
You are at home in {names[3]} and {names[4]}. {years}+ years in a similar position. Ideally also {extra}.

About us
Our office in {place} lies by the river. Travel costs are paid.
"""


def written_cvs(roles: list[Role], chance: random.Random) -> Iterator[Cv]:
    """Write a CV of each kind for each role."""
    for number, role in enumerate(roles):
        partner = roles[number ^ 1]
        stranger = roles[(number + 2 * chance.randrange(1, len(roles) // 2)) % len(roles)]
        for kind in KINDS:
            cv_number = number * len(KINDS) + KINDS.index(kind) + 1
            yield _cv(f"c{cv_number:03d}", kind, role, partner, stranger, chance)


def _cv(name: str, kind: str, role: Role, partner: Role, stranger: Role, chance: random.Random) -> Cv:
    """A CV by its kind: the README says what each is."""
    skills = chance.sample(role.skills, len(role.skills))
    others = chance.sample(stranger.skills, 5)
    form = {"named": 0, "renamed": 1, "described": 2}.get(kind)
    if kind == "half":
        skills = skills[: len(skills) // 2 + 1]
    if kind == "sibling":
        skills = chance.sample(partner.skills, len(partner.skills))
    years = 1 if kind in ("junior", "changer") else chance.randrange(6, 15)
    used = others if kind in ("stuffed", "changer") else skills
    named = skills if kind in ("stuffed", "changer") else []
    worked = stranger if kind in ("stuffed", "changer") else partner if kind == "sibling" else role
    years_at_work = chance.randrange(6, 15) if kind == "changer" else years
    parts = [_head(worked, chance), _work(worked, used, years_at_work, form, chance)]
    if kind == "messy":
        parts.append(_work(stranger, others, 3, None, chance, until=2026 - years))
    if kind == "stuffed":
        parts.append("Keywords\n" + ", ".join(skill.forms[index] for skill in named for index in (0, 1)))
    if kind == "changer":
        parts.append(
            f"Training\nRetraining as {role.titles[0].lower()}, evening course of six months, 2026. Subjects: "
            + ", ".join(skill.forms[0] for skill in named)
            + ". I look for a first position in this field."
        )
    if kind in ("named", "half", "junior"):
        parts.append("Skills\n" + ", ".join(skill.forms[0] for skill in used))
    parts.append("Languages\n" + chance.choice(LANGUAGES))
    if chance.random() < 0.5:
        parts.append("Interests\n" + chance.choice(INTERESTS))
    ids, named_ids = frozenset(skill.id for skill in used), frozenset(skill.id for skill in named)
    in_fields = {worked.field: years_at_work} | ({stranger.field: 3} if kind == "messy" else {})
    return Cv(name, ids | _strange(kind, others), named_ids, in_fields, "\n\n".join(parts) + "\n")


def _strange(kind: str, others: list[Skill]) -> frozenset[str]:
    return frozenset(skill.id for skill in others) if kind == "messy" else frozenset()


def _head(role: Role, chance: random.Random) -> str:
    person = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    return f"{person}\n{chance.choice(role.titles)}\n{chance.choice(PLACES)} | {person.split()[0].lower()}@example.org"


def _work(
    role: Role, skills: list[Skill], years: int, form: int | None, chance: random.Random, until: int = 2026
) -> str:
    """A position, or two, with a line for each skill; `form` says how skills are written, None: in any way."""
    lines = [_line(skill.forms[chance.randrange(3) if form is None else form], form, chance) for skill in skills]
    if years <= 3:
        return "Experience\n" + _position(role, until - years, until, lines, chance)
    half, middle = len(lines) // 2, until - years // 2
    recent = _position(role, middle, until, lines[half:], chance)
    return f"Experience\n{recent}\n\n{_position(role, until - years, middle, lines[:half], chance)}"


def _position(role: Role, start: int, end: int, lines: list[str], chance: random.Random) -> str:
    return "\n".join([f"{chance.choice(role.titles)}, {chance.choice(FIRMS)}, {start} - {end}", *lines])


def _line(form: str, kind: int | None, chance: random.Random) -> str:
    if kind == 2 or (kind is None and len(form.split()) > 4):
        return f"- {form[0].upper()}{form[1:]}."
    return "- " + chance.choice(LINES).format(form)


def main() -> None:
    """Write the set."""
    chance = random.Random(20261128)
    roles = read_roles()
    projects = list(written_projects(roles, chance))
    cvs = list(written_cvs(roles, chance))
    for folder, documents in (("projects", projects), ("freelancers", cvs)):
        (SET / folder).mkdir(exist_ok=True)
        for old in (SET / folder).glob("[pc][0-9]*.txt"):
            old.unlink()
        for document in documents:
            (SET / folder / f"{document.name}.txt").write_text(document.text)
    pairs = [(project.name, cv.name, grade(project, cv)) for project in projects for cv in cvs]
    graded = [pair for pair in pairs if pair[2]]
    by_hand = [line.split("\t") for line in (SET / "by_hand.tsv").read_text().splitlines() if line]
    graded += [(project, cv, int(number)) for project, cv, number in by_hand]
    rows = [(f"{project}.txt", f"{cv}.txt", number) for project, cv, number in graded]
    rows += [(f"{cv}.txt", f"{project}.txt", number) for project, cv, number in graded]
    (SET / "qrels.tsv").write_text("".join(f"{query}\t0\t{document}\t{number}\n" for query, document, number in rows))


if __name__ == "__main__":
    main()
