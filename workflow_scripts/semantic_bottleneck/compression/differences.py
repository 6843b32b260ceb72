"""How far the samples of a compressed model are from the full model's, noise and labels being the same."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from semantic_bottleneck.arrays import Num
from semantic_bottleneck.uncertainty.shares import share_interval

VISIBLE = 16 / 127.5
"""Change of a pixel in [-1, 1] that counts as visible: 16 of 255 grey levels."""


def measure_differences(
    latents: Mapping[str, Num[np.ndarray, "samples ..."]],
    full_latents: Mapping[str, Num[np.ndarray, "samples ..."]],
    features: Mapping[str, Num[np.ndarray, "samples ..."]],
    full_features: Mapping[str, Num[np.ndarray, "samples ..."]],
    are_pixels: bool,
) -> list[dict[str, Any]]:
    """Rows quantity, value, low, high, n.

    Args:
        latents, features: columns of the result files, in the same sample order as those of the full model.
        are_pixels: latents are pictures in [-1, 1], so that a visible change can be told.
    """
    change = np.abs(latents["latent"].astype(np.float64) - full_latents["latent"]).reshape(len(latents["latent"]), -1)
    seen = [samples["logits"].argmax(axis=1) for samples in (features, full_features)]
    shares = {"classes_changed": seen[0] != seen[1]}
    if are_pixels:
        clipped = [np.clip(samples["latent"].astype(np.float64), -1, 1) for samples in (latents, full_latents)]
        off = np.abs(clipped[0] - clipped[1]).reshape(len(change), -1).max(axis=1)
        shares["pictures_changed"] = off > VISIBLE
    plain = {"largest_difference": change.max(), "rms_difference": np.sqrt(np.square(change).mean())}
    rows = []
    for quantity, hits in shares.items():
        low, high = share_interval(int(hits.sum()), len(hits))
        rows.append({"quantity": quantity, "value": float(hits.mean()), "low": low, "high": high, "n": len(hits)})
    for quantity, value in plain.items():
        rows.append({"quantity": quantity, "value": float(value), "low": np.nan, "high": np.nan, "n": len(change)})
    return rows
