"""The dynamics page's claims, tables and figures on results that are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.dynamics.claims import judge_dynamics
from semantic_bottleneck.reporting.dynamics.evidence import COSINE, DEAD, NORM, NPR, DynamicsEvidence, Variant, read_evidence
from semantic_bottleneck.reporting.dynamics.figures.dynamics_changes import draw_figure_changes
from semantic_bottleneck.reporting.dynamics.figures.dynamics_factors import SIMILARITY_AND_SPARSITY, draw_factors
from semantic_bottleneck.reporting.dynamics.figures.dynamics_history import draw_figure12
from semantic_bottleneck.reporting.dynamics.tables import build_ablations, build_trajectory

STEPS = (0, 10, 50, 100)
BASE = Variant("base", "base", "", "", 100)
VARIANTS = (
    BASE,
    Variant("frozen-t", "t frozen", "embedders", "t frozen", 100, removes="t"),
    Variant("frozen-y", "y frozen", "embedders", "y frozen", 100, removes="y"),
    Variant("wd", "weight decay 1", "weight decay", "1", 100, weight_decay=1.0),
    Variant("k50", "timesteps 50", "timesteps", "50", 100),
)
FALLS = {"base": 20.0, "frozen-t": 1.0, "frozen-y": 18.0, "wd": 15.0, "k50": 19.0}
LEVELS = {"embedders": "both trained", "weight decay": "0", "timesteps": "any"}
KINDS = ("c", "silu_c", "t", "y", "batch_c", "batch_silu_c", "batch_t")


def results(falls=FALLS, fall_of_y=2.0, spread=0.5, losses=None):
    """nPR falls from 64 % by `falls`, evenly over the steps, with a spread over three seeds."""
    rows = []
    for variant in VARIANTS:
        for seed in range(3):
            for place, step in enumerate(STEPS):
                for kind in KINDS:
                    fall = fall_of_y if kind == "y" else falls[variant.name] + spread * (seed - 1)
                    common = {"variant": variant.name, "seed": seed, "step": step, "kind": kind}
                    values = {NPR: 64 - fall * place / 3, COSINE: 0.5 + 0.1 * place, NORM: 1.0 + place, DEAD: 2.0 * place}
                    rows += [common | {"metric": metric, "value": value} for metric, value in values.items()]
    logged = [
        {"variant": variant.name, "seed": seed, "value": (losses or {}).get(variant.name, 0.5)}
        for variant in VARIANTS
        for seed in range(3)
    ]
    measures, losses = Measures(pd.DataFrame(rows)), Measures(pd.DataFrame(logged))
    return DynamicsEvidence(VARIANTS, LEVELS, measures, losses, {"missing": ""})


def verdicts(found):
    return {claim.name: claim.verdict for claim in judge_dynamics(found)}


def test_verdicts_follow_the_rules():
    found = verdicts(results())
    assert found == {
        "npr_falls": HOLDS,
        "similarity_rises": HOLDS,
        "t_falls_most": HOLDS,
        "needs_t": HOLDS,
        "needs_y": FAILS,
        "needs_decay": FAILS,
        "stays_timesteps": HOLDS,
        "stays_settings": HOLDS,
    }


def test_the_other_way_round():
    found = verdicts(results(FALLS | {"frozen-t": 19.0, "frozen-y": 2.0, "k50": 1.0, "wd": 3.0}, fall_of_y=30.0))
    assert found["t_falls_most"] == FAILS
    assert found["needs_t"] == FAILS
    assert found["needs_y"] == HOLDS
    assert found["stays_timesteps"] == FAILS
    assert found["stays_settings"] == FAILS


def test_a_base_that_rises_proves_nothing_about_causes():
    found = verdicts(results(FALLS | {"base": -5.0}))
    assert found["npr_falls"] == FAILS
    assert {found[name] for name in ("needs_t", "needs_y", "needs_decay", "stays_timesteps")} == {OPEN}


def test_an_unclear_margin_and_an_untrained_witness_are_inconclusive():
    assert verdicts(results(FALLS | {"frozen-t": 10.2}, spread=0.5))["needs_t"] == OPEN
    claim = next(c for c in judge_dynamics(results(losses={"frozen-t": 0.8})) if c.name == "needs_t")
    assert claim.verdict == OPEN
    assert "not learned enough" in claim.sentence


def test_one_seed_decides_nothing():
    all_seeds = results()
    alone = replace(all_seeds, measures=all_seeds.measures.only(seed=0), losses=all_seeds.losses.only(seed=0))
    assert set(verdicts(alone).values()) == {OPEN}


def test_without_results_everything_is_not_run():
    claims = judge_dynamics(replace(results(), study={"missing": "data absent: nowhere"}))
    assert {claim.verdict for claim in claims} == {NOT_RUN}
    assert all("data absent: nowhere" in claim.sentence for claim in claims)


def test_sentences_hold_numbers_and_evidence():
    claim = next(c for c in judge_dynamics(results()) if c.name == "needs_t")
    assert "+20.0" not in claim.sentence
    assert "−20.0 pp" in claim.sentence.replace("−20.00", "−20.0")
    assert claim.findings[0].evidence == tuple(f"dynamics/runs/frozen-t.s{seed}/geometry.parquet" for seed in range(3))


def test_differences_in_the_table_are_paired():
    table = build_ablations(results()).frame
    row = table[(table["variant"] == "frozen-t") & (table["column"] == "dynamics_npr_c")].iloc[0]
    assert row["value"] == pytest.approx(63.0)
    assert row["difference"] == pytest.approx(19.0)
    assert row["difference_high"] - row["difference_low"] < 1e-9  # the spread is the seeds', which cancels
    assert row["high"] - row["low"] > 1.0
    assert np.isnan(table[table["variant"] == "base"]["difference"]).all()
    along = build_trajectory(results()).frame
    assert along[along["column"] == "dynamics_npr_c"]["row"].tolist() == ["step 0", "step 10", "step 50", "step 100"]


def test_figures_say_their_numbers(tmp_path):
    found = results()
    assert "64 at step 0" in draw_figure12(found, [tmp_path / "figure12.png"])
    alt = draw_factors(
        found, ["weight decay", "absent", "timesteps"], SIMILARITY_AND_SPARSITY, "Title", [tmp_path / "figure43.png"]
    )
    assert "weight decay, nPR of c, %, 0 (base): 64 to 44." in alt
    assert "absent" not in alt
    assert "t frozen: c -1.0" in draw_figure_changes(found, [tmp_path / "figure_changes.png"])
    assert read_drawing(tmp_path / "figure43.png").title == "Title"


def test_a_figure_of_a_factor_that_nothing_varies_says_so(tmp_path):
    with pytest.raises(UserError, match=r"No variant of the section dynamics varies width; .* out of"):
        draw_factors(results(), ["width"], SIMILARITY_AND_SPARSITY, "a title", [tmp_path / "a.png"])


def test_a_value_is_the_mean_over_timesteps(tmp_path):
    run = tmp_path / "base.s0"
    run.mkdir()
    common = {"model": "base.s0", "checkpoint": "", "training_step": 5, "kind": "c", "metric": NPR, "method": "", "n": 10}
    points = {"timestep": [0.0, 0.5, 1.0], "value": [10.0, 20.0, 60.0]}
    missing = dict.fromkeys(("low", "high", "standard_error"), [np.nan] * 3)
    parquet.write(run / "geometry.parquet", {name: [entry] * 3 for name, entry in common.items()} | points | missing)
    parquet.write(run / "metrics.parquet", {"step": [1, 2], "loss": [3.0, 5.0]})
    variants = [{"name": "base", "title": "base", "factor": "", "level": "", "levels": {}, "steps": 5}]
    files = {kind: [str(run / f"{kind}.parquet")] for kind in ("geometry", "metrics")}
    evidence = read_evidence(files, {"variants": variants, "missing": ""})
    assert evidence.last.by("seed", variant="base", kind="c", metric=NPR).to_dict() == {0: 30.0}
    assert evidence.loss("base").to_dict() == {0: 4.0}
    assert [origin.result_file for origin in evidence.measures.origins()] == files["geometry"]
    nothing = read_evidence({"geometry": [], "metrics": []}, {"variants": variants, "missing": "data absent"})
    assert (len(nothing.measures), len(nothing.losses), nothing.missing) == (0, 0, "data absent")
