"""Scores with intervals against torch-fidelity's without: time and peak memory for one variant, from its features.

    python benchmarks/scoring.py [--samples 50000] [--width 2048] [--classes 1008] [--pairs 10000] [--rounds 1]

Every side runs in a process of its own on the same feature files, one after another, with one thread (so that spinning
threads of a busy machine count for nobody): Fréchet distance against given reference statistics, inception score in one
and ten splits, kernel distance, precision and recall on the first `--pairs` rows of either set.

- `torch-fidelity`: its functions with their defaults, no intervals.
- `torch-fidelity, low memory`: the same with save_cpu_ram and blocks of 1000 for precision and recall.
- `ours`: each score with its jackknife over 20 groups, the distance checked by torch-fidelity's formula and by the influence
  function; density and coverage come with precision and recall. The kernel distance uses all pairs where torch-fidelity
  draws 100 subsets of 1000.
- `score_variant`: what the workflow runs: the same, the distance extrapolated to infinitely many samples, and the rows of
  the table with paired differences to a baseline scored before.

Seconds are of the wall clock and of the processor; memory is the peak above what the features and the imports take.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from semantic_bottleneck.scores.frechet import prepare_reference
from semantic_bottleneck.scores.frechet_jackknife import frechet_jackknife
from semantic_bottleneck.scores.inception_score import inception_sums, shuffled_splits
from semantic_bottleneck.scores.kid import KernelSums
from semantic_bottleneck.scores.measure import Settings
from semantic_bottleneck.scores.moments import moments
from semantic_bottleneck.scores.precision_recall import precision_recall
from semantic_bottleneck.scores.torch_fidelity_check import torch_fidelity_frechet
from semantic_bottleneck.scores.variant_scores import score_rows, variant_scores
from semantic_bottleneck.uncertainty.groups import group_of
from semantic_bottleneck.uncertainty.halves import balanced_halves
from semantic_bottleneck.uncertainty.jackknife import jackknife

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
GROUPS, NEIGHBOURS, SUBSET, SPLITS = 20, 3, 1000, 10
CLASSES_OF_SAMPLES = 10
REFERENCE_ROWS = 10_000
SIDES = ("torch-fidelity", "torch-fidelity, low memory", "ours", "score_variant")


def features(seed: int, n: int, width: int) -> np.ndarray:
    """ReLU features float32 (n, width) of low effective dimension, as Inception's are."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).normal(size=(width, width)).astype(np.float32) / np.sqrt(np.arange(1, width + 1))
    rows = rng.standard_normal(size=(n, width), dtype=np.float32) @ mixing.T.astype(np.float32)
    rows *= np.float32(0.2 / rows.std())
    rows += np.float32(0.1 + 0.01 * seed)
    return np.maximum(rows, 0.0, out=rows)


def write_features(folder: Path, samples: int, width: int, classes: int) -> None:
    """The files that every side reads: generated features, logits, real features and their statistics."""
    np.save(folder / "generated.npy", features(1, samples, width))
    real = features(2, max(REFERENCE_ROWS, 5 * width), width)
    sums = moments(real)
    np.savez(folder / "statistics.npz", mean=sums.mean(), covariance=sums.covariance())
    np.save(folder / "real.npy", real[:REFERENCE_ROWS])
    logits = np.random.default_rng(3).standard_normal(size=(samples, classes), dtype=np.float32)
    np.save(folder / "logits.npy", 3.0 * logits)


def ours(rows: np.ndarray, logits: np.ndarray, real: np.ndarray, statistics: tuple, pairs: int) -> dict[str, float]:
    """Every score with its interval; half widths are computed and dropped."""
    groups, labels = _groups_and_labels(len(rows))
    reference = prepare_reference(*statistics)
    total = moments(rows, reference.mean)
    found = frechet_jackknife(rows, labels, groups, total, reference)
    scores = {"fid": found.deletions}
    check = torch_fidelity_frechet(total.mean(), total.covariance(), *statistics)
    if abs(check - found.deletions.value) > 1e-6:
        raise SystemExit(f"formulas disagree: {check} and {found.deletions.value}")
    del total
    sums = inception_sums(logits, shuffled_splits(len(rows), SPLITS), groups)
    scores |= {"is_1": sums.one_split().deletions(), "is_10": sums.deletions()}
    kernel, halving = KernelSums(groups[:pairs]), balanced_halves(labels[:pairs], groups[:pairs])
    scores |= precision_recall(rows[:pairs], real[:pairs], NEIGHBOURS, groups[:pairs], np.float32, kernel, halving)
    scores["kid"] = kernel.deletions()
    return {name: jackknife(deletions).value for name, deletions in scores.items()}


def everything(rows: np.ndarray, logits: np.ndarray, real: np.ndarray, statistics: tuple, pairs: int) -> dict[str, float]:
    """The rule score_variant, less reading and writing of files; the baseline's replicates are its own."""
    labels = _groups_and_labels(len(rows))[1]
    samples = {"sample": np.arange(len(rows)), "label": labels, "features": rows, "logits": logits}
    settings = Settings(CLASSES_OF_SAMPLES, GROUPS, NEIGHBOURS, pairs, SPLITS)
    found = variant_scores(samples, real, name="variant", settings=settings, reference_moments=statistics)
    table = score_rows("model", "variant", found, found)
    rows_of_table = zip(table["metric"], table["quantity"], table["value"], strict=True)
    values = {metric: value for metric, quantity, value in rows_of_table if quantity == "value"}
    names = {"is_1": "inception_score_one_split", "is_10": "inception_score"}
    return {name: values[names.get(name, name)] for name in ("fid", "is_1", "is_10", "kid", "precision", "recall")}


def theirs(
    rows: np.ndarray, logits: np.ndarray, real: np.ndarray, statistics: tuple, pairs: int, **options: object
) -> dict[str, float]:
    """The same scores by torch-fidelity's functions."""
    generated, reference, scores = torch.from_numpy(rows), torch.from_numpy(real), torch.from_numpy(logits)
    own = {name: value.astype(np.float64) for name, value in fid_features_to_statistics(generated).items()}
    found = fid_statistics_to_metric(own, dict(zip(("mu", "sigma"), statistics, strict=True)), False)
    single, ten = isc_features_to_metric(scores, splits=1), isc_features_to_metric(scores)
    size = min(SUBSET, pairs, len(real))
    kid = kid_features_to_metric(generated[:pairs], reference[:pairs], kid_subset_size=size, verbose=False)
    shares = prc_features_to_metric(generated[:pairs], reference[:pairs], verbose=False, **options)
    return {
        "fid": found["frechet_inception_distance"],
        "is_1": single["inception_score_mean"],
        "is_10": ten["inception_score_mean"],
        "kid": kid["kernel_inception_distance_mean"],
        "precision": shares["precision"],
        "recall": shares["recall"],
    }


def _groups_and_labels(n: int) -> tuple[np.ndarray, np.ndarray]:
    return group_of(np.arange(n), CLASSES_OF_SAMPLES, GROUPS), np.arange(n) % CLASSES_OF_SAMPLES


def run_side(side: str, folder: Path, pairs: int) -> None:
    """Print one side's scores, seconds and peak memory in MiB as JSON."""
    torch.set_num_threads(1)
    rows, logits, real = (np.load(folder / f"{name}.npy") for name in ("generated", "logits", "real"))
    with np.load(folder / "statistics.npz") as file:
        statistics = file["mean"], file["covariance"]
    score = {
        "torch-fidelity": lambda *data: theirs(*data, save_cpu_ram=False),
        "torch-fidelity, low memory": lambda *data: theirs(*data, save_cpu_ram=True, prc_batch_size=1000),
        "ours": ours,
        "score_variant": everything,
    }[side]
    before, clock, processor = resident(), time.perf_counter(), time.process_time()
    values = score(rows, logits, real, statistics, pairs)
    seconds, busy = time.perf_counter() - clock, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"values": values, "seconds": seconds, "processor": busy, "memory": peak - before}))


def resident() -> float:
    """Memory of this process now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    """Run the sides one after the other and print them beside one another."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=50_000)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--classes", type=int, default=1008)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1, help="times every side is run; the least of each cost counts")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        run_side(options.side, options.folder, options.pairs)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_features(Path(folder), options.samples, options.width, options.classes)
        results = {side: [] for side in SIDES}
        for _ in range(options.rounds):
            for side, runs in results.items():
                command = [sys.executable, __file__, "--side", side, "--folder", folder, f"--pairs={options.pairs}"]
                done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | ONE_THREAD)
                runs.append(json.loads(done.stdout.splitlines()[-1]))
    print_results(results, f"{options.samples} x {options.width}, {options.classes} classes, pairs on {options.pairs} rows")


def print_results(results: dict[str, list[dict]], title: str) -> None:
    """Scores of the last round, and the least cost of each side over the rounds."""
    print(title)
    for name in results["ours"][-1]["values"]:
        values = (f"{side} {runs[-1]['values'][name]:.6g}" for side, runs in results.items() if name in runs[-1]["values"])
        print(f"{name:10s} {'; '.join(values)}")
    base = results[SIDES[0]]
    for name, unit in (("seconds", "s wall"), ("processor", "s processor"), ("memory", "MiB peak")):
        least = {side: min(run[name] for run in runs) for side, runs in results.items()}
        parts = (f"{side} {value:.1f} ({value / min(run[name] for run in base):.2f})" for side, value in least.items())
        print(f"{unit:12s} {'; '.join(parts)}")


if __name__ == "__main__":
    main()
