"""The shipped list of skills, and every name of theirs with the rule by which a text names them.

Two files make it: `data/skills.csv`, written for this project, and `data/taxonomy.tsv.gz`, built from ESCO; where both
have a skill it is one, under the id of the former. `data/README.md` says how a row is read.
"""

import csv
import gzip
import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from sourcing.punctuation import APOSTROPHES, DASHES

Method = Literal["name", "alias", "inflection", "meaning"]

DATA = Path(__file__).parent / "data"
LIST = DATA / "skills.csv"
TAXONOMY = DATA / "taxonomy.tsv.gz"
PHRASES = DATA / "phrases.tsv.gz"
ESCO = "esco"
TYPED_ONLY = "typed"

BLANKS = str.maketrans(dict.fromkeys(DASHES, " "))
INNER_CAPITAL = re.compile(r"\w[A-Z]|[A-Z].*\d")
PLURAL = re.compile(rf"[{APOSTROPHES}]?s$")


@dataclass(frozen=True)
class Skill:
    """One skill.

    `category` is its neighbourhood (`esco` for those that only ESCO has); `aliases` are other names, without their
    marks; `esco` is the last part of ESCO's address of it, if it has one; `description` is ESCO's; `typed_only` says
    that its name is an everyday word or a language, which no text is searched for.
    """

    id: str
    name: str
    category: str
    aliases: tuple[str, ...] = ()
    esco: str = ""
    description: str = ""
    typed_only: bool = False


class Rule(StrEnum):
    """What a text must do for a name to count: see `data/README.md`."""

    ANY = "any"
    CASE = "case"
    LIST = "list"
    TYPED = "typed"


MARKS = {"=": Rule.CASE, "~": Rule.LIST}


@dataclass(frozen=True)
class Name:
    """One of the names of a skill, as it is written, with its rule."""

    written: str
    rule: Rule
    method: Method
    skill: Skill


@dataclass(frozen=True)
class Mention:
    """One place of a text that names a skill."""

    skill: Skill
    method: Method
    start: int
    end: int


@dataclass(frozen=True)
class SkillList:
    """The skills by id; the names of our own file by their folded form, and whose ESCO's others are."""

    version: str
    skills: dict[str, Skill]
    own_names: dict[str, Name]
    esco_names: dict[str, str]


def all_skills() -> dict[str, Skill]:
    """The shipped list, by id."""
    return skill_list().skills


def taxonomy_version() -> str:
    """Which build of the taxonomy is shipped, and of which ESCO."""
    return skill_list().version


@cache
def list_digest() -> str:
    """What changes whenever the shipped list does, in either file: 16 hexadecimal digits."""
    return blake2b(LIST.read_bytes() + TAXONOMY.read_bytes(), digest_size=8).hexdigest()


def name_of(written: str) -> Name | None:
    """The listed name, also of its plural."""
    key = folded(written)
    single = PLURAL.sub("", key)
    own = skill_list().own_names
    return own.get(key) or esco_name(key) or own.get(single) or esco_name(single)


def own_name_of(written: str) -> Name | None:
    """As `name_of`, among the names of our own file."""
    names, key = skill_list().own_names, folded(written)
    return names.get(key) or names.get(PLURAL.sub("", key))


def esco_name(key: str) -> Name | None:
    """The name of ESCO that has this folded form, unless it is one of our own file."""
    known = skill_list()
    identity = known.esco_names.get(key)
    if identity is None:
        return None
    skill = known.skills[identity]
    written = next((name for name in (skill.name, *skill.aliases) if folded(name) == key), key)
    method: Method = "name" if written == skill.name else "alias"
    return Name(written, Rule.TYPED if skill.typed_only and method == "name" else rule_of(written), method, skill)


def rule_of(written: str) -> Rule:
    """ESCO's names: phrases anywhere; single words as items of a list, or as written if they have capitals inside."""
    if " " in written:
        return Rule.ANY
    return Rule.CASE if len(written) > 3 and INNER_CAPITAL.search(written) else Rule.LIST


def folded(name: str) -> str:
    """A name as it is compared: lower case, blanks for hyphens."""
    if name.islower() and name.isascii() and name.isprintable() and "-" not in name and "  " not in name:
        return name.strip()  # so are nearly all of ESCO's, and it is quicker
    return " ".join(name.translate(BLANKS).lower().split())


def slug(name: str) -> str:
    """An id made of a name."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or " ".join(name.casefold().split())


@cache
def skill_list() -> SkillList:
    """Both files as one list."""
    skills: dict[str, Skill] = {}
    own: dict[str, Name] = {}
    with LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            aliases = [_unmarked(alias) for alias in row["aliases"].split("|") if alias]
            skill = Skill(row["id"], row["name"], row["category"], tuple(written for written, _ in aliases))
            skills[skill.id] = skill
            own.setdefault(folded(skill.name), Name(skill.name, Rule(row["match"]), "name", skill))
            for written, rule in aliases:
                own.setdefault(folded(written), Name(written, rule, "alias", skill))
    version, _, *lines = gzip.decompress(TAXONOMY.read_bytes()).decode().splitlines()
    theirs: dict[str, str] = {}
    for line in lines:
        identity, esco, name, kind, others, description = line.split("\t")
        aliases_of_it = tuple(others.split("|")) if others else ()
        known = skills.get(identity)
        skills[identity] = (
            replace(known, aliases=_joined(known, name, aliases_of_it), esco=esco, description=description)
            if known
            else Skill(identity, name, ESCO, aliases_of_it, esco, description, kind == TYPED_ONLY)
        )
        for written in (name, *aliases_of_it):
            key = folded(written)
            if key not in own:
                theirs.setdefault(key, identity)
    own = {key: replace(name, skill=skills[name.skill.id]) for key, name in own.items()}
    return SkillList(version.removeprefix("# version "), skills, own, theirs)


def _joined(ours: Skill, name: str, aliases: tuple[str, ...]) -> tuple[str, ...]:
    """Our aliases and ESCO's names, each once."""
    return tuple(dict.fromkeys(other for other in (*ours.aliases, name, *aliases) if other != ours.name))


def _unmarked(alias: str) -> tuple[str, Rule]:
    rule = MARKS.get(alias[0], Rule.ANY)
    return (alias if rule is Rule.ANY else alias[1:]), rule
