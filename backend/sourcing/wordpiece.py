"""Text to the encoder's tokens: BERT's uncased WordPiece (Devlin et al. 2019; Wu et al. 2016), for its vocabulary file.

A text is cut at blanks and punctuation, lowered and freed of accents; each word becomes the longest pieces that the
vocabulary has, from left to right.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path

UNKNOWN, BEGIN, END = "[UNK]", "[CLS]", "[SEP]"
LONGEST_WORD = 100
CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """A vocabulary. Safe for many threads at once."""

    def __init__(self, vocabulary: Path) -> None:
        pieces = vocabulary.read_text(encoding="utf-8").splitlines()
        self._number = {piece: number for number, piece in enumerate(pieces)}
        self._pieces = lru_cache(maxsize=65536)(self._pieces_of_chunk)

    def tokens(self, text: str, most: int) -> list[int]:
        """The numbers of a text's pieces between the marks of beginning and end, at most so many in all."""
        numbers = [self._number[BEGIN]]
        for chunk in text.split():
            numbers += self._pieces(chunk)
            if len(numbers) >= most:
                break
        return [*numbers[: most - 1], self._number[END]]

    def _pieces_of_chunk(self, chunk: str) -> tuple[int, ...]:
        return tuple(number for word in _words(chunk) for number in self._pieces_of_word(word))

    def _pieces_of_word(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self._number[UNKNOWN]]
        numbers, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._number.get(mark + word[start:end])
                if number is not None:
                    break
            else:
                return [self._number[UNKNOWN]]
            numbers.append(number)
            start = end
        return numbers


def _words(chunk: str) -> list[str]:
    """What stands between blanks, plain and in lower case, cut around punctuation and Chinese characters."""
    cleaned = "".join(" " if character.isspace() else character for character in chunk if _is_text(character))
    plain = unicodedata.normalize("NFD", cleaned)
    spaced = "".join(
        f" {character} " if _stands_alone(character) else character
        for character in plain.lower()
        if unicodedata.category(character) != "Mn"
    )
    return spaced.split()


def _is_text(character: str) -> bool:
    return character not in "\0\ufffd" and unicodedata.category(character) not in ("Cc", "Cf", "Cn", "Co", "Cs")


def _stands_alone(character: str) -> bool:
    code = ord(character)
    if code < 128:
        return not character.isalnum() and not character.isspace()
    return unicodedata.category(character).startswith("P") or any(low <= code <= high for low, high in CHINESE)
