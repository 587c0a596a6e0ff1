"""Words of texts, and BM25 over them (Robertson and Zaragoza 2009)."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

K1 = 1.2
B = 0.75
WORD = re.compile(r"[^\W_][\w+#.]*[\w+#]|[^\W_]")
ENDINGS = re.compile(r"(?<=\w{4})(?:ations?|ments?|ings?|ies|(?<!e)ers?|ed|es|s|e|y)$")
STOP_WORDS = frozenset(
    WORD.findall(
        "a about above after all also am an and any are as at be been but by can could did do does for from had has "
        "have he her here his how i if in into is it its may me more most must my no not of on or other our out over "
        "own she should so some such than that the their them then there these they this those to under up us was we "
        "were what when where which who will with within would you your der die das und oder in im mit von zu den dem "
        "ein eine einer eines für auf als an bei wir sie ist sind"
    )
)


def words_of(text: str) -> list[str]:
    """The words that say something, in small letters, without the commonest endings."""
    found = (word.casefold() for word in WORD.findall(text))
    return [_without_ending(word) for word in found if word not in STOP_WORDS]


@lru_cache(maxsize=1 << 14)
def _without_ending(word: str) -> str:
    return ENDINGS.sub("", word)


class BM25:
    """BM25 over a fixed collection of documents, each given as its words.

    How rare a word is, is counted over the documents and `background` together: few documents alone say little of it.
    """

    def __init__(self, documents: Sequence[Sequence[str]], background: Sequence[Sequence[str]] = ()) -> None:
        self._counts = [Counter(document) for document in documents]
        lengths = [len(document) for document in documents]
        mean = (sum(lengths) / len(lengths) if lengths else 0.0) or 1.0
        self._norms = [K1 * (1 - B + B * length / mean) for length in lengths]
        self._texts = len(documents) + len(background)
        self._frequency = Counter(word for text in (*documents, *background) for word in set(text))
        self._holding: dict[str, list[int]] = {}
        for number, counts in enumerate(self._counts):
            for word in counts:
                self._holding.setdefault(word, []).append(number)

    def scores(self, query: Sequence[str]) -> list[float]:
        """Return the score of each document for a query; a word that the query repeats counts once."""
        scores = [0.0] * len(self._counts)
        for word in sorted(set(query)):
            frequency = self._frequency[word]
            rarity = math.log(1.0 + (self._texts - frequency + 0.5) / (frequency + 0.5))
            for number in self._holding.get(word, ()):
                count = self._counts[number][word]
                scores[number] += rarity * count * (K1 + 1.0) / (count + self._norms[number])
        return scores
