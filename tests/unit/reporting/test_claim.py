"""What every claim shares: intervals decide, and the findings on several models become one verdict."""

from dataclasses import replace

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Claim, Finding, Rule, apart, beyond, conclude
from semantic_bottleneck.uncertainty.estimates import Estimate


def test_models_that_disagree_are_inconclusive_and_named():
    findings = [Finding("a", "A", HOLDS, "A: 1."), Finding("b", "B", FAILS, "B: 2."), Finding("c", "C", NOT_RUN, "C: absent.")]

    def judged(findings, **other):
        return Rule("name", "Statement.", "rule", lambda evidence: findings, **other).claim(None)

    claim = judged(findings)
    assert claim.verdict == OPEN
    assert claim.findings == tuple(findings)
    assert claim.sentence == "Holds in 1 of 2 models (A); does not hold in 1 of 2 models (B). A: 1."
    assert "of 2 data sets (A)" in judged(findings, subjects="data sets").sentence
    assert judged(findings[2:]).verdict == NOT_RUN
    assert judged([]).verdict == NOT_RUN


def test_a_claim_is_the_papers_unless_it_says_otherwise():
    for given in ({}, {"paper": False}):
        own = not given
        assert Rule("name", "Statement.", "rule", lambda evidence: [], **given).claim(None).paper is own
        assert Claim("name", "Statement.", "rule", HOLDS, "It does.", (), **given).paper is own


def test_intervals_decide():
    assert beyond(Estimate(1.0), 0.5) == OPEN
    assert beyond(Estimate(1.0, 0.6, 1.6), 0.5) == HOLDS
    assert beyond(Estimate(0.1, 0.0, 0.5), 0.5) == FAILS
    assert beyond(Estimate(1.0, 0.4, 1.6), 0.5) == OPEN
    assert apart(Estimate(1.0, 0.9, 1.1), Estimate(0.5, 0.4, 0.6)) == HOLDS
    assert apart(Estimate(0.5, 0.4, 0.6), Estimate(1.0, 0.9, 1.1)) == FAILS
    assert apart(Estimate(1.0, 0.5, 1.5), Estimate(0.5, 0.4, 0.6)) == OPEN


def test_intervals_that_only_touch():
    assert beyond(Estimate(1.0, 0.5, 1.5), 0.5) == OPEN
    assert beyond(Estimate(0.3, 0.1, 0.5), 0.5) == FAILS
    assert apart(Estimate(1.0, 0.6, 1.4), Estimate(0.5, 0.4, 0.6)) == OPEN
    assert apart(Estimate(0.5, 0.4, 0.6), Estimate(1.0, 0.6, 1.4)) == OPEN


def test_a_single_seed_decides_nothing():
    assert beyond(Estimate(1.0), 0.5) == OPEN
    assert beyond(Estimate(1.0, 0.9, 1.1), 0.5) == HOLDS
    assert beyond(Estimate(0.2, 0.1, 0.3), 0.5) == FAILS
    assert beyond(Estimate(1.0, 0.9), 0.5) == OPEN


def test_models_that_agree_are_counted_and_one_speaks_for_itself():
    holds, other = Finding("a", "A", HOLDS, "A: 1."), Finding("b", "B", HOLDS, "B: 2.")
    assert conclude([holds, other]) == (HOLDS, "Holds in all of the 2 models. A: 1.")
    assert conclude([replace(holds, verdict=FAILS), replace(other, verdict=FAILS)]) == (
        FAILS,
        "Does not hold in any of the 2 models. A: 1.",
    )
    assert conclude([replace(holds, verdict=OPEN), replace(other, verdict=OPEN)])[1].startswith("Inconclusive in all of the 2")
    assert conclude([replace(holds, verdict=NOT_RUN), other]) == (HOLDS, "B: 2.")
    assert conclude([replace(holds, verdict=NOT_RUN)]) == (NOT_RUN, "A: 1.")
