"""Claims about pruning, at the bounds of their rules, on scores that are written out."""

import pytest

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.paper.claims import pruning as claims
from tests.unit.reporting.one_model import MODEL
from tests.unit.reporting.pruning_scores import (
    AGREEMENT,
    EARLY,
    FID,
    FIRST,
    HEAD,
    LATE,
    RANDOM,
    SILU,
    TAIL,
    finding,
    losses,
    replicates,
    scored,
    scored_by,
    variants,
)


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


def test_which_claims_are_the_papers():
    rules = [claims.TAIL_PRUNABLE, claims.HEAD_NOT_PRUNABLE, claims.LATE_PRUNING_BEST, claims.PRUNING_IMPROVES_QUALITY]
    assert all(rule.paper for rule in rules)
    assert not any(rule.paper for rule in (claims.RANDOM_WORSE_THAN_TAIL, claims.MAGNITUDE_RANKS))
