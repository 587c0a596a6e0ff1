"""How things are written on a terminal."""


def printable(text: str) -> str:
    """Escape what would move the cursor, colour the terminal or hide something."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def size(count: int | None) -> str:
    """Write a number of bytes, 1.5 MiB; None is no limit."""
    if count is None:
        return "-"
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.4g} {unit}"


def age(seconds: float | None) -> str:
    """Write a time that events are kept, 30 d; None is for ever."""
    if seconds is None:
        return "-"
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds / length:.4g} {unit}"
    return f"{seconds:.4g} s"
