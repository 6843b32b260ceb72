"""How large the parts are: the published shapes on a GPU, or the same code at toy size on any machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.typed import typed

ROOT = Path(__file__).resolve().parents[2]
TOY = {"input_size": 8, "hidden_size": 48, "depth": 2, "num_heads": 3, "num_classes": 1000}
"""Labels stay those of ImageNet: the official samplers know no other number of classes."""
TOY_REPA = {"projector_dims": [12], "projector_width": 16, "projection_depth": 1}


@dataclass(frozen=True)
class Scale:
    """What a part needs to know.

    Attributes:
        device: cuda or cpu.
        tiny: toy networks, so that every line runs in a second without a GPU.
        scratch: folder for checkpoints and unfinished work, deleted afterwards.
        yardsticks: folder with the official repositories as DiT/ and REPA/, or None.
    """

    device: str
    tiny: bool
    scratch: Path
    yardsticks: Path | None = None

    @property
    def micro_batches(self) -> tuple[int, ...]:
        """Samples per network call, smallest first."""
        return (2, 4) if self.tiny else (50, 100, 200, 400)

    @property
    def seconds(self) -> float:
        """How long one measurement should last."""
        return 0.02 if self.tiny else 1.0

    @property
    def backend(self) -> str:
        """Of torch.compile: at toy size only tracing, since compiling for a CPU takes longer than everything else."""
        return "eager" if self.tiny else "inductor"

    def card(self, model: str) -> Card:
        """A published model's card; at toy size its network is small and its trajectory eight steps."""
        return typed(Card, self.plain_card(model))

    def plain_card(self, model: str) -> dict[str, Any]:
        """The same as rules pass it on."""
        card = load_card(ROOT / f"config/models/{model}.yaml")
        if self.tiny:
            card["architecture"] |= TOY | (TOY_REPA if "projector_dims" in card["architecture"] else {})
            card["sampler"] |= {"steps": 8}
        return card

    def wait(self) -> None:
        """Until the device has done all it was given."""
        if self.device == "cuda":
            torch.cuda.synchronize()
