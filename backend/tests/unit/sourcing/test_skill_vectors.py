"""Skills have vectors that say how near they are, and so has a set of skills."""

import numpy as np
import pytest

from sourcing.encoding import encode
from sourcing.skill_list import ESCO, all_skills
from sourcing.skill_vectors import composed, nearness, skill_vector, skill_vectors


class TestEncoding:
    def test_rows_have_length_one_and_do_not_depend_on_the_company(self) -> None:
        alone, together = encode(["manage staff"]), encode(["a much longer sentence about tea", "manage staff", ""])
        assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
        assert np.allclose(alone[0], together[1], atol=1e-5)

    def test_what_means_the_same_is_near(self) -> None:
        wanted, near, far = encode(["manage staff", "lead a team of employees", "weld steel pipes"])
        assert wanted @ near > wanted @ far + 0.2


class TestSkillVectors:
    def test_every_listed_skill_has_a_vector_of_length_one(self) -> None:
        assert set(skill_vectors().row_of) == set(all_skills())
        assert np.allclose(np.linalg.norm(skill_vectors().rows, axis=1), 1, atol=1e-4)

    def test_the_shipped_vectors_are_those_of_the_names(self) -> None:
        names = [skill for skill in all_skills().values() if skill.category == ESCO][::3000]
        for skill, row in zip(names, encode([skill.name for skill in names]), strict=True):
            shipped = skill_vector(skill.id)
            assert shipped is not None
            assert shipped @ row > 0.99

    def test_a_skill_that_is_not_listed_has_none(self) -> None:
        assert skill_vector("basket-weaving") is None
        assert not composed({"basket-weaving": 1.0}).any()

    def test_a_set_lies_between_its_skills_nearer_to_the_heavier(self) -> None:
        together = composed({"python": 3.0, "oncology": 1.0})
        python, oncology = skill_vector("python"), skill_vector("oncology")
        assert python is not None
        assert oncology is not None
        assert together @ python > together @ oncology > 0


class TestNearness:
    @pytest.mark.parametrize(
        ("one", "other"), [("mysql", "postgresql"), ("docker", "kubernetes"), ("machine-learning", "deep-learning")]
    )
    def test_kindred_skills_are_near_and_never_the_same(self, one: str, other: str) -> None:
        assert 0.5 <= nearness(one, other) < 1
        assert nearness(one, other) == nearness(other, one)

    @pytest.mark.parametrize(("one", "other"), [("python", "oncology"), ("swift", "welding"), ("python", "basket")])
    def test_others_are_not(self, one: str, other: str) -> None:
        assert nearness(one, other) < 0.5

    def test_a_skill_is_the_nearest_to_itself_listed_or_not(self) -> None:
        assert nearness("python", "python") == nearness("basket-weaving", "basket-weaving") == 1
