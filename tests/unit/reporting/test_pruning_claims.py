"""Claims about pruning, at the bounds of their rules, on scores that are written out."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.score_columns import WHOLE
from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.paper.claims import pruning as claims
from semantic_bottleneck.reporting.paper.claims.pruned_model import Loss
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.uncertainty.estimates import Estimate
from semantic_bottleneck.uncertainty.stored import ALL, COLUMNS
from tests.unit.reporting.one_model import ALONE, MODEL, SEEDS, judged, trained

AGREEMENT, FID, CLIP = "class_agreement", "fid", "clip_score"
BASELINE = {AGREEMENT: 0.9, FID: 4.0}
"""A change of FID by 0.04 is 1 % of the baseline's."""
VARIANTS = {
    # name: side, window, ranked by, removed percent
    "tail-20": ("tail", "every", "magnitude", 20.0),
    "tail-38": ("tail", "every", "magnitude", 38.5),
    "tail-66": ("tail", "every", "magnitude", 66.0),
    "tail-38-first": ("tail", "first", "magnitude", 38.5),
    "tail-38-early": ("tail", "early", "magnitude", 38.5),
    "tail-38-last": ("tail", "last", "magnitude", 38.5),
    "random-38": ("random", "every", "magnitude", 38.5),
    "random-38-last": ("random", "last", "magnitude", 38.5),
    "head-10": ("head", "every", "magnitude", 10.0),
    "head-30": ("head", "every", "magnitude", 30.0),
    "head-38": ("head", "every", "magnitude", 38.5),
    "silu-tail-39": ("tail", "every", "silu", 39.0),
    "silu-head-38": ("head", "every", "silu", 38.5),
}
REMOVED = {name: share for name, (*_, share) in VARIANTS.items()}
HALF = {AGREEMENT: 0.004, FID: 0.016}
"""Half the width of an interval: 0.4 points, or 0.4 % of the baseline's FID."""


def variants(model=MODEL, **changes):
    """Rows of a variants file; `changes` are columns by variant."""
    frame = pd.DataFrame.from_dict(VARIANTS, orient="index", columns=["side", "window", "ranked_by", "removed_percent"])
    mask = np.where(frame["side"] == "random", "shared", "per-vector")
    frame = frame.assign(model=model, mask=mask, replacement="zero", branch="both", head_positive=3.0, head_negative=7.0)
    for column, values in changes.items():
        for name, value in values.items():
            frame.loc[name, column] = value
    return frame.rename_axis("variant").reset_index()


def scored(changes=(), metrics=(AGREEMENT, FID), without=(), baseline=4.0, model=MODEL):
    """Rows of score files: (variant, metric) -> difference to the baseline, or difference and the ends of its interval.

    A difference is 0 where nothing else is said. `without` are variants, or pairs with a metric, that were not scored.
    """
    rows = [("baseline", metric, "value", value, value, value) for metric, value in (BASELINE | {FID: baseline}).items()]
    for name in VARIANTS:
        for metric in metrics:
            number = dict(changes).get((name, metric), 0.0)
            if name not in without and (name, metric) not in without:
                half = HALF.get(metric, 0.0)
                ends = number if isinstance(number, tuple) else (number, number - half, number + half)
                rows.append((name, metric, "difference", *ends))
    frame = pd.DataFrame(rows, columns=["variant", "metric", "quantity", "value", "low", "high"])
    return frame.assign(model=model)


def replicates(folder, names, differences=(), metrics=(AGREEMENT, FID), model=MODEL):
    """Files of scores without each of two groups of samples: (variant, metric) -> difference, with an interval of HALF.

    What is not named has no spread, so that the interval of a pair is that of the one that is named.
    """
    files = {}
    for name in names:
        columns = {key: [] for key in ("subset", "metric", "n", *COLUMNS)}
        for metric in metrics:
            value = dict(differences).get((name, metric), 0.0)
            error = HALF[metric] / student.ppf(0.975, 1) if (name, metric) in dict(differences) else 0.0
            for group, sign in enumerate((-1, 1)):
                row = (WHOLE, metric, 20, value, ALL, group, 0, 10, value + sign * error)
                for column, entry in zip(columns.values(), row, strict=True):
                    column.append(entry)
        files[model, name] = folder / f"replicates/{model}/{name}.parquet"
        parquet.write(files[model, name], columns)
    return files


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Variants of which none differs from another."""
    return replicates(tmp_path_factory.mktemp("pairs"), VARIANTS)


EVERY = pd.concat([variants(model) for model in SEEDS], ignore_index=True)


def finding(rule, *scores, pairs=(), facts=ALONE, frame=EVERY):
    evidence = PaperEvidence(
        facts, scores=Measures(pd.concat(scores, ignore_index=True)), variants=frame, replicates=dict(pairs)
    )
    return judged(rule, evidence)


def losses(metric, number):
    """A loss in points, or in percent of the baseline's FID, as the difference that it is."""
    return -number / 100 if metric == AGREEMENT else number * BASELINE[FID] / 100


def scored_by(metric, name, number):
    """Scores by one metric, of which one variant loses so many points or percent."""
    return scored({(name, metric): losses(metric, number)}, [metric])


@pytest.mark.parametrize(
    ("metric", "loss", "verdict"),
    [
        (AGREEMENT, 1.5, HOLDS),
        (AGREEMENT, 2.0, OPEN),
        (AGREEMENT, 2.5, FAILS),
        (AGREEMENT, -50.0, HOLDS),
        (FID, 4.5, HOLDS),
        (FID, 5.0, OPEN),
        (FID, 5.5, FAILS),
        (FID, -50.0, HOLDS),
    ],
)
def test_the_tail_is_free_below_2_points_or_5_percent(metric, loss, verdict):
    found = finding(claims.TAIL_PRUNABLE, scored_by(metric, "tail-38", loss))
    assert found.verdict == verdict, found.sentence
    assert found.evidence == (f"scores/{MODEL}/tail-38.parquet",)


@pytest.mark.parametrize(
    ("metric", "loss", "verdict"),
    [
        (AGREEMENT, 10.5, HOLDS),
        (AGREEMENT, 10.0, OPEN),
        (AGREEMENT, 9.5, OPEN),
        (AGREEMENT, 2.0, OPEN),
        (AGREEMENT, 1.5, FAILS),
        (FID, 50.5, HOLDS),
        (FID, 50.0, OPEN),
        (FID, 49.5, OPEN),
        (FID, 5.0, OPEN),
        (FID, 4.5, FAILS),
    ],
)
def test_the_head_is_damaged_above_10_points_or_50_percent_and_free_as_the_tail_is(metric, loss, verdict):
    found = finding(claims.HEAD_NOT_PRUNABLE, scored_by(metric, "head-30", loss))
    assert found.verdict == verdict, found.sentence
    assert found.evidence == (f"scores/{MODEL}/head-30.parquet",)


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


TAIL, RANDOM, HEAD, SILU = ("tail-38", "random-38", "head-38", "silu-head-38")


@pytest.mark.parametrize(
    ("rule", "dear", "cheap"), [(claims.RANDOM_WORSE_THAN_TAIL, RANDOM, TAIL), (claims.MAGNITUDE_RANKS, HEAD, SILU)]
)
@pytest.mark.parametrize("metric", [AGREEMENT, FID])
@pytest.mark.parametrize(("excess", "verdict"), [(0.5, HOLDS), (0.3, OPEN), (-0.3, OPEN), (-0.5, FAILS)])
def test_one_variant_costs_more_than_another_where_their_paired_difference_does(
    tmp_path, rule, dear, cheap, metric, excess, verdict
):
    """Both lose 20 points or percent more or less, whose own intervals overlap."""
    change = {(dear, metric): losses(metric, 20 + excess), (cheap, metric): losses(metric, 20)}
    pairs = replicates(tmp_path, [dear, cheap], {(dear, metric): losses(metric, excess)}, [metric])
    found = finding(rule, scored(change, [metric]), pairs=pairs)
    assert found.verdict == verdict, found.sentence
    assert found.evidence == tuple(f"scores/{MODEL}/{name}.parquet" for name in (dear, cheap))
    low, high = sorted((abs(excess) - 0.4, abs(excess) + 0.4))
    more = f"that is {abs(excess):.2f} [{low:.2f} to {high:.2f}] {'more' if excess > 0 else 'less'}".replace("-", "−")
    assert f"costs {20 + excess:.2f} [{19.6 + excess:.2f} to {20.4 + excess:.2f}] " in found.sentence
    assert "costs 20.00 [19.60 to 20.40] " in found.sentence
    assert more in found.sentence


def test_a_pair_that_loses_exactly_as_much_costs_no_more(tmp_path, pairs):
    """Where no sample differs, the interval reaches as far as the share that so few samples may miss; that of FID is empty."""
    found = finding(claims.RANDOM_WORSE_THAN_TAIL, scored(), pairs=pairs)
    assert found.verdict == OPEN
    assert "that is 0.00 [−" in found.sentence
    assert found.sentence.endswith("] more.")
    by_fid = finding(
        claims.RANDOM_WORSE_THAN_TAIL, scored(metrics=[FID]), pairs=replicates(tmp_path, [RANDOM, TAIL], metrics=[FID])
    )
    assert by_fid.sentence.endswith("; that is 0.00 more.")


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


@pytest.mark.parametrize(
    ("positive", "negative", "words"),
    [
        (3.0, 7.0, "; of the head by |c| 70 % are negative."),
        (0.25, 0.75, "; of the head by |c| 75 % are negative."),
        (0.0, 0.0, "more."),
    ],
)
def test_how_many_entries_of_the_head_are_negative_is_stated_where_it_has_any(pairs, positive, negative, words):
    frame = variants(head_positive={HEAD: positive}, head_negative={HEAD: negative})
    found = finding(claims.MAGNITUDE_RANKS, scored(), pairs=pairs, frame=frame)
    assert found.sentence.endswith(words)
    assert ("negative" in found.sentence) is (positive > 0)


LATE, EARLY, FIRST = "tail-38-last", "tail-38-early", "tail-38-first"


@pytest.mark.parametrize(("gap", "verdict"), [(0.02, HOLDS), (0.01, OPEN), (-0.01, OPEN), (-0.02, FAILS)])
def test_late_is_best_where_early_less_late_lies_above_zero(tmp_path, gap, verdict):
    pairs = replicates(tmp_path, [EARLY, LATE], {(EARLY, FID): gap})
    scores = scored({(EARLY, FID): 0.3 + gap, (LATE, FID): 0.3, (FIRST, FID): 0.1, (TAIL, FID): 0.2})
    found = finding(claims.LATE_PRUNING_BEST, scores, pairs=pairs)
    assert found.verdict == verdict, found.sentence
    assert found.evidence == tuple(f"scores/{MODEL}/{name}.parquet" for name in (LATE, EARLY, FIRST, TAIL))
    assert found.sentence.startswith(
        "SiT-mini, this checkpoint: changes of FID: tail 38.5 %, last steps +0.300 [+0.284 to +0.316]; "
    )
    assert "tail 38.5 %, first step +0.100 [+0.084 to +0.116]; tail 38.5 % +0.200 [+0.184 to +0.216]; early" in found.sentence
    assert f"; early less late {gap:+.3f} [{gap - 0.016:+.3f} to {gap + 0.016:+.3f}].".replace("-", "−") in found.sentence


def test_what_late_pruning_is_compared_with(tmp_path, pairs):
    def found(*without, **options):
        return finding(claims.LATE_PRUNING_BEST, scored(without=without), **{"pairs": pairs} | options)

    assert found(FIRST).evidence == tuple(f"scores/{MODEL}/{name}.parquet" for name in (LATE, EARLY, TAIL))
    for needed in (LATE, EARLY):
        assert found(needed).verdict == NOT_RUN
    assert found("tail-20", "tail-38", "tail-66").verdict == NOT_RUN
    assert found(pairs={}).verdict == NOT_RUN
    assert found(pairs=replicates(tmp_path, [EARLY, LATE], metrics=[AGREEMENT])).verdict == NOT_RUN


@pytest.mark.parametrize(
    ("change", "further", "verdict"),
    [
        (-0.02, -0.02, HOLDS),
        (-0.01, -0.02, OPEN),
        (-0.02, -0.01, OPEN),
        (0.02, -0.02, FAILS),
        (-0.02, 0.02, FAILS),
        (0.02, -0.01, FAILS),
    ],
)
def test_quality_improves_where_fid_falls_and_falls_by_more_than_at_random(tmp_path, change, further, verdict):
    pairs = replicates(tmp_path, [LATE, "random-38-last"], {(LATE, FID): further})
    scores = scored({(LATE, FID): change, ("random-38-last", FID): change - further})
    found = finding(claims.PRUNING_IMPROVES_QUALITY, scores, pairs=pairs)
    assert found.verdict == verdict, found.sentence
    assert found.evidence == tuple(f"scores/{MODEL}/{name}.parquet" for name in (LATE, "random-38-last"))
    numbers = (
        f"{number:+.3f} [{number - 0.016:+.3f} to {number + 0.016:+.3f}]".replace("-", "−")
        for number in (change, change - further, further)
    )
    text = "tail 38.5 %, last steps changes FID by {}, random 38.5 %, last steps by {}, tail less random {}."
    assert found.sentence == "SiT-mini, this checkpoint: " + text.format(*numbers)


@pytest.mark.parametrize(("change", "verdict"), [(-0.02, OPEN), (-0.01, OPEN), (0.02, FAILS)])
def test_without_its_control_an_improvement_is_open_and_its_contrary_is_not(pairs, change, verdict):
    scores = scored({(LATE, FID): change})
    far = variants(removed_percent={"random-38-last": 39.6})
    for found in (
        finding(claims.PRUNING_IMPROVES_QUALITY, scores),  # which were not compared
        finding(claims.PRUNING_IMPROVES_QUALITY, scores[scores["variant"] != "random-38-last"], pairs=pairs),
        finding(claims.PRUNING_IMPROVES_QUALITY, scores, pairs=pairs, frame=far),
    ):
        assert found.verdict == verdict
        assert found.sentence.endswith("; as many random dimensions, its control, were not scored.")
        assert found.evidence == (f"scores/{MODEL}/{LATE}.parquet",)


@pytest.mark.parametrize(
    ("rule", "without"),
    [
        (claims.TAIL_PRUNABLE, ["tail-20", "tail-38", "tail-66"]),
        (claims.HEAD_NOT_PRUNABLE, ["head-10", "head-30", "head-38"]),
        (claims.RANDOM_WORSE_THAN_TAIL, ["tail-20", "tail-38", "tail-66"]),
        (claims.RANDOM_WORSE_THAN_TAIL, [RANDOM]),
        (claims.PRUNING_IMPROVES_QUALITY, [LATE]),
        (claims.PRUNING_IMPROVES_QUALITY, [(LATE, FID)]),
        (claims.MAGNITUDE_RANKS, ["head-10", "head-30", "head-38"]),
        (claims.MAGNITUDE_RANKS, [SILU]),
    ],
)
def test_without_what_it_needs_a_claim_is_not_run(pairs, rule, without):
    assert finding(rule, scored(), pairs=pairs).verdict != NOT_RUN
    found = finding(rule, scored(without=without), pairs=pairs)
    assert (found.verdict, found.evidence) == (NOT_RUN, ())
    assert found.sentence == "SiT-mini: the variants that this needs were not scored."


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


def test_which_claims_are_the_papers():
    rules = [claims.TAIL_PRUNABLE, claims.HEAD_NOT_PRUNABLE, claims.LATE_PRUNING_BEST, claims.PRUNING_IMPROVES_QUALITY]
    assert all(rule.paper for rule in rules)
    assert not any(rule.paper for rule in (claims.RANDOM_WORSE_THAN_TAIL, claims.MAGNITUDE_RANKS))
