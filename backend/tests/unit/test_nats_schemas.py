import warnings
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import nats_schemas, subjects
from schemas.nats_schemas import (
    CROSS_JOURNEY_SUBJECTS,
    AgentTaskCompletedEvent,
    AnalyticsPlatformMetricEvent,
    CVUploadedEvent,
    EventSchema,
    FreelancerOpportunityEvent,
    ProjectCreatedEvent,
    schema_of,
)
from trunkline import Event, Subject
from trunkline.subjects import covers

SUBJECTS = [value for value in vars(subjects).values() if isinstance(value, Subject)]
SCHEMAS = [
    value
    for value in vars(nats_schemas).values()
    if isinstance(value, type) and issubclass(value, EventSchema) and value is not EventSchema
]


def built(subject: Subject) -> str:
    return subject.build(**dict.fromkeys(subject.fields, "x1"))


class TestSubjects:
    """Every declared subject can be used: it builds, is kept by one stream, and has a schema."""

    @pytest.mark.parametrize("subject", SUBJECTS, ids=str)
    def test_one_stream_keeps_it(self, subject: Subject) -> None:
        assert sum(covers(wide, subject.pattern) for s in subjects.STREAMS for wide in s.subjects) == 1

    @pytest.mark.parametrize("subject", [s for s in SUBJECTS if s is not subjects.REALTIME], ids=str)
    def test_schema_is_found_by_subject(self, subject: Subject) -> None:
        assert schema_of(built(subject)) is not None

    def test_every_schema_has_a_subject(self) -> None:
        """No event type is declared that could not be sent."""
        found = {schema_of(built(subject)) for subject in SUBJECTS}
        assert set(SCHEMAS) <= found

    def test_undeclared_subject_has_none(self) -> None:
        assert schema_of("events.custom.user_action") is None

    def test_specific_template_wins(self) -> None:
        """`workflow.x.state_change` is no trigger."""
        assert schema_of("workflow.cv_processing.state_change") is nats_schemas.WorkflowStateChangeEvent

    def test_cross_journey_names_are_the_declared_templates(self) -> None:
        """The table cannot drift from what is published."""
        assert set(CROSS_JOURNEY_SUBJECTS.values()) <= {subject.template for subject in SUBJECTS}


class TestFields:
    """Undeclared fields survive, wrong ones are refused by name, ids are integers or strings."""

    @pytest.mark.parametrize("cv_id", [123, "123", "cv-7"])
    def test_id_keeps_its_kind(self, cv_id: int | str) -> None:
        event = CVUploadedEvent(cv_id=cv_id, filename="a.pdf")
        assert CVUploadedEvent.model_validate_json(event.model_dump_json()).cv_id == cv_id

    def test_more_fields_survive(self) -> None:
        event = CVUploadedEvent.model_validate({"cv_id": 1, "filename": "a.pdf", "pages": 3})
        assert event.dict()["pages"] == 3

    def test_wrong_field_is_named(self) -> None:
        with pytest.raises(ValidationError) as caught:
            ProjectCreatedEvent.model_validate({"project_id": 1, "requirements": {"min_years": -1}})
        assert [error["loc"] for error in caught.value.errors()] == [("requirements", "min_years")]

    @pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
    def test_confidence_is_a_share(self, confidence: float) -> None:
        with pytest.raises(ValidationError):
            FreelancerOpportunityEvent(project_id=1, freelancer_id=2, match_confidence=confidence)

    def test_time_has_a_zone(self) -> None:
        event = CVUploadedEvent(cv_id=1, filename="a.pdf")
        assert event.timestamp.tzinfo is UTC
        assert event.timestamp <= datetime.now(UTC)

    @pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
    def test_every_schema_is_described(self, schema: type[EventSchema]) -> None:
        """A reader of the documents finds a sentence and the field types for each event."""
        assert schema.model_json_schema()["description"]

    def test_dict_gives_no_warning(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fields = ProjectCreatedEvent(project_id="p1").dict()
        assert fields["project_id"] == "p1"


class TestAgentTaskCompleted:
    """The result's fields stand under `result` and beside it; the envelope's own fields win."""

    def test_both_places(self) -> None:
        event = AgentTaskCompletedEvent(agent_id="a", task_id="t", result={"cv_id": 7, "next_step": "x"})
        fields = event.dict()
        assert fields["cv_id"] == fields["result"]["cv_id"] == 7

    @given(st.dictionaries(st.text(max_size=8) | st.sampled_from(["agent_id", "task_id", "result"]), st.integers()))
    def test_envelope_wins(self, result: dict[str, int]) -> None:
        fields = AgentTaskCompletedEvent(agent_id="a", task_id="t", result=result).dict()
        assert fields["agent_id"] == "a"
        assert fields["task_id"] == "t"
        assert fields["result"] == result
        assert all(
            fields[name] == value for name, value in result.items() if name not in AgentTaskCompletedEvent.model_fields
        )

    def test_travels_and_is_read_again(self) -> None:
        """What is unfolded on the wire is the same event to its schema."""
        sent = AgentTaskCompletedEvent(agent_id="a", task_id="t", result={"n": 1})
        wire = Event.create("agent.task.completed.a", sent).payload
        read = AgentTaskCompletedEvent.model_validate_json(wire)
        assert read.result == {"n": 1}
        assert read.timestamp == sent.timestamp


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e308, -1e16])
def test_a_figure_that_would_spoil_its_sum_is_none(value: float) -> None:
    with pytest.raises(ValidationError):
        AnalyticsPlatformMetricEvent(metric_type="m", value=value)
