"""Do the 95 % intervals of the scores cover the truth in 95 % of repeated experiments? Prints a table and its limits.

    python benchmarks/coverage.py [--width 64] [--runs 400] [--ratios 1.25 2.5 3.75 5 10 15 25]

Each experiment draws n feature vectors of a generator and scores them against fixed reference statistics with the
delete-group jackknife of the scores table. `covered` is the share of experiments whose interval holds the expectation of
the score at that n (for fid_infinity: the limit of infinitely many samples); it counts as right between 92 and 98 %.
`spread` is the mean standard error over the true standard deviation: above 1 the intervals are too wide. The last column
does the same with the first-order (influence function) standard error. `paired` is the difference of two generators that
share their noise. `5 per class` has so many classes that each has five samples, so that the groups lie in blocks of classes.

Recall and coverage are not smooth functions of the samples: leaving samples out moves them by more than their own noise
(the k-th order part of a statistic enters the jackknife's variance k times, Efron and Stein 1981). Their variance is scaled by
what random halves of the samples say of it (`uncertainty/halves.py`).
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from semantic_bottleneck.scores.frechet import Reference, frechet_deletions, prepare_reference
from semantic_bottleneck.scores.frechet_infinity import frechet_infinity
from semantic_bottleneck.scores.inception_score import inception_sums, shuffled_splits
from semantic_bottleneck.scores.influence import influence_standard_error
from semantic_bottleneck.scores.kid import KernelSums
from semantic_bottleneck.scores.moments import GroupMoments, grouped_moments, moments
from semantic_bottleneck.scores.precision_recall import precision_recall
from semantic_bottleneck.uncertainty.groups import group_of, stratified_groups
from semantic_bottleneck.uncertainty.halves import balanced_halves
from semantic_bottleneck.uncertainty.jackknife import Deletions, jackknife

CLASSES, GROUPS, NEIGHBOURS, SPLITS = 4, 20, 3, 10
FEW, FEW_RATIOS = 5, (5, 15)
RIGHT = 0.92, 0.98
POPULATION = 400_000
SEED = 20_261_123
"""Changed once, when every estimator was settled: 20_260_101 was looked at while the extrapolation was designed."""

Sampler = Callable[[np.random.Generator, int], np.ndarray]


class World:
    """A class-conditional generator of features, a pruned variant of it and real images, all with known statistics."""

    def __init__(self, kind: str, width: int, classes: int = CLASSES):
        rng = np.random.default_rng(SEED)
        self.relu, self.width, self.classes = kind == "relu", width, classes
        self.mixing = rng.normal(size=(width, width)) / np.sqrt(width)
        self.centres = 0.7 * rng.normal(size=(classes, width))
        self.directions = rng.normal(size=(width, CLASSES)) / np.sqrt(width)
        sums = moments(self.real(rng, POPULATION))
        self.reference = prepare_reference(sums.mean(), sums.covariance())

    def generated(self, noise: np.ndarray) -> np.ndarray:
        """Features of the baseline from standard normal noise (n, width); row i has class i % classes."""
        return self._finish(noise @ self.mixing + self.centres[np.arange(len(noise)) % self.classes])

    def pruned(self, noise: np.ndarray) -> np.ndarray:
        """Features of a variant close to the baseline, from the same noise."""
        return self._finish(1.02 * noise @ self.mixing + self.centres[np.arange(len(noise)) % self.classes] + 0.01)

    def real(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """Features of real images: the baseline with a shift and more spread."""
        noise = rng.normal(size=(n, self.width)).astype(np.float32)
        return self._finish(1.1 * noise @ self.mixing + self.centres[rng.integers(0, self.classes, n)] + 0.1)

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Class scores (n, 4)."""
        return 3.0 * features @ self.directions

    def _finish(self, features: np.ndarray) -> np.ndarray:
        return np.maximum(features + 0.2, 0.0) if self.relu else features


class Tally:
    """Intervals of one score over many experiments."""

    def __init__(self, truth: float | None = None):
        self.truth, self.values, self.intervals, self.errors, self.first_order = truth, [], [], [], []

    def add(self, deletions: Deletions, first_order: float = np.nan) -> None:
        """Note the interval of one experiment."""
        estimate = jackknife(deletions)
        self.values.append(estimate.value)
        self.intervals.append((estimate.low, estimate.high))
        self.errors.append(estimate.standard_error)
        self.first_order.append(first_order)

    def line(self, name: str) -> tuple[str, bool]:
        """A row of the table, and whether the coverage is right."""
        truth = float(np.mean(self.values)) if self.truth is None else self.truth
        low, high = np.array(self.intervals).T
        covered, sd = np.mean((low <= truth) & (truth <= high)), np.std(self.values, ddof=1)
        right = RIGHT[0] <= covered <= RIGHT[1]
        ratios = f"{np.mean(self.errors) / sd:7.2f} {np.mean(self.first_order) / sd:9.2f}"
        verdict = "" if right else "  <- outside 92-98 %"
        return f"{name:52s} {truth:11.5g} {sd:10.3g} {100 * covered:8.1f} % {ratios}{verdict}", right


def frechet_coverage(world: World, n: int, runs: int, limits: tuple[float, float]) -> dict[str, Tally]:
    """Fréchet distance, its extrapolation and the paired difference at one n."""
    tallies = {"fid": Tally(), "fid paired": Tally(), "fid_infinity": Tally(limits[0])}
    tallies["fid_infinity paired"] = Tally(limits[1] - limits[0])
    groups, labels = group_of(np.arange(n), CLASSES, GROUPS), np.arange(n) % CLASSES
    for run in tqdm(range(runs), desc=f"n = {n}", leave=False):
        noise = np.random.default_rng([SEED, n, run]).normal(size=(n, world.width))
        baseline, variant = world.generated(noise), world.pruned(noise)
        parts, other = (grouped_moments(rows, groups) for rows in (baseline, variant))
        distance = frechet_deletions(parts, world.reference)
        tallies["fid"].add(distance, influence_standard_error(baseline, world.reference, labels))
        changed = frechet_deletions(other, world.reference)
        limit = frechet_infinity(parts, distance, world.reference, seed=0)
        tallies["fid_infinity"].add(limit)
        tallies["fid paired"].add(changed - distance)
        tallies["fid_infinity paired"].add(frechet_infinity(other, changed, world.reference, seed=0) - limit)
    return tallies


def few_per_class_coverage(kind: str, width: int, n: int, runs: int) -> dict[str, Tally]:
    """Fréchet distance and one-split inception score with five samples per class, in groups within blocks of classes."""
    world = World(kind, width, n // FEW)
    groups = stratified_groups(np.arange(n), world.classes, GROUPS)
    tallies: dict[str, Tally] = {}
    for run in tqdm(range(runs), desc=f"{FEW} per class, n = {n}", leave=False):
        noise = np.random.default_rng([SEED, 4, n, run]).normal(size=(n, width))
        found = []
        for rows in (world.generated(noise), world.pruned(noise)):
            sums = inception_sums(world.logits(rows), np.zeros(n, dtype=np.int64), groups.member)
            distance = frechet_deletions(grouped_moments(rows, groups.member), world.reference)
            scores = {"fid": distance, "inception_score_one_split": sums.deletions()}
            found.append({name: replace(score, strata=groups.strata) for name, score in scores.items()})
        for metric, deletions in found[0].items():
            tallies.setdefault(metric, Tally()).add(deletions)
            tallies.setdefault(f"{metric} paired", Tally()).add(found[1][metric] - deletions)
    return tallies


def limits_of(world: World) -> tuple[float, float]:
    """Distances of baseline and variant with (nearly) infinitely many samples, extrapolated from shared noise."""
    noise = np.random.default_rng(SEED + 1).normal(size=(POPULATION, world.width)).astype(np.float32)
    groups = group_of(np.arange(POPULATION), CLASSES, GROUPS)
    return tuple(_limit(grouped_moments(make(noise), groups), world.reference) for make in (world.generated, world.pruned))


def _limit(parts: GroupMoments, reference: Reference) -> float:
    estimate = jackknife(frechet_deletions(parts, reference))
    return estimate.value - estimate.bias


def other_coverage(world: World, n: int, runs: int) -> dict[str, Tally]:
    """Inception score, kernel distance and the neighbour scores, with their paired differences."""
    real = world.real(np.random.default_rng(SEED + 2), n)
    groups = group_of(np.arange(n), CLASSES, GROUPS)
    halving = balanced_halves(np.arange(n) % CLASSES, groups)
    tallies: dict[str, Tally] = {}
    for run in tqdm(range(runs), desc=f"other scores, n = {n}", leave=False):
        noise = np.random.default_rng([SEED, 3, run]).normal(size=(n, world.width))
        found = []
        for rows in (world.generated(noise), world.pruned(noise)):
            kernel = KernelSums(groups)
            sums = inception_sums(world.logits(rows), shuffled_splits(n, SPLITS), groups)
            found.append(
                {
                    "inception_score_one_split": sums.one_split().deletions(),
                    "inception_score": sums.deletions(),
                    **precision_recall(rows, real, NEIGHBOURS, groups, kernel=kernel, halving=halving),
                    "kid": kernel.deletions(),
                }
            )
        for metric, deletions in found[0].items():
            tallies.setdefault(metric, Tally()).add(deletions)
            tallies.setdefault(f"{metric} paired", Tally()).add(found[1][metric] - deletions)
    return tallies


def report(tallies: dict[str, Tally], prefix: str) -> dict[str, bool]:
    """Print the rows of some tallies; which of them are right."""
    right = {}
    for name, tally in tallies.items():
        line, right[name] = tally.line(f"{prefix} {name}")
        print(line, flush=True)
    return right


def main() -> None:
    """Run every experiment and print where the intervals stop being right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=64, help="number of features d")
    parser.add_argument("--runs", type=int, default=400, help="experiments per row")
    parser.add_argument("--ratios", type=float, nargs="+", default=[1.25, 2.5, 3.75, 5, 10, 15, 25], help="samples over d")
    parser.add_argument(
        "--others", type=int, default=1000, help="samples for the scores that need all pairs; 0 leaves them out"
    )
    options = parser.parse_args()
    step = CLASSES * GROUPS
    sizes = sorted({max(step, step * round(ratio * options.width / step)) for ratio in options.ratios})
    print(f"{options.runs} experiments per row, {options.width} features, {GROUPS} groups, {CLASSES} classes")
    print(f"{'score':52s} {'truth':>11s} {'true sd':>10s} {'covered':>10s} {'spread':>7s} {'influence':>9s}")
    summary = []
    for kind in ("gaussian", "relu"):
        world = World(kind, options.width)
        limits, wrong = limits_of(world), {}
        for n in sizes:
            tallies = frechet_coverage(world, n, options.runs, limits)
            for name, right in report(tallies, f"{kind} n = {n / options.width:.3g} d").items():
                wrong.setdefault(name, [])
                wrong[name] += [] if right else [n]
        summary += [f"{kind}, {name}: {_limit_sentence(sizes, bad, options.width)}" for name, bad in wrong.items()]
        for n in (round(ratio * options.width / FEW) * FEW for ratio in FEW_RATIOS):
            tallies = few_per_class_coverage(kind, options.width, n, options.runs // 2)
            others = report(tallies, f"{kind} n = {n / options.width:.3g} d, {FEW} per class")
            summary.append(f"{kind}, {FEW} per class at n = {n / options.width:.3g} d: {_outside(others)}")
        if options.others:
            others = report(other_coverage(world, options.others, options.runs // 2), f"{kind} n = {options.others}")
            summary.append(f"{kind}, other scores at n = {options.others}: {_outside(others)}")
    print("\nWhere the intervals are right (92-98 %):")
    print("\n".join(summary))


def _outside(right: dict[str, bool]) -> str:
    bad = [name for name, fine in right.items() if not fine]
    return f"outside: {', '.join(bad)}" if bad else "all right"


def _limit_sentence(sizes: list[int], wrong: list[int], width: int) -> str:
    if not wrong:
        return f"at every n from {sizes[0] / width:.3g} d on"
    later = [n for n in sizes if n > max(wrong)]
    start = f"from n = {later[0] / width:.3g} d on" if later else "nowhere beyond the largest n"
    return f"{start}; outside at n = {', '.join(f'{n / width:.3g} d' for n in wrong)}"


if __name__ == "__main__":
    main()
