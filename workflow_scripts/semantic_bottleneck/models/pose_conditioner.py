"""c of X-MDPT: a target pose, the source picture's global features and its latent.

Source: docs/sources/continuous_conditioning.md, section 1.3.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from semantic_bottleneck.arrays import Num
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.embedders import TimestepEmbedder
from semantic_bottleneck.models.layers import PatchEmbed
from semantic_bottleneck.models.token_pooling import TokenPooling, projection

POSE_FEATURES, IMAGE_FEATURES, FEATURE_TOKENS = 768, 1536, 257
"""DINOv2 ViT-B/14 of the pose, ViT-g/14 of the picture, class token and 256 patches each."""


class PoseConditioner(nn.Module):
    """y = LN(GELU(Linear(pose + picture + latent))), each pooled over its tokens; c = t + present * y."""

    null_label = None

    def __init__(self, hidden_size: int, input_size: int = 32, patch_size: int = 2, in_channels: int = 4) -> None:
        super().__init__()
        tokens = (input_size // patch_size) ** 2
        self.hidden_size = hidden_size
        self.t_embedder = TimestepEmbedder(hidden_size)
        self.x_embedder = PatchEmbed(patch_size, in_channels, hidden_size)
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens, hidden_size))
        self.mlp_dino_pose = projection(POSE_FEATURES, hidden_size)
        self.mlp_dino_img = projection(IMAGE_FEATURES, hidden_size)
        self.conv1d_pose = TokenPooling(FEATURE_TOKENS, hidden_size)
        self.conv1d_global = TokenPooling(FEATURE_TOKENS, hidden_size)
        self.conv1d_local = TokenPooling(tokens, hidden_size)
        self.mlp_final = projection(hidden_size, hidden_size)

    def condition(self, t: Num[Tensor, " samples"], y: Mapping[str, Tensor]) -> Condition:
        """Times (N,) and rows -> t, y, c, each (N, D).

        Rows: pose (N, 257, 768), image (N, 257, 1536), source (N, C, H, W) latent, and optionally present (N,), which
        multiplies y (0: unconditional).
        """
        pose = self.conv1d_pose(self.mlp_dino_pose(y["pose"]))
        picture = self.conv1d_global(self.mlp_dino_img(y["image"]))
        local = self.conv1d_local(self.x_embedder(y["source"]) + self.pos_embed)
        embedding = self.mlp_final(pose + picture + local)
        if "present" in y:
            embedding = embedding * y["present"][:, None].to(embedding.dtype)
        time = self.t_embedder(t)
        return Condition(time, embedding, time + embedding)
