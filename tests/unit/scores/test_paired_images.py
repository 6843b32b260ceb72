"""Paired picture scores: the options of PIDM, the authors' LPIPS on a backbone of ours, OpenCV's resize."""

import hashlib

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, uniform_filter
from torchvision.models import alexnet

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features.perceptual_distance import load_distance
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.scores.opencv_resize import resize_width
from semantic_bottleneck.scores.paired_images import METHODS, paired_scores

OPENCV_DIGEST = "5a4654dbdcfb1b27b509836a0325946127669b522fb76794b7d2e8ebfae4541d"
"""SHA-256 of what cv2.resize(picture, (176, 64)) of OpenCV 5.0 makes of four pictures of noise."""


@pytest.fixture(scope="module")
def pictures() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    smooth = gaussian_filter(rng.standard_normal((2, 256, 256, 3)), (0, 8, 8, 0))
    photographs = np.clip(128 + 900 * smooth, 0, 255)
    ours = np.clip(photographs + rng.normal(0, 12, photographs.shape), 0, 255)
    return photographs.astype(np.uint8), ours.astype(np.uint8)


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    torch.manual_seed(0)
    network = alexnet(weights=None)
    path = tmp_path_factory.mktemp("lpips") / "alexnet.safetensors"
    tensors_file.write(path, {name: tensor for name, tensor in network.state_dict().items() if name.startswith("features.")})
    return path, network.features.eval()


def ssim_by_hand(x, y, filtered, correction, data_range):
    """The formula of Wang et al. 2004 on one channel, averaged where the window fits."""
    first, second = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mx, my = filtered(x), filtered(y)
    vx, vy, vxy = (correction * (filtered(a * b) - m) for a, b, m in ((x, x, mx * mx), (y, y, my * my), (x, y, mx * my)))
    return (2 * mx * my + first) * (2 * vxy + second) / ((mx * mx + my * my + first) * (vx + vy + second))


def test_each_score_is_its_formula(pictures):
    photographs, ours = pictures
    found = paired_scores(ours, photographs, lambda a, b: float(a.shape[1]))
    assert set(found) == set(METHODS)
    x, y = photographs[0] / 255.0, ours[0] / 255.0
    assert found["psnr"][0] == pytest.approx(10 * np.log10(1 / np.mean((x - y) ** 2)), rel=1e-12)
    wide = [
        ssim_by_hand(x[..., c], y[..., c], lambda v: uniform_filter(v, 51), 51**2 / (51**2 - 1), 1.0)[25:-25, 25:-25].mean()
        for c in range(3)
    ]
    assert found["ssim"][0] == pytest.approx(np.mean(wide), rel=1e-9)
    x, y = (values[0].astype(np.float64) for values in (photographs, ours))
    soft = [
        ssim_by_hand(x[..., c], y[..., c], lambda v: gaussian_filter(v, 1.2, truncate=3.5), 1.0, 255.0)[4:-4, 4:-4].mean()
        for c in range(3)
    ]
    assert found["ssim_gaussian"][0] == pytest.approx(np.mean(soft), rel=1e-6)
    assert found["lpips"].tolist() == [176, 176]
    assert found["ssim"][0] > found["ssim_gaussian"][0]  # the wide window is the lenient one


def test_lpips_is_the_published_formula_on_the_given_backbone(pictures, backbone):
    path, features = backbone
    heads = torch.load(_heads(), map_location="cpu", weights_only=True)
    shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    total, layers = 0.0, {1: "lin0", 4: "lin1", 7: "lin2", 9: "lin3", 11: "lin4"}
    with torch.no_grad():
        a, b = (((torch.from_numpy(v[0]).float() / 127.5 - 1 - shift) / scale).permute(2, 0, 1)[None] for v in pictures)
        for number, layer in enumerate(features):
            a, b = layer(a.clone()), layer(b.clone())
            if number in layers:
                one, other = (v / (v.pow(2).sum(dim=1, keepdim=True).sqrt() + 1e-10) for v in (a, b))
                weight = heads[f"{layers[number]}.model.1.weight"]
                total += float(((one - other) ** 2 * weight).sum(dim=1).mean())
    distance = load_distance(path)
    assert distance(pictures[0][0], pictures[1][0]) == pytest.approx(total, rel=1e-5)
    assert distance(pictures[0][0], pictures[0][0]) == 0


def test_a_file_without_the_convolutions_is_named(tmp_path):
    tensors_file.write(tmp_path / "a.safetensors", {"features.0.weight": torch.zeros(64, 3, 11, 11)})
    with pytest.raises(UserError, match=r"slice1\.0\.bias is missing in .*a\.safetensors"):
        load_distance(tmp_path / "a.safetensors")
    with pytest.raises(UserError, match="fetch them first"):
        load_distance(tmp_path / "absent.safetensors")


def test_pictures_of_different_kinds_are_refused(pictures):
    with pytest.raises(UserError, match="uint8 of one shape"):
        paired_scores(pictures[0][:, :128], pictures[1], lambda a, b: 0.0)
    with pytest.raises(UserError, match="equals its photograph"):
        paired_scores(pictures[0], pictures[0], lambda a, b: 0.0)


def test_the_resize_is_opencvs(pictures):
    row = np.arange(256, dtype=np.uint8)[None, None, :, None]
    narrow = resize_width(row)[0, 0, :, 0]
    # cv2.resize(row, (176, 1)) of OpenCV 5.0, first and last values
    assert narrow[:6].tolist() == [0, 2, 3, 5, 6, 8]
    assert narrow[-3:].tolist() == [252, 253, 255]
    assert np.array_equal(resize_width(pictures[0], 256), pictures[0])
    noise = np.random.default_rng(0).integers(0, 256, (4, 64, 256, 3), dtype=np.uint8)
    assert hashlib.sha256(resize_width(noise).tobytes()).hexdigest() == OPENCV_DIGEST


def _heads() -> str:
    import lpips

    return f"{lpips.__path__[0]}/weights/v0.1/alex.pth"
