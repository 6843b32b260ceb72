"""MDTv2 at inference: masking off, so the side block and the mask token are carried but not used."""

import torch
from torch import Tensor, nn

from semantic_bottleneck.models.class_conditioner import ClassConditioner
from semantic_bottleneck.models.condition import Edit
from semantic_bottleneck.models.layers import Attention, Block, FinalLayer, Mlp, PatchEmbed, unpatchify
from semantic_bottleneck.models.relative_position import RelativePositionBias
from semantic_bottleneck.study.sizes import check_sizes


class MDTv2(ClassConditioner):
    """The network of docs/sources/mdt_lightningdit_uvit.md, section 2, with the official state-dict names.

    (depth - decode_layer) // 2 in-blocks and as many out-blocks joined by long skips, then `decode_layer`
    decoder blocks, each of which sees the input tokens again. Raises UserError where sizes do not divide.
    """

    def __init__(
        self,
        input_size: int,
        patch_size: int,
        in_channels: int,
        hidden_size: int,
        depth: int,
        num_heads: int,
        decode_layer: int,
        mlp_ratio: float = 4.0,
        num_classes: int = 1000,
        learn_sigma: bool = True,
    ) -> None:
        sizes = {"input_size": input_size, "patch_size": patch_size, "hidden_size": hidden_size, "num_heads": num_heads}
        check_sizes("mdt", sizes | {"depth": depth, "decode_layer": decode_layer})
        super().__init__(hidden_size, num_classes)
        self.patch_size, self.grid = patch_size, input_size // patch_size

        def blocks(count: int, skip: bool) -> nn.ModuleList:
            return nn.ModuleList(
                Block(
                    hidden_size,
                    Attention(hidden_size, num_heads, RelativePositionBias(self.grid, self.grid, num_heads)),
                    Mlp(hidden_size, int(hidden_size * mlp_ratio)),
                    skip=skip,
                )
                for _ in range(count)
            )

        half = (depth - decode_layer) // 2
        self.x_embedder = PatchEmbed(patch_size, in_channels, hidden_size)
        self.pos_embed = nn.Parameter(torch.zeros(1, self.grid**2, hidden_size))
        self.decoder_pos_embed = nn.Parameter(torch.zeros(1, self.grid**2, hidden_size))
        self.mask_token = nn.Parameter(torch.zeros(1, 1, hidden_size))
        self.en_inblocks, self.en_outblocks = blocks(half, skip=False), blocks(half, skip=True)
        self.de_blocks, self.sideblocks = blocks(decode_layer, skip=True), blocks(1, skip=False)
        self.final_layer = FinalLayer(hidden_size, patch_size**2 * in_channels * (2 if learn_sigma else 1))

    def forward(self, x: Tensor, t: Tensor, y: Tensor, edit: Edit = None) -> Tensor:
        """x (N, C, H, W), t (N,) original steps 0..999, labels y (N,) int64 -> (N, 2C, H, W): noise and variance.

        `edit` is applied to c once, before anything consumes it.
        """
        c = self.condition(t, y).c
        c = c if edit is None else edit(c)
        tokens = self.x_embedder(x) + self.pos_embed
        x, stack = tokens, []
        for block in self.en_inblocks:
            x = block(x, c)
            stack.append(x)
        for block in self.en_outblocks:
            x = block(x, c, stack.pop())
        x = x + self.decoder_pos_embed
        for block in self.de_blocks:
            x = block(x, c, tokens)
        return unpatchify(self.final_layer(x, c), self.grid, self.grid, self.patch_size)
