"""MDSGen: sound for a silent video."""

from collections.abc import Sequence

import torch
from torch import nn

from semantic_bottleneck.models.layers import PatchEmbed
from semantic_bottleneck.models.masked_transformer import MaskedTransformer
from semantic_bottleneck.models.video_conditioner import VideoConditioner
from semantic_bottleneck.study.sizes import check_sizes


class MDSGen(MaskedTransformer, VideoConditioner):
    """The network of docs/sources/continuous_conditioning.md, section 2, with the official state-dict names.

    `input_size` = (time, mel) of the latent, (204, 16) in the release.
    """

    def __init__(
        self,
        input_size: Sequence[int],
        patch_size: int,
        in_channels: int,
        hidden_size: int,
        depth: int,
        num_heads: int,
        mlp_ratio: float = 4.0,
        learn_sigma: bool = True,
        decode_layer: int = 4,
        frames: int = 32,
        features: int = 512,
        frequency_size: int = 204,
    ) -> None:
        sizes = {"input_size": input_size, "patch_size": patch_size, "hidden_size": hidden_size, "num_heads": num_heads}
        check_sizes("mdsgen", sizes | {"depth": depth, "decode_layer": decode_layer})
        super().__init__(hidden_size, frames, features, frequency_size)
        grid = (input_size[0] // patch_size, input_size[1] // patch_size)
        self.x_embedder = PatchEmbed(patch_size, in_channels, hidden_size)
        self.pos_embed = nn.Parameter(torch.zeros(1, grid[0] * grid[1], hidden_size))
        self.build_transformer(
            grid=grid,
            patch_size=patch_size,
            in_channels=in_channels,
            depth=depth,
            num_heads=num_heads,
            mlp_ratio=mlp_ratio,
            learn_sigma=learn_sigma,
            decode_layer=decode_layer,
        )
