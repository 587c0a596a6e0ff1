import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing.skill_list import ESCO
from sourcing.skills import all_skills, find_mentions, find_skills, nearest, resolve_skill, skill_for

OWN = sorted(skill.id for skill in all_skills().values() if skill.category != ESCO)
"""The skills of the project's own file."""


def ids(text: str) -> list[str]:
    return [found.id for found in find_skills(text)]


class TestTheList:
    """The shipped list is one list: no skill twice, no name for two."""

    def test_it_knows_hundreds_of_skills_of_many_fields(self) -> None:
        assert len(all_skills()) >= 400
        assert len({skill.category for skill in all_skills().values()}) >= 30

    def test_every_name_and_alias_leads_to_its_own_skill(self) -> None:
        for skill in all_skills().values():
            for name in (skill.name, *skill.aliases):
                assert resolve_skill(name) == skill, name

    def test_ids_are_one_token_of_a_subject(self) -> None:
        assert all(re.fullmatch(r"[a-z0-9-]+", skill_id) for skill_id in all_skills())


class TestFindingSkills:
    """A text's skills are found by name, alias and plural, in any usual spelling."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("C, C++ and C#", ["c", "cpp", "csharp"]),
            ("C/C++ code", ["c", "cpp"]),
            (".NET and ASP.NET", ["dotnet", "asp-dotnet"]),
            ("Node.js, Vue.js; Next.js", ["node-js", "vue-js", "next-js"]),
            ("Python, R and SQL", ["python", "r", "sql"]),
            ("Services in Go.", ["go"]),
            ("- Go\n- Rust", ["go", "rust"]),
            ("machine-learning on k8s", ["machine-learning", "kubernetes"]),
            ("Amazon Web\nServices", ["aws"]),
            ("many REST APIs and LLMs", ["rest-apis", "large-language-models"]),
            ("UI/UX in Figma", ["user-interface-design", "user-experience-design", "figma"]),
            ("postgres's planner", ["postgresql"]),
            ("Excel in finance, advanced Excel", ["microsoft-excel"]),
            ("SQL and R. Built reports", ["sql", "r"]),
            ("drivers in C for small devices", ["c"]),
            ("JavaScript\nFrameworks: Angular", ["javascript", "angular"]),
            ("S/4HANA-Migration", ["sap"]),
            ("Maven, Tomcat, JPA and Kibana", ["maven", "application-servers", "hibernate", "kibana"]),
            ("QuickBooks, accounts payable, HIPAA", ["quickbooks", "accounting", "patient-confidentiality"]),
            ("Stock control, POS, upselling", ["warehouse-management", "cash-handling", "upselling"]),
            (
                "forklift licence, HGV driver, first aid, Primavera",
                ["forklift-operation", "truck-driving", "first-aid", "primavera-p6"],
            ),
        ],
    )
    def test_names_are_found_as_people_write_them(self, text: str, expected: list[str]) -> None:
        assert ids(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "I go to work and like to excel at it",
            "Go to the C-suite with Section C of the plan",
            "Vitamin C helps; so said R. Miller of R&D",
            "She reacts to springs, rust and rubies",
            "Mail java@example.org or see https://example.org/python and example.org/docker",
            "Pythonic Javanese dockets",
            "- Excel at calming people down\nExcel in fast-paced environments",
            "Awards: R. Miller prize; GCSEs: English (C), Physics (C)",
            "GoldCoast Bank PLC, deputy at the POS, CMM",
            "Maya Miller lives at 3 Phoenix Road and reads Bloomberg with reservations",
            "Less is more, and slack is none; postmen, prefects and struts",
            "Transcription factors of yeast",
        ],
    )
    def test_words_that_only_look_like_skills_are_not(self, text: str) -> None:
        assert ids(text) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("No experience with Java, Node.js or Docker. Python daily.", ["python"]),
            ("No professional experience in Java but years of Python", ["python"]),
            ("Without knowledge of Java\nPython", ["python"]),
            ("Keine Erfahrung mit Java, aber mit Python", ["python"]),
            ("Ohne Kenntnisse von Java; Python", ["python"]),
            ("There is no better experience. Java is mine", ["java"]),
        ],
    )
    def test_what_is_said_not_to_be_there_is_not_found(self, text: str, expected: list[str]) -> None:
        assert [found.id for found in find_skills(text)] == expected

    @pytest.mark.parametrize(
        ("text", "skill_id", "method"),
        [
            ("I perform toxicological studies", "perform-toxicological-studies", "name"),
            ("Managing musical staff of an opera", "manage-musical-staff", "inflection"),
            ("We supervised the correctional procedures", "supervise-correctional-procedures", "inflection"),
            ("to make use of anti-oppressive practices", "apply-anti-oppressive-practices", "alias"),
            ("ornithology, SPARQL", "ornithology", "name"),
        ],
    )
    def test_escos_phrases_are_found_by_label_alternative_and_inflection(
        self, text: str, skill_id: str, method: str
    ) -> None:
        found = {found.id: found.method for found in find_skills(text)}
        assert found.get(skill_id) == method

    @pytest.mark.parametrize(
        "text", ["food, water and management", "Turkish, German, English", "The history of ornithology is long"]
    )
    def test_escos_everyday_words_and_languages_are_not_found_in_texts(self, text: str) -> None:
        assert ids(text) == []
        assert resolve_skill("German") is not None

    @pytest.mark.parametrize(
        "text",
        [
            "decision making, data collection and stock levels",
            "Guiding and supporting new colleagues",
            "Training and development of staff; managing project files",
        ],
    )
    def test_alternatives_that_say_less_than_their_skill_are_not_searched_for(self, text: str) -> None:
        assert ids(text) == []

    def test_a_name_of_our_own_may_lie_within_an_esco_label(self) -> None:
        assert ids("I conduct energy audits") == ["conduct-energy-audit", "auditing"]

    def test_the_longest_name_wins(self) -> None:
        assert ids("Apache Kafka Streams on Spring Boot") == ["apache-kafka", "spring"]

    def test_a_found_skill_carries_its_evidence(self) -> None:
        text = "I like tea. Built event systems on NATS\nfor years. NATS is fine; JetStream too."
        (nats,) = (found for found in find_skills(text) if found.id == "nats")
        assert nats.evidence == "Built event systems on NATS for years."
        assert (nats.offset, nats.count, nats.method) == (text.index("NATS"), 3, "name")

    def test_an_abbreviation_ends_no_sentence(self) -> None:
        (docker,) = find_skills("Kept many tools alive, e.g. Docker. Likes tea.")
        assert docker.evidence == "Kept many tools alive, e.g. Docker."

    def test_a_skill_only_named_by_another_name_says_so(self) -> None:
        (found,) = find_skills("Ten clusters of k8s")
        assert (found.name, found.method) == ("Kubernetes", "alias")

    @given(st.text())
    def test_any_text_can_be_searched(self, text: str) -> None:
        for mention in find_mentions(text):
            assert 0 <= mention.start < mention.end <= len(text)

    @given(st.lists(st.sampled_from(OWN), min_size=1, max_size=8, unique=True))
    def test_every_listed_skill_is_found_in_a_list_of_skills(self, wanted: list[str]) -> None:
        assert ids("\n".join(all_skills()[skill_id].name for skill_id in wanted)) == wanted


class TestNamesThatPeopleType:
    """What somebody types as a skill becomes a listed one where there is one, and is kept where there is none."""

    @pytest.mark.parametrize(
        ("typed", "skill_id"),
        [("postgres", "postgresql"), ("node js", "node-js"), (" GOLANG ", "go"), ("c sharp", "csharp"), ("c", "c")],
    )
    def test_other_spellings_are_understood(self, typed: str, skill_id: str) -> None:
        assert skill_for(typed).id == skill_id

    def test_an_unknown_skill_is_kept_under_an_id_of_its_own(self) -> None:
        assert resolve_skill("Basket weaving") is None
        free = skill_for("  Basket  Weaving ")
        assert (free.id, free.name) == ("basket-weaving", "Basket Weaving")

    @given(st.text(min_size=1).filter(str.strip))
    def test_any_name_gives_the_same_id_every_time(self, name: str) -> None:
        assert skill_for(name).id == skill_for(name).id != ""


class TestNearness:
    """Near is what belongs to the same category, first what shares a word."""

    def test_the_nearest_is_of_the_same_category(self) -> None:
        found = nearest("mysql", ["python", "postgresql"])
        assert found is not None
        assert found.id == "postgresql"

    def test_a_shared_word_is_nearer(self) -> None:
        found = nearest("email-marketing", ["shopify", "content-strategy", "affiliate-marketing"])
        assert found is not None
        assert found.id == "affiliate-marketing"

    def test_nothing_is_near_to_a_free_skill_or_in_another_category(self) -> None:
        assert nearest("basket-weaving", ["python"]) is None
        assert nearest("python", ["oncology", "python"]) is None
        assert nearest("manage-musical-staff", ["teach-history"]) is None
