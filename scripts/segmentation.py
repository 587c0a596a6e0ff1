"""Where one label ends and the next begins, in a run of words without marks.

A bigram model of labels (with their beginning and end) and of plain text, smoothed by single words; the most probable
segmentation is found by dynamic programming (Viterbi 1967). Alternatives resemble their label: they begin or end as it
does, share words with it, and are of about its length; so do those count that use the gerund of a verb that labels
begin with.
"""

import math
from collections import Counter
from itertools import pairwise

BEGIN, END = "<s>", "</s>"
MOST_WORDS = 14
SHARED_EDGE = 0.25
"""How likely an alternative begins, or ends, with the same word as its label."""
NOTHING_SHARED = -2.0
SINGLE_WORD = -2.2
PER_WORD_OF_DIFFERENCE = -0.3


class Segmentation:
    """Counts of what stands beside what."""

    def __init__(self, labels: list[list[str]], texts: list[list[str]]) -> None:
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._firsts: Counter[str] = Counter()
        self._seconds: Counter[str] = Counter()
        for label in labels:
            self._count([BEGIN, *map(str.lower, label), END], 2)
        for text in texts:
            self._count([word.strip(",.;:()").lower() for word in text], 1)
        self._total = sum(self._seconds.values())
        for verb, times in [(pair[1], times) for pair, times in self._pairs.items() if pair[0] == BEGIN]:
            for gerund in {f"{verb}ing", f"{verb[:-1]}ing", f"{verb}{verb[-1]}ing"}:
                if gerund in self._seconds:
                    self._pairs[BEGIN, gerund] = max(self._pairs[BEGIN, gerund], times // 2)

    def _count(self, words: list[str], times: int) -> None:
        for first, second in pairwise(words):
            self._pairs[first, second] += times
            self._firsts[first] += times
            self._seconds[second] += times

    def _chance(self, first: str, second: str) -> float:
        alone = (self._seconds[second] + 0.5) / (self._total + 0.5 * len(self._seconds))
        return (self._pairs[first, second] + 2 * alone) / (self._firsts[first] + 2)

    def segments(self, label: list[str], words: list[str]) -> tuple[str, ...]:
        """The words as alternatives of the label."""
        lower = [word.lower() for word in words]
        content = {_stem(word) for word in label if len(word) > 3}
        best = [0.0] + [-math.inf] * len(words)
        before = [0] * (len(words) + 1)
        for start in range(len(words)):
            score = best[start] + self._edge(self._chance(BEGIN, lower[start]), lower[start] == label[0].lower())
            shares = False
            for end in range(start + 1, min(len(words), start + MOST_WORDS) + 1):
                word = lower[end - 1]
                if end - start > 1:
                    score += math.log(self._chance(lower[end - 2], word))
                shares = shares or _stem(word) in content
                ended = score + self._edge(self._chance(word, END), word == label[-1].lower())
                ended += (0 if shares else NOTHING_SHARED) + (SINGLE_WORD if end - start == 1 else 0)
                ended += PER_WORD_OF_DIFFERENCE * abs(end - start - len(label))
                if ended > best[end]:
                    best[end], before[end] = ended, start
        found: list[str] = []
        end = len(words)
        while end > 0:
            found.append(" ".join(words[before[end] : end]))
            end = before[end]
        return tuple(reversed(found))

    @staticmethod
    def _edge(chance: float, as_the_label: bool) -> float:
        return math.log((1 - SHARED_EDGE) * chance + SHARED_EDGE * as_the_label + 1e-7)


def _stem(word: str) -> str:
    return word.lower().rstrip("s")
