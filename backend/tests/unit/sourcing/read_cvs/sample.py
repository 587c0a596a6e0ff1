"""A CV made for the tests, what it says, and how much of that was read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from sourcing.documents import extract_text
from sourcing.profiles import ReadProfile, read_profile
from sourcing.skills import skill_for

TODAY = date(2026, 11, 1)


@dataclass(frozen=True)
class Says:
    """What a reader finds in a CV.

    A position is "title | employer | from | to" (`now` while it lasts), education "degree | institution | end"; what is
    left empty there is not asked for. Languages go with their level, skills with their years.
    """

    years: float | None
    positions: tuple[str, ...] = ()
    languages: dict[str, str | None] = field(default_factory=dict)
    education: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    skills: dict[str, float | None] = field(default_factory=dict)
    headline: str | None = None
    summary: str | None = None
    never: tuple[str, ...] = ()
    """What identifies the person: nowhere in the profile."""


@dataclass(frozen=True)
class Sample:
    """A CV's file and what it says."""

    name: str
    content: bytes
    says: Says

    def read(self) -> ReadProfile:
        return read_profile(extract_text(self.content, self.name).text, TODAY)


def facts(sample: Sample) -> list[tuple[str, bool]]:
    """Each fact of a CV, and whether it was read; what was read beyond is a fact that was missed."""
    profile, says = sample.read(), sample.says
    found = [("years", _near(profile.years_of_experience, says.years))]
    found += _positions(profile, says)
    found += _languages(profile, says)
    found += _education(profile, says)
    found += _certificates(profile, says)
    years = {skill.id: skill.years for skill in profile.skills}
    for name, wanted in says.skills.items():
        found.append((f"skill {name}: {years.get(skill_for(name).id)}", _near(years.get(skill_for(name).id), wanted)))
    if says.headline is not None:
        found.append((f"headline: {profile.headline}", says.headline == profile.headline))
    if says.summary is not None:
        found.append((f"summary: {profile.summary}", says.summary in profile.summary))
    told = profile.model_dump_json()
    found += [(f"told {secret}", secret not in told) for secret in says.never]
    return found


def _near(read: float | None, wanted: float | None) -> bool:
    if read is None or wanted is None:
        return read is wanted
    return abs(read - wanted) <= 0.3


def _positions(profile: ReadProfile, says: Says) -> Iterator[tuple[str, bool]]:
    left = list(profile.positions)
    for wanted in says.positions:
        title, organisation, start, end = (part.strip() for part in wanted.split("|"))
        same = [each for each in left if each.start == start]
        best = max(
            same, key=lambda each: (_same(each.title, title), _same(each.organisation, organisation)), default=None
        )
        if best is None:
            yield from [(f"{wanted}: missing", False)] * 4
            continue
        left.remove(best)
        yield f"{wanted}: start", True
        yield f"{wanted}: end is {best.end}", (best.end or "now") == end
        yield f"{wanted}: title is {best.title}", _same(best.title, title)
        yield f"{wanted}: employer is {best.organisation}", _same(best.organisation, organisation)
    yield from ((f"no such position: {each.title} {each.start}", False) for each in left)


def _same(read: str, wanted: str) -> bool:
    return read.casefold() == wanted.casefold()


def _languages(profile: ReadProfile, says: Says) -> Iterator[tuple[str, bool]]:
    read = {language.name: language.level for language in profile.languages}
    for name, level in says.languages.items():
        yield f"language {name}", name in read
        yield f"{name}: level is {read.get(name)}", name in read and read[name] == level
    yield from ((f"no such language: {name}", False) for name in read if name not in says.languages)


def _education(profile: ReadProfile, says: Says) -> Iterator[tuple[str, bool]]:
    for wanted in says.education:
        degree, institution, end = (part.strip() for part in wanted.split("|"))
        best = next((each for each in profile.education if degree.casefold() in each.degree.casefold()), None)
        yield f"{wanted}: degree in {[each.degree for each in profile.education]}", best is not None
        if institution:
            yield (
                f"{wanted}: institution is {best and best.institution}",
                (best is not None and _same(best.institution, institution)),
            )
        if end:
            yield f"{wanted}: end is {best and best.end}", best is not None and best.end == end
    extra = len(profile.education) - len(says.education)
    yield from [(f"studies beyond: {[each.degree for each in profile.education]}", False)] * extra


def _certificates(profile: ReadProfile, says: Says) -> Iterator[tuple[str, bool]]:
    names = [each.name for each in profile.certificates]
    for wanted in says.certificates:
        yield f"certificate {wanted} in {names}", any(wanted.casefold() in name.casefold() for name in names)
    yield from [(f"certificates beyond: {names}", False)] * (len(names) - len(says.certificates))
