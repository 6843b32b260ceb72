"""Skeletons pixel by pixel as OpenCV draws them."""

import hashlib

import numpy as np
import pytest
import torch

from semantic_bottleneck.conditioning.pose import COLOURS, dino_input, draw_skeleton, skeleton_tensor
from semantic_bottleneck.conditioning.raster import disc_mask, ellipse_mask
from semantic_bottleneck.errors import UserError

# sha256 of what OpenCV 5.0 and 4.9 draw for `poses(20)` (circles, ellipse2Poly, fillConvexPoly and addWeighted).
DRAWN_BY_OPENCV = "89dead1e46f0041e6837dd3aa04f44d652f336cb279c69c14a371b663f85ec7a"


def poses(count: int):
    """Whole-number and fractional keypoints, a fifth of them missing, some limbs beyond the picture's border."""
    rng = np.random.default_rng(0)
    for index in range(count):
        if index % 2:
            keypoints = rng.integers((40, 0), (216, 256), (18, 2)).astype(float)
        else:
            keypoints = np.round(rng.normal((128, 128), (30, 60), (18, 2)), 1)
        keypoints[rng.random(18) < 0.2] = -1
        yield keypoints


def test_skeletons_equal_opencvs_pixel_by_pixel():
    digest = hashlib.sha256()
    for keypoints in poses(20):
        digest.update(draw_skeleton(keypoints).tobytes())
    assert digest.hexdigest() == DRAWN_BY_OPENCV


def test_a_single_joint_is_a_disc_of_its_colour_reversed():
    keypoints = np.full((18, 2), -1.0)
    keypoints[1] = (128, 100)
    canvas = draw_skeleton(keypoints)
    assert (canvas.any(axis=2) == disc_mask((128, 100), 256)).all()
    assert canvas[100, 128].tolist() == list(COLOURS[1][::-1])


def test_the_frames_margins_are_removed_and_the_width_stretched():
    keypoints = np.full((18, 2), -1.0)
    keypoints[0] = (40, 10)
    assert draw_skeleton(keypoints)[10, 0].any()
    keypoints[0] = (216 - 1, 10)
    assert draw_skeleton(keypoints)[10, 254].any()


def test_a_limb_needs_both_ends_and_dims_what_lies_below():
    keypoints = np.full((18, 2), -1.0)
    keypoints[1], keypoints[2] = (80, 100), (160, 100)
    both = draw_skeleton(keypoints)
    middle = (120 - 40) * 256 // 176
    assert both[100, middle].tolist() == [round(0.6 * value) for value in COLOURS[0][::-1]]
    keypoints[2] = -1
    assert not draw_skeleton(keypoints)[100, middle].any()


def test_ellipse_is_symmetric_and_clipped():
    whole = ellipse_mask((100, 100), (30, 4), 0, 256)
    assert (whole[96:105, 70:131] == whole[96:105, 70:131][:, ::-1]).all()
    assert whole[100, 70:131].all()
    assert not whole[100, [69, 131]].any()
    assert not ellipse_mask((-50, 400), (30, 4), 45, 256).any()
    assert ellipse_mask((0, 0), (0, 4), 0, 256).sum() == 5


def test_skeleton_tensor_is_scaled_to_its_brightest_value():
    for keypoints in poses(4):
        values = skeleton_tensor(keypoints, "pose.txt")
        assert values.shape == (3, 256, 256)
        assert values.max() == 1
        assert values.min() == 0


def test_no_visible_joint_is_an_error_and_not_nan():
    with pytest.raises(UserError, match=r"some/pose\.txt shows no visible joint"):
        skeleton_tensor(np.full((18, 2), -1.0), "some/pose.txt")


def test_wrong_number_of_joints():
    with pytest.raises(UserError, match="18 rows"):
        draw_skeleton(np.zeros((17, 2)))


def test_resize_keeps_overshoot_and_does_not_antialias():
    edge, stripes = torch.zeros(1, 3, 256, 256), torch.zeros(1, 3, 256, 256)
    edge[..., 128:] = 1
    stripes[..., ::2] = 1
    assert dino_input(edge).shape == (1, 3, 224, 224)
    assert dino_input(edge).min() < 0
    assert dino_input(edge).max() > 1
    assert dino_input(stripes).std() > 0.3  # antialiasing would leave next to nothing of one-pixel stripes
