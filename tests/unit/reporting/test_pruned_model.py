"""What pruning does to a model: which variant speaks for a claim, its loss in words, and several trainings as one."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.paper.claims import pruning as claims
from semantic_bottleneck.reporting.paper.claims.pruned_model import Loss
from semantic_bottleneck.uncertainty.estimates import Estimate
from tests.unit.reporting.one_model import MODEL, SEEDS, trained
from tests.unit.reporting.pruning_scores import (
    AGREEMENT,
    CLIP,
    FID,
    RANDOM,
    REMOVED,
    SILU,
    TAIL,
    finding,
    replicates,
    scored,
    variants,
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((-0.03, -0.035, -0.025), "costs 3.00 [2.50 to 3.50] points of class agreement"),
        ((-0.005, -0.007, -0.002), "costs 0.50 [0.20 to 0.70] points of class agreement"),
        ((0.0, -0.005, 0.003), "costs 0.00 [−0.30 to 0.50] points of class agreement"),
        ((0.005, -0.001, 0.007), "gains 0.50 [−0.10 to 0.70] points of class agreement"),
        ((-0.01, -0.02, 0.00001), "costs 1.00 [0.00 to 2.00] points of class agreement"),
        ((-0.01, -0.01, -0.01), "costs 1.00 points of class agreement"),
        ((0.0, 0.0, 0.0), "costs 0.00 points of class agreement"),
    ],
)
def test_a_loss_is_a_cost_and_a_negative_one_a_gain(change, words):
    found = finding(claims.TAIL_PRUNABLE, scored({("tail-38", AGREEMENT): change}, [AGREEMENT]))
    assert found.sentence == f"SiT-mini, this checkpoint: tail 38.5 % {words}."


def test_a_loss_in_fid_is_percent_of_the_baselines():
    """A rise by 1.0 above 4.0."""
    found = finding(claims.TAIL_PRUNABLE, scored({("tail-38", FID): 1.0}, [FID]))
    assert found.sentence == "SiT-mini, this checkpoint: tail 38.5 % costs 25.00 [24.60 to 25.40] % of the baseline's FID."
    fall = finding(claims.TAIL_PRUNABLE, scored({("tail-38", FID): -1.0}, [FID]))
    assert "gains 25.00 [24.60 to 25.40] % of the baseline's FID." in fall.sentence


def test_agreement_is_asked_first_and_the_change_of_fid_stands_beside_it():
    """The tail loses nothing of the class, whatever it does to FID."""
    changes = {("tail-38", FID): (3.0, 2.5, 3.5)}
    found = finding(claims.TAIL_PRUNABLE, scored(changes))
    assert found.verdict == HOLDS
    assert found.sentence.endswith("points of class agreement; FID changes by +3.00 [+2.50 to +3.50].")
    fall = finding(claims.TAIL_PRUNABLE, scored({("tail-38", FID): (-3.0, -3.5, -2.5)}))
    assert fall.sentence.endswith("FID changes by −3.00 [−3.50 to −2.50].")
    assert "changes" not in finding(claims.TAIL_PRUNABLE, scored(metrics=[AGREEMENT])).sentence
    by_fid = finding(claims.TAIL_PRUNABLE, scored(changes, [FID]))
    assert by_fid.verdict == FAILS
    assert "changes" not in by_fid.sentence
    assert "changes" not in finding(claims.HEAD_NOT_PRUNABLE, scored()).sentence


@pytest.mark.parametrize(
    ("without", "name"),
    [([], "tail-38"), (["tail-38"], "tail-20"), (["tail-38", "tail-20"], "tail-66"), (["head-10"], "tail-38")],
)
def test_the_tail_is_the_scored_one_at_every_step_that_is_nearest_to_the_papers_share(without, name):
    """The paper removes 38.94 %, from which 20 is nearer than 66; by |SiLU(c)| 39 were removed, which is another variant."""
    found = finding(claims.TAIL_PRUNABLE, scored(without=without))
    assert f": tail {REMOVED[name]:.3g} % costs" in found.sentence
    assert found.evidence == (f"scores/{MODEL}/{name}.parquet",)


@pytest.mark.parametrize(
    "other", [{"mask": "shared"}, {"replacement": "class-mean"}, {"branch": "conditional"}, {"ranked_by": "silu"}]
)
def test_the_tail_is_pruned_as_the_paper_prunes(other):
    frame = variants(**{column: {"tail-38": value} for column, value in other.items()})
    assert finding(claims.TAIL_PRUNABLE, scored(), frame=frame).evidence == (f"scores/{MODEL}/tail-20.parquet",)


def test_shares_are_the_models_own():
    """In another model the variant of this name removes the paper's share."""
    other = variants("dit-mini", removed_percent={"tail-20": 38.94})
    found = finding(claims.TAIL_PRUNABLE, scored(), frame=pd.concat([other, variants()], ignore_index=True))
    assert found.evidence == (f"scores/{MODEL}/tail-38.parquet",)
    foreign = finding(claims.TAIL_PRUNABLE, scored(), frame=other)
    assert foreign.verdict == NOT_RUN


def test_the_head_is_the_largest_that_removes_less_than_the_tail():
    def chosen(*without):
        return finding(claims.HEAD_NOT_PRUNABLE, scored(without=without)).evidence

    assert chosen() == (f"scores/{MODEL}/head-30.parquet",)
    assert chosen("head-30") == (f"scores/{MODEL}/head-10.parquet",)
    assert chosen("head-30", "head-10") == ()
    # The tail is then of 20 %, or of 66.
    assert chosen("tail-38") == (f"scores/{MODEL}/head-10.parquet",)
    assert chosen("tail-38", "tail-20") == (f"scores/{MODEL}/head-38.parquet",)


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((0.5, 0.2, 0.7), "that is 0.50 [0.20 to 0.70] more"),
        ((0.0, -0.3, 0.5), "that is 0.00 [−0.30 to 0.50] more"),
        ((-0.5, -0.7, 0.1), "that is 0.50 [−0.10 to 0.70] less"),
    ],
)
def test_an_excess_is_more_and_a_negative_one_less(ends, words):
    row = variants().iloc[0]
    assert Loss(AGREEMENT, row, Estimate(*ends)).excess_words() == words


def test_as_many_dimensions_are_as_many_within_one_percent(pairs):
    compared = {
        claims.RANDOM_WORSE_THAN_TAIL: [RANDOM],
        claims.MAGNITUDE_RANKS: [SILU],
        claims.LATE_PRUNING_BEST: ["tail-38-last", "tail-38-early"],
    }
    for rule, names in compared.items():
        for name in names:
            for share, is_compared in ((37.5, True), (39.5, True), (37.4, False), (39.6, False)):
                frame = variants(removed_percent={name: share})
                found = finding(rule, scored(), pairs=pairs, frame=frame)
                assert (found.verdict != NOT_RUN) is is_compared, (name, share)


@pytest.mark.parametrize("rule", [claims.TAIL_PRUNABLE, claims.HEAD_NOT_PRUNABLE, claims.RANDOM_WORSE_THAN_TAIL])
def test_samples_that_nothing_compared_with_the_baseline_are_not_judged(pairs, rule):
    assert finding(rule, scored(metrics=[CLIP]), pairs=pairs).verdict == NOT_RUN


def test_two_losses_without_their_paired_difference_are_not_compared():
    scores = scored({(RANDOM, AGREEMENT): -0.5})
    assert finding(claims.RANDOM_WORSE_THAN_TAIL, scores).verdict == NOT_RUN
    assert finding(claims.MAGNITUDE_RANKS, scores).verdict == NOT_RUN


def test_two_trainings_decide_together():
    """The first alone loses less than 2 points, their mean of 1.8 has an interval far wider."""
    two = SEEDS[:2]
    scores = [scored({(TAIL, AGREEMENT): -loss}, model=model) for model, loss in zip(two, (0.015, 0.021), strict=True)]
    found = finding(claims.TAIL_PRUNABLE, *scores, facts=trained(2))
    assert found.verdict == OPEN
    assert found.sentence.startswith("SiT-mini, mean of 2 trainings: tail 38.5 % costs 1.80 [")
    assert found.evidence == tuple(f"scores/{model}/tail-38.parquet" for model in two)


def test_of_trainings_that_were_not_scored_nothing_is_cited():
    found = finding(claims.TAIL_PRUNABLE, scored(), facts=trained(3))
    assert found.sentence.startswith("SiT-mini, this checkpoint: ")
    assert found.evidence == (f"scores/{MODEL}/tail-38.parquet",)


def test_losses_of_several_trainings_keep_to_a_hundred_points():
    numbers = np.array([0.7, 0.95, 0.98])
    scores = [scored({("head-30", AGREEMENT): -loss}, model=model) for model, loss in zip(SEEDS, numbers, strict=True)]
    found = finding(claims.HEAD_NOT_PRUNABLE, *scores, facts=trained(3))
    mean, half = numbers.mean(), student.ppf(0.975, 2) * numbers.std(ddof=1) / math.sqrt(3)
    assert mean + half > 1.0
    low, high = (100 * math.tanh(math.atanh(mean) + side * half / (1 - mean**2)) for side in (-1, 1))
    shown = f"costs {100 * mean:.2f} [{low:.2f} to {high:.2f}] points".replace("-", "−")
    assert shown in found.sentence
    assert found.evidence == tuple(f"scores/{model}/head-30.parquet" for model in SEEDS)


def test_losses_in_fid_are_percent_of_each_trainings_own_baseline_and_have_no_bound():
    """Rises of 4, 9 and 20 above 4, 6 and 10 are 100, 150 and 200 %."""
    changes = zip(SEEDS, (4.0, 9.0, 20.0), (4.0, 6.0, 10.0), strict=True)
    scores = [scored({("head-30", FID): rise}, [FID], baseline=whole, model=model) for model, rise, whole in changes]
    found = finding(claims.HEAD_NOT_PRUNABLE, *scores, facts=trained(3))
    half = student.ppf(0.975, 2) * 50 / math.sqrt(3)
    assert f"costs 150.00 [{150 - half:.2f} to {150 + half:.2f}] % of the baseline's FID" in found.sentence


def test_pairs_of_several_trainings_are_compared_each_within_its_own(tmp_path):
    """Random removal costs half a point more in each, although the trainings lose 10 to 30."""
    excess, tails = (0.005, 0.006, 0.004), (0.1, 0.2, 0.3)
    scores, pairs = [], {}
    for model, more, loss in zip(SEEDS, excess, tails, strict=True):
        changes = {(TAIL, AGREEMENT): -loss, (RANDOM, AGREEMENT): -loss - more}
        scores.append(scored(changes, model=model))
        pairs |= replicates(tmp_path, [RANDOM, TAIL], changes, model=model)
    found = finding(claims.RANDOM_WORSE_THAN_TAIL, *scores, pairs=pairs, facts=trained(3))
    half = student.ppf(0.975, 2) * 0.1 / math.sqrt(3)
    assert found.verdict == HOLDS
    assert found.sentence.endswith(f"that is 0.50 [{0.5 - half:.2f} to {0.5 + half:.2f}] more.")
    assert found.evidence == tuple(f"scores/{model}/{name}.parquet" for model in SEEDS for name in (RANDOM, TAIL))
