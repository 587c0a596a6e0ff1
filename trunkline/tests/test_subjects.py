import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline import ConfigurationError, InvalidSubject, InvalidToken, Subject, Subjects
from trunkline.subjects import (
    MAX_SUBJECT_BYTES,
    MAX_TOKEN_BYTES,
    check_pattern,
    check_subject,
    covers,
    matches,
    nearest,
    overlap,
    token,
)

CREATED = Subject("project.{project_id}.created", key="project_id")
RESPONSE = Subject("freelancer.{freelancer_id}.opportunity.{project_id}.response", key="freelancer_id")

# Few letters, so that subjects and patterns meet often.
words = st.sampled_from(["a", "b", "c"])
subjects = st.lists(words, min_size=1, max_size=4).map(".".join)
patterns = st.builds(
    lambda parts, tail: ".".join(parts + tail),
    st.lists(st.sampled_from(["a", "b", "c", "*"]), min_size=1, max_size=4),
    st.sampled_from([[], [">"]]),
) | st.just(">")
tokens = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters=".*>"), min_size=1, max_size=30)
any_text = st.text(st.characters(codec=None), max_size=40)


def is_token(text: str) -> bool:
    try:
        token("field", text)
    except InvalidToken:
        return False
    return True


class TestToken:
    """A value becomes one token, or an error that names the field."""

    @pytest.mark.parametrize("value", ["a", "Zoë", "日本", "-1", "a:b", "x" * MAX_TOKEN_BYTES, "$SYS", "{x}"])
    def test_plain_values_are_themselves(self, value: str) -> None:
        assert token("id", value) == value

    @pytest.mark.parametrize(("value", "text"), [(123, "123"), (0, "0"), (-7, "-7")])
    def test_integers_are_written_out(self, value: int, text: str) -> None:
        assert token("id", value) == text

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "a.b",
            ".",
            "*",
            ">",
            "a*",
            "a b",
            " ",
            "a\tb",
            "a\r\nb",
            "a\x00b",
            "a\x7f",
            "a\x85b",
            "a\u3000b",
            "\ud800",
        ],
    )
    def test_what_is_not_one_token_is_refused(self, value: str) -> None:
        with pytest.raises(InvalidToken) as caught:
            token("cv_id", value)
        assert caught.value.field == "cv_id"
        assert "cv_id=" in str(caught.value)

    @pytest.mark.parametrize("value", ["x" * (MAX_TOKEN_BYTES + 1), "ë" * 65])
    def test_length_is_counted_in_bytes(self, value: str) -> None:
        with pytest.raises(InvalidToken, match="at most 128"):
            token("id", value)

    @pytest.mark.parametrize("value", [True, None, 1.5, b"a", ["a"]])
    def test_other_types_are_refused(self, value: object) -> None:
        with pytest.raises(InvalidToken, match="must be a string or an integer"):
            token("id", value)  # type: ignore[arg-type]

    @given(any_text)
    def test_error_shows_nothing_that_could_break_a_log_line(self, value: str) -> None:
        message = str(InvalidToken("id", value, "must not be so"))
        assert message.isascii()
        assert message.isprintable()
        assert len(message) < 1000

    @given(tokens | any_text)
    def test_every_token_can_be_published_to(self, value: str) -> None:
        if is_token(value):
            check_subject(f"a.{value}.b")

    @given(tokens)
    def test_every_printable_word_is_a_token(self, value: str) -> None:
        assert token("id", value) == value


class TestCheckSubject:
    """What must not be published to is refused before it comes near the wire."""

    @pytest.mark.parametrize("subject", ["a", "events.custom.user_action", "a.Zoë", "a.$b", "x" * MAX_SUBJECT_BYTES])
    def test_good(self, subject: str) -> None:
        check_subject(subject)

    @pytest.mark.parametrize(
        ("subject", "reason"),
        [
            ("", "must not be empty"),
            (".", "empty token"),
            (".a", "empty token"),
            ("a.", "empty token"),
            ("a..b", "empty token"),
            ("*", "wildcard"),
            ("a.*", "wildcard"),
            ("a.>", "wildcard"),
            ("a.b*", "wildcard"),
            ("a b", "white space"),
            ("a\r\nPUB b 0\r\n", "white space"),
            ("a\x00", "control"),
            ("$JS.API.STREAM.DELETE.CV", "belong to the server"),
            ("$SYS.x", "belong to the server"),
            ("a\udfff", "not valid Unicode"),
            ("x" * (MAX_SUBJECT_BYTES + 1), "at most 1024"),
        ],
    )
    def test_bad(self, subject: str, reason: str) -> None:
        with pytest.raises(InvalidSubject, match=reason) as caught:
            check_subject(subject)
        assert caught.value.subject == subject
        assert isinstance(caught.value, ValueError)

    @given(any_text)
    def test_whatever_passes_is_safe_on_the_wire(self, subject: str) -> None:
        try:
            check_subject(subject)
        except InvalidSubject:
            return
        assert subject.encode()
        assert not set(subject) & set(" \t\r\n\x00*>")
        assert all(subject.split("."))


class TestCheckPattern:
    @pytest.mark.parametrize("pattern", ["a", "*", ">", "a.*", "a.>", "*.b.>", "project.*.created", "$SRV.*"])
    def test_good(self, pattern: str) -> None:
        check_pattern(pattern)

    @pytest.mark.parametrize(
        "pattern", ["", "a.", "a..>", ">.a", "a.>.b", "a*", "a.b>", "a b", "$JS.>", "$SRV.", "$SRV..a", "\x00"]
    )
    def test_bad(self, pattern: str) -> None:
        with pytest.raises(InvalidSubject):
            check_pattern(pattern)


class TestMatching:
    @pytest.mark.parametrize(
        ("pattern", "subject", "expected"),
        [
            ("a.b", "a.b", True),
            ("a.b", "a.c", False),
            ("a.*", "a.b", True),
            ("a.*", "a", False),
            ("a.*", "a.b.c", False),
            ("a.>", "a.b.c", True),
            ("a.>", "a", False),
            (">", "a", True),
            ("*.b", "a.b", True),
        ],
    )
    def test_matches(self, pattern: str, subject: str, expected: bool) -> None:
        assert matches(pattern, subject) is expected

    @given(patterns, patterns, subjects)
    def test_what_a_covered_pattern_names_is_named_by_the_covering_one(
        self, wide: str, narrow: str, subject: str
    ) -> None:
        if covers(wide, narrow) and matches(narrow, subject):
            assert matches(wide, subject)

    @given(patterns, patterns)
    def test_a_pattern_that_is_not_covered_names_something_else(self, wide: str, narrow: str) -> None:
        instances = [
            narrow.replace("*", "fresh").replace(">", tail) for tail in ("fresh", "fresh.fresh.fresh.fresh.fresh")
        ]
        assert covers(wide, narrow) == all(matches(wide, instance) for instance in instances)

    @given(patterns)
    def test_every_pattern_covers_itself_and_is_covered_by_all(self, pattern: str) -> None:
        assert covers(pattern, pattern)
        assert covers(">", pattern)

    @given(patterns, patterns, subjects)
    def test_patterns_that_share_a_subject_overlap(self, one: str, other: str, subject: str) -> None:
        assert overlap(one, other) == overlap(other, one)
        if matches(one, subject) and matches(other, subject):
            assert overlap(one, other)

    @given(patterns, patterns)
    def test_a_covered_pattern_overlaps(self, one: str, other: str) -> None:
        if covers(one, other):
            assert overlap(one, other)

    @pytest.mark.parametrize(
        ("one", "other"), [("a.b", "a.c"), ("a.*", "a"), ("a.>", "a"), ("*.x", "a.y"), ("*", "a.b")]
    )
    def test_patterns_that_share_nothing_do_not_overlap(self, one: str, other: str) -> None:
        assert not overlap(one, other)

    def test_nearest_finds_the_mistyped_subject(self) -> None:
        assert nearest("project.1.craeted", ["project.*.created", "cv.*.uploaded"]) == "project.*.created"

    def test_nearest_is_none_when_nothing_is_alike(self) -> None:
        assert nearest("zzzz", ["project.*.created"]) is None
        assert nearest("a", []) is None


class TestSubject:
    """A template builds subjects and reads them back."""

    def test_builds_and_parses(self) -> None:
        assert CREATED.build(project_id=7) == "project.7.created"
        assert CREATED.parse("project.7.created") == {"project_id": "7"}

    def test_fields_pattern_and_kind(self) -> None:
        assert RESPONSE.fields == ("freelancer_id", "project_id")
        assert RESPONSE.pattern == "freelancer.*.opportunity.*.response"
        assert RESPONSE.kind == "freelancer.opportunity.response"
        assert repr(RESPONSE) == "Subject('freelancer.{freelancer_id}.opportunity.{project_id}.response')"

    @given(tokens, tokens)
    def test_what_is_built_is_read_back(self, freelancer: str, project: str) -> None:
        subject = RESPONSE.build(freelancer_id=freelancer, project_id=project)
        check_subject(subject)
        assert RESPONSE.parse(subject) == {"freelancer_id": freelancer, "project_id": project}
        assert matches(RESPONSE.pattern, subject)

    @given(any_text)
    def test_values_cannot_change_the_shape(self, value: str) -> None:
        try:
            subject = CREATED.build(project_id=value)
        except InvalidToken:
            return
        assert subject.split(".") == ["project", value, "created"]

    @pytest.mark.parametrize(
        "subject", ["", "project", "project.1", "project.1.updated", "x.1.created", "project.1.2.created"]
    )
    def test_foreign_subject_is_refused(self, subject: str) -> None:
        assert CREATED.match(subject) is None
        with pytest.raises(InvalidSubject, match="does not follow"):
            CREATED.parse(subject)

    def test_missing_and_unknown_fields_are_a_programming_error(self) -> None:
        with pytest.raises(TypeError, match="takes project_id; got nothing"):
            CREATED.build()
        with pytest.raises(TypeError, match="got project_id, other"):
            CREATED.build(project_id=1, other=2)

    def test_field_at_the_front_cannot_reach_the_servers_subjects(self) -> None:
        with pytest.raises(InvalidSubject, match="belong to the server"):
            Subject("{area}.API").build(area="$JS")

    def test_whole_subject_is_bounded(self) -> None:
        wide = Subject(".".join(f"{{f{index}}}" for index in range(9)))
        with pytest.raises(InvalidSubject, match="at most 1024"):
            wide.build(**{f"f{index}": "x" * MAX_TOKEN_BYTES for index in range(9)})

    @pytest.mark.parametrize(
        ("template", "reason"),
        [
            ("", "must not be empty"),
            ("a..b", "empty token"),
            ("a.{b}.c{d}", "a whole token"),
            ("a.{b", "a whole token"),
            ("a.{}", "a whole token"),
            ("a.{B}", "a whole token"),
            ("a.{b}.{b}", "stands twice"),
            ("a.*", "wildcard"),
            ("a.>", "wildcard"),
            ("$JS.{a}", "belong to the server"),
            ("a b", "white space"),
        ],
    )
    def test_malformed_template_is_refused(self, template: str, reason: str) -> None:
        with pytest.raises(ConfigurationError, match=reason):
            Subject(template)

    def test_key_must_be_a_field(self) -> None:
        with pytest.raises(ConfigurationError, match="no field 'x'"):
            Subject("a.{b}", key="x")


class TestSubjects:
    """Declared templates are found by the subjects they name, the most specific first."""

    declared = Subjects(
        [Subject("workflow.{a}.{b}", key="b"), Subject("workflow.{workflow}.state_change"), CREATED, RESPONSE]
    )

    def test_most_specific_wins(self) -> None:
        found = self.declared.find("workflow.cv.state_change")
        assert found is not None
        assert found[0].template == "workflow.{workflow}.state_change"
        assert found[1] == {"workflow": "cv"}

    def test_unknown_subject_is_none(self) -> None:
        assert self.declared.find("nothing.here") is None
        assert self.declared.key_of("nothing.here") is None

    def test_key_is_the_value_of_the_key_field(self) -> None:
        assert self.declared.key_of("project.7.created") == "7"
        assert self.declared.key_of("freelancer.f1.opportunity.p1.response") == "f1"
        assert self.declared.key_of("workflow.cv.state_change") is None

    def test_iterates_over_what_was_declared(self) -> None:
        assert CREATED in list(self.declared)
        assert list(Subjects()) == []
