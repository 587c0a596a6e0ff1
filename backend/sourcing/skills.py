"""Skills: finding them in a text, and understanding names that people type.

`skill_list` is the list, `skill_mentions` finds what a text names, `described_skills` what it describes without a name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sourcing.sentences import sentence_at
from sourcing.skill_list import ESCO, Mention, Method, Skill, all_skills, folded, name_of, slug
from sourcing.skill_mentions import find_mentions

__all__ = [
    "FoundSkill",
    "Mention",
    "Method",
    "Skill",
    "all_skills",
    "find_mentions",
    "find_skills",
    "nearest",
    "resolve_skill",
    "skill_for",
]

OTHER = "other"
CONFIDENCE: dict[Method, float] = {"name": 1.0, "alias": 0.95, "inflection": 0.85}
"""Of what is named; a prior. What is described has that of its description, which is lower."""


@dataclass(frozen=True)
class FoundSkill:
    """A skill that a text shows: where first (offset of a character), in which sentence, how often, how it was found.

    `confidence` (0 to 1) is near to one for what is named, and lower for what is only described.
    """

    id: str
    name: str
    evidence: str
    offset: int
    count: int
    method: Method
    confidence: float = 1.0


def find_skills(text: str, *, described: bool = False) -> list[FoundSkill]:
    """The skills that the text names, in the order of their first mention; then, if asked for, those it describes.

    Descriptions are found by meaning, which takes about a second for a CV: ask for them in a thread.
    """
    places: dict[str, list[Mention]] = {}
    for mention in find_mentions(text):
        places.setdefault(mention.skill.id, []).append(mention)
    found = [_found(text, mentions) for mentions in places.values()]
    return found + _described(text, set(places)) if described else found


def _described(text: str, named: set[str]) -> list[FoundSkill]:
    """What is described and not named; of several descriptions the surest is the evidence."""
    from sourcing.described_skills import Description, find_descriptions  # loads numpy and the encoder

    places: dict[str, list[Description]] = {}
    for description in find_descriptions(text):
        if description.skill.id not in named:
            places.setdefault(description.skill.id, []).append(description)
    found = []
    for skill_id, descriptions in places.items():
        best = max(descriptions, key=lambda description: description.confidence)
        evidence = sentence_at(text, best.start)
        found.append(
            FoundSkill(skill_id, best.skill.name, evidence, best.start, len(descriptions), "meaning", best.confidence)
        )
    return found


@lru_cache(maxsize=4096)
def resolve_skill(name: str) -> Skill | None:
    """The listed skill that somebody means who types this name, or `None` when the list does not have it."""
    known = name_of(name.strip())
    return known.skill if known else all_skills().get(slug(name))


def skill_for(name: str) -> Skill:
    """The listed skill of this name, or a free one: its own name, an id made of it, no neighbourhood."""
    return resolve_skill(name) or Skill(slug(name), " ".join(name.split()), OTHER)


def nearest(skill_id: str, candidates: Iterable[str]) -> Skill | None:
    """Which of the candidates (ids) comes nearest to the skill.

    The rule: only skills of its category are near; one that shares a word with its name is nearer than the others;
    among equals the first candidate wins. Free skills, and those that only ESCO has, are of no category.
    """
    wanted = all_skills().get(skill_id)
    if wanted is None or wanted.category == ESCO:
        return None
    known = [all_skills()[candidate] for candidate in candidates if candidate in all_skills()]
    near = [skill for skill in known if skill.category == wanted.category and skill.id != skill_id]
    return max(near, key=lambda skill: len(_words(skill) & _words(wanted)), default=None)


def _words(skill: Skill) -> set[str]:
    return set(folded(skill.name).split())


def _found(text: str, mentions: list[Mention]) -> FoundSkill:
    """The evidence is the first mention's; of the methods the surest counts."""
    first = mentions[0]
    method: Method = max((mention.method for mention in mentions), key=lambda method: CONFIDENCE[method])
    return FoundSkill(
        first.skill.id,
        first.skill.name,
        sentence_at(text, first.start),
        first.start,
        len(mentions),
        method,
        CONFIDENCE[method],
    )
