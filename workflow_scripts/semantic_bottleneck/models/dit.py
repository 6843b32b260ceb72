"""DiT and the models that share its network: SiT, REPA and MG (docs/sources/sit_family.md, sections 1 and 2)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.class_conditioner import ClassConditioner
from semantic_bottleneck.models.condition import Edit
from semantic_bottleneck.models.embedders import LabelEmbedder
from semantic_bottleneck.models.initialisation import EMBEDDING_DEVIATION, initialise_transformer
from semantic_bottleneck.models.layers import Attention, Block, CrossAttention, FinalLayer, Mlp, PatchEmbed, unpatchify
from semantic_bottleneck.models.positions import sine_cosine_table
from semantic_bottleneck.study.sizes import ADALN, CROSS_ATTENTION, PROJECTION_DEPTH, TOKENS, check_sizes

ACTIVATIONS: dict[str, type[nn.Module]] = {"silu": nn.SiLU, "identity": nn.Identity, "tanh": nn.Tanh, "gelu": nn.GELU}


class DiT(ClassConditioner):
    """The transformer of DiT, SiT, REPA and MG with the official state-dict names.

    learn_sigma: the network has 2C output channels; with `drop_sigma` (SiT) only the first C are returned.
    projector_dims: one REPA projector to that many features for each entry, read after `projection_depth` blocks.
    t_scale: multiplies t before the sinusoid, 1 in every official model.
    null_class: whether the label table ends with a row for "no class".
    modulation_activation: what every AdaLN applies to c before its linear map, a key of ACTIVATIONS; silu in every official
    model. It has no weights, so the state-dict names stay.
    condition_size, t_dimensions, embedding_rank, label_grid, t_apart: see `ClassConditioner`.
    condition_by: how c enters. `adaln`, as in every official model; or cut into condition_size / hidden_size tokens, of which
    `tokens` puts copies before those of the picture and which `cross-attention` lets these read before every block. AdaLN is
    then fed with t where `t_apart`, else with zeros: it is a constant.
    label_deviation: standard deviation of the label table's starting values, 0.02 officially.
    generator: source of the starting values, seed 0 without one.
    Raises UserError where sizes do not divide.
    """

    def __init__(
        self,
        input_size: int,
        patch_size: int,
        in_channels: int,
        hidden_size: int,
        depth: int,
        num_heads: int,
        mlp_ratio: float = 4.0,
        num_classes: int = 1000,
        learn_sigma: bool = True,
        drop_sigma: bool = False,
        projector_dims: Sequence[int] = (),
        projector_width: int = 2048,
        projection_depth: int = PROJECTION_DEPTH,
        t_scale: float = 1.0,
        null_class: bool = True,
        modulation_activation: str = "silu",
        condition_size: int | None = None,
        t_dimensions: int | None = None,
        embedding_rank: int | None = None,
        label_grid: Sequence[int] = (),
        t_apart: bool = False,
        condition_by: str = ADALN,
        label_deviation: float = EMBEDDING_DEVIATION,
        generator: torch.Generator | None = None,
    ) -> None:
        sizes: dict[str, int | str | Sequence[int] | None] = {
            "input_size": input_size,
            "patch_size": patch_size,
            "hidden_size": hidden_size,
            "num_heads": num_heads,
        }
        sizes |= {"depth": depth, "projector_dims": projector_dims, "projection_depth": projection_depth}
        sizes |= {"num_classes": num_classes, "condition_size": condition_size, "t_dimensions": t_dimensions}
        sizes |= {"embedding_rank": embedding_rank, "label_grid": label_grid}
        sizes |= {"condition_by": condition_by, "t_apart": t_apart}
        check_sizes("dit", sizes)
        if modulation_activation not in ACTIVATIONS:
            raise UserError(
                f"Architecture key modulation_activation = '{modulation_activation}' is unknown; choose one of "
                f"{', '.join(ACTIVATIONS)}."
            )
        super().__init__(
            hidden_size, num_classes, null_class, t_scale, condition_size, t_dimensions, embedding_rank, label_grid, t_apart
        )
        self.label_deviation, self.condition_by = label_deviation, condition_by
        self.in_channels, self.patch_size, self.grid = in_channels, patch_size, input_size // patch_size
        self.drop_sigma, self.projection_depth = learn_sigma and drop_sigma, projection_depth
        self.x_embedder = PatchEmbed(patch_size, in_channels, hidden_size)
        self.pos_embed = nn.Parameter(torch.zeros(1, self.grid**2, hidden_size), requires_grad=False)
        self.blocks = nn.ModuleList(
            Block(
                hidden_size,
                Attention(hidden_size, num_heads),
                Mlp(hidden_size, int(hidden_size * mlp_ratio)),
                condition_size=condition_size,
            )
            for _ in range(depth)
        )
        if condition_by == CROSS_ATTENTION:
            self.readers = nn.ModuleList(CrossAttention(hidden_size, num_heads) for _ in range(depth))
        if projector_dims:
            self.projectors = nn.ModuleList(_projector(hidden_size, projector_width, size) for size in projector_dims)
        values = patch_size**2 * in_channels * (2 if learn_sigma else 1)
        self.final_layer = FinalLayer(hidden_size, values, condition_size=condition_size)
        for layer in (*self.blocks, self.final_layer):
            layer.adaLN_modulation[0] = ACTIVATIONS[modulation_activation]()
        self.initialise(generator)

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """The official starting values, drawn from `generator` or, without one, from seed 0 (in place)."""
        generator = generator or torch.Generator().manual_seed(0)
        tables = [self.y_embedder.embedding_table.weight] if isinstance(self.y_embedder, LabelEmbedder) else []
        layers = [layer.weight for layer in self.t_embedder.modules() if isinstance(layer, nn.Linear)]
        initialise_transformer(self, [*tables, *layers], generator)
        if self.label_deviation != EMBEDDING_DEVIATION:
            for table in tables:
                table.data.mul_(self.label_deviation / EMBEDDING_DEVIATION)
        self.pos_embed.data.copy_(sine_cosine_table(self.hidden_size, self.grid)[None])

    def forward(self, x: Tensor, t: Tensor, y: Tensor, edit: Edit = None, return_projections: bool = False):
        """x (N, C, H, W), t (N,), labels y (N,) int64 -> the raw output (N, C or 2C, H, W).

        `edit` is applied to c once, before anything consumes it. With `return_projections` the result is
        (output, [projection (N, T, size), ...]).
        """
        condition = self.condition(t, y)
        c = condition.c if edit is None else edit(condition.c)
        return self.transform(x, c, return_projections, condition.t if self.t_apart else None)

    def transform(self, x: Tensor, c: Tensor, return_projections: bool = False, t: Tensor | None = None):
        """As `forward`, from a ready conditional vector c (N, condition_size) and, where it stands apart, t of that shape."""
        x, pictures = self.x_embedder(x) + self.pos_embed, slice(-(self.grid**2), None)
        if self.condition_by != ADALN:
            memory, c = c.unflatten(1, (-1, self.hidden_size)), torch.zeros_like(c) if t is None else t
        if self.condition_by == TOKENS:
            x = torch.cat([memory, x], dim=1)
        projections = []
        for number, block in enumerate(self.blocks):
            if self.condition_by == CROSS_ATTENTION:
                x = x + self.readers[number](x, memory)
            x = block(x, c)
            if return_projections and number + 1 == self.projection_depth:
                projections = [projector(x[:, pictures]) for projector in getattr(self, "projectors", ())]
        out = unpatchify(self.final_layer(x[:, pictures], c), self.grid, self.grid, self.patch_size)
        out = out[:, : self.in_channels] if self.drop_sigma else out
        return (out, projections) if return_projections else out


def _projector(hidden_size: int, width: int, size: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(hidden_size, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, size))
