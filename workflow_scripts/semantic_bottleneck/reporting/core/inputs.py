"""The Parquet files the tables, figures and claims are made from."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.files.score_columns import COLUMNS as SCORES
from semantic_bottleneck.files.score_columns import WHOLE
from semantic_bottleneck.uncertainty.origins import Origin, read_origin

GEOMETRY = (
    *("model", "checkpoint", "training_step", "kind", "timestep", "metric"),
    *("value", "low", "high", "standard_error", "method", "n"),
)
LOCALISATION = (
    *("model", "setting", "variant", "against", "metric", "quantity"),
    *("value", "low", "high", "standard_error", "method", "n", "note"),
)
VARIANTS = (
    *("variant", "side", "window", "ranked_by", "mask", "replacement", "noise", "branch", "threshold", "quantile"),
    *(
        "first_rank",
        "last_rank",
        "removed_dimensions",
        "removed_percent",
        "removed_percent_all_steps",
        "head_positive",
        "head_negative",
        "steps_pruned",
        "model_evaluations",
    ),
)


def _gather(paths: Iterable[str | Path], columns: tuple[str, ...]) -> pd.DataFrame:
    frames = []
    for path in paths:
        stored = parquet.read(path)
        missing = [name for name in columns if name not in stored]
        if missing:
            raise UserError(f"{path} lacks the column {missing[0]!r}; delete it and run again.")
        frame = pd.DataFrame({name: stored[name] for name in columns})
        frames.append(frame.assign(origin=_origins(frame, path)))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*columns, "origin"])


def _origins(frame: pd.DataFrame, path: str | Path) -> list[Origin]:
    """The origin of each row; where a file is about several checkpoints, its metadata only tell of one."""
    origin, checkpoint = read_origin(path), parquet.read_metadata(path).get("checkpoint")
    if checkpoint is None or "checkpoint" not in frame:
        return [origin] * len(frame)
    return [origin if name == checkpoint else Origin(origin.result_file) for name in frame["checkpoint"]]


def read_geometry(paths: Iterable[str | Path]) -> pd.DataFrame:
    """`results/<study>/geometry/<model>/<checkpoint>.parquet`, one below the other (columns: GEOMETRY and `origin`)."""
    return _gather(paths, GEOMETRY)


def read_scores(paths: Iterable[str | Path], nested: bool = False) -> pd.DataFrame:
    """`results/<study>/scores/<model>/<variant>.parquet`, one below the other (columns: `score_columns.COLUMNS` and `origin`).

    Args:
        nested: whether the scores of the first so many samples are wanted, rather than those of all samples.
    """
    scores = _gather(paths, SCORES)
    return scores[(scores["subset"] != WHOLE) == nested].reset_index(drop=True)


def read_localisation(paths: Iterable[str | Path]) -> pd.DataFrame:
    """`results/<study>/localisation/<model>.parquet`, one below the other (columns: LOCALISATION and `origin`)."""
    return _gather(paths, LOCALISATION)


def read_variants(paths: Mapping[str, str | Path]) -> pd.DataFrame:
    """model -> `results/<study>/variants/<model>.parquet`; columns `model`, VARIANTS and `origin`."""
    frames = [_gather([path], VARIANTS).assign(model=model) for model, path in paths.items()]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*VARIANTS, "origin", "model"])


def read_images(paths: Iterable[str | Path], samples: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of `samples`, in that order, from the shards of one variant (columns sample, label, image).

    Returns:
        uint8 (n, H, W, C) and int64 (n,).

    Raises:
        UserError: a sample is in none of the shards.
    """
    pictures: dict[int, tuple[np.ndarray, int]] = {}
    samples, paths = list(samples), list(paths)
    for path in paths:
        stored = parquet.read(path, ["sample", "label", "image"])
        for position in np.flatnonzero(np.isin(stored["sample"], samples)):
            pictures[int(stored["sample"][position])] = (stored["image"][position], int(stored["label"][position]))
    for sample in samples:
        if sample not in pictures:
            raise UserError(f"Sample {sample} is in none of {', '.join(map(str, paths))}; choose samples of this study.")
    return np.stack([pictures[sample][0] for sample in samples]), np.array([pictures[sample][1] for sample in samples])
