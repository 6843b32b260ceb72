"""Condition inputs against the official loader: keypoints to skeletons, and pictures to what DINOv2 receives."""

from collections.abc import Iterator, Mapping

import numpy as np
from torch import Tensor

from semantic_bottleneck.conditioning.pose import dino_input, draw_skeleton, picture_tensor, skeleton_tensor
from tests.parity.comparison import Comparison, compare

EXACT = 0.0
RESIZE = 1e-6


def pose(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """Skeletons pixel by pixel, and the resized inputs on the stored grid."""
    for role in ("target", "source"):
        skeleton = draw_skeleton(arrays[f"{role}_keypoints"])
        yield compare(f"{role}_skeleton_u8", skeleton.transpose(2, 0, 1), arrays[f"{role}_skeleton_u8"], EXACT)
        yield compare(f"{role}_peak", skeleton.max(), arrays[f"{role}_peak"], EXACT)
    stride = config["stride"]
    target = skeleton_tensor(arrays["target_keypoints"], "target_keypoints")
    yield compare("dino_pose_tgt", _on_grid(target, stride), arrays["dino_pose_tgt"], RESIZE)
    yield compare("dino_src", _on_grid(picture_tensor(arrays["source_image_u8"]), stride), arrays["dino_src"], RESIZE)


def _on_grid(picture: Tensor, stride: int) -> np.ndarray:
    return dino_input(picture[None])[0, :, ::stride, ::stride].numpy()


KINDS = {"xmdpt_pose": pose}
