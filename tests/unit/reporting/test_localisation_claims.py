"""Claims about where in c the class is, at the bounds of their rules, on numbers that are written out."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.paper.claims import localisation as claims
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.study.localisation import BASELINE, COMPARED, OWN, Localisation
from semantic_bottleneck.uncertainty.origins import Origin
from tests.sections import variant_of
from tests.unit.reporting.one_model import ALONE, MODEL, SEEDS, STUDY, trained

HALF = 0.004
"""Half the width of an interval: 0.4 points, or 0.8 percent of a margin of 0.5."""
PAIRS = (*((name, BASELINE) for name in Localisation.of().variants(variant_of({})) if name != BASELINE), *COMPARED)


def numbers(changes=(), metric="class_agreement", setting=OWN, model=MODEL, half=HALF):
    """(variant, against) -> difference of the metric; 0 where nothing else is said."""
    pairs = [(*pair, 0.0) for pair in PAIRS if pair not in dict(changes)] + [
        (*pair, value) for pair, value in dict(changes).items()
    ]
    rows = [(BASELINE, "", "value", 0.5), *((variant, against, "difference", value) for variant, against, value in pairs)]
    frame = pd.DataFrame(rows, columns=["variant", "against", "quantity", "value"])
    ends = {"low": frame["value"] - half, "high": frame["value"] + half}
    names = {"model": model, "setting": setting, "metric": metric, "origin": Origin(f"localisation/{model}.parquet")}
    return frame.assign(**ends, **names)


def judged(name, *frames, facts=ALONE):
    found = getattr(claims, name).claim(PaperEvidence(facts, localisation=Measures(pd.concat(frames, ignore_index=True))))
    (finding,) = found.findings
    return finding


FID = numbers(metric="fid", half=1.0)
REST, TAIL, SHOULDER = ("rest-mean", "head-mean"), ("tail-mean", "shoulder-mean"), ("head-mean", "shoulder-mean")
HEAD_ZERO, HEAD_MEAN, TAIL_MEAN = ("head-zero", BASELINE), ("head-mean", BASELINE), ("tail-mean", BASELINE)
MASK, TOP = ("tail-zero", "tail-zero-shared"), ("top-mean-random", "top-mean")


@pytest.mark.parametrize(
    ("name", "changes", "verdict"),
    [
        ("CLASS_IN_HEAD", {REST: 0.005}, HOLDS),
        ("CLASS_IN_HEAD", {REST: 0.003}, OPEN),
        ("CLASS_IN_HEAD", {REST: -0.005}, FAILS),
        ("MAGNITUDE_RANKS_CLASS", {TOP: 0.005}, HOLDS),
        ("MAGNITUDE_RANKS_CLASS", {TOP: 0.0}, OPEN),
        ("MAGNITUDE_RANKS_CLASS", {TOP: -0.005}, FAILS),
        ("CLASS_IN_SHOULDER", {TAIL: 0.005, SHOULDER: 0.005}, HOLDS),
        ("CLASS_IN_SHOULDER", {TAIL: 0.005}, OPEN),
        ("CLASS_IN_SHOULDER", {SHOULDER: 0.005}, OPEN),
        ("CLASS_IN_SHOULDER", {TAIL: -0.005}, FAILS),
        ("CLASS_IN_SHOULDER", {TAIL: 0.005, SHOULDER: -0.005}, FAILS),
        ("TAIL_IS_NOISE", {TAIL_MEAN: -0.015}, HOLDS),
        ("TAIL_IS_NOISE", {TAIL_MEAN: -0.02}, OPEN),
        ("TAIL_IS_NOISE", {TAIL_MEAN: -0.025}, FAILS),
        ("MASK_CARRIES_CLASS", {MASK: 0.025}, HOLDS),
        ("MASK_CARRIES_CLASS", {MASK: 0.02}, OPEN),
        ("MASK_CARRIES_CLASS", {MASK: 0.015}, FAILS),
        ("HEAD_FATAL", {HEAD_ZERO: -0.105}, HOLDS),
        ("HEAD_FATAL", {HEAD_ZERO: -0.1}, OPEN),
        ("HEAD_FATAL", {HEAD_ZERO: -0.095}, FAILS),
    ],
)
def test_the_interval_decides_at_the_bound_of_the_rule(name, changes, verdict):
    finding = judged(name, numbers(changes))
    assert finding.verdict == verdict, finding.sentence
    assert finding.sentence.startswith("SiT-mini, this checkpoint: ")
    assert "points of class agreement" in finding.sentence
    assert finding.evidence == (f"localisation/{MODEL}.parquet",)


@pytest.mark.parametrize(
    ("loss", "distance", "verdict"),
    [
        (0.095, 1.5, HOLDS),
        (0.1, 1.5, OPEN),
        (0.105, 1.5, FAILS),
        (0.095, 0.5, OPEN),
        (0.095, -1.5, FAILS),
        (0.105, -1.5, FAILS),
    ],
)
def test_the_head_is_time_where_the_class_survives_its_mean_and_the_picture_needs_it(loss, distance, verdict):
    fid = numbers({("head-zero", "head-mean"): distance}, metric="fid", half=1.0)
    finding = judged("HEAD_IS_TIME", numbers({HEAD_MEAN: -loss}), fid)
    assert finding.verdict == verdict
    assert f"costs {100 * loss:.1f} [{100 * loss - 0.4:.1f} to {100 * loss + 0.4:.1f}] points" in finding.sentence
    assert "FID changes by " + f"{distance:+.1f}".replace("-", "−") in finding.sentence


def test_sentences_show_both_losses_with_their_intervals():
    losses = {("tail-zero-shared", BASELINE): -0.3, ("tail-zero", BASELINE): -0.2, TAIL_MEAN: -0.1, MASK: 0.1}
    losses |= {HEAD_MEAN: -0.4, ("rest-mean", BASELINE): 0.05, REST: 0.45}
    frame = numbers(losses)
    assert judged("MASK_CARRIES_CLASS", frame).sentence.endswith(
        "one mask for all costs 30.0 [29.6 to 30.4], one for each class 20.0 [19.6 to 20.4] points of class agreement, "
        "10.0 [9.6 to 10.4] less."
    )
    assert judged("TAIL_IS_NOISE", frame).sentence.endswith(
        "the tail as its class mean costs 10.0 [9.6 to 10.4], as zero 20.0 [19.6 to 20.4] points of class agreement."
    )
    assert judged("CLASS_IN_HEAD", frame).sentence.endswith(
        "head costs 40.0 [39.6 to 40.4] and rest −5.0 [−5.4 to −4.6] points of class agreement, 45.0 [44.6 to 45.4] more."
    )
    assert " [" not in judged("CLASS_IN_HEAD", numbers(losses, half=0.0)).sentence


def test_parts_that_cost_exactly_alike_decide_nothing():
    """An interval of 0 to 0 says that no group of samples differs, which is no proof that the parts are alike."""
    assert judged("CLASS_IN_HEAD", numbers(half=0.0)).verdict == OPEN
    assert judged("CLASS_IN_HEAD", numbers({REST: 0.1}, half=0.0)).verdict == HOLDS
    assert judged("CLASS_IN_HEAD", numbers({REST: -0.1}, half=0.0)).verdict == FAILS


NEEDED = {
    "CLASS_IN_HEAD": [REST, HEAD_MEAN, ("rest-mean", BASELINE)],
    "CLASS_IN_SHOULDER": [TAIL, SHOULDER, HEAD_MEAN, TAIL_MEAN, ("shoulder-mean", BASELINE)],
    "MAGNITUDE_RANKS_CLASS": [TOP, ("top-mean", BASELINE), ("top-mean-random", BASELINE)],
    "TAIL_IS_NOISE": [TAIL_MEAN, ("tail-zero", BASELINE)],
    "MASK_CARRIES_CLASS": [MASK, ("tail-zero", BASELINE), ("tail-zero-shared", BASELINE)],
    "HEAD_IS_TIME": [HEAD_MEAN],
    "HEAD_FATAL": [HEAD_ZERO],
}


@pytest.mark.parametrize("name", NEEDED)
def test_a_claim_needs_its_own_numbers_and_no_others(name):
    frame = numbers()
    named = [*zip(frame["variant"], frame["against"], strict=True)]
    own = pd.Series([pair in NEEDED[name] for pair in named])
    assert judged(name, frame[own], FID).verdict != NOT_RUN
    for pair in NEEDED[name]:
        finding = judged(name, frame[own & (pd.Series(named) != pair)], FID)
        assert finding.verdict == NOT_RUN
        assert ("was not made" in finding.sentence) != ("no judge tells" in finding.sentence)
    assert judged("HEAD_IS_TIME", frame).verdict == NOT_RUN  # without a Fréchet distance


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (numbers(model="dit-mini"), "the table localisation was not made for it"),
        (FID, "no judge tells its conditions apart"),
        (numbers()[lambda rows: rows["variant"] != "rest-mean"], "the table localisation was not made for it"),
    ],
)
def test_a_claim_that_is_not_run_says_what_it_lacks(frame, reason):
    """Samples whose conditions nothing tells apart have distances alone."""
    finding = judged("CLASS_IN_HEAD", frame)
    assert (finding.verdict, finding.evidence) == (NOT_RUN, ())
    assert finding.sentence == f"SiT-mini: {reason}."


@pytest.mark.parametrize(
    ("own", "other", "verdict"), [(0.2, 0.2, HOLDS), (0.2, 0.1, OPEN), (0.2, 0.05, FAILS), (0.05, 0.1, FAILS)]
)
def test_fatal_is_what_is_fatal_at_every_guidance(own, other, verdict):
    frames = [numbers({HEAD_ZERO: -own}), numbers({HEAD_ZERO: -other}, setting="guidance-4")]
    late = numbers({HEAD_ZERO: 0.0}, setting="late")  # no guidance
    finding = judged("HEAD_FATAL", *frames, late)
    assert finding.verdict == verdict
    assert "(the card's guidance)" in finding.sentence
    assert "(guidance 4)" in finding.sentence
    assert "last" not in finding.sentence
    assert judged("HEAD_FATAL", frames[1]).verdict == NOT_RUN
    incomplete = frames[1][frames[1]["variant"] != "head-zero"]
    assert judged("HEAD_FATAL", frames[0], incomplete).verdict == NOT_RUN


BY_TAIL, BY_HEAD = (("shoulder-other-shared", f"{part}-other-shared") for part in ("tail", "head"))
BROUGHT = [BY_TAIL, BY_HEAD, *((f"{part}-other-shared", BASELINE) for part in ("shoulder", "tail", "head"))]


@pytest.mark.parametrize(
    ("by_tail", "by_head", "verdict"),
    [(0.005, 0.005, HOLDS), (0.005, 0.003, OPEN), (0.003, 0.005, OPEN), (-0.005, 0.005, FAILS), (0.005, -0.005, FAILS)],
)
@pytest.mark.parametrize("metric", ["other_class_agreement", "clip_margin"])
def test_the_shoulder_is_a_place_where_it_brings_more_of_another_class_than_tail_and_head(by_tail, by_head, verdict, metric):
    """The margin is the own class's lead, so it falls where the other class comes."""
    sign = -1 if metric == "clip_margin" else 1
    changes = {BY_TAIL: sign * by_tail, BY_HEAD: sign * by_head, BROUGHT[2]: sign * 0.3}
    frames = [numbers(changes, metric=metric), *([numbers()] if metric != "clip_margin" else [])]
    finding = judged("SHOULDER_IS_A_PLACE", *frames)
    assert finding.verdict == verdict
    brought = "shoulder 30.0 [29.6 to 30.4]" if sign > 0 else "shoulder 60.0 [59.2 to 60.8]"
    unit = "points drawn as that class." if sign > 0 else "% of the CLIP margin."
    assert brought in finding.sentence
    assert finding.sentence.endswith(unit)
    for pair in BROUGHT:
        frame = frames[0]
        missing = frame[(frame["variant"] != pair[0]) | (frame["against"] != pair[1])]
        assert judged("SHOULDER_IS_A_PLACE", missing, *frames[1:]).verdict == NOT_RUN


def test_transplants_that_bring_exactly_as_much_decide_nothing():
    assert judged("SHOULDER_IS_A_PLACE", numbers(), numbers(metric="other_class_agreement", half=0.0)).verdict == OPEN


def test_what_transplants_bring_in_several_trainings_keeps_to_a_hundred_points():
    gains = dict(zip(SEEDS, (0.7, 0.95, 0.98), strict=True))
    frames = [numbers({BROUGHT[2]: gain}, metric="other_class_agreement", model=model) for model, gain in gains.items()]
    finding = judged("SHOULDER_IS_A_PLACE", *frames, *(numbers(model=model) for model in gains), facts=STUDY)
    same = "0.0 [−0.4 to 0.4]"  # where the trainings agree, each one's own interval is left
    assert f"shoulder {bounded([*gains.values()])}, tail {same}, head {same} points" in finding.sentence


def test_other_settings_say_nothing_of_the_cards():
    assert judged("CLASS_IN_HEAD", numbers({REST: 0.1}, setting="guidance-4")).verdict == NOT_RUN


def test_without_agreement_losses_are_percent_of_the_margin_of_the_baseline():
    """Here of 0.5: a loss of 0.01 is 2 percent."""
    frame = numbers({TAIL_MEAN: -0.01}, metric="clip_margin", half=0.001)
    finding = judged("TAIL_IS_NOISE", frame)
    assert finding.verdict == OPEN
    assert "costs 2.0 [1.8 to 2.2], as zero 0.0 [−0.2 to 0.2] % of the CLIP margin" in finding.sentence
    assert judged("TAIL_IS_NOISE", numbers({TAIL_MEAN: -0.0085}, metric="clip_margin", half=0.001)).verdict == HOLDS
    assert judged("TAIL_IS_NOISE", numbers(), frame).sentence.endswith("points of class agreement.")
    for margin in (0.0, -0.5):
        none = frame.assign(value=frame["value"].where(frame["variant"] != BASELINE, margin))
        assert judged("TAIL_IS_NOISE", none).verdict == NOT_RUN
    small = frame.assign(value=frame["value"].where(frame["variant"] != BASELINE, 0.25))
    assert "costs 4.0 [3.6 to 4.4]" in judged("TAIL_IS_NOISE", small).sentence


def bounded(shares):
    """Mean and interval of shares over trainings, in points, on the scale from -100 to 100."""
    mean, half = np.mean(shares), student.ppf(0.975, len(shares) - 1) * np.std(shares, ddof=1) / math.sqrt(len(shares))
    assert mean + half > 1.0
    low, high = (100 * math.tanh(math.atanh(mean) + side * half / (1 - mean**2)) for side in (-1, 1))
    return f"{100 * mean:.1f} [{low:.1f} to {high:.1f}]".replace("-", "−")


def test_losses_of_several_trainings_keep_to_a_hundred_points():
    losses = dict(zip(SEEDS, (0.7, 0.95, 0.98), strict=True))
    finding = judged("HEAD_FATAL", *(numbers({HEAD_ZERO: -loss}, model=model) for model, loss in losses.items()), facts=STUDY)
    assert finding.sentence.startswith(f"SiT-mini, mean of 3 trainings: the head as zero costs {bounded([*losses.values()])} ")
    assert finding.evidence == tuple(f"localisation/{model}.parquet" for model in SEEDS)


def test_margins_of_several_trainings_are_compared_each_with_its_own():
    frames = [
        numbers({TAIL_MEAN: -0.5 * loss}, metric="clip_margin", model=model)
        for model, loss in zip(SEEDS, (1.2, 1.3, 1.4), strict=True)
    ]
    finding = judged("TAIL_IS_NOISE", *frames, facts=STUDY)
    half = student.ppf(0.975, 2) * 10 / 3**0.5
    assert f"costs 130.0 [{130 - half:.1f} to {130 + half:.1f}]" in finding.sentence


def geometry(needed, width=1152, percent=90):
    """Rows of a geometry file for each training."""
    rows = [
        (model, metric, float(value))
        for model, number in zip(SEEDS, needed, strict=False)
        for metric, value in {f"variance_dimensions_{percent}_percent": number, "dimension": width}.items()
    ]
    frame = pd.DataFrame(rows, columns=["model", "metric", "value"])
    return frame.assign(kind="c", training_step=-1, timestep=1.0, low=float("nan"), high=float("nan"))


def counted(facts, *arguments, **options):
    found = claims.FEW_CLASS_DIMENSIONS.claim(PaperEvidence(facts, geometry=Measures(geometry(*arguments, **options))))
    (finding,) = found.findings
    return finding


@pytest.mark.parametrize(
    ("needed", "width", "verdict"),
    [
        (20, 1152, HOLDS),
        (21, 1152, FAILS),
        (10, 576, HOLDS),
        (11, 576, FAILS),
        (1, 16, HOLDS),
        (2, 16, FAILS),
        (20, 1179, HOLDS),
        (21, 1181, HOLDS),
    ],
)
def test_twenty_of_1152_dimensions_are_few(needed, width, verdict):
    finding = counted(ALONE, [needed], width)
    assert finding.verdict == verdict
    assert f"90 % of the variance lie in {needed} of {width} dimensions" in finding.sentence
    assert finding.evidence == (f"geometry/{MODEL}/final.parquet",)


@pytest.mark.parametrize(("low", "high", "verdict"), [(18, 20, HOLDS), (20, 21, OPEN), (20.5, 21, FAILS)])
def test_an_interval_of_the_count_decides_where_there_is_one(low, high, verdict):
    frame = geometry([20]).assign(low=float(low), high=float(high))
    (finding,) = claims.FEW_CLASS_DIMENSIONS.claim(PaperEvidence(ALONE, geometry=Measures(frame))).findings
    assert finding.verdict == verdict


def test_two_trainings_decide_together():
    two, facts = SEEDS[:2], trained(2)
    for finding, folder in (
        (judged("CLASS_IN_HEAD", *(numbers(model=model) for model in two), facts=facts), "localisation/{}.parquet"),
        (counted(facts, (3, 4)), "geometry/{}/final.parquet"),
    ):
        assert finding.sentence.startswith("SiT-mini, mean of 2 trainings: ")
        assert finding.evidence == tuple(folder.format(model) for model in two)


def test_what_is_not_the_papers_share_of_the_variance_is_not_asked():
    assert counted(ALONE, [3], percent=99).verdict == NOT_RUN


@pytest.mark.parametrize(
    ("needed", "verdict"), [((4, 5, 6), HOLDS), ((20, 20, 20), HOLDS), ((18, 20, 22), OPEN), ((40, 42, 44), FAILS)]
)
def test_dimensions_of_several_trainings_are_counted_by_the_interval_of_their_mean(needed, verdict):
    finding = counted(STUDY, needed)
    assert finding.verdict == verdict
    assert finding.sentence.startswith("SiT-mini, mean of 3 trainings: ")
    assert finding.evidence == tuple(f"geometry/{model}/final.parquet" for model in SEEDS)
    assert (" [" in finding.sentence) is (len(set(needed)) > 1)


def test_an_interval_of_a_count_is_above_zero():
    """1, 1 and 9 dimensions: on the line the interval of their mean would begin below zero."""
    low = counted(STUDY, (1, 1, 9)).sentence.split("[")[1].split(" to ")[0]
    assert 0.0 < float(low) < 3.7


def test_which_claims_are_the_papers():
    names = [name for name in (*NEEDED, "SHOULDER_IS_A_PLACE", "FEW_CLASS_DIMENSIONS") if getattr(claims, name).paper]
    assert names == ["CLASS_IN_HEAD", "MAGNITUDE_RANKS_CLASS", "TAIL_IS_NOISE", "FEW_CLASS_DIMENSIONS"]
