"""CAVP features of silent videos, the condition of MDSGen (docs/sources/continuous_conditioning.md, section 2.3)."""

from pathlib import Path

import numpy as np

from semantic_bottleneck.arrays import Float32
from semantic_bottleneck.checkpoints.npz import Npz
from semantic_bottleneck.checkpoints.ranges import LocalBytes
from semantic_bottleneck.errors import UserError

LARGEST = 1 << 22
"""Numbers that the features of a clip may have."""


def clip_files(folder: str | Path, count: int) -> list[Path]:
    """The first `count` clips in order of their names.

    Raises:
        UserError: there are fewer.
    """
    files = sorted(Path(folder).glob("*.npz"))
    if len(files) < count:
        raise UserError(
            f"{folder} holds {len(files)} clips but the card asks for {count}; add clips or lower conditioning.data.count."
        )
    return files[:count]


def read_clip(path: Path, frames: int, width: int, key: str = "arr_0") -> Float32[np.ndarray, "frames width"]:
    """The first `frames` rows of a clip's features; (frames, width) float32.

    Raises:
        UserError: not an npz, another key or shape, too few frames, or values that are not finite.
    """
    with LocalBytes(path) as source:
        archive = Npz(source)
        if key not in archive.names:
            raise UserError(f"{path} has no array '{key}'; it holds {', '.join(archive.names)} (see conditioning.data.key).")
        features = archive.array(key, LARGEST)
    if features.ndim != 2 or features.shape[0] < frames or features.shape[1] != width:
        raise UserError(
            f"{path} has features of shape {features.shape}; at least {frames} frames of {width} values are needed."
        )
    features = features[:frames].astype(np.float32)
    if not np.isfinite(features).all():
        raise UserError(f"{path} holds values that are not finite; extract that clip again.")
    return features
