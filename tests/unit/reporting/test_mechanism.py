"""Claims of the mechanism page in worlds where the answer is known, and its tables."""

import numpy as np
import pandas as pd
import pytest

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.mechanism.claims import RULES, judge_mechanism
from semantic_bottleneck.reporting.mechanism.evidence import Arm, MechanismEvidence
from semantic_bottleneck.reporting.mechanism.figures.figure_mechanism import draw_figure_mechanism
from semantic_bottleneck.reporting.mechanism.tables import build_mechanism_arms, build_mechanism_pruning

VARIANTS = ["baseline", "tail-39", "tail-66", "shared-39", "head-8", "mean-head-8", "mean-shoulder", "mean-tail-66"]
PAPER = {"cosine": 0.995, "npr": 4.0, "tail-39": 1, "tail-66": 8, "shared-39": 20, "head-8": 70, "mean-head-8": 1}
PAPER |= {"mean-shoulder": 75, "mean-tail-66": 5, "agreement": 90, "early": 0.42}
FREE = PAPER | {"cosine": 0.8, "npr": 40.0, "head-8": 60}
PREDICTED = {
    "base": FREE,
    "confined": PAPER,
    "frozen": FREE | {"agreement": 89},
    "short": FREE | {"tail-66": 30},
    "scaled": FREE | {"cosine": 0.93},
    "timeless": FREE | {"head-8": 3, "agreement": 88},
    "continuous": FREE | {"cosine": 0.997},
    "low-rank": FREE | {"agreement": 60},
    "tokens": FREE | {"cosine": 0.99, "npr": 65.0, "tail-39": 60, "agreement": 60},
    "attention": FREE | {"npr": 65.0, "agreement": 60},
    "tokens-apart": FREE | {"cosine": 0.05, "head-8": 5},
    "attention-apart": FREE | {"cosine": 0.05, "head-8": 5},
    "few-classes": FREE | {"cosine": 0.7},
    "many-classes": FREE | {"cosine": 0.9},
}


def evidence_of(worlds, seeds=3, spread=0.4):
    noise = np.random.default_rng(0)
    geometry, scores, losses = [], [], []
    for role, world in worlds.items():
        for seed in range(seeds):
            common = {"arm": role, "seed": seed}
            small = spread * noise.standard_normal(3)
            for metric, value in (
                ("cosine_similarity", world["cosine"] + 0.001 * small[0]),
                ("normalized_participation_ratio_percent", world["npr"] + small[1]),
            ):
                geometry.append({**common, "kind": "c", "metric": metric, "value": value})
            base = world["agreement"] + small[2]
            for variant in VARIANTS:
                cost = 0 if variant == "baseline" else world[variant] + spread * noise.standard_normal()
                keys = {**common, "variant": variant, "metric": "class_agreement"}
                scores.append({**keys, "quantity": "value", "value": (base - cost) / 100})
                scores.append({**keys, "quantity": "difference", "value": -cost / 100})
            losses.append({**common, "when": "early", "value": world["early"] + 0.001 * noise.standard_normal()})
            losses.append({**common, "when": "last", "value": 0.35})
    arms = [Arm(role, role, role, [f"{role}.s{seed}" for seed in range(seeds)], 100, 5) for role in worlds]
    measures = [Measures(pd.DataFrame(rows)) for rows in (geometry, scores, losses)]
    return MechanismEvidence(arms, *measures, {}, {"variants": VARIANTS, "shown": ["baseline"]})


def verdicts(worlds, **options):
    return {claim.name: claim.verdict for claim in judge_mechanism(evidence_of(worlds, **options))}


def test_in_the_predicted_world_the_predictions_hold():
    found = verdicts(PREDICTED)
    expected = dict.fromkeys((rule.name for rule in RULES), HOLDS)
    expected |= {"pattern_base": FAILS, "confining_speeds": OPEN, "few_parameters": FAILS}
    expected |= dict.fromkeys(("pattern_tokens", "pattern_attention", "ways_draw_as_well"), FAILS)
    assert found == expected


@pytest.mark.parametrize(
    ("role", "change", "claim"),
    [
        ("confined", {"cosine": 0.7}, "confining_makes_alike"),
        ("confined", {"npr": 30.0}, "confining_makes_sparse"),
        ("confined", {"head-8": 2}, "pattern_confined"),
        ("frozen", {"agreement": 60}, "frozen_code"),
        ("short", {"tail-66": 8}, "tail_from_training"),
        ("confined", {"early": 0.6}, "confining_speeds"),
        ("base", {"mean-head-8": 40}, "head_is_time"),
        ("confined", {"mean-shoulder": 3}, "shoulder_is_class"),
        ("confined", {"shared-39": 1}, "mask_is_class"),
        ("timeless", {"head-8": 80}, "no_time_no_head"),
        ("scaled", {"cosine": 0.5}, "scaling_makes_alike"),
        ("attention-apart", {"head-8": 80}, "apart_no_head"),
        ("many-classes", {"cosine": 0.6}, "classes_make_alike"),
    ],
)
def test_each_claim_fails_where_its_world_says_otherwise(role, change, claim):
    assert verdicts(PREDICTED | {role: PREDICTED[role] | change})[claim] == FAILS


def test_one_training_decides_nothing_and_an_absent_arm_is_not_run():
    single = verdicts(PREDICTED, seeds=1)
    assert set(single.values()) == {OPEN}
    claims = {claim.name: claim for claim in judge_mechanism(evidence_of({"base": FREE}))}
    assert claims["frozen_code"].verdict == NOT_RUN
    assert "role frozen" in claims["frozen_code"].sentence
    assert claims["pattern_base"].verdict == FAILS


def test_the_tables_hold_means_and_differences_paired_by_seed(tmp_path):
    evidence = evidence_of(PREDICTED)
    arms = build_mechanism_arms(evidence).frame.set_index(["model", "column"])
    cosines = evidence.geometric(evidence.arms[1], "c", "cosine_similarity")
    base = evidence.geometric(evidence.arms[0], "c", "cosine_similarity")
    assert arms.loc[("confined", "dynamics_cosine_c"), "value"] == pytest.approx(cosines.mean())
    assert arms.loc[("confined", "dynamics_cosine_c"), "difference"] == pytest.approx((cosines - base).mean())
    assert np.isnan(arms.loc[("base", "dynamics_cosine_c"), "difference"])
    pruning = build_mechanism_pruning(evidence).frame.set_index(["model", "row", "column"])
    assert pruning.loc[("confined", "head-8", "class_agreement"), "difference"] == pytest.approx(-0.7, abs=0.01)
    alt = draw_figure_mechanism(evidence, [tmp_path / "a.png"])
    assert "Cosine of c: base 0.7999, confined 0.995" in alt
    assert (tmp_path / "a.png").stat().st_size > 10_000


@pytest.mark.parametrize("seeds", [1, 3])
def test_intervals_of_costs_lie_around_them(seeds):
    """A cost is a difference: on the scale of shares its interval would begin where the cost does."""
    evidence = evidence_of({"base": FREE}, seeds)
    evidence.scores.frame["low"], evidence.scores.frame["high"] = (evidence.scores.frame["value"] + end for end in (-0.1, 0.1))
    cells = build_mechanism_pruning(evidence).frame
    costs = cells[(cells["column"] == "class_agreement") & (cells["row"] != "baseline")]
    assert len(costs) == len(VARIANTS) - 1
    assert (costs["difference_low"] < costs["difference"]).all()
    assert (costs["difference_high"] > costs["difference"]).all()
    assert costs["difference_high"].max() < 1
