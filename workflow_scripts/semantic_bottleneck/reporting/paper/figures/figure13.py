"""Figure 13: t-SNE of whole vectors, of their head and of their tail: which part tells the conditions apart?"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import colormaps

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.conditions_file import timesteps, vectors
from semantic_bottleneck.reporting.core.style import PALETTE, blocks, save
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.kinds import as_published

PARTS = ("full vectors", "head only", "tail only")
FEW = 50
"""Below this many conditions, the vectors at all stored timesteps are embedded together."""


def draw_figure13(evidence: PaperEvidence, paths: Sequence[str | Path], seed: int = 0) -> str:
    """Three panels per model: full vectors, entries with |c_i| >= tau only, entries below it only (the others zero, Eq. 2).

    tau is the largest threshold on |c| of a tail variant that still leaves a third of the dimensions.

    Args:
        seed: of the t-SNE.

    Returns:
        Alt text: how many dimensions each part keeps and, where conditions repeat over timesteps, the silhouette score
        by condition in the original space (1: perfectly apart, 0: mixed).

    Raises:
        UserError: a model has no threshold.
    """
    conditions, thresholds = evidence.conditions, tail_thresholds(evidence.variants, evidence.run)
    for model in conditions:
        if not math.isfinite(thresholds.get(model, math.nan)):
            raise UserError(f"figure13 needs a tail variant of {model} with a threshold on |c|; add one to pruning.variants.")
    sentences = []
    with blocks(len(conditions), len(PARTS), height=2.5) as (figure, cells):
        for axes, (model, path) in zip(cells, conditions.items(), strict=True):
            points, labels, times = _points(path)
            tail = np.abs(points) < thresholds[model]
            masks = {"full vectors": np.ones_like(tail), "head only": ~tail, "tail only": tail}
            sizes = []
            for panel, part in zip(axes, PARTS, strict=True):
                values = np.where(masks[part], points, 0.0)
                count = float(masks[part].sum(axis=1).mean())
                sizes.append(f"{part}, {count:.1f} of {points.shape[1]} dimensions on average" + _apart(values, labels, times))
                _scatter(panel, _embed(values, seed), labels)
                panel.set_title(f"{evidence.facts.title(model)}: {part} ({count:.3g} dimensions)")
            sentences.append(
                f"{evidence.facts.title(model)} ({len(points)} vectors, {times} timesteps, threshold {thresholds[model]:.3g}): "
                f"{'; '.join(sizes)}."
            )
        return save(figure, paths, "t-SNE of c, of its head and of its tail", "t-SNE. " + " ".join(sentences))


def tail_thresholds(variants: pd.DataFrame, models: Sequence[str]) -> dict[str, float]:
    """Per model the largest tail threshold on |c| that still leaves a third of the dimensions; NaN where there is none."""
    plain = variants[as_published(variants)]
    rows = plain[(plain["side"] == "tail") & (plain["ranked_by"] == "magnitude") & (plain["removed_percent"] <= 67)]
    return {model: float(rows.loc[rows["model"] == model, "threshold"].max()) for model in models}


def _points(path: str | Path) -> tuple[np.ndarray, np.ndarray, int]:
    """Vectors (n, d), their condition's number (n,), and how many timesteps they come from."""
    times = timesteps(path)
    first = vectors(path, "c", times[0])
    used = times if len(first) < FEW else times[:1]
    points = np.concatenate([vectors(path, "c", time) for time in used]).astype(np.float64)
    return points, np.tile(np.arange(len(first)), len(used)), len(used)


def _apart(values: np.ndarray, labels: np.ndarray, times: int) -> str:
    if times < 2 or np.ptp(values) == 0:
        return ""
    from sklearn.metrics import silhouette_score

    return f", silhouette by condition {silhouette_score(values, labels):.2f}"


def _embed(values: np.ndarray, seed: int) -> np.ndarray:
    """(n, 2) t-SNE from a PCA start, so that it depends on nothing but the vectors and the seed."""
    if np.ptp(values) == 0:
        return np.zeros((len(values), 2))
    perplexity = min(30.0, (len(values) - 1) / 3)
    # Imported only here: no other figure needs scikit-learn, which takes longer to import than most take to draw.
    from sklearn.manifold import TSNE

    return TSNE(
        perplexity=perplexity, init="pca", random_state=seed, method="exact" if len(values) < 200 else "barnes_hut"
    ).fit_transform(values)


def _scatter(panel, embedded: np.ndarray, labels: np.ndarray) -> None:
    classes = int(labels.max()) + 1
    if classes <= 10:
        shades = [*PALETTE, "#882255", "#999933", "#44AA99"]
        for label in range(classes):
            for x, y in embedded[labels == label]:
                panel.text(x, y, str(label), color=shades[label], fontsize=8, ha="center", va="center", clip_on=True)
        panel.update_datalim(embedded)
        panel.autoscale_view()
    else:
        panel.scatter(*embedded.T, c=labels, cmap=colormaps["cividis"], s=5, linewidths=0)
    panel.margins(0.08)
    panel.set_xticks([])
    panel.set_yticks([])
