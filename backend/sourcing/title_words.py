"""The words of titles by which the search finds people: what somebody does, and nothing of who they are.

A profile's titles (its headline, and those of its positions) are compared with a project's title. Of either, only
words count that the names of listed skills are made of ("payments", "web", "nursing"), without their commonest endings,
and professions that can be put down to such a word ("translator" to "translation", "backend" to "API"). So no name of a
person, a place or an employer gets into the index, unless it is also a word of some skill; the words of the
freelancer's own name are left out even then, and so are those that tell of nationality, gender or age. There are some
eight thousand such words, however many profiles there are.

The summaries and descriptions of a profile are not searched by word: on the evaluation's own set that made the order
worse, as each mentions what its owner has not done.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache

from sourcing.language_names import ENGLISH_NAMES, OTHER_NAMES
from sourcing.skill_list import all_skills
from sourcing.words import words_of

MOST_WORDS = 20
PERSONAL = (
    "woman women man men male female gender sex girl boy mother father mum dad lady gentleman wife husband "
    "young youth old elder elderly senior junior age nationality ethnic race migrant immigrant indian native "
    "black white religion religious christian catholic jewish muslim hindu buddhist pregnant disabled "
    "disability gay lesbian"
)
JOINED = re.compile(r"\b(back|front|full)[- ](end|stack)\b", re.IGNORECASE)
OF_PROFESSIONS = ("ator", "ician", "ian", "ist", "ant", "or")
PROFESSIONS = {
    "actuary": "actuarial",
    "backend": "API",
    "barrister": "law",
    "beautician": "beauty",
    "cabinetmaker": "furniture",
    "ceo": "management",
    "cfo": "finance",
    "chemist": "chemistry",
    "cna": "nursing",
    "coder": "programming",
    "concierge": "guest",
    "coo": "operations",
    "cpa": "accounting",
    "cto": "technology",
    "detective": "investigation",
    "dietitian": "nutrition",
    "draftsman": "drawing",
    "draughtsman": "drawing",
    "emt": "emergency",
    "fisherman": "fishing",
    "foreman": "supervision",
    "frontend": "JavaScript",
    "fullstack": "web",
    "headhunter": "recruiting",
    "janitor": "cleaning",
    "jeweller": "jewellery",
    "lpn": "nursing",
    "midwife": "midwifery",
    "paralegal": "legal",
    "physician": "medicine",
    "policeman": "police",
    "professor": "teaching",
    "realtor": "property",
    "rn": "nursing",
    "salesman": "sales",
    "salesperson": "sales",
    "saleswoman": "sales",
    "sdet": "testing",
    "seamstress": "sewing",
    "secretary": "secretarial",
    "solicitor": "law",
    "stockbroker": "securities",
    "storekeeper": "warehouse",
    "sysadmin": "administration",
    "toolmaker": "tool",
    "videographer": "video",
    "waitress": "waiter",
    "warehouseman": "warehouse",
    "webmaster": "web",
}
"""Those whose word is in no name of a skill, nor has one of the endings, and a word that is."""


def title_words(titles: Iterable[str], name: str = "") -> tuple[str, ...]:
    """Return the words of some titles, each once, at most twenty; without those of the person's own name."""
    own = _own(name)
    said = (pair for title in titles for pair in _said(title))
    return tuple(dict.fromkeys(found for word, found in said if word not in own))[:MOST_WORDS]


@lru_cache(maxsize=1 << 10)
def _own(name: str) -> frozenset[str]:
    return frozenset(words_of(name))


@lru_cache(maxsize=1 << 13)
def _said(title: str) -> tuple[tuple[str, str], ...]:
    """The words of a title that are words of work, each as it is said and as it is known."""
    words = words_of(JOINED.sub(r"\1\2", title))
    return tuple((word, found) for word in words if (found := _word_of_work(word)))


def _word_of_work(word: str) -> str | None:
    known = skills_of_words()
    if word in _personal():
        return None
    if word in known:
        return word
    if word in _professions():
        return _professions()[word]
    stems = (word.removesuffix(ending) for ending in OF_PROFESSIONS if word.endswith(ending))
    return next((stem for stem in stems if stem in known), None)


@cache
def _personal() -> set[str]:
    spoken = " ".join([ENGLISH_NAMES, *OTHER_NAMES, *OTHER_NAMES.values()]).replace("|", " ")
    return {*words_of(PERSONAL), *words_of(spoken)}


@cache
def _professions() -> dict[str, str]:
    return {words_of(profession)[0]: words_of(work)[0] for profession, work in PROFESSIONS.items()}


@cache
def skills_of_words() -> dict[str, list[str]]:
    """Return by each word of work the ids of the skills whose names have it, their other names too."""
    found: dict[str, list[str]] = defaultdict(list)
    for skill in all_skills().values():
        if not skill.typed_only:
            for word in sorted(set(words_of("\n".join((skill.name, *skill.aliases)))) - _personal()):
                if len(word) > 1:
                    found[word].append(skill.id)
    return dict(found)
