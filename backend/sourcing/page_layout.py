"""Where the text of a PDF's pages stands: columns one after the other, without what is repeated at every page's edge.

A page is cut into boxes which are then read one by one. Two columns are told from a table (dates beside what was done)
by their headings: both columns have their own, a table has them on one side only. The wider column of every page is
read before the narrow ones, so that work which goes on overleaf is not torn apart by a list of skills.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sourcing.sections import is_heading

SAME_LINE = 2.5
"""Points by which the feet of words of one line may differ."""
EDGE_LINES = 3
"""Lines from the edge of a page in which a running header or footer is looked for."""
SAME_EDGE = 6.0
LEAST_GUTTER = 6.0
LEAST_LINES = 3
LARGER = 1.12
"""A heading's letters beside those of the text."""
BEYOND = 10_000.0
MAX_GUTTERS = 12


@dataclass(frozen=True)
class Word:
    """A word on a page: its left foot, in points from the lower left corner, and its size."""

    text: str
    x: float
    y: float
    width: float
    size: float


@dataclass(frozen=True)
class Box:
    """Part of a page, in points."""

    left: float
    bottom: float
    right: float
    top: float


WHOLE_PAGE = Box(-BEYOND, -BEYOND, BEYOND, BEYOND)


@dataclass(frozen=True)
class PageLayout:
    """The boxes of a page: those of its wide column (or of all of it), and those of narrow ones beside it."""

    main: tuple[Box, ...]
    beside: tuple[Box, ...] = ()
    gutter: float | None = None


@dataclass(frozen=True)
class _Segment:
    """Words of one line that stand close together."""

    text: str
    left: float
    right: float
    y: float
    size: float


def layouts_of(pages: Sequence[Sequence[Word]]) -> list[PageLayout]:
    """How each page is laid out."""
    lines = [_lines(words) for words in pages]
    layouts: list[PageLayout] = []
    gutter = None
    for number, page in enumerate(lines):
        own = _without_edges(number, lines)
        inner = [segment for line in own for segment in line]
        columns = _columns(inner, gutter)
        gutter = columns.gutter if columns else gutter
        layouts.append(columns or PageLayout((WHOLE_PAGE if len(own) == len(page) else _box(inner),) if own else ()))
    return layouts


def _lines(words: Sequence[Word]) -> list[list[_Segment]]:
    """The lines of a page from top to bottom, each from left to right."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (-word.y, word.x)):
        if lines and lines[-1][0].y - word.y <= SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [_segments(sorted(line, key=lambda word: word.x)) for line in lines]


def _segments(line: list[Word]) -> list[_Segment]:
    groups = [[line[0]]]
    for before, word in pairwise(line):
        if word.x - before.x - before.width > 1.2 * min(before.size, word.size):
            groups.append([])
        groups[-1].append(word)
    return [
        _Segment(
            " ".join(word.text for word in group),
            group[0].x,
            max(word.x + word.width for word in group),
            group[0].y,
            max(word.size for word in group),
        )
        for group in groups
    ]


def _without_edges(number: int, pages: list[list[list[_Segment]]]) -> list[list[_Segment]]:
    """The lines that are a page's own. The first page keeps its header: it may name the person."""
    page, others = pages[number], [other for place, other in enumerate(pages) if abs(place - number) in {1, 2}]
    first, last = 0, len(page)
    while last > max(0, len(page) - EDGE_LINES) and _is_repeated(
        page[last - 1], [other[-EDGE_LINES:] for other in others]
    ):
        last -= 1
    while number and first < min(last, EDGE_LINES) and _is_repeated(
        page[first], [other[:EDGE_LINES] for other in others]
    ):
        first += 1
    return page[first:last]


def _is_repeated(line: list[_Segment], edges: list[list[list[_Segment]]]) -> bool:
    said = _said(line)
    return any(
        _said(other) == said and abs(other[0].y - line[0].y) <= SAME_EDGE for lines in edges for other in lines
    )


def _said(line: list[_Segment]) -> str:
    """A line's text with every number alike."""
    return re.sub(r"\d+", "#", " ".join(segment.text for segment in line))


def _columns(segments: list[_Segment], known: float | None) -> PageLayout | None:
    """The columns of a page, if it has any; `known` is the gutter of a page before."""
    found = [(gutter, _between_crossings(segments, gutter)) for gutter in _gutters(segments, known)]
    parted = [(gutter, inside) for gutter, inside in found if _are_columns(inside, gutter, gutter == known, segments)]
    if not parted:
        return None
    gutter, inside = max(parted, key=lambda each: len(each[1]))
    left = [segment for segment in inside if segment.left < gutter]
    right = [segment for segment in inside if segment.left >= gutter]
    boxes = [_box(left, right=gutter), _box(right, left=gutter)]
    narrow, wide = boxes if _extent(right) >= _extent(left) else reversed(boxes)
    above = [segment for segment in segments if segment.y > max(each.y for each in inside)]
    below = [segment for segment in segments if segment.y < min(each.y for each in inside)]
    main = [*([_box(above)] if above else []), wide, *([_box(below)] if below else [])]
    return PageLayout(tuple(main), (narrow,), gutter)


def _box(segments: list[_Segment], left: float = -BEYOND, right: float = BEYOND) -> Box:
    """From the middle of the lowest line to that of the highest: what only touches a box is read with it."""
    low = min(segments, key=lambda segment: segment.y)
    high = max(segments, key=lambda segment: segment.y)
    return Box(left, low.y + low.size / 2, right, high.y + high.size / 2)


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
    sizes = sorted(segment.size for segment in page)
    text_size = sizes[len(sizes) // 2]
    return _headings(left, text_size) >= 1 and _headings(right, text_size) >= 1


def _headings(column: list[_Segment], text_size: float) -> int:
    """How many lines of a column begin a section: known headings at the column's left edge, or letters that stand out."""
    edge = min(segment.left for segment in column)
    first = [segment for segment in column if segment.left - edge < 12]
    known = sum(is_heading(segment.text) for segment in first)
    looks = sum(_stands_out(segment, text_size) for segment in first)
    return known or (looks if looks >= 2 else 0)


def _stands_out(segment: _Segment, text_size: float) -> bool:
    letters = [character for character in segment.text if character.isalpha()]
    if len(letters) < 4 or len(segment.text) > 40 or any(character.isdigit() for character in segment.text):
        return False
    return segment.text.isupper() or segment.size >= LARGER * text_size


def _extent(column: list[_Segment]) -> int:
    return sum(len(segment.text) for segment in column)
