"""X-MDPT: person pictures in a wanted pose."""

from torch import nn

from semantic_bottleneck.models.masked_transformer import CrossSideBlock, MaskedTransformer
from semantic_bottleneck.models.pose_conditioner import PoseConditioner
from semantic_bottleneck.study.sizes import check_sizes


class XMDPT(MaskedTransformer, PoseConditioner):
    """The network of docs/sources/continuous_conditioning.md, section 1, with the official state-dict names.

    The official model also sends the source tokens through every block; without masking they never reach the output.
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
        learn_sigma: bool = True,
        decode_layer: int = 2,
    ) -> None:
        sizes = {"input_size": input_size, "patch_size": patch_size, "hidden_size": hidden_size, "num_heads": num_heads}
        check_sizes("xmdpt", sizes | {"depth": depth, "decode_layer": decode_layer})
        super().__init__(hidden_size, input_size, patch_size, in_channels)
        grid = (input_size // patch_size,) * 2
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
        self.sideblocks_cross = nn.ModuleList([CrossSideBlock(hidden_size, grid, num_heads, mlp_ratio)])
