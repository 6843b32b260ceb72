"""Do intervals of shares, over trainings, over folds and of two variants cover the truth in 95 % of repeated experiments?

    python benchmarks/coverage_scales.py [--runs 2000]

Beside each interval stands the one it replaced: on the quantity's own scale, without the correction for overlapping folds,
or as two intervals that overlap or do not. `covered` counts as right between 92 and 98 %; `outside` is the share of intervals
with an end that the quantity cannot take. For two variants of equal truth, `covered` is the share of experiments that do not
call them different.

    shares         class agreement of 1,000 samples in 20 groups, classes of different difficulty; and its paired difference
    random draws   a control whose every group of samples has random dimensions of its own, against a variant without
    trainings      3 or 5 trainings whose shares, distances and cosines scatter as those of the miniature study do
    folds          accuracy of a linear classifier on 3 or 5 of 5 folds of one data set, whose training parts overlap
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.special import expit
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from semantic_bottleneck.uncertainty.estimates import over_seeds
from semantic_bottleneck.uncertainty.jackknife import Deletions, jackknife, mean_deletions
from semantic_bottleneck.uncertainty.metric_interval import metric_interval
from semantic_bottleneck.uncertainty.scales import COSINE, LINE, POSITIVE, SHARE, Scale

SEED = 20_261_127
"""Set before anything was run."""
SAMPLES, GROUPS, CLASSES = 1000, 20, 10
RIGHT = 0.92, 0.98
MEMBER = np.arange(SAMPLES) // CLASSES % GROUPS

Interval = tuple[float, float]
Experiment = Callable[[np.random.Generator], tuple[float, dict[str, Interval]]]
"""One experiment: its truth (NaN: the mean of the values), and intervals by name."""


def agreement_ends(share: float) -> Experiment:
    """Agreement near `share`, on the logit scale and on its own."""
    ease = np.linspace(-1.0, 1.0, CLASSES) + np.log(share / (1 - share))
    chances = expit(ease)[np.arange(SAMPLES) % CLASSES]

    def experiment(rng: np.random.Generator) -> tuple[float, dict[str, Interval]]:
        deletions = mean_deletions(rng.random(SAMPLES) < chances, MEMBER)
        return float(chances.mean()), _both(deletions, "value", "agreement")

    return experiment


def difference_ends(share: float, loss: float) -> Experiment:
    """A paired difference: the variant fails where the baseline does, and in `loss` of the other samples."""

    def experiment(rng: np.random.Generator) -> tuple[float, dict[str, Interval]]:
        kept, hit = rng.random(SAMPLES) >= loss, rng.random(SAMPLES) < share
        deletions = mean_deletions(hit & kept, MEMBER) - mean_deletions(hit, MEMBER)
        return -share * loss, _both(deletions, "difference", "difference")

    return experiment


def drawn_control(share: float, loss: float, scatter: float) -> Experiment:
    """A control that loses `loss`, with draws that add N(0, scatter²) to its logit: one for each group, and one for all."""
    level = np.log((1 - loss) / loss)
    often = expit(level + scatter * np.random.default_rng(SEED).standard_normal(200_000))

    def experiment(rng: np.random.Generator) -> tuple[float, dict[str, Interval]]:
        hit, found = rng.random(SAMPLES) < share, {}
        for name, draws in (("a draw for each group", GROUPS), ("one draw for all", 1)):
            chance = expit(level + scatter * rng.standard_normal(draws))[MEMBER % draws]
            deletions = mean_deletions(hit & (rng.random(SAMPLES) < chance), MEMBER) - mean_deletions(hit, MEMBER)
            found[f"control, {name}"] = _ends(metric_interval(deletions, "class_agreement", SAMPLES, "difference"))
        return share * (float(often.mean()) - 1.0), found

    return experiment


def equal_variants(loss: float) -> Experiment:
    """Two variants that lose as much, in part in the same samples: their own difference, and intervals that are disjoint."""

    def experiment(rng: np.random.Generator) -> tuple[float, dict[str, Interval]]:
        hard = rng.random(SAMPLES)
        sides = [mean_deletions((hard > loss) | (rng.random(SAMPLES) < 0.5), MEMBER) for _ in range(2)]
        direct = metric_interval(sides[0] - sides[1], "class_agreement", SAMPLES, "difference")
        ends = [jackknife(side) for side in sides]
        apart = ends[0].low > ends[1].high or ends[1].low > ends[0].high
        return 0.0, {
            "two variants, directly": _ends(direct),
            "two variants, disjoint intervals": (1.0, 1.0) if apart else (0.0, 0.0),
        }

    return experiment


def trainings_ends(kind: str, count: int) -> Experiment:
    """Numbers of several trainings: shares and cosines scatter on the logit scale, distances on that of logarithms."""
    centre, spread, back, scale = {
        "agreement, near 1": (4.0, 1.0, expit, SHARE),
        "agreement, middling": (0.5, 1.0, expit, SHARE),
        "FID": (1.0, 0.5, np.exp, POSITIVE),
        "cosine": (2.2, 0.4, np.tanh, COSINE),
    }[kind]
    truth = float(np.mean(back(centre + spread * np.random.default_rng(SEED).standard_normal(2_000_000))))

    def experiment(rng: np.random.Generator) -> tuple[float, dict[str, Interval]]:
        values = back(centre + spread * rng.standard_normal(count)).tolist()
        named: dict[str, Scale] = {"on its scale": scale, "on the line": LINE}
        return truth, {f"{count} trainings, {kind}, {name}": _ends(over_seeds(values, scale=on)) for name, on in named.items()}

    return experiment


def folds_ends(count: int, folds: int = 5, size: int = 300, width: int = 10) -> Experiment:
    """Accuracies of a linear classifier on some of the folds of one data set, with and without the correction."""
    truth = _expected_accuracy(size * (folds - 1) // folds, width)

    def experiment(rng: np.random.Generator) -> tuple[float, dict[str, Interval]]:
        points, labels = _data(rng, size, width)
        member = np.arange(size) % folds
        values = [
            _accuracy(points[member != k], labels[member != k], points[member == k], labels[member == k]) for k in range(count)
        ]
        corrected = over_seeds(values, scale=SHARE, overlap=1 / (folds - 1))
        return truth, {
            f"{count} of {folds} folds, corrected": _ends(corrected),
            f"{count} of {folds} folds, as if independent": _ends(over_seeds(values)),
        }

    return experiment


def _data(rng: np.random.Generator, size: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    labels = rng.integers(0, 2, size)
    return rng.standard_normal((size, width)) + 0.5 * labels[:, None], labels


def _accuracy(points: np.ndarray, labels: np.ndarray, held: np.ndarray, expected: np.ndarray) -> float:
    """Of least squares with an intercept."""
    design = np.column_stack([points, np.ones(len(points))])
    weights = np.linalg.lstsq(design, labels - 0.5, rcond=None)[0]
    return float(np.mean((held @ weights[:-1] + weights[-1] > 0) == (expected == 1)))


def _expected_accuracy(size: int, width: int) -> float:
    rng = np.random.default_rng(SEED)
    return float(np.mean([_accuracy(*_data(rng, size, width), *_data(rng, 500, width)) for _ in range(4000)]))


def _both(deletions: Deletions, quantity: str, name: str) -> dict[str, Interval]:
    found = metric_interval(deletions, "class_agreement", SAMPLES, quantity)
    return {f"{name}, on its scale": _ends(found), f"{name}, on the line": _ends(jackknife(deletions))}


def _ends(estimate) -> Interval:
    return estimate.low, estimate.high


def experiments() -> Iterator[tuple[str, Experiment, Interval]]:
    """Title, experiment, and the range of the quantity."""
    for share in (0.5, 0.9, 0.98, 0.995, 0.999):
        yield f"share {share}", agreement_ends(share), (0.0, 1.0)
    for loss in (0.003, 0.03, 0.4, 0.95):
        yield f"loss {loss}", difference_ends(0.99, loss), (-1.0, 1.0)
    for scatter in (0.5, 1.0):
        yield f"draws {scatter}", drawn_control(0.99, 0.35, scatter), (-1.0, 1.0)
    for loss in (0.05, 0.5):
        yield f"equal, loss {loss}", equal_variants(loss), (-1.0, 1.0)
    for count in (3, 5):
        yield f"{count}", trainings_ends("agreement, near 1", count), (0.0, 1.0)
        yield f"{count}", trainings_ends("agreement, middling", count), (0.0, 1.0)
        yield f"{count}", trainings_ends("FID", count), (0.0, np.inf)
        yield f"{count}", trainings_ends("cosine", count), (-1.0, 1.0)
    for count in (3, 5):
        yield f"{count} folds", folds_ends(count), (0.0, 1.0)


def main() -> None:
    """Run every experiment; print coverage and impossible ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000, help="experiments per row")
    runs = parser.parse_args().runs
    print(f"{runs} experiments per row")
    print(f"{'interval':60s} {'truth':>9s} {'covered':>9s} {'outside':>9s} {'mean width':>11s}")
    for number, (title, experiment, (lowest, highest)) in enumerate(experiments()):
        found: dict[str, list[tuple[float, float, float]]] = {}
        for run in tqdm(range(runs), desc=title, leave=False, disable=None):
            truth, intervals = experiment(np.random.default_rng([SEED, number, run]))
            for name, (low, high) in intervals.items():
                found.setdefault(name, []).append((truth, low, high))
        for name, rows in found.items():
            truths, lows, highs = np.array(rows).T
            covered = np.mean((lows <= truths) & (truths <= highs))
            outside = np.mean((lows < lowest - 1e-12) | (highs > highest + 1e-12))
            mark = "" if RIGHT[0] <= covered <= RIGHT[1] else "  <- outside 92-98 %"
            label = f"{title}: {name}" if name.split(",")[0] not in title else name
            numbers = f"{truths[0]:9.4g} {100 * covered:7.1f} % {100 * outside:7.1f} % {np.mean(highs - lows):11.4g}"
            print(f"{label:60s} {numbers}{mark}", flush=True)


if __name__ == "__main__":
    main()
