"""How near a generated picture is to the photograph it should reproduce: PIDM's options.

Source: docs/sources/evaluation.md, section 8.
"""

from collections.abc import Callable

import numpy as np

from semantic_bottleneck.arrays import Float64
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.scores.opencv_resize import resize_width

WINDOW = 51
METHODS = {
    "ssim": f"scikit-image, window {WINDOW}, uniform weights, per channel, range 1, at 256 x 256",
    "ssim_gaussian": "scikit-image, Gaussian weights of sigma 1.2, population covariance, range 255, at 256 x 256",
    "lpips": "AlexNet, version 0.1, at 176 x 256 by OpenCV's bilinear resize, values in [-1, 1]",
    "psnr": "mean of decibels per picture, range 1, at 256 x 256",
}
"""Metric -> how it is computed; each is a mean over all pairs, the last incomplete batch included (PIDM drops it)."""


def paired_scores(
    generated: np.ndarray, targets: np.ndarray, distance: Callable[[np.ndarray, np.ndarray], float]
) -> dict[str, Float64[np.ndarray, " pairs"]]:
    """Metric -> float64 (n,), one number per pair.

    Args:
        generated, targets: uint8 (n, H, W, 3), at least 51 pixels high and wide.
        distance: LPIPS of two uint8 (H, W, 3) pictures.

    Raises:
        UserError: the pictures differ in shape or are too small.
    """
    # Imported only here: who scores what was measured needs the names of the metrics, not scikit-image.
    from skimage.metrics import structural_similarity

    if generated.shape != targets.shape or generated.dtype != np.uint8 or targets.dtype != np.uint8:
        raise UserError(
            f"Generated pictures {generated.shape} and photographs {targets.shape} must be uint8 of one shape; "
            "check the decoder of the model card."
        )
    if min(generated.shape[1:3]) < WINDOW:
        raise UserError(f"Pictures of {generated.shape[1:3]} are smaller than the window of SSIM, {WINDOW} pixels.")
    narrow = zip(resize_width(generated), resize_width(targets), strict=True)
    scores: dict[str, list[float]] = {metric: [] for metric in METHODS}
    for ours, photograph, pair in zip(generated, targets, narrow, strict=True):
        scores["ssim"].append(
            structural_similarity(photograph / 255.0, ours / 255.0, win_size=WINDOW, data_range=1.0, channel_axis=2)
        )
        scores["ssim_gaussian"].append(
            structural_similarity(
                photograph,
                ours,
                gaussian_weights=True,
                sigma=1.2,
                use_sample_covariance=False,
                data_range=255.0,
                channel_axis=2,
            )
        )
        scores["lpips"].append(distance(*pair))
        scores["psnr"].append(_decibels(photograph, ours))
    return {metric: np.array(values, dtype=np.float64) for metric, values in scores.items()}


def _decibels(photograph: np.ndarray, ours: np.ndarray) -> float:
    from skimage.metrics import peak_signal_noise_ratio

    if np.array_equal(photograph, ours):
        raise UserError("A generated picture equals its photograph, whose PSNR is infinite; check what was decoded.")
    return float(peak_signal_noise_ratio(photograph / 255.0, ours / 255.0, data_range=1.0))
