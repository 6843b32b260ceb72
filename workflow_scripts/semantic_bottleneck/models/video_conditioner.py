"""c of MDSGen: the frames of a silent video (docs/sources/continuous_conditioning.md, section 2.2)."""

from collections.abc import Mapping

from torch import Tensor, nn

from semantic_bottleneck.arrays import Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.embedders import TimestepEmbedder
from semantic_bottleneck.models.token_pooling import TokenPooling, projection


class VideoConditioner(nn.Module):
    """y = frames projected and pooled, without a last MLP; c = t + present * y.

    `frames` and `features` are those of the CAVP encoder; the time sinusoid has `frequency_size` values (204, not 256).
    """

    null_label = None

    def __init__(self, hidden_size: int, frames: int = 32, features: int = 512, frequency_size: int = 204) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.t_embedder = TimestepEmbedder(hidden_size, frequency_size)
        self.mlp_feat = projection(features, hidden_size)
        self.conv1d_feat = TokenPooling(frames, hidden_size)

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) and rows -> t, y, c, each (N, D).

        Rows: features (N, frames, 512), and optionally present (N,), which multiplies y (0: unconditional).
        """
        embedding = self.conv1d_feat(self.mlp_feat(y["features"]))
        if "present" in y:
            embedding = embedding * y["present"][:, None].to(embedding.dtype)
        time = self.t_embedder(t)
        return Condition(time, embedding, time + embedding)
