"""How well a freelancer fits a project, from 0 to 1, taken apart.

The formula. A score is a weighted mean of seven parts:

    required skills    0.55
    wished skills      0.15
    described skills   0.05
    work               0.20
    years              0.12     }
    languages          0.10     }  conditions
    terms              0.08     }  (place, availability, rate)

A part that the project does not ask about is left out, and the weights of the others are divided by their sum. So is
work where either side names none. (A project that names neither skills, years nor languages gives nothing to compare: 0
for everybody.) Where skills are asked for, the conditions count only as far as the skills are there: their weights are
multiplied by the skills' own weighted mean. Who has none of the skills and other work scores 0, however many years,
languages and free days there are.

- Skills: the mean of the credits of the skills asked for. A skill that the freelancer confirmed counts 1. One that
  was only found in a CV counts 0.6 (0.5 where the CV describes it without naming it), and up to 0.3 more for years of
  use that the CV tells of (three years: all of it). One that is only listed, without years in a CV that has years for
  some skills but for fewer than half, counts 0.5: nothing bears it out (`candidates`). One that is absent counts what
  a near skill lends it: at most 0.4 of that skill's credit, by how near it is (`skill_fit`). One that is denied
  counts 0. Described skills are those that only the project's title and description name; they count by themselves
  alone, and are not listed as missing.
- Work: how near the nearest of the freelancer's titles (headline, positions) is to the project's (`work_fit`).
- Years: what the freelancer has of the years asked for, at most 1; unknown counts 0.3.
- Languages: the mean over those asked for: 1 for speaking it as well as asked (B2 where nothing is said), 0.5 for
  speaking it less well, 0 for not at all; a profile that lists no languages is unknown and counts 0.5.
- Terms: the mean of: place (only when the project is not remote: 1 in the place, 0.5 unknown, 0 elsewhere; a remote
  project wants somebody who works remotely), availability (0 when not available), rate (only with a limit: 1 up to it,
  falling to 0 at one and a half times the limit, 0.5 unknown).

All is linear in the skills: each of a part adds the same, also through the conditions that it lets count. What a
missing skill would add is what it lacks to 1, so that confirming every missing one gives
`match_confidence + improvement_potential`, exactly. `score` is the sum of weight times value over the parts, and a
part's value the mean credit of its evidence.

`match_confidence` is the probability of a yes at that score, by the calibration in force (`calibration`): at first the
score itself. Potential and improvements are differences of that probability.
"""

from sourcing.asked import Requirements
from sourcing.calibration import PRIOR, Calibration
from sourcing.candidates import Candidate, CandidateSkill
from sourcing.conditions import languages, terms, years
from sourcing.evidence import Evidence, mean
from sourcing.match import Improvement, Match, Part, calibrated
from sourcing.skill_fit import exact_fit_of, fit_of
from sourcing.work_fit import work

__all__ = ["Candidate", "CandidateSkill", "Evidence", "Improvement", "Match", "Part", "Requirements", "score"]

WEIGHTS = {
    "required_skills": 0.55,
    "wished_skills": 0.15,
    "described_skills": 0.05,
    "work": 0.20,
    "years": 0.12,
    "languages": 0.10,
    "terms": 0.08,
}
SKILL_PARTS = ("required_skills", "wished_skills", "described_skills")
CONDITIONS = ("years", "languages", "terms")
COMPARED = {*SKILL_PARTS, "years", "languages"}
CAN_BE_MISSING = ("required_skills", "wished_skills")
NAMED_AT_MOST = 6


def score(requirements: Requirements, candidate: Candidate, calibration: Calibration = PRIOR) -> Match:
    """Score one freelancer for one project; the same input always gives the same match."""
    whole = _parts(requirements, candidate)
    if not any(part.name in COMPARED for part in whole):
        return Match(reasons=["The project names no skills, years or languages to compare."])
    parts = _as_far_as_skills_are_there(whole)
    found = Match(
        score=min(1.0, sum(part.weight * part.value for part in parts)),
        improvements=_improvements(whole),
        parts=parts,
        reasons=[part.explanation for part in parts],
    )
    return calibrated(found, calibration)


def _parts(requirements: Requirements, candidate: Candidate) -> list[Part]:
    """The parts that the project asks about, with weights that make one together."""
    asked: list[tuple[str, str, list[Evidence]]] = []
    if requirements.required:
        evidence = [fit_of(skill, candidate) for skill in requirements.required]
        asked.append(("required_skills", _has("required", evidence), evidence))
    if requirements.wished:
        evidence = [fit_of(skill, candidate) for skill in requirements.wished]
        asked.append(("wished_skills", _has("wished", evidence), evidence))
    if requirements.described:
        evidence = [exact_fit_of(skill, candidate) for skill in requirements.described]
        asked.append(("described_skills", _has("described", evidence), evidence))
    if known := work(requirements, candidate):
        asked.append(("work", *known))
    if requirements.min_years:
        asked.append(("years", *years(requirements.min_years, candidate.years_of_experience)))
    if requirements.languages:
        asked.append(("languages", *languages(requirements.languages, candidate.languages)))
    asked.append(("terms", *terms(requirements, candidate)))
    whole = sum(WEIGHTS[name] for name, _, _ in asked)
    return [
        Part(
            name=name,
            weight=WEIGHTS[name] / whole,
            value=mean(evidence),
            explanation=explanation,
            evidence=evidence,
        )
        for name, explanation, evidence in asked
    ]


def _as_far_as_skills_are_there(parts: list[Part]) -> list[Part]:
    """The parts with the weights of the conditions multiplied by the skills' weighted mean."""
    skills = [part for part in parts if part.name in SKILL_PARTS]
    if not skills:
        return parts
    there = sum(part.weight * part.value for part in skills) / sum(part.weight for part in skills)
    return [
        part.model_copy(update={"weight": part.weight * there}) if part.name in CONDITIONS else part for part in parts
    ]


def _improvements(parts: list[Part]) -> list[Improvement]:
    """What each missing skill would add, required ones first: what it lacks, and the conditions that it lets count."""
    skills = sum(part.weight for part in parts if part.name in SKILL_PARTS)
    conditions = sum(part.weight * part.value for part in parts if part.name in CONDITIONS)
    lift = 1.0 + conditions / (skills or 1.0)
    return [
        Improvement(
            skill=each.asked,
            points=part.weight * lift * (1.0 - each.credit) / len(part.evidence),
            nearest=each.has,
            nearness=each.nearness,
        )
        for part in parts
        if part.name in CAN_BE_MISSING
        for each in part.evidence
        if _is_missing(each)
    ]


def _is_missing(evidence: Evidence) -> bool:
    return evidence.how in ("near", "absent", "denied")


def _has(kind: str, evidence: list[Evidence]) -> str:
    present = [each.asked for each in evidence if not _is_missing(each)]
    absent = [_with_nearest(each) for each in evidence if _is_missing(each)]
    has = f"Has {len(present)} of {len(evidence)} {kind} skills"
    missing = f"; missing: {_listed(absent)}" if absent else ""
    return f"{has}{': ' + _listed(present) if present else ''}{missing}."


def _with_nearest(evidence: Evidence) -> str:
    return f"{evidence.asked} (nearest: {evidence.has})" if evidence.has else evidence.asked


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
