"""Scores with intervals against torch-fidelity's without: time and peak memory for one variant, from its features.

    python benchmarks/scoring.py [--samples 50000] [--width 2048] [--classes 1008] [--pairs 10000]

Both sides run in a process of their own on the same features: Fréchet distance against given reference statistics,
inception score in one and ten splits, kernel distance, precision and recall on the first `--pairs` rows. Ours adds the
jackknife over 20 groups to each, and density and coverage; its kernel distance uses all pairs where torch-fidelity draws
100 subsets of 1000. Threads: as OMP_NUM_THREADS says. Memory is the peak above what the features and the imports take.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from semantic_bottleneck.scores.frechet import frechet_deletions, prepare_reference
from semantic_bottleneck.scores.inception_score import (
    equal_splits,
    inception_score_deletions,
    probabilities_of,
    shuffled_splits,
)
from semantic_bottleneck.scores.jackknife import group_of, jackknife
from semantic_bottleneck.scores.kid import kid_deletions
from semantic_bottleneck.scores.moments import grouped_moments, moments
from semantic_bottleneck.scores.precision_recall import precision_recall

GROUPS, NEIGHBOURS, SUBSET = 20, 3, 1000
CLASSES_OF_SAMPLES = 10
REFERENCE_ROWS = 10_000


def features(seed: int, n: int, width: int) -> np.ndarray:
    """ReLU features float32 (n, width) of low effective dimension, as Inception's are."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).normal(size=(width, width)).astype(np.float32) / np.sqrt(np.arange(1, width + 1))
    rows = rng.normal(size=(n, width)).astype(np.float32) @ mixing.T.astype(np.float32)
    return np.maximum(0.2 * rows / rows.std() + 0.1 + 0.01 * seed, 0.0).astype(np.float32)


def ours(rows: np.ndarray, logits: np.ndarray, real: np.ndarray, pairs: int) -> dict[str, float]:
    """Every score with its interval; half widths are computed and dropped."""
    groups = group_of(np.arange(len(rows)), CLASSES_OF_SAMPLES, GROUPS)
    sums = moments(real)
    reference = prepare_reference(sums.mean(), sums.covariance())
    scores = {"fid": frechet_deletions(grouped_moments(rows, groups, reference.mean), reference)}
    probabilities = probabilities_of(logits)
    for name, splits in (("is_1", equal_splits(len(rows), 1)), ("is_10", shuffled_splits(len(rows), 10))):
        scores[name] = inception_score_deletions(probabilities, splits, groups)
    scores["kid"] = kid_deletions(rows[:pairs], real[:pairs], groups[:pairs])
    scores |= precision_recall(rows[:pairs], real[:pairs], NEIGHBOURS, groups[:pairs], np.float32)
    return {name: jackknife(deletions).value for name, deletions in scores.items()}


def theirs(rows: np.ndarray, logits: np.ndarray, real: np.ndarray, pairs: int) -> dict[str, float]:
    """The same scores by torch-fidelity's functions."""
    generated, reference, scores = torch.from_numpy(rows), torch.from_numpy(real), torch.from_numpy(logits)
    found = fid_statistics_to_metric(fid_features_to_statistics(generated), fid_features_to_statistics(reference), False)
    single, ten = isc_features_to_metric(scores, splits=1), isc_features_to_metric(scores)
    size = min(SUBSET, pairs, len(real))
    kid = kid_features_to_metric(generated[:pairs], reference[:pairs], kid_subset_size=size, verbose=False)
    shares = prc_features_to_metric(generated[:pairs], reference[:pairs], save_cpu_ram=False, verbose=False)
    return {
        "fid": found["frechet_inception_distance"],
        "is_1": single["inception_score_mean"],
        "is_10": ten["inception_score_mean"],
        "kid": kid["kernel_inception_distance_mean"],
        "precision": shares["precision"],
        "recall": shares["recall"],
    }


def run_side(side: str, samples: int, width: int, classes: int, pairs: int) -> None:
    """Print one side's scores, seconds and peak memory in MiB as JSON."""
    rows, real = features(1, samples, width), features(2, min(REFERENCE_ROWS, samples), width)
    logits = np.random.default_rng(3).normal(size=(samples, classes)).astype(np.float32)
    start, clock = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    values = {"ours": ours, "theirs": theirs}[side](rows, logits, real, pairs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"values": values, "seconds": time.perf_counter() - clock, "memory": (peak - start) / 1024}))


def main() -> None:
    """Run both sides one after the other and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=50_000)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--classes", type=int, default=1008)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--side", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = options.samples, options.width, options.classes, options.pairs
    if options.side:
        run_side(options.side, *size)
        return
    results = {}
    for side in ("theirs", "ours"):
        command = [sys.executable, __file__, "--side", side]
        command += [f"--{name}={value}" for name, value in zip(("samples", "width", "classes", "pairs"), size, strict=True)]
        results[side] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"{options.samples} x {options.width}, {options.classes} classes, pairs on {options.pairs} rows")
    for name in results["theirs"]["values"]:
        print(
            f"{name:10s} torch-fidelity {results['theirs']['values'][name]:12.6g}  ours {results['ours']['values'][name]:12.6g}"
        )
    for name, unit in (("seconds", "s"), ("memory", "MiB")):
        other, own = results["theirs"][name], results["ours"][name]
        print(f"{name:10s} torch-fidelity {other:9.1f} {unit}  ours with intervals {own:9.1f} {unit}  ratio {own / other:.2f}")


if __name__ == "__main__":
    main()
