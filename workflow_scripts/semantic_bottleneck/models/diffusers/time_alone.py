"""c of the transformers in which nothing of the prompt enters c: it is one vector for all conditions.

Source: docs/sources/diffusers_conditioning.md, sections 2 and 4.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.diffusers.parts import Sinusoid, place


class TimeConditioner(nn.Module):
    """c = t, an MLP of the sinusoid of (scale * t); the classes below say where its tensors lie."""

    null_label = None
    embedder: str
    scale = 1.0

    def __init__(self, hidden_size: int, frequency_size: int = 256) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        place(self, self.embedder, Sinusoid(frequency_size, hidden_size, self.scale))

    def condition(self, t: Num[Tensor, " samples"], y: Any = None) -> Condition:
        """Times (N,) as the network takes them -> t and c, each (N, D); there is no y, and what is given for it is not read."""
        time = self.get_submodule(self.embedder)(t)
        return Condition(time, None, time)


class PixArtConditioner(TimeConditioner):
    """PixArt-alpha and Sigma: c = t, in files with embedders of sizes (alpha, 1024 pixels) t + [height, width, height / width].

    image_size: height and width of the pictures, for files with these embedders.
    """

    embedder = "adaln_single.emb.timestep_embedder"

    def __init__(self, hidden_size: int, image_size: Sequence[int] | None = None) -> None:
        super().__init__(hidden_size)
        self.image_size = image_size
        if image_size is not None:
            for name in ("resolution", "aspect_ratio"):
                place(self, f"adaln_single.emb.{name}_embedder", Sinusoid(256, hidden_size // 3))

    def condition(self, t: Num[Tensor, " samples"], y: Any = None) -> Condition:
        """Times (N,) in 0..999 -> t, to which the sizes belong, and c, each (N, D)."""
        time = super().condition(t).t
        if self.image_size is not None:
            sides = torch.tensor(self.image_size, dtype=torch.float32, device=t.device)
            resolution = self.get_submodule("adaln_single.emb.resolution_embedder")(sides)
            ratio = self.get_submodule("adaln_single.emb.aspect_ratio_embedder")(sides[:1] / sides[1:])
            time = time + torch.cat([resolution.flatten(), ratio.flatten()])
        return Condition(time, None, time)


class AuraFlowConditioner(TimeConditioner):
    """AuraFlow; times 0..1."""

    embedder, scale = "time_step_proj", 1000.0


class SanaConditioner(TimeConditioner):
    """Sana (not Sprint, into whose c the guidance scale enters); times 0..1000."""

    embedder = "time_embed.emb.timestep_embedder"


class Lumina2Conditioner(TimeConditioner):
    """Lumina-Image 2.0; times 0..1 as they are, 0 being noise. c is as wide as the tokens, but at most 1024."""

    embedder = "time_caption_embed.timestep_embedder"


class CogVideoXConditioner(TimeConditioner):
    """CogVideoX; times 0..999. `frequency_size` is the width of the tokens, c is 512 wide."""

    embedder = "time_embedding"


class LTXConditioner(TimeConditioner):
    """LTX-Video; times 0..1000."""

    embedder = "time_embed.emb.timestep_embedder"


class WanConditioner(TimeConditioner):
    """Wan 2.1 and 2.2; times 0..1000."""

    embedder = "condition_embedder.time_embedder"
