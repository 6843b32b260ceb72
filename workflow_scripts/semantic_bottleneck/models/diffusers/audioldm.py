"""c of AudioLDM.

Source: docs/sources/continuous_conditioning.md, section 4.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.diffusers.parts import Sinusoid


class AudioLDMConditioner(nn.Module):
    """c = [t, y], y one Linear of the normalised CLAP vector; tensors `time_embedding.*` and `class_embedding.*`."""

    null_label = None

    def __init__(self, hidden_size: int = 512, class_size: int = 512, frequency_size: int = 128) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.time_embedding = Sinusoid(frequency_size, hidden_size)
        self.class_embedding = nn.Linear(class_size, hidden_size)

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) in 0..999 and rows {text: CLAP vectors (N, class_size)} -> t (N, D), y (N, D) and c (N, 2D)."""
        time, text = self.time_embedding(t), self.class_embedding(y["text"])
        return Condition(time, text, torch.cat([time, text], dim=-1))
