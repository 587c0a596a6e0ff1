"""How near skills are to each other."""

from sourcing.skills import all_skills


def nearness(one: str, other: str) -> float:
    """Return how near two listed skills are, from 0 to 1; below 0.5 is not near."""
    if one == other:
        return 1.0
    first, second = all_skills().get(one), all_skills().get(other)
    return 0.6 if first and second and first.category == second.category else 0.0
