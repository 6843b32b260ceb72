"""DINOv2 tokens as X-MDPT's training computed them (docs/sources/continuous_conditioning.md, section 1.7)."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from semantic_bottleneck.arrays import Float, Float32
from semantic_bottleneck.models.loading import load_strict

PICTURE = 224
OFFSET = 0.1  # added to the grid size before the scale factor is formed, as the published torch.hub code does
RENAMED = ((".mlp.w12.", ".mlp.fc1."), (".mlp.w3.", ".mlp.fc2."))  # published name -> timm's


def build_dinov2(name: str, state_dict: Mapping[str, Tensor], *, file: str, card: str, **architecture) -> Any:
    """timm's VisionTransformer, a DINOv2 without registers for 224 x 224 inputs, in eval mode, from published or timm weights.

    Args:
        name: timm's architecture, such as vit_base_patch14_dinov2.
        file, card: where the weights came from, for error messages.
        architecture: constructor values that differ from the named architecture's.

    Raises:
        UserError: the weights do not fit.
    """
    # Imported only here: jobs that merely know where DINOv2 may be needed take seconds less.
    import timm

    with torch.device("meta"):
        model = timm.create_model(name, pretrained=False, num_classes=0, img_size=PICTURE, **architecture)
    weights = {_timm_name(key): value for key, value in state_dict.items() if key != "mask_token"}
    if "pos_embed" in weights:
        weights["pos_embed"] = resample_positions(weights["pos_embed"], model.patch_embed.grid_size[0])
    load_strict(model, weights, file=file, card=card)
    return model.eval()


def _timm_name(key: str) -> str:
    for published, timm_name in RENAMED:
        key = key.replace(published, timm_name)
    return key


def resample_positions(table: Float[Tensor, "1 _ dimensions"], grid: int) -> Float[Tensor, "1 _ dimensions"]:
    """Position table (1, 1 + m*m, D) to (1, 1 + grid*grid, D): bicubic, no antialiasing, scale factor (grid + 0.1)/m."""
    side = round((table.shape[1] - 1) ** 0.5)
    if side == grid or side * side != table.shape[1] - 1:
        return table
    patches = table[:, 1:].float().reshape(1, side, side, -1).permute(0, 3, 1, 2)
    scale = (grid + OFFSET) / side
    resized = functional.interpolate(patches, scale_factor=(scale, scale), mode="bicubic", antialias=False)
    return torch.cat([table[:, :1].float(), resized.permute(0, 2, 3, 1).reshape(1, grid * grid, -1)], dim=1)


@torch.inference_mode()
def tokens(model: Any, pictures: Float[Tensor, "samples 3 224 224"]) -> Float32[Tensor, "samples 257 width"]:
    """(n, 3, 224, 224) -> (n, 257, D) float32: last layer after the final norm, class token first, then patches by rows."""
    return model.forward_features(pictures)
