"""Named sizes of encoder and backbone."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class EncoderSize:
    """Widths and depths.

    Attributes:
        hidden_size, depth, num_heads: of the DiT backbone.
        channels, strides: of the convolutional encoder's blocks.
        encoder_depth: of the ViT encoder, whose width and heads are the backbone's.
    """

    hidden_size: int
    depth: int
    num_heads: int
    channels: tuple[int, ...]
    strides: tuple[int, ...]
    encoder_depth: int


SIZES: Mapping[str, EncoderSize] = MappingProxyType(
    {
        "nano": EncoderSize(16, 2, 2, (8, 16), (1, 2), 1),
        "mini": EncoderSize(64, 3, 4, (32, 64, 64), (1, 2, 1), 3),
        "tiny": EncoderSize(192, 12, 3, (64, 128, 256), (1, 2, 2), 6),
        "small": EncoderSize(384, 12, 6, (64, 128, 256, 256), (1, 2, 2, 2), 12),
        "base": EncoderSize(768, 12, 12, (128, 256, 512, 512), (1, 2, 2, 2), 12),
    }
)
"""mini: the miniature study. tiny: DiT-Tiny, which DiER names for CIFAR-10 without its sizes (docs/sources/dier.md,
section 2): ViT-Tiny's are taken. small and base: DiT-S and DiT-B. The encoder's sizes are open choices
(docs/sources/dier.md, section 3)."""
