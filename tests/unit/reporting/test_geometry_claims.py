"""Claims about the conditional vectors, at the bounds of their rules, on numbers that are written out."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.paper.claims.geometry import EXTREME_SIMILARITY, FEW_DIMENSIONS, TIMESTEP_DOMINATES
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from tests.unit.reporting.one_model import ALONE, MODEL, SEEDS, STUDY, geometry_rows, judged, trained

COSINE, NPR = "cosine_similarity", "normalized_participation_ratio_percent"
NUMBERS = {
    ("c", COSINE): (0.995, 0.994, 0.996),
    ("y", COSINE): (0.3, 0.2, 0.4),
    ("c", NPR): (2.3, 2.2, 2.4),
    ("t", "norm_mean"): 6.0,
    ("y", "norm_mean"): 2.0,
}


def finding(rule, *changes, facts=ALONE):
    """Of as many trainings as there are changes of NUMBERS; a number that becomes None is absent."""
    parts = [
        geometry_rows({key: value for key, value in (NUMBERS | change).items() if value is not None}, model)
        for model, change in zip(SEEDS, changes or ({},), strict=False)
    ]
    return judged(rule, PaperEvidence(facts, geometry=Measures(pd.concat(parts, ignore_index=True))))


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ((0.992, 0.991, 0.993), HOLDS),
        ((0.991, 0.989, 0.993), OPEN),
        ((0.988, 0.986, 0.99), FAILS),
        (0.999, OPEN),
        (None, NOT_RUN),
    ],
)
def test_similar_is_what_lies_above_99_percent(number, verdict):
    assert finding(EXTREME_SIMILARITY, {("c", COSINE): number}).verdict == verdict


@pytest.mark.parametrize(
    ("number", "verdict"),
    [((10.5, 10.1, 10.9), HOLDS), ((10.9, 10.5, 11.3), OPEN), ((11.4, 11.1, 11.7), FAILS), (2.0, OPEN), (None, NOT_RUN)],
)
def test_sparse_is_what_lies_below_11_percent(number, verdict):
    assert finding(FEW_DIMENSIONS, {("c", NPR): number}).verdict == verdict


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, HOLDS),
        ({("c", COSINE): None}, NOT_RUN),
        ({("y", COSINE): None}, NOT_RUN),
        # y against 0.9
        ({("y", COSINE): (0.88, 0.87, 0.89)}, HOLDS),
        ({("y", COSINE): (0.88, 0.86, 0.9)}, OPEN),
        ({("y", COSINE): (0.92, 0.89, 0.95)}, OPEN),
        ({("y", COSINE): (0.92, 0.9, 0.94)}, FAILS),
        # y against c
        ({("c", COSINE): (0.5, 0.4, 0.6), ("y", COSINE): (0.2, 0.1, 0.3)}, HOLDS),
        ({("c", COSINE): (0.5, 0.4, 0.6), ("y", COSINE): (0.4, 0.3, 0.5)}, OPEN),
        ({("c", COSINE): (0.5, 0.4, 0.6), ("y", COSINE): (0.8, 0.75, 0.85)}, FAILS),
        # t against y
        ({("t", "norm_mean"): 2.0}, HOLDS),
        ({("t", "norm_mean"): 1.9}, FAILS),
        ({("t", "norm_mean"): None}, OPEN),
        ({("y", "norm_mean"): 0.0}, OPEN),
        ({("t", "norm_mean"): None, ("c", COSINE): (0.5, 0.4, 0.6), ("y", COSINE): (0.8, 0.75, 0.85)}, FAILS),
    ],
)
def test_the_timestep_dominates_where_y_is_not_similar_and_t_is_longer(change, verdict):
    found = finding(TIMESTEP_DOMINATES, change)
    assert found.verdict == verdict, found.sentence
    if verdict != NOT_RUN:
        lengths = NUMBERS | change
        t, y = (lengths[kind, "norm_mean"] for kind in ("t", "y"))
        assert f"t is {t / y if t and y else math.nan:.2f} times as long as y." in found.sentence


@pytest.mark.parametrize("count", [2, 3])
def test_several_trainings_are_compared_each_with_itself(count):
    """y is by 0.01 less alike than c in each, although the trainings differ by more."""
    changes = [{("c", COSINE): 0.71 + place, ("y", COSINE): 0.7 + place} for place in (0.0, 0.02, 0.01)[:count]]
    found = finding(TIMESTEP_DOMINATES, *changes, facts=trained(count))
    assert found.verdict == HOLDS, found.sentence
    assert f"mean of {count} trainings: " in found.sentence
    assert found.evidence == tuple(f"geometry/{model}/final.parquet" for model in SEEDS[:count])
    swapped = [{("c", COSINE): change["y", COSINE], ("y", COSINE): change["c", COSINE]} for change in changes]
    assert finding(TIMESTEP_DOMINATES, *swapped, facts=trained(count)).verdict == FAILS


def test_a_gap_of_cosines_may_be_as_large_as_two():
    """Classes that lie opposite one another have a negative similarity: 1 is no bound that intervals of gaps shrink from."""
    changes = [{("c", COSINE): 0.99, ("y", COSINE): value} for value in (0.21, 0.09, -0.03)]
    assert finding(TIMESTEP_DOMINATES, *changes, facts=trained(3)).verdict == HOLDS


def test_the_evidence_is_the_last_checkpoint():
    first = geometry_rows({("c", COSINE): (0.1, 0.05, 0.15)}, step=0, checkpoint="step-0")
    last = geometry_rows({("c", COSINE): (0.995, 0.994, 0.996)}, step=3000, checkpoint="step-3000")
    other = geometry_rows({("c", COSINE): (0.1, 0.05, 0.15)}, "dit-mini")
    evidence = PaperEvidence(ALONE, geometry=Measures(pd.concat([last, first, other], ignore_index=True)))
    found = judged(EXTREME_SIMILARITY, evidence)
    assert found.verdict == HOLDS
    assert found.evidence == (f"geometry/{MODEL}/step-3000.parquet",)


def test_the_files_are_in_the_order_of_the_trainings():
    names = [MODEL, "dit-mini"]
    rows = [geometry_rows({("c", COSINE): 0.995}, model) for model in names]
    evidence = PaperEvidence(replace(STUDY, replicates={MODEL: names}), geometry=Measures(pd.concat(rows, ignore_index=True)))
    assert judged(EXTREME_SIMILARITY, evidence).evidence == tuple(f"geometry/{model}/final.parquet" for model in names)
