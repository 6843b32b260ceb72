"""The parts a diffusion transformer is built of, shared by every family.

Widths: D = hidden size, T = tokens, N = batch; c is of width D too where nothing else is said. "Modulated" means
LN(x) * (1 + scale) + shift.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Norm = Callable[[int], nn.Module]


def plain_norm(hidden_size: int) -> nn.Module:
    """Layer norm without parameters, epsilon 1e-6."""
    return nn.LayerNorm(hidden_size, elementwise_affine=False, eps=1e-6)


class PatchEmbed(nn.Module):
    """Images (N, C, H, W) -> tokens (N, T, D) row-major: a convolution whose kernel is its stride."""

    def __init__(self, patch_size: int, in_channels: int, hidden_size: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_channels, hidden_size, kernel_size=patch_size, stride=patch_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x).flatten(2).transpose(1, 2)


def unpatchify(tokens: Tensor, rows: int, columns: int, patch_size: int) -> Tensor:
    """Tokens (N, rows * columns, p * p * C), channel fastest -> images (N, C, rows * p, columns * p)."""
    n, p = tokens.shape[0], patch_size
    x = tokens.reshape(n, rows, columns, p, p, -1)
    return x.permute(0, 5, 1, 3, 2, 4).reshape(n, -1, rows * p, columns * p)


class Attention(nn.Module):
    """Multi-head self-attention with one qkv projection.

    `bias` (a module returning (heads, T, T)) is added to the scaled logits; `head_norm` makes a norm of
    the head size for queries and keys.
    """

    def __init__(self, hidden_size: int, num_heads: int, bias: nn.Module | None = None, head_norm: Norm | None = None) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(hidden_size, 3 * hidden_size)
        self.proj = nn.Linear(hidden_size, hidden_size)
        self.q_norm = head_norm(hidden_size // num_heads) if head_norm else nn.Identity()
        self.k_norm = head_norm(hidden_size // num_heads) if head_norm else nn.Identity()
        self.rel_pos_bias = bias

    def forward(self, x: Tensor, rotate: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """(N, T, D) -> (N, T, D); `rotate` turns queries and keys (N, heads, T, head size) by position."""
        n, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        q, k = self.q_norm(q), self.k_norm(k)
        if rotate is not None:
            q, k = rotate(q), rotate(k)
        bias = None if self.rel_pos_bias is None else self.rel_pos_bias()[None]
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.proj(x.transpose(1, 2).reshape(n, tokens, width))


class CrossAttention(nn.Module):
    """Multi-head attention of normalised tokens to a memory, which is taken as it is."""

    def __init__(self, hidden_size: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads, self.norm = num_heads, plain_norm(hidden_size)
        self.q = nn.Linear(hidden_size, hidden_size)
        self.kv = nn.Linear(hidden_size, 2 * hidden_size)
        self.proj = nn.Linear(hidden_size, hidden_size)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """Tokens (N, T, D) and memory (N, M, D) -> what is read, (N, T, D)."""
        n, tokens, width = x.shape
        q = self.q(self.norm(x)).reshape(n, tokens, self.num_heads, -1).transpose(1, 2)
        k, v = self.kv(memory).reshape(n, memory.shape[1], 2, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        read = F.scaled_dot_product_attention(q, k, v)
        return self.proj(read.transpose(1, 2).reshape(n, tokens, width))


class Mlp(nn.Module):
    """Linear, GELU in its tanh form, Linear."""

    def __init__(self, hidden_size: int, inner_size: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(hidden_size, inner_size)
        self.fc2 = nn.Linear(inner_size, hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(_linear_gelu(self.fc1, x))


def _linear_gelu(linear: nn.Linear, x: Tensor) -> Tensor:
    """GELU in its tanh form of linear(x), x (..., D); on a GPU with bfloat16 weights in one kernel.

    There the GELU reads the product where it was summed, in float32, instead of from memory after rounding.
    """
    if x.is_cuda and linear.weight.dtype == torch.bfloat16:
        rows = x.reshape(-1, x.shape[-1]).to(torch.bfloat16)
        return torch._addmm_activation(linear.bias, rows, linear.weight.t(), use_gelu=True).view(*x.shape[:-1], -1)
    return F.gelu(linear(x), approximate="tanh")


def modulation(hidden_size: int, vectors: int, condition_size: int | None = None) -> nn.Sequential:
    """SiLU and a Linear from c (N, condition_size or D) to `vectors` vectors of width D side by side."""
    return nn.Sequential(nn.SiLU(), nn.Linear(condition_size or hidden_size, vectors * hidden_size))


def _modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return torch.addcmul(shift[:, None], x, 1 + scale[:, None])


class Block(nn.Module):
    """Attention and MLP, each modulated and gated by c; the six vectors are shift, scale, gate, twice.

    With `skip`, the tokens are first merged with those of an earlier layer by `skip_linear` (MDTv2); that
    projection is not touched by c, whose width is `condition_size`, by default D.
    """

    def __init__(
        self,
        hidden_size: int,
        attention: nn.Module,
        mlp: nn.Module,
        norm: Norm = plain_norm,
        skip: bool = False,
        condition_size: int | None = None,
    ):
        super().__init__()
        self.norm1 = norm(hidden_size)
        self.attn = attention
        self.norm2 = norm(hidden_size)
        self.mlp = mlp
        self.adaLN_modulation = modulation(hidden_size, 6, condition_size)
        self.skip_linear = nn.Linear(2 * hidden_size, hidden_size) if skip else None

    def forward(self, x: Tensor, c: Tensor, skip: Tensor | None = None, rotate=None) -> Tensor:
        """Tokens (N, T, D) and c (N, D) -> tokens (N, T, D)."""
        if self.skip_linear is not None:
            assert skip is not None
            x = self.skip_linear(torch.cat([x, skip], dim=-1))
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = self.adaLN_modulation(c).chunk(6, dim=-1)
        x = x + gate_a[:, None] * self.attn(_modulate(self.norm1(x), shift_a, scale_a), rotate)
        return x + gate_m[:, None] * self.mlp(_modulate(self.norm2(x), shift_m, scale_m))


class FinalLayer(nn.Module):
    """Modulated norm and a Linear to the values of one patch; c is of width `condition_size`, by default D."""

    def __init__(self, hidden_size: int, patch_values: int, norm: Norm = plain_norm, condition_size: int | None = None) -> None:
        super().__init__()
        self.norm_final = norm(hidden_size)
        self.linear = nn.Linear(hidden_size, patch_values)
        self.adaLN_modulation = modulation(hidden_size, 2, condition_size)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """Tokens (N, T, D) and c (N, D) -> (N, T, patch_values)."""
        shift, scale = self.adaLN_modulation(c).chunk(2, dim=-1)
        return self.linear(_modulate(self.norm_final(x), shift, scale))
