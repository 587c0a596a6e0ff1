"""Skills have vectors that say how near they are, and so has a set of skills."""

import numpy as np
import pytest

from sourcing.encoding import encode
from sourcing.skill_list import ESCO, all_skills
from sourcing.skill_vectors import composed, nearness, skill_vector, skill_vectors, written_alike

STAND_INS = """
    mysql/postgresql docker/kubernetes machine-learning/deep-learning java/kotlin javascript/typescript
    react/vue-js angular/svelte django/flask fastapi/flask apache-kafka/rabbitmq mongodb/cassandra
    aws/microsoft-azure terraform/ansible github-actions/gitlab-ci prometheus/grafana pytorch/tensorflow
    pandas/numpy power-bi/tableau figma/sketch adobe-photoshop/adobe-illustrator
    search-engine-optimisation/search-engine-advertising copywriting/content-marketing scrum/kanban
    coaching/facilitation recruiting/human-resources accounting/financial-reporting auditing/compliance
    contract-law/commercial-law clinical-trials/good-clinical-practice nursing/palliative-care
    physiotherapy/occupational-therapy molecular-biology/cell-culture
    structural-engineering/reinforced-concrete autocad/revit carpentry/timber-construction solidworks/catia
    circuit-design/power-electronics supply-chain-management/logistics lean-manufacturing/six-sigma
    teaching/curriculum-development
    """
"""Who has the one can do much of what the other is asked for."""
LOOK_ALIKES = """
    java/javascript r/rust scala/scada julia/lua dart/datev sap/sas sketch/sketchup unity/unit-testing
    rest-apis/restaurant-service nats/nestjs web-scraping/web-accessibility
    software-architecture/architecture information-architecture/architecture
    landscape-architecture/cloud-architecture construction-law/construction-scheduling
    data-entry/data-engineering data-protection/data-visualisation database-design/graphic-design
    circuit-design/interior-design packaging-design/api-design survey-design/surveying
    animation/test-automation food-technology/battery-technology building-physics/building-permits
    library-science/materials-science control-engineering/controlling editing/auditing cooking/coaching
    event-management/event-driven-architecture waste-management/product-management
    travel-management/risk-management defect-management/stakeholder-management
    fleet-management/brand-management service-design/restaurant-service
    intellectual-property/property-management electronic-health-records/power-electronics
    fire-protection-engineering/data-protection infection-control/control-engineering
    production-planning/product-marketing functional-programming/plc-programming
    """
"""Written alike, and not much else."""


def near_ones(pairs: str) -> int:
    """How many of the pairs are near."""
    return sum(nearness(*pair.split("/")) >= 0.5 for pair in pairs.split())


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

    def test_of_pairs_that_stand_in_for_one_another_nearly_all_are_near(self) -> None:
        assert len(STAND_INS.split()) == 40
        assert near_ones(STAND_INS) >= 36

    def test_of_pairs_that_are_only_written_alike_few_are_near(self) -> None:
        assert len(LOOK_ALIKES.split()) == 40
        assert near_ones(LOOK_ALIKES) <= 5

    def test_names_are_written_alike_by_the_letters_that_they_share(self) -> None:
        assert written_alike("sketch", "sketchup") == written_alike("sketchup", "sketch") > 0.5
        assert written_alike("python", "oncology") == 0
        assert written_alike("python", "python") == 1

    def test_a_skill_is_the_nearest_to_itself_listed_or_not(self) -> None:
        assert nearness("python", "python") == nearness("basket-weaving", "basket-weaving") == 1
