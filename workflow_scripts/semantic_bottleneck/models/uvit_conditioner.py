"""The time and label tokens of U-ViT (docs/sources/mdt_lightningdit_uvit.md, section 4)."""

import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Int64, Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.embedders import sinusoid

EXTRA_TOKENS = 2
"""Rows 0 (label) and 1 (time) of the position table."""


class UViTConditioner(nn.Module):
    """t = the sinusoid of width D itself, y = a row of the label table; c = t + y.

    The model never forms that sum: both are tokens of its sequence, and c is made for analysis only. With
    `include_positions` each is taken as it enters the blocks, with its row of `pos_embed` (default: without).
    t is the continuous time times 1000.
    """

    def __init__(
        self,
        hidden_size: int,
        num_classes: int = 1000,
        include_positions: bool = False,
        input_size: int = 32,
        patch_size: int = 2,
    ) -> None:
        super().__init__()
        self.hidden_size, self.num_classes, self.null_label = hidden_size, num_classes, num_classes
        self.label_emb = nn.Embedding(num_classes + 1, hidden_size)
        if include_positions:
            tokens = (input_size // patch_size) ** 2 + EXTRA_TOKENS
            self.pos_embed = nn.Parameter(torch.zeros(1, tokens, hidden_size))
        self.include_positions = include_positions

    def condition(self, t: Num[Tensor, " samples"], y: Int64[Tensor, " samples"]) -> Condition:
        """Times (N,) in 0..1000 and labels (N,) int64 -> t, y, c, each (N, D)."""
        time, label = sinusoid(t, self.hidden_size), self.label_emb(y)
        if self.include_positions:
            label, time = label + self.pos_embed[:, 0], time + self.pos_embed[:, 1]
        return Condition(time, label, time + label)
