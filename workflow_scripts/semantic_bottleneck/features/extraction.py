"""Run a registered torch-fidelity extractor over images in fixed batches."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from torch_fidelity import FeatureExtractorBase
from torch_fidelity.utils import create_feature_extractor

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.slots import look_in_batches


def run_extractor(
    name: str, layers: Sequence[str], weights: str | Path, images: np.ndarray, samples: np.ndarray, batch: int, device: str
) -> list[np.ndarray]:
    """One float32 array (N, d) per layer, rows in the order of the images.

    Args:
        name: the extractor's name in torch-fidelity's registry.
        layers: layers it provides, in the order wanted.
        weights: file of the extractor's weights.
        images: uint8 (N, H, W, C).
        samples: int64 (N,), sample indices, which fix the place in a batch.
        batch: images per forward pass.
        device: cpu or cuda.

    Raises:
        UserError: the weights cannot be read, or the images are of the wrong kind.
    """
    try:
        extractor = _opened(name, tuple(layers), str(weights), Path(weights).stat().st_mtime_ns, device != "cpu")
    except (OSError, RuntimeError, KeyError) as error:
        raise UserError(
            f"{weights} does not hold the weights of extractor {name} ({error}); delete it and run again."
        ) from error
    return look_in_batches(images, samples, batch, device, extractor)


@lru_cache(maxsize=2)
def _opened(name: str, layers: tuple[str, ...], weights: str, changed: int, cuda: bool) -> FeatureExtractorBase:
    """Shards are seen block by block, so the network is kept; `changed` tells a rewritten file from the same one."""
    return create_feature_extractor(name, list(layers), cuda=cuda, feature_extractor_weights_path=weights, verbose=False)
