"""Two columns of a page, told from a table (dates beside what was done) by their headings.

Both columns have headings of their own, a table has them on one side only.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from sourcing.periods import is_date
from sourcing.sections import is_heading

SAME_LINE = 2.5
"""Points by which the feet of words of one line may differ."""
LEAST_GUTTER = 6.0
INDENTED = 15.0
LEAST_LINES = 3
DATES_OF_A_TABLE = 3
"""Of so many lines in a narrow column one is a date, where it is a table's."""
LARGER = 1.12
"""A heading's letters beside those of the text."""
BEYOND = 10_000.0
MAX_GUTTERS = 12
MAX_SEGMENTS = 3_000
"""A page with more is no page of a CV, and is read line by line."""


@dataclass(frozen=True)
class Segment:
    """Words of one line that stand close together."""

    text: str
    left: float
    right: float
    y: float
    size: float


@dataclass(frozen=True)
class Columns:
    """The text of a page in columns: the name over the narrow one, all that belongs to the wide one, and the rest."""

    top: list[Segment]
    main: list[Segment]
    beside: list[Segment]
    gutter: float


def columns_of(segments: list[Segment], known: float | None) -> Columns | None:
    """The columns of a page, if it has any; `known` is the gutter of a page before."""
    if len(segments) > MAX_SEGMENTS:
        return None
    dates = _dates_behind(segments)
    found = [(gutter, _between_crossings(segments, gutter, dates)) for gutter in _gutters(segments, known)]
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
    return Columns(on_top, [*around, *wide], narrow[len(on_top) :], gutter)


def _over_headings(column: list[Segment], beside: list[Segment], page: list[Segment]) -> list[Segment]:
    """What a narrow column has over its first heading, when it is larger than all else, or nothing stands beside it.

    That is the person's name, and what they are.
    """
    first = next((at for at, segment in enumerate(column) if is_heading(segment.text)), 0)
    largest, top = max(segment.size for segment in page), max(segment.y for segment in beside)
    is_title = any(segment.size == largest for segment in column[:first])
    return column[:first] if is_title or all(segment.y > top for segment in column[:first]) else []


def _gutters(segments: list[Segment], known: float | None) -> list[float]:
    """Where a column may begin: just left of where several lines do."""
    starts = Counter(round(segment.left / 3) for segment in segments)
    likely = [start * 3 - LEAST_GUTTER / 2 for start, lines in starts.most_common(MAX_GUTTERS) if lines >= LEAST_LINES]
    return [gutter for gutter in [*likely, *([known] if known else [])] if gutter > 0]


def _dates_behind(segments: list[Segment]) -> list[tuple[Segment, Segment]]:
    """The dates that stand on a line behind something else, each after what is next to it."""
    in_lines = sorted(segments, key=lambda segment: (-round(segment.y / SAME_LINE), segment.left))
    return [
        (before, segment)
        for before, segment in pairwise(in_lines)
        if before.left < segment.left and before.y - segment.y <= SAME_LINE and is_date(segment.text)
    ]


def _between_crossings(segments: list[Segment], gutter: float, dates: list[tuple[Segment, Segment]]) -> list[Segment]:
    """The text of the tallest part of a page in which nothing crosses a gutter.

    Nor does a line whose dates stand at the page's right edge, away from where a column there begins.
    """
    crossing = [
        segment.y for segment in segments if segment.left < gutter - 1 and segment.right > gutter + LEAST_GUTTER / 2
    ]
    crossing += [segment.y for before, segment in dates if before.left < gutter < segment.left - INDENTED]
    parts = [
        [segment for segment in segments if low + SAME_LINE < segment.y < high - SAME_LINE]
        for low, high in pairwise([-BEYOND, *sorted(crossing), BEYOND])
    ]
    return max(parts, key=len)


def _are_columns(inside: list[Segment], gutter: float, is_known: bool, page: list[Segment]) -> bool:
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


def _is_table(left: list[Segment], right: list[Segment]) -> bool:
    """Whether what stands left belongs to what is beside it: dates, or labels whose colons stand right."""
    dates = sum(is_date(segment.text) for segment in left)
    colons = sum(segment.text.startswith(":") for segment in right)
    return (dates >= LEAST_LINES and DATES_OF_A_TABLE * dates >= len(left)) or 2 * colons > len(right)


def _headings(column: list[Segment], text_size: float) -> int:
    """How many lines begin a section: known headings at the column's left edge, or at least two that stand out."""
    edge = min(segment.left for segment in column)
    first = [segment for segment in column if segment.left - edge < 12]
    known = sum(_is_heading(segment, text_size) for segment in first)
    looks = sum(_stands_out(segment, text_size) for segment in first)
    return known or (looks if looks >= 2 else 0)


def _is_heading(segment: Segment, text_size: float) -> bool:
    """Whether a segment is a known heading; one in small letters only where they are larger than the text's."""
    is_large = segment.size >= LARGER * text_size
    return is_heading(segment.text.capitalize() if is_large else segment.text)


def _stands_out(segment: Segment, text_size: float) -> bool:
    letters = [character for character in segment.text if character.isalpha()]
    if len(letters) < 4 or len(segment.text) > 40 or any(character.isdigit() for character in segment.text):
        return False
    return segment.text.isupper() or segment.size >= LARGER * text_size


def _extent(column: list[Segment]) -> int:
    return sum(len(segment.text) for segment in column)
