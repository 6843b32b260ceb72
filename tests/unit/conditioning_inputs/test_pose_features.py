"""From DeepFashion to the arrays X-MDPT's conditioner takes, through small encoders in the published formats."""

import numpy as np
import pytest
import torch

from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.conditioning.deepfashion import Pair, choose_source
from semantic_bottleneck.conditioning.dinov2 import build_dinov2, resample_positions, tokens
from semantic_bottleneck.conditioning.load import load_conditions
from semantic_bottleneck.conditioning.pose import dino_input, picture_tensor, skeleton_tensor
from semantic_bottleneck.conditioning.vae_source import load_vae
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.randomness.noise import standard_normal
from tests.sections import checkpoint_of, conditioning_of
from tests.unit.conditioning_inputs.conftest import NAMES, PAIRS, write_pose


def dinov2(section: dict, tmp_path):
    weights = read_tensors(checkpoint_of(section["checkpoint"]), None, base=tmp_path).tensors
    return build_dinov2(section["name"], weights, file="file", card="card", **section["architecture"])


def test_pose_of_the_target_and_picture_and_latent_of_the_source(pose_card, tmp_path, keypoints, pictures):
    ids, inputs = load_conditions(conditioning_of(pose_card["conditioning"]), tmp_path, tmp_path / "cache")
    encoders = pose_card["conditioning"]["encoders"]
    assert ids.tolist() == [0, 1, 2]
    assert ids.dtype == np.int64
    assert {name: (values.shape, values.dtype.name) for name, values in inputs.items()} == {
        "pose": ((3, 257, 12), "float32"),
        "image": ((3, 257, 12), "float32"),
        "source": ((3, 4, 32, 32), "float32"),
    }
    sources = [choose_source(Pair(pair[0], tuple(pair[1:])), 0, row) for row, pair in enumerate(PAIRS)]
    skeletons = torch.stack([skeleton_tensor(keypoints[pair[0]], "") for pair in PAIRS])
    worn = torch.stack([picture_tensor(pictures[name]) for name in sources])
    pose = tokens(dinov2(encoders["pose"], tmp_path), dino_input(skeletons))
    image = tokens(dinov2(encoders["image"], tmp_path), dino_input(worn))
    np.testing.assert_allclose(inputs["pose"], pose, atol=1e-5)
    np.testing.assert_allclose(inputs["image"], image, atol=1e-5)
    with torch.inference_mode():
        posterior = load_vae(tmp_path / encoders["source"]["source"]).encode(worn).latent_dist
    noise = standard_normal(0, range(3), 0, (4, 32, 32))
    np.testing.assert_allclose(inputs["source"], 0.18215 * (posterior.mean.numpy() + posterior.std.numpy() * noise), atol=1e-5)


def test_features_are_computed_once_and_follow_the_data(pose_card, tmp_path, deepfashion, keypoints):
    _, first = load_conditions(conditioning_of(pose_card["conditioning"]), tmp_path, tmp_path / "cache")
    _, again = load_conditions(conditioning_of(pose_card["conditioning"]), tmp_path, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 1
    assert all((first[name] == again[name]).all() for name in first)
    moved = keypoints[PAIRS[0][0]].copy()
    moved[moved > 0] += 3
    write_pose(deepfashion, PAIRS[0][0], moved)
    _, other = load_conditions(conditioning_of(pose_card["conditioning"]), tmp_path, tmp_path / "cache")
    assert (other["pose"][0] != first["pose"][0]).any()
    assert (other["pose"][1:] == first["pose"][1:]).all()
    assert (other["image"] == first["image"]).all()


def test_a_pair_without_a_visible_joint_stops_before_any_feature(pose_card, tmp_path, deepfashion):
    write_pose(deepfashion, NAMES[2], np.full((18, 2), -1))
    with pytest.raises(UserError, match=r"01_3_front\.txt shows no visible joint"):
        load_conditions(conditioning_of(pose_card["conditioning"]), tmp_path, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_too_few_pairs(pose_card, tmp_path):
    pose_card["conditioning"]["data"]["count"] = 4
    with pytest.raises(UserError, match="holds 3 pairs but the card asks for 4"):
        load_conditions(conditioning_of(pose_card["conditioning"]), tmp_path, tmp_path / "cache")


def test_class_token_comes_first_and_patches_follow_by_rows(encoders, tmp_path):
    model = dinov2(encoders["pose"], tmp_path)
    model.blocks[0].ls1.gamma.data.zero_()
    model.blocks[0].ls2.gamma.data.zero_()
    pictures = torch.zeros(2, 3, 224, 224)
    pictures[1, :, :14, 14:28] = 1.0  # the second patch of the first row
    first, second = tokens(model, pictures)
    changed = (first != second).any(dim=1).nonzero()[:, 0].tolist()
    assert first.shape == (257, 12)
    assert changed == [2]


def cubic(x: np.ndarray, a: float = -0.75) -> np.ndarray:
    x = np.abs(x)
    near = (a + 2) * x**3 - (a + 3) * x**2 + 1
    far = a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def test_positions_are_resampled_with_the_published_scale_factor():
    table = torch.randn(1, 1 + 37 * 37, 2, generator=torch.Generator().manual_seed(0))
    result = resample_positions(table, 16).numpy()[0]
    centres = (np.arange(16) + 0.5) * 37 / 16.1 - 0.5
    weights = np.zeros((16, 37))
    for row, centre in enumerate(centres):
        for tap in range(int(np.floor(centre)) - 1, int(np.floor(centre)) + 3):
            weights[row, np.clip(tap, 0, 36)] += cubic(np.array(centre - tap))
    expected = np.einsum("ai,bj,ijd->abd", weights, weights, table[0, 1:].reshape(37, 37, 2).numpy()).reshape(256, 2)
    assert (result[0] == table[0, 0].numpy()).all()
    np.testing.assert_allclose(result[1:], expected, atol=1e-4)
    assert resample_positions(table, 37) is table


def test_weights_of_another_size_are_one_sentence(encoders, tmp_path):
    section = encoders["pose"] | {"architecture": {"embed_dim": 16, "depth": 1, "num_heads": 2}}
    with pytest.raises(UserError, match="has shape"):
        dinov2(section, tmp_path)


def test_autoencoder_folder_without_files(tmp_path):
    (tmp_path / "vae").mkdir()
    with pytest.raises(UserError, match=r"The autoencoder cannot be loaded from .*/vae"):
        load_vae(tmp_path / "vae")
