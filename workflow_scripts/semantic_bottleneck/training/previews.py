"""Grids of samples drawn while a model is trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from semantic_bottleneck.atomic import atomic_path
from semantic_bottleneck.sampling.guidance import guided
from semantic_bottleneck.sampling.noise import standard_normal
from semantic_bottleneck.sampling.registry import build_sampler


@torch.no_grad()
def sample_classes(
    network: nn.Module, card: Mapping[str, Any], shape: tuple[int, ...], labels: Tensor, seed: int
) -> np.ndarray:
    """One sample per label (n,) with the card's sampler and guidance: float32 (n, *shape); equal seeds share their noise."""
    sampler = build_sampler(card["sampler"])
    predict = guided(network, labels, card["guidance"])
    rows = range(len(labels))
    state = sampler.start(torch.from_numpy(standard_normal(seed, rows, 0, shape)))
    for step in range(sampler.steps):
        state = sampler.advance(
            step, state, predict, lambda draw=step + 1: torch.from_numpy(standard_normal(seed, rows, draw, shape))
        )
    return sampler.finish(state).numpy()


def draw_grid(rows: Mapping[int, np.ndarray], class_names: tuple[str, ...], path: Path) -> None:
    """A PNG with one row of images per training step (step → (classes, channels, H, W) in [-1, 1]), one column per class."""
    figure = Figure(figsize=(0.6 * len(class_names) + 0.8, 0.6 * len(rows) + 0.4))
    axes = figure.subplots(len(rows), len(class_names), squeeze=False)
    for line, (step, images) in zip(axes, sorted(rows.items()), strict=True):
        for cell, image, name in zip(line, images, class_names, strict=True):
            pixels = np.clip(image.transpose(1, 2, 0) * 0.5 + 0.5, 0, 1)
            cell.imshow(pixels[..., 0] if pixels.shape[-1] == 1 else pixels, cmap="gray", vmin=0, vmax=1)
            cell.set(xticks=[], yticks=[])
            if line is axes[0]:
                cell.set_title(name, fontsize=8)
        line[0].set_ylabel(f"{step:,}", fontsize=8, rotation=0, ha="right", va="center")
    figure.tight_layout(pad=0.3)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120, metadata={"Software": None})
