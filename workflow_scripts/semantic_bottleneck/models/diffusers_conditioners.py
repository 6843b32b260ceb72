"""c of SD3 and AudioLDM under the tensor names of their diffusers checkpoints.

Source: docs/sources/continuous_conditioning.md, sections 3 and 4.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Float, Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.embedders import sinusoid


class TwoLinears(nn.Module):
    """Linear, SiLU, Linear; tensors `linear_1.*` and `linear_2.*`."""

    def __init__(self, features: int, hidden_size: int) -> None:
        super().__init__()
        self.features = features
        self.linear_1 = nn.Linear(features, hidden_size)
        self.linear_2 = nn.Linear(hidden_size, hidden_size)

    def forward(self, x: Float[Tensor, "samples features"]) -> Float[Tensor, "samples dimensions"]:
        return self.linear_2(nn.functional.silu(self.linear_1(x)))


class SD3Conditioner(nn.Module):
    """c = t + y, y a two-layer projection of the pooled text vector; tensors `time_text_embed.*`."""

    null_label = None

    def __init__(self, hidden_size: int, pooled_size: int = 2048, frequency_size: int = 256) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.time_text_embed = nn.ModuleDict(
            {
                "timestep_embedder": TwoLinears(frequency_size, hidden_size),
                "text_embedder": TwoLinears(pooled_size, hidden_size),
            }
        )

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) in 0..1000 and rows {text: pooled vectors (N, pooled_size)} -> t, y, c, each (N, D)."""
        timestep_embedder = self.time_text_embed["timestep_embedder"]
        assert isinstance(timestep_embedder, TwoLinears)
        time = timestep_embedder(sinusoid(t, timestep_embedder.features))
        text = self.time_text_embed["text_embedder"](y["text"])
        return Condition(time, text, time + text)


class AudioLDMConditioner(nn.Module):
    """c = [t, y], y one Linear of the normalised CLAP vector; tensors `time_embedding.*` and `class_embedding.*`."""

    null_label = None

    def __init__(self, hidden_size: int = 512, class_size: int = 512, frequency_size: int = 128) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.time_embedding = TwoLinears(frequency_size, hidden_size)
        self.class_embedding = nn.Linear(class_size, hidden_size)

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) in 0..999 and rows {text: CLAP vectors (N, class_size)} -> t (N, D), y (N, D) and c (N, 2D)."""
        time = self.time_embedding(sinusoid(t, self.time_embedding.features))
        text = self.class_embedding(y["text"])
        return Condition(time, text, torch.cat([time, text], dim=-1))
