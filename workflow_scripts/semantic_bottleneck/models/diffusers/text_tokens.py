"""c of the transformers that pool the prompt's tokens themselves.

Source: docs/sources/diffusers_conditioning.md, sections 2 to 4.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from semantic_bottleneck.arrays import Bool, Float, Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.diffusers.parts import Sinusoid, TwoLinears, place
from semantic_bottleneck.models.embedders import sinusoid

HEADS = 8
"""Of the attention that pools, in every released file."""
SIZES = 6
"""How many numbers HunyuanDiT is told: original, target (height, width each) and the crop's top and left."""


def attend(
    query: Float[Tensor, "samples inner"],
    keys: Float[Tensor, "samples tokens inner"],
    values: Float[Tensor, "samples tokens inner"],
    mask: Bool[Tensor, "samples tokens"] | None = None,
) -> Float[Tensor, "samples inner"]:
    """Attention of HEADS heads of one query over the tokens; `mask` is True where a token counts."""
    q, k, v = (part.unflatten(-1, (HEADS, -1)).transpose(-3, -2) for part in (query[:, None], keys, values))
    seen = None if mask is None else mask[:, None, None]
    return scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(-3, -2).flatten(1)


def masked_mean(
    tokens: Float[Tensor, "samples tokens width"], mask: Bool[Tensor, "samples tokens"]
) -> Float[Tensor, "samples width"]:
    """Mean over the tokens that count."""
    weights = mask.to(tokens.dtype)[..., None]
    return (tokens * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)


class HunyuanDiTConditioner(nn.Module):
    """HunyuanDiT: c = t + E(pooled T5 tokens [, sizes, style]), E a Linear to 4 D, SiLU and a Linear to D; times 0..999.

    text_size: width of T5's tokens. tokens: how many. pooled_size: width of the pool's output.
    sizes: of files whose E also takes six sizes and a style (v1.0 and v1.1, not v1.2), those of rows that have none.
    """

    null_label = None

    def __init__(
        self,
        hidden_size: int,
        text_size: int = 2048,
        tokens: int = 256,
        pooled_size: int = 1024,
        sizes: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.hidden_size, self.sizes = hidden_size, sizes
        embed = self.time_extra_emb = nn.Module()
        place(embed, "timestep_embedder", Sinusoid(256, hidden_size))
        pooler = nn.Module()
        pooler.positional_embedding = nn.Parameter(torch.zeros(tokens + 1, text_size))
        for name in ("k_proj", "q_proj", "v_proj"):
            place(pooler, name, nn.Linear(text_size, text_size))
        place(pooler, "c_proj", nn.Linear(text_size, pooled_size))
        place(embed, "pooler", pooler)
        if sizes is not None:
            place(embed, "style_embedder", nn.Embedding(1, hidden_size, _weight=torch.zeros(1, hidden_size)))
        extra = pooled_size + (256 * SIZES + hidden_size if sizes is not None else 0)
        place(embed, "extra_embedder", TwoLinears(extra, hidden_size, inner_size=4 * hidden_size))

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) and rows {text: tokens (N, T, text_size)[, sizes: (N, 6)]} -> t, y, c, each (N, D)."""
        embed = self.time_extra_emb
        parts = [self._pooled(y["text"])]
        if self.sizes is not None:
            told = y["sizes"] if "sizes" in y else torch.tensor(self.sizes, device=t.device).expand(len(t), SIZES)
            sizes = sinusoid(told.flatten(), 256).reshape(len(parts[0]), -1)
            style = embed.get_submodule("style_embedder")(torch.zeros(len(sizes), dtype=torch.int64, device=sizes.device))
            parts += [sizes, style]
        text = embed.get_submodule("extra_embedder")(torch.cat(parts, dim=1))
        time = embed.get_submodule("timestep_embedder")(t)
        return Condition(time, text, time + text)

    def _pooled(self, tokens: Float[Tensor, "samples tokens width"]) -> Float[Tensor, "samples pooled"]:
        pooler = self.time_extra_emb.get_submodule("pooler")
        x = torch.cat([tokens.mean(dim=1, keepdim=True), tokens], dim=1) + pooler.get_parameter("positional_embedding")
        q, k, v = (pooler.get_submodule(f"{name}_proj") for name in "qkv")
        return pooler.get_submodule("c_proj")(attend(q(x[:, 0]), k(x), v(x)))


class MochiConditioner(nn.Module):
    """Mochi: c = t + attention pool of the T5 tokens that count, the query being their mean; times 0..1000, 0 being noise."""

    null_label = None

    def __init__(self, hidden_size: int, text_size: int = 4096, frequency_size: int = 256) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        embed = self.time_embed = nn.Module()
        place(embed, "timestep_embedder", Sinusoid(frequency_size, hidden_size))
        place(embed, "pooler.to_kv", nn.Linear(text_size, 2 * text_size))
        place(embed, "pooler.to_q", nn.Linear(text_size, text_size))
        place(embed, "pooler.to_out", nn.Linear(text_size, hidden_size))

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) and rows {text: tokens (N, T, text_size), mask: (N, T) of 0 and 1} -> t, y, c, each (N, D)."""
        pooler, mask = self.time_embed.get_submodule("pooler"), y["mask"].bool()
        x = torch.cat([masked_mean(y["text"], mask)[:, None], y["text"]], dim=1)
        seen = torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
        keys, values = pooler.get_submodule("to_kv")(x).chunk(2, dim=-1)
        text = pooler.get_submodule("to_out")(attend(pooler.get_submodule("to_q")(x[:, 0]), keys, values, seen))
        time = self.time_embed.get_submodule("timestep_embedder")(t)
        return Condition(time, text, time + text)


class LuminaNextConditioner(nn.Module):
    """Lumina-Next: c = t + Linear(LN(mean of the Gemma tokens that count)); times 0..1 as they are, 0 being noise.

    c is as wide as the image's tokens, but at most 1024; `text_size` is the width of the prompt's.
    """

    null_label = None

    def __init__(self, hidden_size: int, text_size: int = 2048, frequency_size: int = 256) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        embed = self.time_caption_embed = nn.Module()
        place(embed, "timestep_embedder", Sinusoid(frequency_size, hidden_size))
        place(embed, "caption_embedder", nn.Sequential(nn.LayerNorm(text_size), nn.Linear(text_size, hidden_size)))

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) and rows {text: tokens (N, T, text_size), mask: (N, T) of 0 and 1} -> t, y, c, each (N, D)."""
        embed = self.time_caption_embed
        text = embed.get_submodule("caption_embedder")(masked_mean(y["text"], y["mask"].bool()))
        time = embed.get_submodule("timestep_embedder")(t)
        return Condition(time, text, time + text)
