"""The conditions of a project beside its skills: years, languages, and terms (place, availability, rate)."""

from sourcing.asked import Requirements
from sourcing.candidates import Candidate
from sourcing.evidence import Evidence, How
from sourcing.spoken_languages import RANKS, SpokenLanguage, language_asked

UNKNOWN_YEARS = 0.3
UNKNOWN_TERM = 0.5
UNKNOWN_LANGUAGE = 0.5
LESS_WELL = 0.5
RANK_ASKED = RANKS["B2"]


def years(asked: float, has: float | None) -> tuple[str, list[Evidence]]:
    """Return how far the years reach, in words and as evidence."""
    wanted = f"{asked:g} years"
    if has is None:
        words = f"{asked:g} years of experience asked; the profile does not say how many."
        return words, [Evidence(asked=wanted, credit=UNKNOWN_YEARS, how="unknown")]
    reached = min(1.0, has / asked)
    evidence = Evidence(asked=wanted, credit=reached, how=_how(reached), has=f"{has:g} years")
    return f"{has:g} years of experience, {asked:g} asked.", [evidence]


def languages(asked: list[str], spoken: list[SpokenLanguage]) -> tuple[str, list[Evidence]]:
    """Return which of the languages are spoken well enough, in words and as evidence.

    A profile that lists no language at all says nothing of them: many people list only those they learnt.
    """
    if not spoken:
        unknown = [Evidence(asked=name, credit=UNKNOWN_LANGUAGE, how="unknown") for name in asked]
        return f"Languages: {', '.join(asked)} asked; the profile names none.", unknown
    best = {language.name.casefold(): language for language in sorted(spoken, key=lambda language: language.rank)}
    evidence, words = [], []
    for name in asked:
        language = language_asked(name)
        has = best.get(language.name.casefold())
        word = f"no {language.name}" if has is None else f"{has.name} ({has.level or 'level not given'})"
        credit = _language(language, has)
        words.append(word)
        evidence.append(Evidence(asked=name, credit=credit, how=_how(credit), has=word if has else None))
    return f"Languages: {', '.join(words)}.", evidence


def terms(requirements: Requirements, candidate: Candidate) -> tuple[str, list[Evidence]]:
    """Return how place, availability and rate fit, in words and as evidence."""
    place, credit = _place(requirements, candidate)
    asked = "remote work" if requirements.remote else requirements.location or "work on site"
    evidence = [_term(asked, credit, place)]
    available = "available" if candidate.available else "not available"
    evidence.append(_term("available", float(candidate.available), available))
    if requirements.max_rate is not None:
        rate, credit = _rate(requirements.max_rate, candidate.rate)
        evidence.append(_term(f"rate up to {requirements.max_rate:g}", credit, rate))
    words = ", ".join(each.has or "" for each in evidence)
    return f"{words[0].upper()}{words[1:]}.", evidence


def _language(asked: SpokenLanguage, has: SpokenLanguage | None) -> float:
    if has is None:
        return 0.0
    return 1.0 if has.rank >= (asked.rank if asked.level else RANK_ASKED) else LESS_WELL


def _place(requirements: Requirements, candidate: Candidate) -> tuple[str, float]:
    if requirements.remote and candidate.remote:
        return "works remotely", 1.0
    if requirements.location is None:
        return ("does not work remotely", 0.0) if requirements.remote else ("place not named", UNKNOWN_TERM)
    if candidate.location is None:
        return f"place unknown ({requirements.location} asked)", UNKNOWN_TERM
    wanted, works = requirements.location.casefold().strip(), candidate.location.casefold().strip()
    if wanted and works and (wanted in works or works in wanted):
        return f"in {candidate.location}", 1.0
    return f"in {candidate.location}, not {requirements.location}", 0.0


def _rate(limit: float, rate: float | None) -> tuple[str, float]:
    if rate is None:
        return "rate unknown", UNKNOWN_TERM
    if rate <= limit:
        return f"rate {rate:g} within {limit:g}", 1.0
    return f"rate {rate:g} above {limit:g}", max(0.0, 3.0 - 2.0 * rate / limit) if limit else 0.0


def _term(asked: str, credit: float, has: str) -> Evidence:
    return Evidence(asked=asked, credit=credit, how="unknown" if "unknown" in has else _how(credit), has=has)


def _how(credit: float) -> How:
    return "met" if credit >= 1.0 else "partly_met" if credit > 0.0 else "not_met"
