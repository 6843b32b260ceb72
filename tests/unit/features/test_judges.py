"""Blocks of pictures, and what the evaluation protocol changes."""

import numpy as np
import pytest
import torch

from semantic_bottleneck.features import inception
from semantic_bottleneck.features.judges import blocks


@pytest.mark.parametrize(("first", "last"), [(0, 100), (50, 150), (30, 31), (0, 0)])
@pytest.mark.parametrize("sizes", [(10,), (10, 4), (100, 50)])
def test_no_batch_is_cut_by_the_end_of_a_block(first, last, sizes):
    samples = np.arange(first, last)
    found = [samples[block] for block in blocks(samples, *sizes)]
    assert np.concatenate([*found, samples[:0]]).tolist() == samples.tolist()
    for size in sizes:
        batches = [set(block // size) for block in found]
        assert sum(len(batch) for batch in batches) == len(set.union(set(), *batches))


def test_pytorch_fid_resizes_with_half_pixel_centres(tmp_path, monkeypatch):
    torch.manual_seed(0)
    monkeypatch.setattr(inception.SpatialInception, "load_state_dict", lambda self, state: None)
    weights = tmp_path / "inception.pth"
    torch.save({}, weights)
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    seen = []

    def look(self, arguments, output):
        seen.append(arguments[0])

    inception.register()
    for kind in (inception.SpatialInception, inception.HalfPixelInception):
        network = kind("x", ["64"], feature_extractor_weights_path=str(weights))
        network.Conv2d_1a_3x3.register_forward_hook(look)
        network.features_list = ["64"]
        network(torch.from_numpy(images.transpose(0, 3, 1, 2)))
    legacy, half_pixel = (batch.numpy() for batch in seen)
    pixels = images.transpose(0, 3, 1, 2).astype(np.float64)
    # Legacy: output 0 and 37 lie at 0 and 37 * 8 / 299 of the input. Half-pixel: the first outputs repeat the edge.
    np.testing.assert_allclose(legacy[..., 0, 0], (pixels[..., 0, 0] - 128) / 128, atol=1e-6)
    np.testing.assert_allclose(half_pixel[..., 0, 0], pixels[..., 0, 0] / 127.5 - 1, atol=1e-6)
    place = (37 + 0.5) * 8 / 299 - 0.5
    between = pixels[..., 0, 0] * (1 - place) + pixels[..., 0, 1] * place
    np.testing.assert_allclose(half_pixel[..., 0, 37], between / 127.5 - 1, atol=1e-5)
    place = 37 * 8 / 299
    between = pixels[..., 0, 0] * (1 - place) + pixels[..., 0, 1] * place
    np.testing.assert_allclose(legacy[..., 0, 37], (between - 128) / 128, atol=1e-5)
