"""A small made-up study with the Parquet contracts' columns: plausible numbers, none of them measured."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.geometry.measures import cosine_matrix, pairwise, participation_ratio, silu
from semantic_bottleneck.reporting.core.facts import ReportFacts, report_facts
from semantic_bottleneck.uncertainty.jackknife import Deletions
from semantic_bottleneck.uncertainty.stored import COLUMNS, rows_of
from semantic_bottleneck.uncertainty.student import p_value, student_quantile

MODELS = ["dit-mini", "sit-mini", "sit-mini.s1", "sit-mini.s2", "repa-mini", "absent"]
SEEDS = MODELS[1:4]
CARDS = {
    model: {"title": title, "conditioning": {"initial_timestep": initial}, "paper": {"compares_with": big}}
    for model, title, initial, big in [
        ("dit-mini", "DiT-mini", 999.0, "dit"),
        ("sit-mini", "SiT-mini", 1.0, "sit"),
        ("sit-mini.s1", "SiT-mini, seed 1", 1.0, "sit"),
        ("sit-mini.s2", "SiT-mini, seed 2", 1.0, "sit"),
        ("repa-mini", "REPA-mini", 1.0, "repa"),
        ("absent", "Absent & <co>", 1.0, "mg"),
    ]
}
REASON = "its 5% of | data_files are absent"
STEPS = [0, 50, 250, 1000, 3000]
CLASSES, DIMENSIONS, GROUPS = 10, 64, 20
VARIANTS = {
    # name: side, window, ranked by, replacement, threshold, quantile, removed share, agreement, fid
    "baseline": ("", "", "", "", math.nan, math.nan, 0.0, 0.995, 1.85),
    "tail-39-every": ("tail", "every", "magnitude", "zero", 0.18, 0.39, 38.9, 0.993, 1.70),
    "tail-39-first": ("tail", "first", "magnitude", "zero", 0.18, 0.39, 38.9, 0.995, 1.84),
    "tail-39-early": ("tail", "early", "magnitude", "zero", 0.18, 0.39, 38.9, 0.995, 1.90),
    "tail-39-last": ("tail", "last", "magnitude", "zero", 0.18, 0.39, 38.9, 0.995, 1.83),
    "tail-66-every": ("tail", "every", "magnitude", "zero", 0.36, 0.66, 66.0, 0.93, 6.2),
    "head-10-every": ("head", "every", "magnitude", "zero", 1.2, 0.10, 10.0, 0.74, 14.0),
    "random-39-every": ("random", "every", "magnitude", "zero", math.nan, 0.39, 38.9, 0.62, 24.0),
    "random-39-last": ("random", "last", "magnitude", "zero", math.nan, 0.39, 38.9, 0.995, 1.9),
    "mean-39-every": ("tail", "every", "magnitude", "class-mean", 0.18, 0.39, 38.9, 0.996, 1.90),
    "silu-tail-39-every": ("tail", "every", "silu", "zero", 0.07, 0.39, 38.9, 0.994, 1.72),
    "silu-head-10-every": ("head", "every", "silu", "zero", 0.9, 0.10, 10.0, 0.31, 41.0),
}
NOTES = {
    ("fid", "value"): "n < 3 d: the interval may be off",
    ("fid", "difference"): "to resolve 0.01 takes about 9,000 samples",
}
SPREAD = {"fid": 0.12, "inception_score": 0.05, "clip_score": 0.08, "class_agreement": 0.006, "precision": 0.01, "recall": 0.01}


@dataclass(frozen=True)
class Synthetic:
    """Paths of a written study and its description."""

    root: Path
    study: ReportFacts
    geometry: list[Path]
    scores: list[Path]
    variants: dict[str, Path]
    conditions: dict[str, Path]
    images: dict[str, Path]


def describe() -> ReportFacts:
    config = {
        "name": "miniature",
        "file": "config/miniature.yaml",
        "seed": 0,
        "samples": 1000,
        "models": MODELS,
        "headline": "sit-mini",
    }
    config |= {"replicates": {"sit-mini": SEEDS}, "extractor": "study-cnn", "clip": "study-clip"}
    config |= {"protocol": {"localisation": {"head": 0.03125, "top": 0.1015625, "shoulder": 0.33984375, "noise": [1.0]}}}
    return report_facts(config, CARDS, {"absent": REASON})


def origin(model: str) -> dict[str, str]:
    """What the metadata of a model's files say of its weights."""
    digest = hashlib.sha256(model.encode()).hexdigest()
    return {"checkpoint_source": f"results/miniature/checkpoints/{model}/final.pt", "checkpoint_sha256": digest}


def write(root: Path) -> Synthetic:
    """Write every input of tables, figures and claims below `root`."""
    study = describe()
    present = [model for model in MODELS if model != "absent"]
    conditions, geometry = {}, []
    for number, model in enumerate(present):
        generator = np.random.default_rng(number)
        grid = np.linspace(study.initial_timesteps[model], 0.0, 4)
        rows = []
        for step in STEPS:
            c, y, t = _vectors(generator, step, grid)
            if step == STEPS[-1]:
                path = root / f"conditions/{model}/final.parquet"
                conditions_file.write(path, c, y, t, grid, np.arange(CLASSES), {"model": model})
                conditions[model] = path
            rows += _geometry(model, step, grid, c, y, t)
        path = root / f"geometry/{model}/all.parquet"
        frame = pd.DataFrame(rows)
        parquet.write(path, {name: frame[name].to_numpy() for name in frame.columns}, origin(model) | {"checkpoint": "final"})
        geometry.append(path)
    scores = [_scores(root, model, variant, index) for index, model in enumerate(present) for variant in VARIANTS]
    variants = {model: _variants(root, model) for model in present}
    images = {variant: _images(root, variant) for variant in ("baseline", "tail-39-every", "head-10-every")}
    return Synthetic(root, study, geometry, scores, variants, conditions, images)


def _vectors(generator: np.random.Generator, step: int, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    grown = 0.2 + math.log1p(step) / 4
    y = generator.normal(0, 0.2, (CLASSES, DIMENSIONS))
    direction = np.random.default_rng(99).standard_t(2.2, DIMENSIONS) * 0.35 * grown
    t = direction[None] * (1 + 0.1 * np.arange(len(grid)))[:, None]
    return (t[:, None] + y[None]).astype(np.float32), y.astype(np.float32), t.astype(np.float32)


def _geometry(model: str, step: int, grid: np.ndarray, c: np.ndarray, y: np.ndarray, t: np.ndarray) -> list[dict]:
    rows = []
    parts = [("c", time, c[index]) for index, time in enumerate(grid)] + [
        ("silu_c", time, silu(c[index])) for index, time in enumerate(grid)
    ]
    parts += [("t", time, t[index : index + 1]) for index, time in enumerate(grid)] + [("y", math.nan, y)]
    for kind, time, values in parts:
        ratio = participation_ratio(values)
        measured = {
            "dimension": (values.shape[1], math.nan),
            "participation_ratio": (ratio.mean(), ratio.std() / 3),
            "normalized_participation_ratio_percent": (
                100 * ratio.mean() / values.shape[1],
                100 * ratio.std() / 3 / values.shape[1],
            ),
            "norm_mean": (np.linalg.norm(values, axis=1).mean(), math.nan),
        }
        if len(values) > 1:
            pairs = pairwise(cosine_matrix(values))
            measured["cosine_similarity"] = (pairs.mean(), pairs.std() / 4)
        for metric, (value, half) in measured.items():
            rows.append({
                "model": model, "checkpoint": "final", "training_step": step, "kind": kind, "timestep": float(time),
                "metric": metric, "value": float(value), "low": float(value - half), "high": float(value + half),
                "standard_error": half / 2, "n": len(values),
                "method": "exact" if math.isnan(half) else "delete-one jackknife over conditions",
            })  # fmt: skip
    return rows


def _scores(root: Path, model: str, variant: str, index: int) -> Path:
    agreement, fid = VARIANTS[variant][-2:]
    values = {
        "fid": fid + 0.1 * index,
        "inception_score": 9.1 - fid / 20,
        "clip_score": 29.7 - fid / 10,
        "class_agreement": min(1.0, agreement - 0.004 * index),
        "precision": 0.8 - fid / 200,
        "recall": 0.7 - fid / 200,
    }
    base = {
        "fid": 1.85 + 0.1 * index, "inception_score": 9.1 - 1.85 / 20, "clip_score": 29.7 - 0.185,
        "class_agreement": 0.995 - 0.004 * index, "precision": 0.8 - 1.85 / 200, "recall": 0.7 - 1.85 / 200,
    }  # fmt: skip
    rows = []
    for metric, value in values.items():
        pairs = [("value", value, SPREAD[metric])]
        if variant != "baseline":
            pairs.append(("difference", value - base[metric], SPREAD[metric] / 2))
        for quantity, number, half in pairs:
            rows.append({
                "model": model, "variant": variant, "metric": metric, "quantity": quantity, "subset": 0, "value": number,
                "low": number - half, "high": number + half, "standard_error": half / 2.1,
                "p_value": math.nan if quantity == "value" else p_value(number, half / 2.1, GROUPS - 1),
                "method": "delete-group jackknife, G = 20", "n": 1000, "note": NOTES.get((metric, quantity), ""),
            })  # fmt: skip
    path = root / f"scores/{model}/{variant}.parquet"
    frame = pd.DataFrame(rows)
    parquet.write(path, {name: frame[name].to_numpy() for name in frame.columns}, origin(model))
    return path


def replicates(root: Path, scores: pd.DataFrame, models: list[str]) -> dict[tuple[str, str], Path]:
    """Files of replicates whose paired differences to the baseline are those of a frame of scores, error and all.

    The errors of different variants are independent: each has a wave of its own over the groups.
    """
    paths = {}
    groups = np.arange(GROUPS)
    for number, variant in enumerate(VARIANTS):
        wave = np.sqrt(2 / (GROUPS - 1)) * np.cos(np.pi * max(number, 1) * (groups + 0.5) / GROUPS)
        for model in models:
            rows = scores[(scores["model"] == model) & (scores["variant"] == variant) & (scores["quantity"] == "difference")]
            rows = rows.set_index("metric") if number else pd.DataFrame(0.0, list(SPREAD), ["value", "low", "high"])
            columns: dict[str, list] = {}
            for metric, row in rows.iterrows():
                error = (row["high"] - row["low"]) / 2 / student_quantile(GROUPS)
                deletions = Deletions(row["value"], row["value"] + error * wave, np.full(GROUPS, 50))
                for values in rows_of(deletions):
                    for key, value in zip(COLUMNS, values, strict=True):
                        columns.setdefault(key, []).append(value)
                    columns.setdefault("metric", []).append(metric)
            size = len(columns["metric"])
            path = root / f"replicates/{model}/{variant}.parquet"
            parquet.write(path, columns | {"subset": [0] * size, "n": [1000] * size}, origin(model))
            paths[model, variant] = path
    return paths


def _variants(root: Path, model: str) -> Path:
    columns: dict[str, list] = {}
    for name, (side, window, ranked_by, replacement, threshold, quantile, share, *_) in VARIANTS.items():
        removed = share * DIMENSIONS / 100
        row = {
            "variant": name, "side": side, "window": window, "ranked_by": ranked_by,
            "mask": {"": "", "random": "shared"}.get(side, "per-vector"), "replacement": replacement, "noise": math.nan,
            "branch": "both" if side else "", "first_rank": math.nan, "last_rank": math.nan,
            "threshold": threshold, "quantile": quantile, "removed_dimensions": removed, "removed_percent": share,
            "removed_percent_all_steps": share + 5,
            "head_positive": 0.3 * removed, "head_negative": 0.7 * removed,
            "steps_pruned": {"": 0, "every": 50, "first": 1, "early": 5, "last": 5}[window], "model_evaluations": 50,
        }  # fmt: skip
        for key, value in row.items():
            columns.setdefault(key, []).append(value)
    path = root / f"variants/{model}.parquet"
    strings = ("variant", "side", "window", "ranked_by", "mask", "replacement", "branch")
    arrays = {key: np.array(values, dtype=object if key in strings else float) for key, values in columns.items()}
    parquet.write(path, arrays, origin(model))
    return path


def _images(root: Path, variant: str) -> Path:
    generator = np.random.default_rng(len(variant))
    path = root / f"images/{variant}.parquet"
    images = generator.integers(0, 256, (20, 8, 8, 1), dtype=np.uint8)
    parquet.write(path, {"sample": np.arange(20), "label": np.arange(20) % 10, "image": images})
    return path
