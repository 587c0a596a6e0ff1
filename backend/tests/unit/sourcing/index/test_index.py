"""The index finds whom it should, of small sets all, and follows every change."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing.index import index as index_module
from sourcing.index import segment as segment_module
from sourcing.index.columns import vectors_of
from sourcing.index.documents import Document, Query, Terms
from sourcing.index.index import Index, merged
from sourcing.index.nearest import Lists
from sourcing.index.vocabulary import Vectors
from sourcing.skill_fit import lent
from tests.unit.sourcing.index.made import NAMES, asking, freelancers, nearness, vocabulary


def index_of(documents: list[Document]) -> Index:
    index = Index(vocabulary())
    index.change(documents)
    return index


def found(index: Index, query: Query, count: int = 50) -> list[str]:
    return [hit.id for hit in index.search(query, count)]


def overlap(document: Document, query: Query) -> float:
    """What a freelancer has of the skills asked for, as the score counts it."""
    return sum(weight * best_credit(document, name) for name, weight in query.skills.items())


def best_credit(document: Document, name: str) -> float:
    near = [lent(nearness(name, each)) * credit for each, credit in document.skills.items()]
    return max(document.skills.get(name, 0.0), *near, 0.0)


def cosine(document: Document, query: Query) -> float:
    def composed(weights: dict[str, float]) -> Vectors:
        return vocabulary().vector(weights)

    return float(composed(dict(document.skills)) @ composed(dict(query.skills)))


class TestFinding:
    def test_who_has_all_of_the_skills_comes_before_who_has_some(self) -> None:
        both = Document("both", 1, {"skill-1": 0.9, "skill-2": 0.9})
        one = Document("one", 1, {"skill-1": 0.9, "skill-77": 0.9})
        index = index_of([one, both, Document("none", 1, {"skill-50": 1.0})])
        assert found(index, asking("skill-1", "skill-2"))[:2] == ["both", "one"]

    def test_whoever_has_the_skills_best_is_among_the_found(self) -> None:
        """Exactly those that a look at everybody gives, up to the last digit of a credit."""
        everybody = freelancers(800)
        index = index_of(everybody)
        for first in range(0, 60, 7):
            query = asking(*NAMES[first : first + 4])
            best = sorted(everybody, key=lambda each: -overlap(each, query))[:10]
            assert {each.id for each in best if overlap(each, query) > 0} <= set(found(index, query, 40))

    def test_who_has_none_of_the_skills_is_found_by_what_they_mean(self) -> None:
        everybody = [replace(each, skills={"skill-9": 1.0}) for each in freelancers(5)]
        near = max(NAMES[20:], key=lambda name: cosine(Document("", 1, {name: 1.0}), asking("skill-1")))
        assert found(index_of([*everybody, Document("near", 1, {near: 1.0})]), asking("skill-1"), 1) == ["near"]

    def test_the_nearest_are_those_that_a_look_at_everybody_gives(self) -> None:
        everybody = freelancers(300)
        index, query = index_of(everybody), asking("skill-3", "skill-4")
        [segment] = index.segments
        rows, _ = segment.by_vector(index.vocabulary.vector(query.skills), query.liked, segment.allowed(query.only), 20)
        exact = sorted(everybody, key=lambda each: -cosine(each, query))[:20]
        ids = [segment.columns.ids[row].decode() for row in rows]
        assert len(set(ids) & {each.id for each in exact}) >= 19  # credits are rounded to a byte

    def test_what_is_liked_decides_among_equals(self) -> None:
        equal = {"skill-1": 1.0}
        cheap, dear = Document("z-cheap", 1, equal, rate=60.0), Document("a-dear", 1, equal, rate=120.0)
        query = replace(asking("skill-1"), liked=Terms(max_rate=70.0))
        assert found(index_of([dear, cheap]), query) == ["z-cheap", "a-dear"]

    def test_of_those_who_have_a_skill_alike_the_one_whose_title_says_the_same_comes_first(self) -> None:
        everybody = [
            Document(name, 1, {"skill-1": 0.9}, words=(name, "expert")) for name in ("baker", "nurse", "tiler")
        ]
        assert found(index_of(everybody), replace(asking("skill-1"), words=("nurse", "expert")))[0] == "nurse"

    def test_of_those_who_have_a_title_alike_the_one_who_has_the_skill_comes_first(self) -> None:
        others = [Document(f"a{n}", 1, {"skill-50": 0.9}, words=("nurse",)) for n in range(5)]
        [segment] = index_of([*others, Document("z", 1, {"skill-1": 0.6}, words=("nurse",))]).segments
        query = asking("skill-1")
        rows, _ = segment.by_words({"nurse": 0.5}, query.skills, query.liked, segment.allowed(query.only), 1)
        assert segment.columns.ids[rows].tolist() == [b"z"]

    def test_a_word_that_too_many_have_is_not_looked_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        everybody = [Document(f"a{n}", 1, {"skill-50": 0.9}, words=("expert",)) for n in range(5)]
        index = index_of([*everybody, Document("rare", 1, {"skill-50": 0.9}, words=("nurse",))])
        query = replace(asking("unheard-of"), words=("expert", "nurse"))
        assert len(found(index, query)) == 6
        monkeypatch.setattr(index_module, "MOST_ROWS", 3)
        assert found(index, query) == ["rare"]

    def test_words_of_titles_leave_the_vectors_as_they_are(self) -> None:
        [plain] = index_of([Document("a", 1, {"skill-1": 0.9})]).segments
        [titled] = index_of([Document("a", 1, {"skill-1": 0.9}, words=("nurse",))]).segments
        query = asking("skill-2")
        answers = [
            each.by_vector(vocabulary().vector(query.skills), query.liked, each.allowed(query.only), 1)[1].tolist()
            for each in (plain, titled)
        ]
        assert answers[0] == answers[1]

    def test_nobody_is_found_in_an_empty_index(self) -> None:
        assert found(Index(vocabulary()), asking("skill-1")) == []

    def test_a_skill_that_nobody_has_finds_nobody(self) -> None:
        assert found(index_of([Document("a", 1, {"skill-1": 1.0})]), asking("unheard-of")) == []


class TestFilters:
    @pytest.mark.parametrize(
        ("only", "holds"),
        [
            (Terms(available=True), lambda each: each.available),
            (Terms(remote=True), lambda each: each.remote),
            (Terms(location="berlin"), lambda each: each.location == "Berlin"),
            (Terms(languages=("ENGLISH",)), lambda each: "English" in each.languages),
            (Terms(languages=("English", "Finnish")), lambda each: False),
            (Terms(min_years=5), lambda each: each.years is not None and each.years >= 5),
            (Terms(max_rate=50), lambda each: each.rate is not None and each.rate <= 50),
            (Terms(available=True, max_rate=40), lambda each: each.available and (each.rate or 999) <= 40),
        ],
    )
    def test_a_filter_lets_through_exactly_those_who_meet_it(self, only: Terms, holds: object) -> None:
        everybody = freelancers(400)
        [segment] = index_of(everybody).segments
        let_through = {id.decode() for id in segment.columns.ids[segment.allowed(only)]}
        assert let_through == {each.id for each in everybody if holds(each)}  # type: ignore[operator]

    def test_the_answer_has_nobody_else(self) -> None:
        index = index_of(freelancers(400))
        wanted = {each.id for each in freelancers(400) if each.location == "Berlin"}
        ids = found(index, replace(asking("skill-1", "skill-2"), only=Terms(location="Berlin")), 400)
        assert ids
        assert set(ids) <= wanted


class TestChanges:
    def test_a_changed_profile_is_found_by_what_it_says_now_and_no_longer_by_what_it_said(self) -> None:
        index = index_of([Document("a", 1, {"skill-1": 1.0}), Document("b", 1, {"skill-2": 1.0})])
        index.change([Document("a", 2, {"skill-2": 1.0})])
        assert set(found(index, asking("skill-2"))[:2]) == {"a", "b"}
        assert found(index, asking("skill-2")).count("a") == 1
        assert index.versions(["a", "b"]) == {"a": 2, "b": 1}

    def test_who_is_gone_is_not_found(self) -> None:
        index = index_of(freelancers(50))
        index.change([], gone=["f00007"])
        assert len(index) == 49
        assert "f00007" not in found(index, asking(*NAMES), 50)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(NAMES[:12]), st.booleans()), max_size=60))
    def test_whatever_was_changed_in_whatever_order_the_last_word_stands(
        self, changes: list[tuple[int, str, bool]]
    ) -> None:
        index = Index(vocabulary())
        truth: dict[str, tuple[int, str]] = {}
        for version, (number, name, gone) in enumerate(changes, start=1):
            id = f"f{number}"
            if gone:
                index.change([], gone=[id])
                truth.pop(id, None)
            else:
                index.change([Document(id, version, {name: 1.0})])
                truth[id] = (version, name)
        assert index.versions([f"f{number}" for number in range(31)]) == {id: each[0] for id, each in truth.items()}
        assert [id.decode() for id in index.ids()] == sorted(truth)
        for name in NAMES[:12]:
            having = {id for id, each in truth.items() if each[1] == name}
            assert having == set(found(index, asking(name), max(1, len(having)))) or not having

    def test_segments_stay_few(self) -> None:
        index = Index(vocabulary())
        for document in freelancers(200):
            index.change([document])
        assert len(index.segments) <= 6
        assert len(index) == 200


class TestLists:
    @pytest.fixture(autouse=True)
    def _lists_for_few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(segment_module, "LISTS_FROM", 1000)
        monkeypatch.setattr(index_module, "LISTS_FROM", 1000)

    def test_they_find_nearly_what_a_look_at_everybody_finds(self) -> None:
        index = Index(vocabulary())
        index.change(freelancers(3000))
        [segment] = index.segments
        assert isinstance(segment.nearest, Lists)
        shares = []
        for first in range(0, 80, 4):
            query = asking(*NAMES[first : first + 3])
            exact = {hit.id for hit in index.search(query, 50, exactly=True)}
            shares.append(len(exact & set(found(index, query))) / 50)
        assert sum(shares) / len(shares) >= 0.95

    def test_cosines_are_those_of_the_skills_whatever_the_lists_keep_of_them(self) -> None:
        index = Index(vocabulary())
        index.change(freelancers(3000))
        [segment] = index.segments
        vector = index.vocabulary.vector(asking("skill-1", "skill-5").skills)
        everybody = np.concatenate(list(vectors_of(segment.columns, index.vocabulary))) @ vector
        for exactly in (False, True):
            rows, values = segment.by_vector(vector, Terms(), segment.alive, 50, exactly=exactly)
            assert np.allclose(values, everybody[rows], atol=1e-5)
        assert np.allclose(np.sort(values), np.sort(everybody)[-50:], atol=1e-5)

    def test_a_narrow_filter_is_answered_exactly(self) -> None:
        index = Index(vocabulary())
        index.change(
            [replace(each, location="Oslo") if n % 100 == 0 else each for n, each in enumerate(freelancers(3000))]
        )
        for segment in index.segments:
            segment.nearest.probes = 1
        query = replace(asking("skill-1", "skill-5"), only=Terms(location="Oslo"))
        assert index.search(query, 30) == index.search(query, 30, exactly=True)

    def test_a_large_merge_is_made_beside_and_knows_who_has_changed_meanwhile(self) -> None:
        index = index_of(freelancers(900))
        index.change([replace(each, id=f"g{each.id}") for each in freelancers(400)])
        merge = index.large_merge()
        assert merge is not None
        made = merged(merge, index.vocabulary)
        index.change([Document("f00001", 2, {"skill-1": 1.0})], gone=["gf00002"])
        for each in freelancers(150, seed=2):
            index.change([replace(each, id=f"h{each.id}")])
        index.take(merge, made)
        assert index.versions(["f00001", "gf00002", "gf00003"]) == {"f00001": 2, "gf00003": 1}
        assert len(index) == 1299 + 150
        assert len(found(index, asking(*NAMES), 1500)) == len(set(found(index, asking(*NAMES), 1500)))
