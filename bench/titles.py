"""Titles that made-up freelancers bear and made-up projects have: professions, at some level."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sourcing.title_words import title_words

PROFESSIONS = [
    "Accountant",
    "Actuary",
    "Android Developer",
    "Architect",
    "Backend Developer",
    "Bookkeeper",
    "Business Analyst",
    "Carpenter",
    "Chemist",
    "Civil Engineer",
    "Cloud Engineer",
    "Content Writer",
    "Copywriter",
    "Data Analyst",
    "Data Engineer",
    "Data Scientist",
    "Database Administrator",
    "DevOps Engineer",
    "Electrical Engineer",
    "Electrician",
    "Embedded Software Engineer",
    "Event Manager",
    "Financial Analyst",
    "Frontend Developer",
    "Full-Stack Developer",
    "Game Designer",
    "Graphic Designer",
    "Human Resources Consultant",
    "Illustrator",
    "Interior Designer",
    "Journalist",
    "Logistics Coordinator",
    "Machine Learning Engineer",
    "Marketing Specialist",
    "Mechanical Engineer",
    "Network Engineer",
    "Photographer",
    "Product Manager",
    "Project Manager",
    "Quality Assurance Tester",
    "Registered Nurse",
    "Sales Representative",
    "Security Analyst",
    "Site Reliability Engineer",
    "Social Media Manager",
    "Structural Engineer",
    "Systems Administrator",
    "Tax Adviser",
    "Technical Writer",
    "Translator",
    "UX Designer",
    "Video Editor",
    "Welder",
]
LEVELS = ["Trainee", "Junior", "", "Experienced", "Senior", "Lead", "Principal", "Head"]
TITLES = [f"{level} {profession}".strip() for profession in PROFESSIONS for level in LEVELS]
POSITIONS = 3


@dataclass(frozen=True)
class Titles:
    """By person or project the titles, as their places in `TITLES`; the first column is the headline."""

    places: NDArray[np.int64]

    def headline(self, row: int) -> str:
        """What a person or a project is called."""
        return TITLES[int(self.places[row, 0])]

    def positions(self, row: int) -> list[str]:
        """What a person has worked as, the latest first."""
        return [TITLES[place] for place in self.places[row, 1:]]

    def words(self, row: int) -> tuple[str, ...]:
        """The words of work in a headline."""
        return title_words([self.headline(row)])


def titles_of(fields: NDArray[np.int64], seed: int) -> Titles:
    """Give titles to people or projects of these fields: of the field's profession, the last one of any."""
    rng = np.random.default_rng(seed)
    levels = rng.integers(0, len(LEVELS), (len(fields), 1 + POSITIONS))
    professions = np.repeat(fields[:, None] % len(PROFESSIONS), 1 + POSITIONS, axis=1)
    professions[:, -1] = rng.integers(0, len(PROFESSIONS), len(fields))
    return Titles(professions * len(LEVELS) + levels)
