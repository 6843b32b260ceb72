"""c of the class-conditional transformers: DiT, SiT, REPA, MG, MDTv2 and LightningDiT."""

from torch import Tensor, nn

from semantic_bottleneck.arrays import Int64, Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.embedders import LabelEmbedder, TimestepEmbedder


class ClassConditioner(nn.Module):
    """c = t + y with y a row of a table; tensors `t_embedder.*` and `y_embedder.*`.

    `null_label` is the row for "no class" (index num_classes), or None where the table has none.
    """

    def __init__(self, hidden_size: int, num_classes: int = 1000, null_class: bool = True, t_scale: float = 1.0) -> None:
        super().__init__()
        self.hidden_size, self.num_classes = hidden_size, num_classes
        self.null_label = num_classes if null_class else None
        self.t_embedder = TimestepEmbedder(hidden_size, scale=t_scale)
        self.y_embedder = LabelEmbedder(num_classes, hidden_size, null_class)

    def condition(self, t: Num[Tensor, " samples"], y: Int64[Tensor, " samples"]) -> Condition:
        """Times (N,) as the model takes them and labels (N,) int64 -> t, y, c, each (N, D)."""
        time, label = self.t_embedder(t), self.y_embedder(y)
        return Condition(time, label, time + label)
