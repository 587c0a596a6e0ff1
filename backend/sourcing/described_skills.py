"""Skills that a text describes without naming them, by the meaning of its sentences.

Two steps, so that a CV takes a second and not ten: sentences that are near to no skill as a whole are left out by their
vectors alone, the others are ranked with all that `skill_ranking` knows. Only a very likely skill counts:
docs/matching.md has how many of such were right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from threading import Lock

import numpy as np

from sourcing.encoding import encode_queries
from sourcing.sentences import SENTENCE_ENDS
from sourcing.skill_list import Skill, all_skills
from sourcing.skill_mentions import without_denials
from sourcing.skill_ranking import SkillRanking
from sourcing.skill_vectors import skill_vectors

NEAR_AS_A_WHOLE = 0.55
"""The cosine of a sentence and a skill below which it is not looked at closer."""
LIKELY = 1.2
"""The weighted sum from which a skill counts as described."""
FEWEST_WORDS = 5
MOST_CHARACTERS = 400
MOST_SENTENCES = 200
MOST_LOOKED_AT = 40
"""These hold what the worst text costs; a CV of two pages has some fifty sentences."""

_making = Lock()


@dataclass(frozen=True)
class Description:
    """A sentence that describes a skill: where it begins, and how likely it is that it does."""

    skill: Skill
    start: int
    confidence: float


def find_descriptions(text: str) -> list[Description]:
    """The likeliest skill of each sentence that clearly describes one; takes time (a CV a second): for a thread."""
    places = list(_sentences(without_denials(text)))[:MOST_SENTENCES]
    if not places:
        return []
    with _making:
        skills, ranking = _ranking()
    nearest = (encode_queries([sentence for _, sentence in places]) @ ranking.vectors.T).max(axis=1)
    likely = sorted(np.flatnonzero(nearest >= NEAR_AS_A_WHOLE).tolist(), key=lambda place: -nearest[place])
    likely = sorted(likely[:MOST_LOOKED_AT])
    found = []
    for place, features in zip(likely, ranking.features([places[place][1] for place in likely]), strict=True):
        scores = features.score()
        best = int(np.argmax(scores))
        if scores[best] >= LIKELY:
            found.append(Description(skills[best], places[place][0], min(0.8, float(scores[best]) / 2)))
    return found


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """Sentences, bullets and lines long enough to describe something, with where they begin."""
    start = 0
    for end in [*(match.span() for match in SENTENCE_ENDS.finditer(text)), (len(text), len(text))]:
        sentence = " ".join(text[start : end[0]].split())
        if len(sentence) <= MOST_CHARACTERS and sentence.count(" ") >= FEWEST_WORDS - 1:
            yield start + len(text[start : end[0]]) - len(text[start : end[0]].lstrip()), sentence
        start = end[1]


@cache
def _ranking() -> tuple[list[Skill], SkillRanking]:
    vectors = skill_vectors()
    skills = [skill for skill in all_skills().values() if not skill.typed_only]
    rows = vectors.rows[[vectors.row_of[skill.id] for skill in skills]]
    return skills, SkillRanking([skill.name for skill in skills], rows)
