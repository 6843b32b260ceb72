"""Tables, claims and figures from measures whose answers are known."""

import re

import numpy as np
import pandas as pd
import pytest

from semantic_bottleneck.reporting.core.grid import grid_of
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.write import markdown
from semantic_bottleneck.reporting.dier.claims import judge_dier, peak_of_others
from semantic_bottleneck.reporting.dier.evidence import DierEvidence
from semantic_bottleneck.reporting.dier.figures.figure_dier_ablations import draw_figure_dier_ablations
from semantic_bottleneck.reporting.dier.figures.figure_dier_geometry import draw_figure_dier_geometry
from semantic_bottleneck.reporting.dier.figures.figure_dier_lpa import draw_figure_dier_lpa
from semantic_bottleneck.reporting.dier.figures.figure_dier_pruning import draw_figure_dier_pruning
from semantic_bottleneck.reporting.dier.figures.figure_dier_sparsity import draw_figure_dier_sparsity
from semantic_bottleneck.reporting.pages import builder
from semantic_bottleneck.study.exhibits import TABLES, names_of
from semantic_bottleneck.uncertainty.origins import Origin

TIMESTEPS = (0, 500, 999)
NOISE = (-0.003, 0.001, -0.001, 0.003)
LPA = {0: 0.80, 500: 0.84, 999: 0.76}
LOGGED = {("dier_learning_rate", name) for name in ("denoising_loss", "encoder_gradient_norm")}
WAYS = ("tail/c/zero", "tail/silu/zero", "head/c/zero", "head/silu/zero", "random/c/zero", "tail/c/mean")
COSTS = {"encoder_parameters": 1e5, "encoder_megabytes": 7.0, "training_teraflops": 2.0}
RUN = {"embedding": 16, "learning_rate": 1e-3, "steps": 100, "batch_size": 4}
STUDY = {
    "study": "known",
    "file": "config/known.yaml",
    "seed": 0,
    "folds": 5,
    "folded": ["toy"],
    "note": "",
    "timesteps": list(TIMESTEPS),
    "data": {"toy": "Toy", "lost": "Lost"},
    "density": None,
    "not_run": {"lost": "data absent: look for it"},
    "runs": {"toy": ["main", "blind", "slow", "inner", "taught"], "lost": ["main"]},
    "variants": {
        "main": {"title": "DiER", "role": "ablation", "kind": "dier"},
        "blind": {"title": "without t", "role": "ablation", "kind": "dier"},
        "slow": {"title": "1e-4", "role": "learning-rate", "kind": "dier"},
        "inner": {"title": "DiT", "role": "ablation", "kind": "backbone"},
        "taught": {"title": "supervised", "role": "ablation", "kind": "supervised"},
    },
    "settings": {
        "toy": {
            "main": RUN,
            "blind": RUN | {"encoder_timestep": False},
            "slow": RUN | {"learning_rate": 1e-4},
            "inner": {"kind": "backbone"},
            "taught": {"kind": "supervised"},
        },
        "lost": {"main": {}},
    },
    "pruning": {"variants": ["main"], "timestep": 500, "kept": [0.34, 1.0]},
}


def rows():
    def row(variant, replicate, quantity, value, t=-1, detail="", share=np.nan):
        value = value + NOISE[replicate] * (-1) ** len(quantity)
        owners = {"data": "toy", "variant": variant, "replicate": replicate, "quantity": quantity, "timestep": t}
        return owners | {
            "detail": detail,
            "share": share,
            "value": value,
            "low": np.nan,
            "high": np.nan,
            "n": 100,
            "method": "",
        }

    for replicate in range(4):
        for variant in ("main", "blind", "slow"):
            for t in TIMESTEPS:
                own = LPA[t] if variant == "main" else 0.80
                yield row(variant, replicate, "lpa", own, t)
                yield row(variant, replicate, "lpa_untrained", 0.70, t)
                yield row(variant, replicate, "gain_untrained", own - 0.70, t)
                for end, name in ((0, "gain_first"), (999, "gain_last")):
                    gain = own - (LPA[end] if variant == "main" else 0.80)
                    yield row(variant, replicate, name, gain, t) | {"low": gain - 0.02, "high": gain + 0.02}
                yield row(variant, replicate, "knn", 0.75, t)
                yield row(variant, replicate, "loss", 0.1, t)
                yield row(variant, replicate, "loss_swapped", 0.3, t)
                yield row(variant, replicate, "loss_gap", {0: 0.1, 500: 0.5, 999: 0.0}[t], t)
                yield row(variant, replicate, "relative_loss_gap", {0: 2.0, 500: 0.5, 999: 0.0}[t], t)
                yield row(variant, replicate, "spectral_participation_ratio", 5.0 + (t == 0), t)
                for kind in ("v", "silu_v", "wv", "silu_wv", "c", "silu_c"):
                    yield row(variant, replicate, "cosine_similarity", 0.5, t, kind)
                    yield row(variant, replicate, "normalized_participation_ratio_percent", 40.0, t, kind)
                    yield row(variant, replicate, "near_zero_percent", 8.0, t, kind)
                    yield row(variant, replicate, "variance_total", 3.0, t, kind)
        for site in ("v", "wv"):
            for way in WAYS:
                for share in (0.34, 1.0):
                    left = 0.84 if share == 1 or way.startswith("tail") else 0.3
                    yield row("main", replicate, "pruned_lpa", left, 500, f"{site}/{way}", share)
                    yield row("main", replicate, "pruned_loss", 1.1 - left, 500, f"{site}/{way}", share)
        for name, cost in COSTS.items():
            yield row("main", replicate, name, cost - NOISE[replicate] * (-1) ** len(name))
        yield row("main", replicate, "lit_share", 0.2)
        yield row("main", replicate, "sparsity_correlation", -0.3, detail="all images")
        yield row("main", replicate, "sparsity_correlation", 0.1, detail="within classes")
        for number in range(1, 4):
            yield row("main", replicate, "best_timestep", 100.0 * number, detail=f"tenth {number}", share=0.1 * number)
        yield row("inputs", replicate, "lpa", 0.9, detail="pixels")
        yield row("inputs", replicate, "knn", 0.9, detail="pixels")
        yield row("inputs", replicate, "lpa", 0.82, detail="pca-16")
        yield row("taught", replicate, "lpa", 0.97)
        for block in ("block 1", "block 2"):
            yield row("inner", replicate, "lpa", 0.6 + 0.2 * (block == "block 2"), 100, block)


def built(name, evidence):
    return builder("dier", name)(evidence)


@pytest.fixture(scope="module")
def evidence():
    frame = pd.DataFrame(rows())
    files = [Origin(f"{variant}.s{k}.parquet") for variant, k in zip(frame["variant"], frame["replicate"], strict=True)]
    steps = np.arange(1, 21)
    log = pd.DataFrame({"step": steps, "loss": 1.0 / steps, "encoder_gradient_norm": 0.5 / steps})
    logs = {("toy", "slow"): [log.assign(origin=[Origin("slow.s0.loss.parquet")] * len(log))]}
    return DierEvidence(Measures(frame.assign(origin=files)), STUDY, logs)


def test_every_number_names_the_files_of_its_replicates(evidence):
    for name in names_of("dier", TABLES):
        table = built(name, evidence)
        assert table.name == name
        for cell in pd.concat([table.frame, table.origins], axis=1).to_dict("records"):
            source = "inputs" if cell["column"] == "lpa_pixels" else cell["variant"]
            files = [f"{source}.s{k}.parquet" for k in range(4)]
            if (table.name, cell["column"]) in LOGGED:
                files = ["slow.s0.loss.parquet"]
            assert cell["result_file"] == ("" if np.isnan(cell["value"]) else "; ".join(files)), cell


def test_verdicts_follow_the_numbers(evidence):
    claims = {claim.name: claim for claim in judge_dier(evidence)}
    expected = {
        "intermediate_peak": "holds",
        "gain_untrained": "holds",
        "encoder_timestep": "holds",
        "beats_pixels": "does not hold",
        "beats_self_supervised": "not run",
        "sparse_later": "not run",
        "sparser_images_later": "does not hold",
        "learning_rate_collapse": "does not hold",
        "learning_rate_ceiling": "not run",
        "label_free_timestep": "holds",
        "learned_likeness": "does not hold",
        "learned_sparsity": "holds",
        "learned_tail": "holds",
    }
    assert {name: claim.verdict for name, claim in claims.items()} == expected
    sentence = claims["intermediate_peak"].findings[0].sentence
    assert "untrained encoder 70." in sentence
    assert "pixels 90." in sentence
    assert claims["gain_untrained"].findings[-1].sentence == "Lost: data absent: look for it."


def test_the_peak_is_chosen_on_the_other_replicates():
    curves = pd.DataFrame({0: [0.95, 0.5, 0.4], 1: [0.1, 0.5, 0.4], 2: [0.1, 0.6, 0.6]}, index=TIMESTEPS)
    assert [peak_of_others(curves, replicate) for replicate in curves] == [500, 500, 0]


def test_one_seed_decides_nothing():
    single = DierEvidence(Measures(pd.DataFrame(row for row in rows() if row["replicate"] == 0)), STUDY)
    verdicts = {claim.name: claim.findings[0].verdict for claim in judge_dier(single)}
    assert set(verdicts.values()) == {"inconclusive", "not run"}
    assert [name for name, verdict in verdicts.items() if verdict == "not run"] == [
        "beats_self_supervised",
        "sparse_later",
        "learning_rate_ceiling",
    ]


def test_intervals_over_images_shrink_with_their_number(evidence):
    estimate = evidence.paired_over_images("toy", "main", "gain_first", 500)
    assert estimate.value == pytest.approx(0.04, abs=0.005)
    assert (estimate.high - estimate.low) / 2 == pytest.approx(0.01)
    assert estimate.n == 400


def test_every_lpa_has_both_baselines_beside(evidence):
    frame = built("dier_lpa", evidence).frame
    for _, row in frame[frame["model"] == "toy"].groupby("row"):
        assert {"lpa", "lpa_untrained", "lpa_pixels"} <= set(row.loc[row["value"].notna(), "column"])
    peak = frame[(frame["row"] == "t = 500 (highest)") & (frame["column"] == "lpa")].iloc[0]
    assert peak["low"] < 0.84 < peak["high"]


def test_tables_print_and_say_what_was_not_run(evidence):
    for name in names_of("dier", TABLES):
        table = built(name, evidence)
        text = markdown(table, grid_of(table))
        assert "not run: data absent: look for it" in text
        assert "nan" not in text.lower()
    table = built("dier_learning_rate", evidence)
    assert "learning rate 1e-4" in markdown(table, grid_of(table))
    baselines = built("dier_baselines", evidence)
    assert "DiT, block 2 at t = 100 (best of the grid)" in set(baselines.frame["row"])
    assert any("block 1 t 100: 60" in note for note in baselines.footnotes)


def test_a_criterion_is_charged_what_it_gives_up(evidence):
    frame = built("dier_timestep", evidence).frame
    lost = frame[frame["column"] == "lpa_given_up"].set_index("row")["value"]
    assert lost["loss gap, another's v minus own (primary): 500, 500, 500, 500"] == 0
    assert lost["loss gap over own loss: 0, 0, 0, 0"] == pytest.approx(0.04, abs=0.005)


def test_costs_stand_beside_what_was_trained_and_nowhere_else(evidence):
    for name, cost in COSTS.items():
        frame = built("dier_baselines", evidence).frame
        cells = frame[(frame["column"] == name) & (frame["model"] == "toy")]
        assert set(cells.loc[cells["variant"] == "main", "value"]) == {cost}
        assert cells.loc[cells["variant"] != "main", "value"].isna().all()
        ablations = built("dier_ablations", evidence).frame
        cell = ablations[(ablations["column"] == name) & (ablations["variant"] == "main")].iloc[0]
        assert cell["value"] == cost
        assert np.isnan(cell["low"])


def test_figures_say_their_numbers(evidence, tmp_path):
    paths = [tmp_path / "figure.png"]
    assert "highest mean 84." in draw_figure_dier_lpa(evidence, paths)
    assert "learning rate 0.0001: LPA 80." in draw_figure_dier_ablations(evidence, paths)
    assert "nPR, % of SiLU(c): 40" in draw_figure_dier_geometry(evidence, paths)
    said = draw_figure_dier_pruning(evidence, paths)
    assert re.search(r"W v_t pruned, head by \|x\|: LPA, % 30 with 34 % kept", said)
    assert "mean best t of images 100 at 10.0 % lit" in draw_figure_dier_sparsity(evidence, paths)
    assert paths[0].stat().st_size > 10_000


def test_nothing_run_still_makes_every_table_and_figure(tmp_path):
    study = STUDY | {"not_run": {"toy": "data absent: a", "lost": "data absent: b"}}
    empty = DierEvidence(Measures(pd.DataFrame(rows()).iloc[:0]), study)
    for name in names_of("dier", TABLES):
        assert set(built(name, empty).frame["verdict"]) == {"not run"}
    assert {claim.verdict for claim in judge_dier(empty)} == {"not run"}
    draw_figure_dier_lpa(empty, [tmp_path / "a.png"])
    draw_figure_dier_ablations(empty, [tmp_path / "b.png"])
    draw_figure_dier_geometry(empty, [tmp_path / "c.png"])
    draw_figure_dier_pruning(empty, [tmp_path / "d.png"])
    draw_figure_dier_sparsity(empty, [tmp_path / "e.png"])


def test_replicates_on_folds_of_one_set_have_wider_intervals(evidence):
    """Nadeau and Bengio: with four of five folds by sqrt((1/4 + 1/4) / (1/4))."""
    folded = evidence.mean("toy", [0.1, 0.2, 0.25, 0.3])
    own = evidence.mean("a set with a test part of its own", [0.1, 0.2, 0.25, 0.3])
    assert folded.value == own.value
    assert (folded.high - folded.low) / (own.high - own.low) == pytest.approx(np.sqrt(2.0))
