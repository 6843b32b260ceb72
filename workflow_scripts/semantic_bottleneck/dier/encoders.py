"""The encoder of a clean image and a timestep: v_t = E(x0, t).

Images are float32 (N, C, S, S) in [-1, 1], timesteps (N,) in 0..999, v_t is float32 (N, d_v). Encoder type, pooling and
normalisation are not known from the paper (docs/sources/dier.md, section 3).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.embedders import TimestepEmbedder
from semantic_bottleneck.models.layers import Attention, Block, Mlp, PatchEmbed
from semantic_bottleneck.models.positions import sine_cosine_table

TIME_FEATURES = 64
GROUPS = 8


class ConvolutionalEncoder(nn.Module):
    """3x3 convolutions with group norm and FiLM on t, flattened, one Linear to v_t.

    Args:
        size: S, a multiple of the product of `strides`.
        channels, strides: of the blocks, first to last.
        embedding: d_v.
        uses_timestep: without it t is ignored and v_t is the same at every t.
        normalise: of v_t: none, l2 (to length sqrt(d_v)) or layernorm (without parameters).
    """

    def __init__(
        self,
        size: int,
        in_channels: int,
        channels: Sequence[int],
        strides: Sequence[int],
        embedding: int,
        uses_timestep: bool = True,
        normalise: str = "none",
    ) -> None:
        super().__init__()
        if size % math.prod(strides):
            raise UserError(f"The encoder's strides {list(strides)} do not divide images of {size} pixels; use another size.")
        self.embedding, self.normalise = embedding, normalise
        self.time = TimestepEmbedder(TIME_FEATURES) if uses_timestep else None
        widths = [in_channels, *channels]
        self.blocks = nn.ModuleList(
            _FilmBlock(before, after, stride, uses_timestep)
            for before, after, stride in zip(widths[:-1], widths[1:], strides, strict=True)
        )
        self.output = nn.Linear(channels[-1] * (size // math.prod(strides)) ** 2, embedding)

    def forward(self, images: Tensor, t: Tensor) -> Tensor:
        """Images (N, C, S, S) and t (N,) -> v_t (N, d_v)."""
        time = None if self.time is None else functional.silu(self.time(t))
        x = images
        for block in self.blocks:
            x = block(x, time)
        return normalised(self.output(x.flatten(1)), self.normalise)


class _FilmBlock(nn.Module):
    """Convolution, group norm, scale and shift from t, SiLU."""

    def __init__(self, before: int, after: int, stride: int, uses_timestep: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, after, 3, stride=stride, padding=1)
        self.norm = nn.GroupNorm(math.gcd(GROUPS, after), after)
        self.film = nn.Linear(TIME_FEATURES, 2 * after) if uses_timestep else None

    def forward(self, x: Tensor, time: Tensor | None) -> Tensor:
        x = self.norm(self.convolution(x))
        if self.film is not None:
            scale, shift = self.film(time)[:, :, None, None].chunk(2, dim=1)
            x = torch.addcmul(shift, x, 1 + scale)
        return functional.silu(x)


class TransformerEncoder(nn.Module):
    """A ViT over the backbone's patch grid, t through AdaLN, mean-pooled, one Linear to v_t; arguments as above."""

    def __init__(
        self,
        size: int,
        in_channels: int,
        patch_size: int,
        hidden_size: int,
        depth: int,
        num_heads: int,
        embedding: int,
        uses_timestep: bool = True,
        normalise: str = "none",
    ) -> None:
        super().__init__()
        self.embedding, self.normalise = embedding, normalise
        self.time = TimestepEmbedder(hidden_size) if uses_timestep else None
        self.constant = nn.Parameter(torch.zeros(hidden_size))
        self.x_embedder = PatchEmbed(patch_size, in_channels, hidden_size)
        self.register_buffer("positions", sine_cosine_table(hidden_size, size // patch_size)[None], persistent=False)
        self.blocks = nn.ModuleList(
            Block(hidden_size, Attention(hidden_size, num_heads), Mlp(hidden_size, 4 * hidden_size)) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(hidden_size)
        self.output = nn.Linear(hidden_size, embedding)

    def forward(self, images: Tensor, t: Tensor) -> Tensor:
        """Images (N, C, S, S) and t (N,) -> v_t (N, d_v)."""
        c = self.constant.expand(len(images), -1)
        c = c if self.time is None else c + self.time(t)
        x = self.x_embedder(images) + self.positions
        for block in self.blocks:
            x = block(x, c)
        return normalised(self.output(self.norm(x).mean(dim=1)), self.normalise)


def normalised(v: Tensor, how: str) -> Tensor:
    """v (N, d) as it is (none), at length sqrt(d) (l2), or with mean 0 and variance 1 over its dimensions (layernorm)."""
    if how == "l2":
        return functional.normalize(v, dim=1) * math.sqrt(v.shape[1])
    return functional.layer_norm(v, v.shape[1:]) if how == "layernorm" else v


Encoder = ConvolutionalEncoder | TransformerEncoder
