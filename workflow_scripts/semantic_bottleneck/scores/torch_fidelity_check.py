"""FID and inception score by torch-fidelity's own functions: the independent second opinion on ours."""

import numpy as np
import torch
from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_statistics_to_metric
from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, isc_features_to_metric


def torch_fidelity_frechet(
    mean: np.ndarray, covariance: np.ndarray, other_mean: np.ndarray, other_covariance: np.ndarray
) -> float:
    """Fréchet distance by the eigenvalues of S1 S2; means (d,), covariances (d, d), all taken in float64.

    torch-fidelity stops without a message where the dtypes of the two sides differ, hence the cast.
    """
    sides = [
        {"mu": np.asarray(m, dtype=np.float64), "sigma": np.asarray(s, dtype=np.float64)}
        for m, s in ((mean, covariance), (other_mean, other_covariance))
    ]
    return fid_statistics_to_metric(*sides, verbose=False)[KEY_METRIC_FID]


def torch_fidelity_inception_score(logits: np.ndarray, splits: int) -> float:
    """Inception score in `splits` shuffled splits (seed 2020) of logits (n, K)."""
    return isc_features_to_metric(torch.from_numpy(np.array(logits)), splits=splits)[KEY_METRIC_ISC_MEAN]
