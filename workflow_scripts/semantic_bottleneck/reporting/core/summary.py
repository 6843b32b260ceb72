"""What was found, in two sentences: one on the paper's claims, one on the questions that it does not ask."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Claim

LISTED = 4
"""Claims of one verdict that are named; the others are counted."""
VERBS = {HOLDS: ("holds", "hold"), FAILS: ("does not hold", "do not hold"), OPEN: ("is undecided", "are undecided")}
"""Of one claim and of several."""


@dataclass(frozen=True)
class Phrase:
    """A piece of a sentence; `claim` names the claim that it is about, `verdict` what it counts."""

    text: str
    claim: str = ""
    verdict: str = ""


def summary(claims: Sequence[Claim]) -> list[list[Phrase]]:
    """The sentences as phrases in order; none where there are no claims of a kind."""
    groups = [claim for claim in claims if claim.paper], [claim for claim in claims if not claim.paper]
    openings = ("claim of the paper", "claims of the paper"), ("question of our own", "questions of our own")
    return [_sentence(group, *opening) for group, opening in zip(groups, openings, strict=True) if group]


def clause(statement: str) -> str:
    """A claim's statement inside a sentence: what stands before its colon or reservation, without capital or full stop."""
    short = re.split(r": |, although ", statement)[0].rstrip(".")
    first = short.split()[0]
    return short[0].lower() + short[1:] if first[1:].islower() or first == "A" else short


def _sentence(claims: Sequence[Claim], one: str, several: str) -> list[Phrase]:
    phrases = [Phrase(f"Of {len(claims)} {one if len(claims) == 1 else several}, ")]
    tested = [verdict for verdict in VERBS if any(claim.verdict == verdict for claim in claims)]
    for place, verdict in enumerate(tested):
        about = [claim for claim in claims if claim.verdict == verdict]
        phrases += [Phrase("; ")] if place else []
        phrases += [Phrase(f"{len(about)} {VERBS[verdict][len(about) > 1]}", verdict=verdict), Phrase(" (")]
        for number, claim in enumerate(about[:LISTED]):
            phrases += [Phrase(", ")] if number else []
            phrases.append(Phrase(clause(claim.statement), claim=claim.name))
        phrases.append(Phrase(f" and {len(about) - LISTED} more)" if len(about) > LISTED else ")"))
    absent = sum(claim.verdict == NOT_RUN for claim in claims)
    if absent:
        phrases += [Phrase("; ")] if tested else []
        phrases.append(Phrase(f"{absent} {'was' if absent == 1 else 'were'} not run", verdict=NOT_RUN))
    return [*phrases, Phrase(".")]
