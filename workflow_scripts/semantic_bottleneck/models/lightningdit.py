"""LightningDiT: a DiT with root-mean-square norms, SwiGLU and rotary positions."""

import functools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from semantic_bottleneck.models.class_conditioner import ClassConditioner
from semantic_bottleneck.models.condition import Edit
from semantic_bottleneck.models.layers import Attention, Block, FinalLayer, Mlp, PatchEmbed, plain_norm, unpatchify
from semantic_bottleneck.models.positions import sine_cosine_table
from semantic_bottleneck.models.rotary import RotaryEmbedding
from semantic_bottleneck.study.sizes import check_sizes


class RMSNorm(nn.Module):
    """x * rsqrt(mean(x^2) + 1e-6) in float32, back in the type of x, times a learned weight."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + 1e-6)).to(x.dtype) * self.weight


class SwiGLU(nn.Module):
    """w3(SiLU(a) * b) with a and b the halves of w12(x)."""

    def __init__(self, size: int, inner_size: int) -> None:
        super().__init__()
        self.w12 = nn.Linear(size, 2 * inner_size)
        self.w3 = nn.Linear(inner_size, size)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.w12(x).chunk(2, dim=-1)
        return self.w3(F.silu(a) * b)


class LightningDiT(ClassConditioner):
    """The network of docs/sources/mdt_lightningdit_uvit.md, section 3, with the official state-dict names.

    The switches follow the official configuration; the released model has all but `use_qknorm`. `pos_embed` is added although
    rotary positions are used too. Raises UserError where sizes do not divide.
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
        learn_sigma: bool = False,
        use_qknorm: bool = False,
        use_swiglu: bool = True,
        use_rope: bool = True,
        use_rmsnorm: bool = True,
    ) -> None:
        sizes = {"input_size": input_size, "patch_size": patch_size, "hidden_size": hidden_size, "num_heads": num_heads}
        check_sizes("lightningdit", sizes)
        super().__init__(hidden_size, num_classes)
        self.patch_size, self.grid = patch_size, input_size // patch_size
        norm = RMSNorm if use_rmsnorm else plain_norm
        head_norm = RMSNorm if use_rmsnorm else functools.partial(nn.LayerNorm, eps=1e-6)

        def mlp() -> nn.Module:
            inner = int(hidden_size * mlp_ratio)
            # Truncated, not rounded to a multiple of 8: 2730 for the L size.
            return SwiGLU(hidden_size, int(2 / 3 * inner)) if use_swiglu else Mlp(hidden_size, inner)

        self.x_embedder = PatchEmbed(patch_size, in_channels, hidden_size)
        self.pos_embed = nn.Parameter(torch.zeros(1, self.grid**2, hidden_size), requires_grad=False)
        self.pos_embed.data.copy_(sine_cosine_table(hidden_size, self.grid)[None])
        self.feat_rope = RotaryEmbedding(hidden_size // num_heads, self.grid) if use_rope else None
        self.blocks = nn.ModuleList(
            Block(hidden_size, Attention(hidden_size, num_heads, head_norm=head_norm if use_qknorm else None), mlp(), norm)
            for _ in range(depth)
        )
        self.final_layer = FinalLayer(hidden_size, patch_size**2 * in_channels * (2 if learn_sigma else 1), norm)

    def forward(self, x: Tensor, t: Tensor, y: Tensor, edit: Edit = None) -> Tensor:
        """x (N, C, H, W), t (N,) in [0, 1] with 0 = noise, labels y (N,) int64 -> velocity (N, C, H, W).

        `edit` is applied to c once, before anything consumes it.
        """
        c = self.condition(t, y).c
        c = c if edit is None else edit(c)
        x = self.x_embedder(x) + self.pos_embed
        for block in self.blocks:
            x = block(x, c, rotate=self.feat_rope)
        return unpatchify(self.final_layer(x, c), self.grid, self.grid, self.patch_size)
