"""CLIP score from image and text features, in the conventions of docs/sources/evaluation.md, section 6."""

import numpy as np

from semantic_bottleneck.arrays import Float, Float64


def unit_rows(features: Float[np.ndarray, "*sets features"]) -> Float64[np.ndarray, "*sets features"]:
    """Rows divided by their length along the last axis, float64."""
    features = np.asarray(features, dtype=np.float64)
    return features / np.linalg.norm(features, axis=-1, keepdims=True)


def cosines(
    images: Float[np.ndarray, "samples features"], texts: Float[np.ndarray, "samples features"]
) -> Float64[np.ndarray, " samples"]:
    """Cosine of row i of `images` with row i of `texts`; (n, e) each, float64 (n,)."""
    return (unit_rows(images) * unit_rows(texts)).sum(axis=1)
