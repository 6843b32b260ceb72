"""c of DiT in the layout of diffusers.

Source: docs/sources/diffusers_conditioning.md, sections 1 and 2.
"""

from torch import Tensor, nn

from semantic_bottleneck.arrays import Int64, Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.diffusers.parts import Sinusoid, place
from semantic_bottleneck.models.embedders import LabelEmbedder

EMBEDDER = "transformer_blocks.0.norm1.emb"
"""Every block has an embedder of its own; all hold the same weights, so the first is read."""


class DiTConditioner(nn.Module):
    """c = t + y with y a row of a table, whose last row (index num_classes) is the one for "no class".

    The sinusoid divides by 127, not by 128 as in the official code: the same weights give a c that differs by some percent.
    """

    def __init__(self, hidden_size: int, num_classes: int = 1000) -> None:
        super().__init__()
        self.hidden_size, self.num_classes, self.null_label = hidden_size, num_classes, num_classes
        place(self, f"{EMBEDDER}.timestep_embedder", Sinusoid(256, hidden_size, shift=1))
        place(self, f"{EMBEDDER}.class_embedder", LabelEmbedder(num_classes, hidden_size))

    def condition(self, t: Num[Tensor, " samples"], y: Int64[Tensor, " samples"]) -> Condition:
        """Times (N,) in 0..999 and labels (N,) int64 -> t, y, c, each (N, D)."""
        embedder = self.get_submodule(EMBEDDER)
        time, label = embedder.get_submodule("timestep_embedder")(t), embedder.get_submodule("class_embedder")(y)
        return Condition(time, label, time + label)
