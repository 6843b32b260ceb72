"""Every number of one trained network, as rows of a table."""

from collections.abc import Sequence

import numpy as np
import torch

from semantic_bottleneck.dier.accuracies import add_probes
from semantic_bottleneck.dier.denoising import denoising_errors, swapped
from semantic_bottleneck.dier.embeddings import embed, internal_features, times
from semantic_bottleneck.dier.footprint import footprint
from semantic_bottleneck.dier.network import Backbone, DierNetwork, Embedding, Network
from semantic_bottleneck.dier.probes import linear_probe, nearest_neighbours, probe_answers
from semantic_bottleneck.dier.rows import MeasureRows
from semantic_bottleneck.dier.sparsity import measure_sparsity
from semantic_bottleneck.dier.split import Split
from semantic_bottleneck.dier.vector_pruning import pruned_scores
from semantic_bottleneck.geometry import measures as geometry
from semantic_bottleneck.geometry.rows import describe
from semantic_bottleneck.geometry.timestep_choice import spectral_participation_ratio

GEOMETRY = (
    *("cosine_similarity", "centred_cosine_similarity", "normalized_participation_ratio_percent"),
    *("variance_total", "norm_mean"),
)
GEOMETRY_IMAGES = 500
NEAR_ZERO = 0.1
"""An entry counts as near zero below this share of its vector's root mean square (a Gaussian vector has 8 % of them)."""

UNDEFINED = "undefined: a vector is zero or not finite"
"""Angles and shares of the vectors of a run whose encoder has collapsed or diverged."""


def measure_embeddings(
    network: DierNetwork, fresh: DierNetwork, split: Split, timesteps: Sequence[int], seed: int
) -> tuple[MeasureRows, dict[int, np.ndarray]]:
    """LPA and k-NN of v_t beside those of the untrained encoder, losses with own and swapped v_t, geometry, criteria, sparsity.

    gain_untrained, gain_first and gain_last are LPA minus that of the untrained encoder, of the first and of the last timestep.

    Args:
        fresh: the same network before its first step.

    Returns:
        The rows, and v_t of the test images, float32 (n, d_v), per timestep.
    """
    rows, vectors, answers = MeasureRows(), {}, {}
    paired = (split.train_labels, split.test_labels)
    for t in timesteps:
        train, test = embed(network, split.train, t), embed(network, split.test, t)
        start = [embed(fresh, images, t) for images in (split.train, split.test)]
        answers[t] = probe_answers(train, paired[0], test, paired[1])
        correct = answers[t].correct
        before = linear_probe(start[0], paired[0], start[1], paired[1])
        rows.accuracy("lpa", correct, t)
        rows.accuracy("lpa_untrained", before, t)
        rows.paired("gain_untrained", correct, before, t)
        rows.accuracy("knn", nearest_neighbours(train, paired[0], test, paired[1]), t)
        _add_losses(rows, network, split.test, test, t, seed)
        _add_geometry(rows, network, test[:GEOMETRY_IMAGES], t)
        rows.add("spectral_participation_ratio", spectral_participation_ratio(test), t, n=len(test))
        vectors[t] = test
    for t in timesteps:
        rows.paired("gain_first", answers[t].correct, answers[timesteps[0]].correct, t)
        rows.paired("gain_last", answers[t].correct, answers[timesteps[-1]].correct, t)
    likelihoods = {t: answer.log_likelihood for t, answer in answers.items()}
    measure_sparsity(rows, likelihoods, split.test, split.test_labels)
    return rows, vectors


def measure_pruning(rows: MeasureRows, network: DierNetwork, split: Split, t: int, kept: Sequence[float], seed: int) -> None:
    """Adds accuracy and denoising error against the share of dimensions kept; `detail` is site/side/magnitude/replacement."""
    train, test = embed(network, split.train, t), embed(network, split.test, t)
    known, asked = (train, split.train_labels), (test, split.test_labels)
    for score in pruned_scores(network, known, asked, split.test, t, kept, seed):
        detail = f"{score.site}/{score.side}/{score.magnitude}/{score.replacement}"
        rows.accuracy("pruned_lpa", score.correct, t, detail, score.kept)
        rows.add("pruned_loss", score.errors.mean(), t, detail, score.kept, n=len(score.errors))


def measure_encoder(network: Embedding, split: Split) -> MeasureRows:
    """LPA and k-NN of an encoder that ignores t (self-supervised, supervised), on clean images."""
    rows = MeasureRows()
    train, test = embed(network, split.train, 0), embed(network, split.test, 0)
    add_probes(rows, train, test, split, -1, "")
    return rows


def measure_backbone(network: Backbone, split: Split, timesteps: Sequence[int], seed: int) -> MeasureRows:
    """LPA of the mean-pooled tokens of x_t after every block, at every timestep: DDAE's grid, `detail` = block."""
    rows = MeasureRows()
    for t in timesteps:
        train, test = (internal_features(network, images, t, seed) for images in (split.train, split.test))
        for block, (known, asked) in enumerate(zip(train, test, strict=True), start=1):
            rows.accuracy("lpa", linear_probe(known, split.train_labels, asked, split.test_labels), t, f"block {block}")
    return rows


def measure_footprint(rows: MeasureRows, network: Network, split: Split, batch_size: int, steps: int) -> None:
    """Adds what training the network costs on its batches: counts, megabytes of a step, 10^12 operations of all updates."""
    device = next(network.parameters()).device
    images, labels = (torch.from_numpy(part[:batch_size]).to(device) for part in (split.train, split.train_labels))
    cost = footprint(network, images, labels)
    rows.add("parameters", cost.parameters)
    rows.add("training_megabytes", cost.bytes / 1e6)
    rows.add("training_teraflops", cost.flops * steps / 1e12)
    if cost.encoder_parameters:
        rows.add("encoder_parameters", cost.encoder_parameters)
        rows.add("encoder_megabytes", cost.encoder_bytes / 1e6)


def _add_losses(rows: MeasureRows, network: DierNetwork, images: np.ndarray, v: np.ndarray, t: int, seed: int) -> None:
    own, other = (denoising_errors(network, images, vectors, t, seed) for vectors in (v, swapped(v)))
    rows.add("loss", own.mean(), t, n=len(own))
    rows.add("loss_swapped", other.mean(), t, n=len(own))
    rows.add("loss_gap", (other - own).mean(), t, n=len(own))
    rows.add("relative_loss_gap", (other - own).mean() / own.mean(), t, n=len(own))


def _add_geometry(rows: MeasureRows, network: DierNetwork, v: np.ndarray, t: int) -> None:
    """The first paper's instruments on v_t, on W v_t, on c, each raw and through SiLU; NaN where training has collapsed."""
    with torch.no_grad():
        projected = network.project(torch.from_numpy(v).to(network.project.weight.device))
        c = network.condition(projected, times(projected, t))
    for name, vectors in (("v", v), ("wv", projected.cpu().numpy()), ("c", c.cpu().numpy())):
        for kind, seen in ((name, vectors.astype(np.float64)), (f"silu_{name}", geometry.silu(vectors))):
            if not np.all(np.abs(seen).max(axis=1) > 0) or not np.isfinite(seen).all():
                for metric in GEOMETRY:
                    rows.add(metric, np.nan, t, kind, n=len(seen), method=UNDEFINED)
                continue
            for row in describe(seen):
                if row["metric"] in GEOMETRY:
                    ends = {key: row[key] for key in ("low", "high", "n", "method")}
                    rows.add(row["metric"], row["value"], t, kind, **ends)
            root = np.sqrt((seen**2).mean(axis=1, keepdims=True))
            rows.add("near_zero_percent", 100 * (np.abs(seen) < NEAR_ZERO * root).mean(), t, kind, n=len(seen))
