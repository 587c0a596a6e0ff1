"""The text of a PDF's pages out of where its words stand: column by column, without what is repeated at pages' edges.

Words that stand on one line are read together, wide gaps between them kept, so that a table stays a table. Two columns
are told from a table (dates beside what was done) by their headings: both columns have their own, a table has them on
one side only. The wider column of every page is read before the narrow ones, so that work which goes on overleaf is not
torn apart by a list of skills.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from sourcing.periods import is_date
from sourcing.sections import is_heading

SAME_LINE = 2.5
SAME_LINE_SHARE = 0.35
"""Points, and share of their size, by which the feet of words of one line may differ."""
APART = 1.35
"""Room between lines beside what a third of them have or less, from which they stand apart."""
WIDE_GAP = " " * 4
EDGE_LINES = 3
"""Lines from the edge of a page in which a running header or footer is looked for."""
SAME_EDGE = 6.0
LEAST_GUTTER = 6.0
LEAST_CELLS = 3
"""Rows of a table have as many; of two, the left one may be a date and the right one all that follows."""
SAME_CELL = 1.5
LEAST_LINES = 3
DATES_OF_A_TABLE = 3
"""Of so many lines in a narrow column one is a date, where it is a table's."""
LARGER = 1.12
"""A heading's letters beside those of the text."""
OVERLAPPING, TOUCHING = -0.25, 0.03
"""Between these shares of their size the gap between two words is none."""
SPACED = 1.4
LEAST_SPACED = 3
BEYOND = 10_000.0
MAX_GUTTERS = 12
MAX_SEGMENTS = 3_000
"""A page with more is no page of a CV, and is read line by line."""


@dataclass(frozen=True)
class Word:
    """A word on a page: its left foot, in points from the lower left corner, and its size."""

    text: str
    x: float
    y: float
    width: float
    size: float


@dataclass(frozen=True)
class _Segment:
    """Words of one line that stand close together."""

    text: str
    left: float
    right: float
    y: float
    size: float


Placed = TypeVar("Placed", Word, _Segment)


@dataclass(frozen=True)
class _Columns:
    """The text of a page in columns: the name over the narrow one, all that belongs to the wide one, and the rest."""

    top: list[_Segment]
    main: list[_Segment]
    beside: list[_Segment]
    gutter: float


def texts_of(pages: Sequence[Sequence[Word]]) -> list[str]:
    """The text of all pages in the order of reading: first the wide columns, then the narrow ones."""
    lines = [_lines(words) for words in pages]
    main, beside = [], []
    gutter = None
    for number in range(len(lines)):
        own = [segment for line in _without_edges(number, lines) for segment in line]
        columns = _columns(own, gutter)
        gutter = columns.gutter if columns else gutter
        main += [_text(columns.top if columns else []), _text(columns.main if columns else own)]
        beside.append(_text(columns.beside if columns else []))
    return [text for text in [*main, *beside] if text]


def _lines(words: Sequence[Word]) -> list[list[_Segment]]:
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


def _text(segments: list[_Segment]) -> str:
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


def _rows(lines: list[list[_Segment]]) -> list[list[_Segment]]:
    """The lines, with what a table's cells have on further lines put behind their first."""
    rows: list[list[_Segment]] = []
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


def _cell_over(segment: _Segment, row: list[_Segment]) -> int | None:
    """Which cell of a row begins where a segment below it begins."""
    return next((at for at, cell in enumerate(row) if abs(cell.left - segment.left) <= SAME_CELL), None)


def _segments(line: list[Word]) -> list[_Segment]:
    groups = [[line[0]]]
    for before, word in pairwise(line):
        if word.x - before.x - before.width > 1.2 * min(before.size, word.size):
            groups.append([])
        groups[-1].append(word)
    return [
        _Segment(
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


def _without_edges(number: int, pages: list[list[list[_Segment]]]) -> list[list[_Segment]]:
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


def _is_repeated(line: list[_Segment], edges: list[list[list[_Segment]]]) -> bool:
    said = _said(line)
    return any(_said(other) == said and abs(other[0].y - line[0].y) <= SAME_EDGE for lines in edges for other in lines)


def _said(line: list[_Segment]) -> str:
    """A line's text with all numbers alike that may be a page's."""
    return re.sub(r"(?<!\d)\d{1,3}(?!\d)", "#", " ".join(segment.text for segment in line))


def _columns(segments: list[_Segment], known: float | None) -> _Columns | None:
    """The columns of a page, if it has any; `known` is the gutter of a page before."""
    if len(segments) > MAX_SEGMENTS:
        return None
    found = [(gutter, _between_crossings(segments, gutter)) for gutter in _gutters(segments, known)]
    parted = [(gutter, inside) for gutter, inside in found if _are_columns(inside, gutter, gutter == known, segments)]
    if not parted:
        return None
    gutter, inside = max(parted, key=lambda each: len(each[1]))
    left = [segment for segment in inside if segment.left < gutter]
    right = [segment for segment in inside if segment.left >= gutter]
    narrow, wide = (left, right) if _extent(right) >= _extent(left) else (right, left)
    on_top = _over_headings(narrow, wide, segments)
    low, high = min(segment.y for segment in inside), max(segment.y for segment in inside)
    around = [segment for segment in segments if not low <= segment.y <= high]
    return _Columns(on_top, [*around, *wide], narrow[len(on_top) :], gutter)


def _over_headings(column: list[_Segment], beside: list[_Segment], page: list[_Segment]) -> list[_Segment]:
    """What a narrow column has over its first heading, when it is larger than all else, or nothing stands beside it.

    That is the person's name, and what they are.
    """
    first = next((at for at, segment in enumerate(column) if is_heading(segment.text)), 0)
    largest, top = max(segment.size for segment in page), max(segment.y for segment in beside)
    is_title = any(segment.size == largest for segment in column[:first])
    return column[:first] if is_title or all(segment.y > top for segment in column[:first]) else []


def _gutters(segments: list[_Segment], known: float | None) -> list[float]:
    """Where a column may begin: just left of where several lines do."""
    starts = Counter(round(segment.left / 3) for segment in segments)
    likely = [start * 3 - LEAST_GUTTER / 2 for start, lines in starts.most_common(MAX_GUTTERS) if lines >= LEAST_LINES]
    return [gutter for gutter in [*likely, *([known] if known else [])] if gutter > 0]


def _between_crossings(segments: list[_Segment], gutter: float) -> list[_Segment]:
    """The text of the tallest part of a page in which nothing crosses a gutter."""
    crossing = [
        segment.y for segment in segments if segment.left < gutter - 1 and segment.right > gutter + LEAST_GUTTER / 2
    ]
    parts = [
        [segment for segment in segments if low + SAME_LINE < segment.y < high - SAME_LINE]
        for low, high in pairwise([-BEYOND, *sorted(crossing), BEYOND])
    ]
    return max(parts, key=len)


def _are_columns(inside: list[_Segment], gutter: float, is_known: bool, page: list[_Segment]) -> bool:
    left = [segment for segment in inside if segment.left < gutter]
    right = [segment for segment in inside if segment.left >= gutter]
    if is_known and left and right:
        return True
    if len(left) < LEAST_LINES or len(right) < LEAST_LINES:
        return False
    if min(segment.left for segment in right) - max(segment.right for segment in left) < LEAST_GUTTER / 2:
        return False
    if _is_table(left, right):
        return False
    sizes = sorted(segment.size for segment in page)
    text_size = sizes[len(sizes) // 2]
    return _headings(left, text_size) >= 1 and _headings(right, text_size) >= 1


def _is_table(left: list[_Segment], right: list[_Segment]) -> bool:
    """Whether what stands left belongs to what is beside it: dates, or labels whose colons stand right."""
    dates = sum(is_date(segment.text) for segment in left)
    colons = sum(segment.text.startswith(":") for segment in right)
    return (dates >= LEAST_LINES and DATES_OF_A_TABLE * dates >= len(left)) or 2 * colons > len(right)


def _headings(column: list[_Segment], text_size: float) -> int:
    """How many lines begin a section: known headings at the column's left edge, or at least two that stand out."""
    edge = min(segment.left for segment in column)
    first = [segment for segment in column if segment.left - edge < 12]
    known = sum(_is_heading(segment, text_size) for segment in first)
    looks = sum(_stands_out(segment, text_size) for segment in first)
    return known or (looks if looks >= 2 else 0)


def _is_heading(segment: _Segment, text_size: float) -> bool:
    """Whether a segment is a known heading; one in small letters only where they are larger than the text's."""
    is_large = segment.size >= LARGER * text_size
    return is_heading(segment.text.capitalize() if is_large else segment.text)


def _stands_out(segment: _Segment, text_size: float) -> bool:
    letters = [character for character in segment.text if character.isalpha()]
    if len(letters) < 4 or len(segment.text) > 40 or any(character.isdigit() for character in segment.text):
        return False
    return segment.text.isupper() or segment.size >= LARGER * text_size


def _extent(column: list[_Segment]) -> int:
    return sum(len(segment.text) for segment in column)
