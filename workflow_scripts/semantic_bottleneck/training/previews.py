"""A grid of samples of one model at several moments of its training."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from matplotlib.figure import Figure

from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.job.plain_matplotlib import plain_matplotlib
from semantic_bottleneck.models.weights import load_weights
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.sampling.trajectory import Generation, run_trunk
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required


def draw_training_samples(
    card: Card, checkpoints: Mapping[int, Path], class_names: tuple[str, ...], seed: int, output: str | Path
) -> None:
    """Sample each class once from every checkpoint (training step → file), with the card's sampler, and draw the PNG.

    One row per checkpoint; the noise is the same in all rows.
    """
    rows = {step: _one_per_class(card, path, len(class_names), seed) for step, path in sorted(checkpoints.items())}
    with plain_matplotlib():
        _draw_grid(rows, class_names, output)


def _one_per_class(card: Card, checkpoint: Path, classes: int, seed: int) -> np.ndarray:
    """float32 (classes, C, H, W), sample i of class i."""
    with TemporaryDirectory() as parts:
        generation = Generation(
            network=load_weights(card, checkpoint, "cpu"),
            sampler=build_sampler(required(card.sampler)),
            guidance=card.guidance,
            labels_of=lambda samples: torch.tensor(list(samples)),
            latent_shape=card.latent_shape,
            seed=seed,
            micro_batch=classes,
            parts=Path(parts),
            fingerprint="preview",
            variant=f"samples of {checkpoint.name}",
        )
        return run_trunk(generation, range(classes)).latents


def _draw_grid(rows: Mapping[int, np.ndarray], class_names: tuple[str, ...], output: str | Path) -> None:
    figure = Figure(figsize=(0.6 * len(class_names) + 0.8, 0.6 * len(rows) + 0.4))
    axes = figure.subplots(len(rows), len(class_names), squeeze=False)
    for line, (step, images) in zip(axes, rows.items(), strict=True):
        for cell, image in zip(line, images, strict=True):
            pixels = np.clip(image.transpose(1, 2, 0) * 0.5 + 0.5, 0, 1)
            cell.imshow(pixels[..., 0] if pixels.shape[-1] == 1 else pixels, cmap="gray", vmin=0, vmax=1)
            cell.set(xticks=[], yticks=[])
        line[0].set_ylabel(f"{step:,}", fontsize=8, rotation=0, ha="right", va="center")
    for cell, name in zip(axes[0], class_names, strict=True):
        cell.set_title(name, fontsize=8)
    figure.tight_layout(pad=0.3)
    with atomic_path(output) as temporary:
        # Without the version that matplotlib would sign with, equal samples give equal files.
        figure.savefig(temporary, format="png", dpi=120, metadata={"Software": None})
