"""CVs of many trades, countries, programs and layouts: what they say is found."""

from functools import cache

import pytest

from tests.unit.sourcing.read_cvs.careers import CAREERS
from tests.unit.sourcing.read_cvs.countries import COUNTRIES
from tests.unit.sourcing.read_cvs.employers import EMPLOYERS
from tests.unit.sourcing.read_cvs.forms import FORMS
from tests.unit.sourcing.read_cvs.habits import HABITS
from tests.unit.sourcing.read_cvs.labels import LABELS
from tests.unit.sourcing.read_cvs.others import OTHERS
from tests.unit.sourcing.read_cvs.pdfs import PDFS
from tests.unit.sourcing.read_cvs.resumes import RESUMES
from tests.unit.sourcing.read_cvs.sample import Sample, facts
from tests.unit.sourcing.read_cvs.tables import TABLES
from tests.unit.sourcing.read_cvs.texts import TEXTS
from tests.unit.sourcing.read_cvs.words import WORDS

SAMPLES = [
    *TEXTS,
    *RESUMES,
    *PDFS,
    *FORMS,
    *WORDS,
    *OTHERS,
    *EMPLOYERS,
    *CAREERS,
    *COUNTRIES,
    *TABLES,
    *HABITS,
    *LABELS,
]
LEAST_OF_ALL = 0.98
LEAST_OF_ONE = 0.8


@cache
def found(sample_name: str) -> list[tuple[str, bool]]:
    [sample] = [sample for sample in SAMPLES if sample.name == sample_name]
    return facts(sample)


def share(of: list[tuple[str, bool]]) -> float:
    return sum(is_read for _, is_read in of) / len(of)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_most_facts_of_each_are_read(sample: Sample) -> None:
    missed = [fact for fact, is_read in found(sample.name) if not is_read]
    assert share(found(sample.name)) >= LEAST_OF_ONE, missed


def test_nearly_all_facts_are_read() -> None:
    every = [fact for sample in SAMPLES for fact in found(sample.name)]
    assert len(SAMPLES) >= 25
    assert share(every) >= LEAST_OF_ALL, [fact for fact, is_read in every if not is_read]
