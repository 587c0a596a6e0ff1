"""A filter lets the same people through in the index and where everybody is looked at."""

import pytest

from modules.search.queries import holds, terms_of
from schemas.search import SearchFilters
from sourcing.index.documents import Document
from sourcing.index.index import Index
from sourcing.scoring import Candidate
from sourcing.spoken_languages import SpokenLanguage
from tests.unit.sourcing.index.made import freelancers, vocabulary

EVERYBODY = freelancers(300)


def candidate(document: Document) -> Candidate:
    return Candidate(
        languages=[SpokenLanguage(name=name) for name in document.languages],
        location=document.location,
        years_of_experience=document.years,
        rate=document.rate,
        available=document.available,
        remote=document.remote,
    )


@pytest.mark.parametrize(
    "only",
    [
        SearchFilters(),
        SearchFilters(available=True, remote=True),
        SearchFilters(location=" berlin"),
        SearchFilters(languages=["english"]),
        SearchFilters(languages=["English", "Finnish"]),
        SearchFilters(min_years=5),
        SearchFilters(max_rate=70),
        SearchFilters(max_rate=0),
        SearchFilters(min_years=3, max_rate=90, available=True, languages=["English"]),
    ],
)
def test_it_lets_the_same_people_through(only: SearchFilters) -> None:
    index = Index(vocabulary())
    index.change(EVERYBODY)
    [segment] = index.segments
    found = {id.decode() for id in segment.columns.ids[segment.allowed(terms_of(only))]}
    assert found == {each.id for each in EVERYBODY if holds(only, candidate(each))}
