"""c of the transformers into which pooled text vectors enter.

Sources: docs/sources/continuous_conditioning.md, section 3 (SD3); docs/sources/diffusers_conditioning.md, sections 2 to 4.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.diffusers.parts import Sinusoid, TwoLinears, place


class PooledTextConditioner(nn.Module):
    """c = t + y: an MLP of the sinusoid of (scale * t), and one of the pooled text vectors; the classes below say which.

    guidance_scale: what files with an embedder of it are run with, the same for all conditions; its vector belongs to t.
    """

    null_label = None
    time_path, text_path = "time_text_embed.timestep_embedder", "time_text_embed.text_embedder"
    guidance_path = "time_text_embed.guidance_embedder"
    scale = 1.0
    guidance_factor = 1000.0

    def __init__(
        self, hidden_size: int, pooled_size: int, frequency_size: int = 256, guidance_scale: float | None = None
    ) -> None:
        super().__init__()
        self.hidden_size, self.guidance_scale = hidden_size, guidance_scale
        place(self, self.time_path, Sinusoid(frequency_size, hidden_size, self.scale))
        if guidance_scale is not None:
            place(self, self.guidance_path, Sinusoid(frequency_size, hidden_size, self.guidance_factor))
        place(self, self.text_path, TwoLinears(pooled_size, hidden_size))

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) as the network takes them and rows {text: pooled vectors (N, pooled_size)} -> t, y, c, each (N, D)."""
        time = self.get_submodule(self.time_path)(t)
        if self.guidance_scale is not None:
            guidance = torch.full((1,), self.guidance_scale, device=t.device)
            time = time + self.get_submodule(self.guidance_path)(guidance)
        text = self.get_submodule(self.text_path)(y["text"])
        return Condition(time, text, time + text)


class SD3Conditioner(PooledTextConditioner):
    """Stable Diffusion 3 and 3.5; times 0..1000, text of CLIP-L and CLIP-bigG side by side."""

    def __init__(self, hidden_size: int, pooled_size: int = 2048, frequency_size: int = 256) -> None:
        super().__init__(hidden_size, pooled_size, frequency_size)


class FluxConditioner(PooledTextConditioner):
    """FLUX.1; times 0..1, text of CLIP-L (768), a guidance scale in dev and none in schnell."""

    scale = 1000.0


class HunyuanVideoConditioner(PooledTextConditioner):
    """HunyuanVideo; times 0..1000, text of CLIP-L (768)."""


class HiDreamConditioner(PooledTextConditioner):
    """HiDream-I1; times 0..1000, text of CLIP-L and CLIP-bigG side by side."""

    time_path, text_path = "t_embedder.timestep_embedder", "p_embedder.pooled_embedder"

    def __init__(self, hidden_size: int, pooled_size: int = 2048) -> None:
        super().__init__(hidden_size, pooled_size)


class Kandinsky5Conditioner(nn.Module):
    """Kandinsky 5: c = t + LN(Linear(text of CLIP-L)), 512 wide; times 0..1000.

    frequency_size: values of the sinusoid, the width of the tokens.
    """

    null_label = None

    def __init__(self, hidden_size: int, pooled_size: int, frequency_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.time_embeddings = Sinusoid(frequency_size, hidden_size, names=("in_layer", "out_layer"))
        place(self, "pooled_text_embeddings.in_layer", nn.Linear(pooled_size, hidden_size))
        place(self, "pooled_text_embeddings.norm", nn.LayerNorm(hidden_size))

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) and rows {text: pooled vectors (N, pooled_size)} -> t, y, c, each (N, D)."""
        text = y["text"]
        for layer in ("in_layer", "norm"):
            text = self.get_submodule(f"pooled_text_embeddings.{layer}")(text)
        time = self.time_embeddings(t)
        return Condition(time, text, time + text)
