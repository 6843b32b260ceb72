"""Bytes a study downloads and keeps on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from semantic_bottleneck.checkpoints.lock import remembered
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.planning.evaluations import state_bytes
from semantic_bottleneck.planning.tree import BASELINE, Pair
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.checkpoint import CheckpointFile
from semantic_bottleneck.study.typed import required

FLOAT = 4
INDEX = 16
"""Bytes of a row's sample number and class."""
WIDTHS = {"inception": 2048 + 1008 + 512, "study-cnn": 64 + 10 + 64}
"""Extractor -> numbers kept of one image: features, logits and image-text features."""
SPATIAL, DINOV2 = 2023, 1024


@dataclass(frozen=True)
class Download:
    """A file to fetch; `size` in bytes, None where nobody knows, and `source` says who does."""

    what: str
    size: int | None
    source: str


def downloads_of(what: str, files: Sequence[CheckpointFile], lock: Path | None) -> list[Download]:
    """The files of a card (model or asset), with the sizes that the card gives or the lock file remembers."""
    found = []
    for number, file in enumerate(files, start=1):
        size, source = file.size, "card"
        if size is None:
            size = remembered(lock, file.url).get("size")
            source = "unknown" if size is None else "lock file"
        found.append(Download(f"{what}, file {number} of {len(files)}" if len(files) > 1 else what, size, source))
    return found


def checkpoint_downloads(model: str, card: Card, lock: Path | None) -> list[Download]:
    """A model's checkpoint: its files, or an estimate for all of them where the size of one is unknown.

    The estimate is four bytes for each number of the network's state dict; a file that also holds raw weights or an
    optimiser is larger.
    """
    found = downloads_of(f"checkpoint of {model}", required(card.checkpoint).files, lock)
    if all(part.size is not None for part in found):
        return found
    network = build_network(card.family, card.architecture, device="meta")
    numbers = sum(tensor.numel() for tensor in network.state_dict().values())
    return [Download(f"checkpoint of {model}", FLOAT * numbers, "estimated from the number of parameters")]


def feature_bytes(evaluation: Mapping[str, Any]) -> int:
    """Bytes of one image's features under the study's `evaluation`."""
    width = WIDTHS[evaluation["extractor"]] + (SPATIAL if evaluation.get("spatial") else 0)
    return FLOAT * (width + (DINOV2 if evaluation.get("dinov2") else 0)) + INDEX


def disk(
    pairs: Sequence[Pair],
    cards: Mapping[str, Card],
    samples: Mapping[str, int],
    snapshots: int,
    evaluation: Mapping[str, Any],
) -> dict[str, int]:
    """Bytes that stay on disk once everything ran, by kind, uncompressed; images are temporary and left out.

    Args:
        pairs: (model, variant); baselines are added.
        samples: model -> samples per variant.
        snapshots: how many the trunk leaves.
    """
    models = dict.fromkeys(model for model, _ in pairs)
    run = dict.fromkeys([*((model, BASELINE) for model in models), *pairs])
    return {
        "latents": sum(samples[model] * (FLOAT * prod(cards[model].latent_shape) + INDEX) for model, _ in run),
        "snapshots": sum(
            samples[model] * snapshots * state_bytes(required(cards[model].sampler), cards[model].latent_shape)
            for model in models
        ),
        "features": sum(samples[model] * feature_bytes(evaluation) for model, _ in run),
    }
