"""c of the class-conditional transformers: DiT, SiT, REPA, MG, MDTv2 and LightningDiT."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from semantic_bottleneck.arrays import Int64, Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.embedders import GridEmbedder, LabelEmbedder, NoTime, TimestepEmbedder


class ClassConditioner(nn.Module):
    """c = t + y with y a row of a table; tensors `t_embedder.*` and `y_embedder.*`.

    `null_label` is the row for "no class" (index num_classes), or None where the table has none. The other arguments are no
    official model's; they take the sum apart, which the study of the mechanism does:

    condition_size: width D of t, y and c, where it is not the tokens' hidden_size.
    t_dimensions: t is learned in so many leading dimensions and 0 in the others; with 0 the network is told no time.
    embedding_rank: t and y are learned in so many dimensions and lifted to D by one linear map, `lift.weight` (D, rank), so c
        of all times and classes together has no higher rank.
    label_grid: labels count through a grid of so many points along each axis, the last axis fastest, and y is a small MLP of
        the point: a continuous condition in place of a table's rows.
    t_apart: c is y alone, and the network is told t beside it (`DiT.transform`).
    """

    def __init__(
        self,
        hidden_size: int,
        num_classes: int = 1000,
        null_class: bool = True,
        t_scale: float = 1.0,
        condition_size: int | None = None,
        t_dimensions: int | None = None,
        embedding_rank: int | None = None,
        label_grid: Sequence[int] = (),
        t_apart: bool = False,
    ) -> None:
        super().__init__()
        self.hidden_size, self.num_classes = hidden_size, num_classes
        self.condition_size = condition_size or hidden_size
        self.null_label, self.t_apart = num_classes if null_class else None, t_apart
        width = embedding_rank or self.condition_size
        self.t_dimensions = width if t_dimensions is None else t_dimensions
        self.t_embedder = TimestepEmbedder(width, scale=t_scale, outputs=self.t_dimensions) if self.t_dimensions else NoTime()
        self.y_embedder = GridEmbedder(label_grid, width) if label_grid else LabelEmbedder(num_classes, width, null_class)
        self.lift = nn.Linear(embedding_rank, self.condition_size, bias=False) if embedding_rank else nn.Identity()

    def condition(self, t: Num[Tensor, " samples"], y: Int64[Tensor, " samples"]) -> Condition:
        """Times (N,) as the model takes them and labels (N,) int64 -> t, y, c, each (N, D)."""
        time, label = self.t_embedder(t), self.y_embedder(y)
        if time.shape[1] < label.shape[1]:
            time = functional.pad(time, (0, label.shape[1] - time.shape[1]))
        time, label = self.lift(time), self.lift(label)
        return Condition(time, label, label if self.t_apart else time + label)
