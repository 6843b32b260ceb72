"""Claims about training, at the bounds of their rules, on curves that are written out."""

import pandas as pd
import pytest

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.paper.claims.training import SIMILARITY_GROWS, SPARSITY_GROWS
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from tests.unit.reporting.one_model import SEEDS, geometry_rows, judged, trained

COSINE, NPR = "cosine_similarity", "normalized_participation_ratio_percent"
STEPS = [0, 100, 1000, 20_000, 30_000]
RISE = [0.1, 0.2, 0.3, 0.4]


def finding(*curves, rule=SIMILARITY_GROWS, metric=COSINE):
    """Of as many trainings as there are curves."""
    parts = [
        geometry_rows({("c", metric): value}, model, step)
        for model, curve in zip(SEEDS, curves, strict=False)
        for step, value in zip(STEPS, curve, strict=False)
    ]
    return judged(rule, PaperEvidence(trained(len(curves)), geometry=Measures(pd.concat(parts, ignore_index=True))))


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        (RISE, HOLDS),
        ([0.1, 0.2, 0.4, 0.3], HOLDS),  # rank correlation 0.8
        ([0.2, 0.1, 0.4, 0.3], OPEN),  # 0.6
        ([0.1, 0.1, 0.4, 0.4], HOLDS),  # 0.89
        ([0.2, 0.4, 0.1, 0.3], FAILS),  # 0, though it ends higher
        ([0.3, 0.4, 0.5, 0.31, 0.32], OPEN),  # 0.1
        ([0.4, 0.3, 0.2, 0.1], FAILS),
        ([0.2, 0.2, 0.2, 0.2], FAILS),
        (RISE[:3], NOT_RUN),
    ],
)
def test_a_curve_grows_that_ends_higher_and_rises_steadily(curve, verdict):
    assert finding(curve, curve, curve).verdict == verdict
    assert finding([-value for value in curve], curve, curve).verdict != HOLDS


@pytest.mark.parametrize(("last", "verdict"), [((0.4, 0.41), HOLDS), ((0.11, 0.6), OPEN)])
def test_the_interval_over_trainings_decides_whether_the_end_is_higher(last, verdict):
    assert finding(*([0.1, 0.105, 0.108, end] for end in last)).verdict == verdict


def test_several_trainings_that_do_not_rise_are_no_growth_whatever_their_ends():
    """Two trainings, whose wide interval alone would leave it open."""
    assert finding([0.2, 0.4, 0.1, 0.3], [0.2, 0.6, 0.1, 0.5]).verdict == FAILS


@pytest.mark.parametrize("curve", [RISE, RISE[::-1], [0.2] * 4])
def test_one_training_decides_nothing(curve):
    found = finding(curve)
    assert found.verdict == OPEN
    assert found.sentence.endswith(" One training decides nothing.")


def test_trainings_with_too_few_checkpoints_are_left_out():
    found = finding(RISE, RISE[:3], RISE)
    assert found.sentence.startswith("SiT-mini, mean of 2 trainings: ")
    assert "nothing" not in found.sentence


def test_sparsity_is_the_same_rule_downwards():
    fall = [40.0, 30.0, 20.0, 10.0]
    assert finding(fall, fall, rule=SPARSITY_GROWS, metric=NPR).verdict == HOLDS
    assert finding(fall[::-1], fall[::-1], rule=SPARSITY_GROWS, metric=NPR).verdict == FAILS
    unsteady = [30.0, 40.0, 10.0, 20.0]
    assert finding(unsteady, unsteady, rule=SPARSITY_GROWS, metric=NPR).verdict == OPEN
    assert "initial timestep falls from" in SPARSITY_GROWS.rule
    assert "initial timestep rises from" in SIMILARITY_GROWS.rule


def test_the_sentence_has_both_ends_the_extremes_between_and_the_mean_change():
    # Their rank correlations are 1 - 6 · 12 / 120 and 1 - 6 · 6 / 120.
    found = finding([0.1, 0.5, 0.2, 0.25, 0.4], [0.1, 0.3, 0.2, 0.25, 0.4])
    assert found.sentence == (
        "SiT-mini, mean of 2 trainings: Cosine similarity 0.1000 at step 0, 0.4000 at step 100, 0.2000 at step 1,000, "
        "0.4000 at step 30,000; change +0.3000, rank correlation with the step +0.55."
    )
    assert found.evidence == tuple(f"geometry/{model}/training.parquet" for model in SEEDS[:2])
    constant = finding([0.2] * 4, [0.2] * 4)
    assert "0.2000 at step 0, 0.2000 at step 100, 0.2000 at step 20,000; change +0.0000, rank" in constant.sentence
    assert constant.sentence.endswith("with the step +0.00.")
    late = finding([0.1, 0.2, 0.3, 0.9, 0.4], [0.1, 0.2, 0.3, 0.9, 0.4])
    assert "0.2000 at step 100, 0.9000 at step 20,000, 0.4000 at step 30,000" in late.sentence
    falling = finding([0.4, 0.3, 0.2, 0.1], [0.41, 0.3, 0.2, 0.1])
    assert "change −0.3050 [−0.3" in falling.sentence
    assert falling.sentence.endswith(" −1.00.")


def test_changes_of_a_bounded_quantity_keep_to_its_range():
    """Similarity may rise by 2 at most, nPR fall by 100 points."""
    ends = (0.99, 0.2, 0.99)
    sentence = finding(*([-0.99, -0.98, -0.97, end] for end in ends)).sentence
    low, high = (float(end.replace("−", "-")) for end in sentence.split("[")[1].split("]")[0].split(" to "))
    assert -2.0 < low < 1.7 < high < 2.0
