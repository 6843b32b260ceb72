"""Pictures side by side."""

import numpy as np


def strip(values: np.ndarray) -> np.ndarray:
    """(n, H, W, C) images side by side with a white gap: (H, n (H + gap) - gap, C), a single channel dropped."""
    height, width, channels = values.shape[1:]
    gap = max(1, width // 16)
    strip = np.full((height, len(values) * (width + gap) - gap, channels), 255, dtype=np.uint8)
    for index, image in enumerate(values):
        strip[:, index * (width + gap) : index * (width + gap) + width] = image
    return strip[..., 0] if channels == 1 else strip
