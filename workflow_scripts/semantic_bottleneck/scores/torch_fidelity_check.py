"""FID and inception score by torch-fidelity's formulas: the second opinion on ours, which takes other ways.

They are written down here in NumPy, because importing torch-fidelity (and with it torch and torchvision) would take
longer than all the scores of a small study. The tests hold both functions equal to torch-fidelity's own.
"""

from itertools import pairwise

import numpy as np
from scipy.special import log_softmax

from semantic_bottleneck.arrays import Float
from semantic_bottleneck.scores.inception_score import TORCH_FIDELITY_SEED


def torch_fidelity_frechet(
    mean: Float[np.ndarray, " features"],
    covariance: Float[np.ndarray, "features features"],
    other_mean: Float[np.ndarray, " features"],
    other_covariance: Float[np.ndarray, "features features"],
) -> float:
    """Fréchet distance by the eigenvalues of S1 S2; means (d,), covariances (d, d), all taken in float64.

    Source: torch_fidelity.metric_fid.fid_statistics_to_metric, to the bit.
    """
    m1, s1, m2, s2 = (np.asarray(part, dtype=np.float64) for part in (mean, covariance, other_mean, other_covariance))
    diff = m1 - m2
    trace_of_root = np.sum(np.sqrt(np.linalg.eigvals(s1.dot(s2)).astype("complex128")).real)
    return float(diff.dot(diff) + np.trace(s1) + np.trace(s2) - 2 * trace_of_root)


def torch_fidelity_inception_score(logits: Float[np.ndarray, "samples classes"], splits: int) -> float:
    """Inception score in `splits` shuffled splits (seed 2020) of logits (n, K), by KL(p | q) sample by sample.

    Source: torch_fidelity.metric_isc.isc_features_to_metric.
    """
    shuffled = logits[np.random.RandomState(TORCH_FIDELITY_SEED).permutation(len(logits))].astype(np.float64)
    logs = log_softmax(shuffled, axis=1)
    probabilities, edges = np.exp(logs), np.arange(splits + 1) * len(logits) // splits
    scores = []
    for start, stop in pairwise(edges.tolist()):
        p, log_p = probabilities[start:stop], logs[start:stop]
        scores.append(np.exp((p * (log_p - np.log(p.mean(axis=0)))).sum(axis=1).mean()))
    return float(np.mean(scores))
