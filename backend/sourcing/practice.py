"""What of a CV tells of practice: no hobbies, no other people, nothing that was only written, and no employer's name.

"Offbeat Robotics" makes nobody a roboticist. All is blanked, so that every offset stays.
"""

import re

from sourcing.headings import SectionKind
from sourcing.positions import Position
from sourcing.roles import ROLES
from sourcing.sections import kinds_of_lines

ASIDE = (SectionKind.INTERESTS, SectionKind.REFERENCES, SectionKind.PUBLICATIONS)


def about_practice(text: str, positions: list[Position]) -> str:
    """The text with blanks for what is no practice."""
    lines = text.split("\n")
    headers = {line: position for position in positions for line in position.header}
    kinds = kinds_of_lines(lines)
    return "\n".join(
        " " * len(line) if kind in ASIDE else _without_employer(line, headers[line]) if line in headers else line
        for line, kind in zip(lines, kinds, strict=True)
    )


def lines_of_practice(position: Position) -> str:
    """All that tells of a position, without its employer's name."""
    return "\n".join([*(_without_employer(line, position) for line in position.header), *position.description])


def _without_employer(line: str, position: Position) -> str:
    """A header line with a blank for the employer's name, save within the title."""
    employer = position.organisation
    if not employer or ROLES.search(employer):
        return line
    before, title, after = line.partition(position.title) if position.title else (line, "", "")
    blanked = [re.sub(re.escape(employer), " " * len(employer), part, flags=re.IGNORECASE) for part in (before, after)]
    return title.join(blanked)
