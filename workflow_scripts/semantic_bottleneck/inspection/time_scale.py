"""Which values of t a timestep embedder was trained on, read off its first layer.

The first layer sees cos(t f_k) and sin(t f_k), f_k = exp(-ln 10000 k / 128), k = 0..127. Where t f_k stays small the cosine is
1 for every t, as the bias's input is, so under Adam the column of that cosine moves as the bias does, which starts at 0: the
column becomes its small random start plus the bias. For times in 0..1 that holds for most columns, for times up to 1,000 only
for the last dozen.
"""

import numpy as np

from semantic_bottleneck.arrays import Float

MIDDLE = (0.15, 0.45)
"""Columns (as shares of all cosines) of frequencies 0.25 to 0.016: flat for times up to 1, turning for times up to 1,000."""
LAST = (0.94, 1.0)
"""Columns that are flat for both: they must follow the bias if the reasoning holds."""
FOLLOWS, TURNS = 0.35, 0.45
"""Root mean square distance from slope 1 below which columns follow the bias, and above which they do not.

Chosen on the miniatures, all of them trained on times up to 1,000 (0.52 and more; the last columns 0.26 and less), and on
embedders trained alone (times in 0..1: below 0.15).
"""


def time_scale(weight: Float[np.ndarray, "width frequencies"], bias: Float[np.ndarray, " width"]) -> str | None:
    """ "unit" for times in 0..1, "thousand" for times up to 1,000; None where the weights do not tell.

    Args:
        weight: of the first layer, (D, 256), cosines first.
        bias: (D,).
    """
    weight, bias = np.asarray(weight, dtype=np.float64), np.asarray(bias, dtype=np.float64)
    power = float(bias @ bias)
    if power == 0:
        return None
    slopes = bias @ weight[:, : weight.shape[1] // 2] / power
    middle, last = (_away(slopes, share) for share in (MIDDLE, LAST))
    if last > FOLLOWS:
        return None
    if middle < FOLLOWS:
        return "unit"
    return "thousand" if middle > TURNS else None


def _away(slopes: Float[np.ndarray, " frequencies"], share: tuple[float, float]) -> float:
    """Root mean square distance from slope 1 of a part of the columns."""
    count = len(slopes)
    return float(np.sqrt(np.mean((slopes[round(share[0] * count) : round(share[1] * count)] - 1) ** 2)))
