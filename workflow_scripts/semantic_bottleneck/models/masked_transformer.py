"""The transformer X-MDPT and MDSGen share, at inference: masking off, so side blocks and mask token are carried unused."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from semantic_bottleneck.models.condition import Condition, Edit
from semantic_bottleneck.models.layers import Attention, Block, FinalLayer, Mlp, PatchEmbed, modulation, unpatchify
from semantic_bottleneck.models.relative_position import RelativePositionBias


class MaskedTransformer:
    """Mixin for a conditioner with `x_embedder`, `pos_embed` and `condition`: blocks with relative position bias
    (docs/sources/continuous_conditioning.md, section 1.4).
    """

    hidden_size: int
    x_embedder: PatchEmbed
    pos_embed: nn.Parameter
    condition: Callable[..., Condition]

    def build_transformer(
        self,
        *,
        grid: tuple[int, int],
        patch_size: int,
        in_channels: int,
        depth: int,
        num_heads: int,
        mlp_ratio: float,
        learn_sigma: bool,
        decode_layer: int,
    ) -> None:
        """Add the blocks and the final layer; `grid` = token rows and columns. The sizes fit: see `check_sizes`."""
        width = self.hidden_size
        self.grid, self.patch_size, self.decoder_start = grid, patch_size, depth - decode_layer

        def block() -> Block:
            bias = RelativePositionBias(*grid, num_heads)
            return Block(width, Attention(width, num_heads, bias), Mlp(width, int(width * mlp_ratio)))

        self.decoder_pos_embed = nn.Parameter(torch.zeros(1, grid[0] * grid[1], width))
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.ModuleList(block() for _ in range(depth))
        self.sideblocks = nn.ModuleList([block()])
        self.final_layer = FinalLayer(width, patch_size**2 * in_channels * (2 if learn_sigma else 1))

    def forward(self, x: Tensor, t: Tensor, y, edit: Edit = None) -> Tensor:
        """x (N, C, H, W), t (N,), condition rows y (see `condition`) -> (N, 2C, H, W): noise and variance.

        `edit` is applied to c once, before anything consumes it.
        """
        c = self.condition(t, y).c
        c = c if edit is None else edit(c)
        x = self.x_embedder(x) + self.pos_embed
        for number, block in enumerate(self.blocks):
            if number == self.decoder_start:
                x = x + self.decoder_pos_embed
            x = block(x, c)
        return unpatchify(self.final_layer(x, c), *self.grid, self.patch_size)


class CrossSideBlock(nn.Module):
    """Tensors of X-MDPT's cross-attention side block, which only training runs: a strict load must find them."""

    def __init__(self, hidden_size: int, grid: tuple[int, int], num_heads: int, mlp_ratio: float) -> None:
        super().__init__()
        self.attn = nn.ModuleDict(
            {
                "to_q": nn.Linear(hidden_size, hidden_size),
                "to_kv": nn.Linear(hidden_size, 2 * hidden_size),
                "proj": nn.Linear(hidden_size, hidden_size),
                "rel_pos_bias": RelativePositionBias(*grid, num_heads),
            }
        )
        self.mlp = Mlp(hidden_size, int(hidden_size * mlp_ratio))
        self.adaLN_modulation = modulation(hidden_size, 6)
