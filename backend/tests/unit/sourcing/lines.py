"""CVs that are a few lines, and what is read of them."""

from datetime import date

from sourcing.profiles import ReadProfile, read_profile

TODAY = date(2026, 11, 1)


def read(*lines: str) -> ReadProfile:
    """Read a CV of these lines."""
    return read_profile("\n".join(lines), TODAY)


def positions(*lines: str) -> list[tuple[str, str, str]]:
    """Read positions under a heading: title, organisation and beginning of each."""
    return [(each.title, each.organisation, each.start) for each in read("Experience", *lines).positions]
