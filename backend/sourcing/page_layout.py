"""The text of a PDF's pages out of where its words stand: column by column, without what is repeated at pages' edges.

Words that stand on one line are read together, wide gaps between them kept, so that a table stays a table. The wider
column of every page is read before the narrow ones, so that work which goes on overleaf is not
torn apart by a list of skills.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from sourcing.page_columns import SAME_LINE, Segment, columns_of

SAME_LINE_SHARE = 0.35
"""Share of their size by which the feet of words of one line may differ."""
APART = 1.35
"""Room between lines beside what a third of them have or less, from which they stand apart."""
WIDE_GAP = " " * 4
EDGE_LINES = 3
"""Lines from the edge of a page in which a running header or footer is looked for."""
SAME_EDGE = 6.0
LEAST_CELLS = 3
"""Rows of a table have as many; of two, the left one may be a date and the right one all that follows."""
SAME_CELL = 1.5
OVERLAPPING, TOUCHING = -0.25, 0.03
"""Between these shares of their size the gap between two words is none."""
SPACED = 1.4
LEAST_SPACED = 3


@dataclass(frozen=True)
class Word:
    """A word on a page: its left foot, in points from the lower left corner, and its size."""

    text: str
    x: float
    y: float
    width: float
    size: float


Placed = TypeVar("Placed", Word, Segment)


def texts_of(pages: Sequence[Sequence[Word]]) -> list[str]:
    """The text of all pages in the order of reading: first the wide columns, then the narrow ones."""
    lines = [_lines(words) for words in pages]
    main, beside = [], []
    gutter = None
    for number in range(len(lines)):
        own = [segment for line in _without_edges(number, lines) for segment in line]
        columns = columns_of(own, gutter)
        gutter = columns.gutter if columns else gutter
        main += [_text(columns.top if columns else []), _text(columns.main if columns else own)]
        beside.append(_text(columns.beside if columns else []))
    return [text for text in [*main, *beside] if text]


def _lines(words: Sequence[Word]) -> list[list[Segment]]:
    """The lines of a page from top to bottom, each from left to right."""
    return [_segments(sorted(line, key=lambda word: word.x)) for line in _by_height(words)]


def _by_height(placed: Iterable[Placed]) -> list[list[Placed]]:
    lines: list[list[Placed]] = []
    for each in sorted(placed, key=lambda each: -each.y):
        if lines and lines[-1][0].y - each.y <= min(SAME_LINE, SAME_LINE_SHARE * each.size):
            lines[-1].append(each)
        else:
            lines.append([each])
    return lines


def _text(segments: list[Segment]) -> str:
    """Segments as lines; an empty line where more room is left than between most lines."""
    lines = _rows(_by_height(segments))
    steps = sorted(above[0].y - below[0].y for above, below in pairwise(lines))
    usual = steps[len(steps) // 3] if steps else 0.0
    text = []
    for number, line in enumerate(lines):
        if number and lines[number - 1][0].y - line[0].y > APART * usual:
            text.append("")
        text.append(WIDE_GAP.join(segment.text for segment in sorted(line, key=lambda segment: segment.left)))
    return "\n".join(text)


def _rows(lines: list[list[Segment]]) -> list[list[Segment]]:
    """The lines, with what a table's cells have on further lines put behind their first."""
    rows: list[list[Segment]] = []
    reached = 0.0
    for line in lines:
        row = rows[-1] if rows else []
        above = [_cell_over(segment, row) for segment in line]
        if len(row) >= LEAST_CELLS and None not in above and 0 not in above and reached - line[0].y < 2 * line[0].size:
            for cell, segment in zip(above, line, strict=True):
                if cell is not None:
                    row[cell] = replace(row[cell], text=f"{row[cell].text} {segment.text}")
        else:
            rows.append(sorted(line, key=lambda segment: segment.left))
        reached = line[0].y
    return rows


def _cell_over(segment: Segment, row: list[Segment]) -> int | None:
    """Which cell of a row begins where a segment below it begins."""
    return next((at for at, cell in enumerate(row) if abs(cell.left - segment.left) <= SAME_CELL), None)


def _segments(line: list[Word]) -> list[Segment]:
    groups = [[line[0]]]
    for before, word in pairwise(line):
        if word.x - before.x - before.width > 1.2 * min(before.size, word.size):
            groups.append([])
        groups[-1].append(word)
    return [
        Segment(
            _said_by(group),
            group[0].x,
            max(word.x + word.width for word in group),
            group[0].y,
            max(word.size for word in group),
        )
        for group in groups
    ]


def _said_by(words: list[Word]) -> str:
    """Words with blanks between; those that touch are one, which kerning parted ("T" and "urin"), and so are letters.

    Letters are spaced in headings ("E D U C AT I O N"): what stands wider apart than they do is another word.
    """
    gaps = [(after.x - before.x - before.width) / max(1.0, before.size) for before, after in pairwise(words)]
    letters = sum(len(word.text) == 1 for word in words)
    is_spaced = letters >= LEAST_SPACED and 2 * letters > len(words) and max(len(word.text) for word in words) <= 2
    most = SPACED * sorted(gaps)[len(gaps) // 2] if is_spaced else TOUCHING
    blanks = ("" if OVERLAPPING < gap < most else " " for gap in gaps)
    return words[0].text + "".join(blank + word.text for blank, word in zip(blanks, words[1:], strict=True))


def _without_edges(number: int, pages: list[list[list[Segment]]]) -> list[list[Segment]]:
    """The lines that are a page's own. The first page keeps its header: it may name the person."""
    page, others = pages[number], [other for place, other in enumerate(pages) if abs(place - number) in {1, 2}]
    first, last = 0, len(page)
    while last > max(0, len(page) - EDGE_LINES) and _is_repeated(
        page[last - 1], [other[-EDGE_LINES:] for other in others]
    ):
        last -= 1
    while (
        number and first < min(last, EDGE_LINES) and _is_repeated(page[first], [other[:EDGE_LINES] for other in others])
    ):
        first += 1
    return page[first:last]


def _is_repeated(line: list[Segment], edges: list[list[list[Segment]]]) -> bool:
    said = _said(line)
    return any(_said(other) == said and abs(other[0].y - line[0].y) <= SAME_EDGE for lines in edges for other in lines)


def _said(line: list[Segment]) -> str:
    """A line's text with all numbers alike that may be a page's."""
    return re.sub(r"(?<!\d)\d{1,3}(?!\d)", "#", " ".join(segment.text for segment in line))
