"""Figure 13: t-SNE of whole vectors, of their head and of their tail: which part tells the conditions apart?"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score

from semantic_bottleneck.conditions_file import timesteps, vectors
from semantic_bottleneck.reporting.figures.style import PALETTE, canvas, save

FEW = 50
"""Below this many conditions, the vectors at all stored timesteps are embedded together."""


def draw_figure13(conditions: str | Path, title: str, threshold: float, paths: Sequence[str | Path], seed: int = 0) -> str:
    """Three panels: full vectors, entries with |c_i| >= threshold only, entries below it only (the others set to zero, Eq. 2).

    Args:
        conditions: conditions file of one checkpoint.
        title: of the model.
        threshold: tau on |c|, as resolved for a tail variant.
        seed: of the t-SNE.

    Returns:
        Alt text: how many dimensions each part keeps, and where conditions repeat over timesteps the silhouette score
        by condition in the original space (1: perfectly apart, 0: mixed).
    """
    times = timesteps(conditions)
    first = vectors(conditions, "c", times[0]).astype(np.float64)
    used = times if len(first) < FEW else times[:1]
    points = np.concatenate([vectors(conditions, "c", time).astype(np.float64) for time in used])
    labels = np.tile(np.arange(len(first)), len(used))
    tail = np.abs(points) < threshold
    parts = {"full vectors": points, "head only": np.where(tail, 0.0, points), "tail only": np.where(tail, points, 0.0)}
    sentences = []
    with canvas(3, 1, height=7.6) as (figure, axes):
        for panel, (name, values) in zip(axes[:, 0], parts.items(), strict=True):
            kept = float((values != 0).sum(axis=1).mean())
            sentence = f"{name}: {kept:.1f} of {points.shape[1]} dimensions on average"
            if len(used) > 1:
                sentence += f", silhouette by condition {silhouette_score(values, labels):.2f}"
            sentences.append(sentence)
            _scatter(panel, _embed(values, seed), labels)
            panel.set_title(f"{name[0].upper()}{name[1:]} ({kept:.1f} dimensions)")
        which = f"{len(first)} conditions at {len(used)} timesteps" if len(used) > 1 else f"{len(first)} conditions"
        return save(figure, paths, f"t-SNE of c, {title}", f"t-SNE of {which} of {title}, threshold {threshold:.3g}. " + "; ".join(sentences) + ".")


def _embed(values: np.ndarray, seed: int) -> np.ndarray:
    """(n, 2) t-SNE from a PCA start, so that it depends on nothing but the vectors and the seed."""
    if np.ptp(values) == 0:
        return np.zeros((len(values), 2))
    perplexity = min(30.0, (len(values) - 1) / 3)
    return TSNE(perplexity=perplexity, init="pca", random_state=seed, method="exact" if len(values) < 200 else "barnes_hut").fit_transform(values)


def _scatter(panel, embedded: np.ndarray, labels: np.ndarray) -> None:
    classes = int(labels.max()) + 1
    if classes <= 10:
        shades = [*PALETTE, "#882255", "#999933", "#44AA99"]
        for label in range(classes):
            chosen = embedded[labels == label]
            for x, y in chosen:
                panel.text(x, y, str(label), color=shades[label], fontsize=8, ha="center", va="center", clip_on=True)
        panel.update_datalim(embedded)
        panel.autoscale_view()
    else:
        panel.scatter(*embedded.T, c=labels, cmap=colormaps["cividis"], s=5, linewidths=0)
    panel.margins(0.08)
    panel.set_xticks([])
    panel.set_yticks([])
