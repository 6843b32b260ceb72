"""What is measured in generated pictures of people does not depend on how the samples are divided."""

import numpy as np
import pytest
import torch
from torchvision.models import alexnet

import embed_training_pictures as training_pictures
from measure_pairs import measure_pairs
from semantic_bottleneck.conditioning.deepfashion import PairImages
from semantic_bottleneck.decoding import vae
from semantic_bottleneck.features import inception
from semantic_bottleneck.files import parquet, tensors_file
from semantic_bottleneck.scores.moments import moments
from semantic_bottleneck.scores.opencv_resize import resize_width
from semantic_bottleneck.scores.paired_images import METHODS
from semantic_bottleneck.study.cards import load_card
from tests.workflow import continuous
from tests.workflow.project import ROOT

MICRO_BATCH, BATCH = 2, 4
SMALL = vae.VAE((32,) * 4, 4, (False,) * 4, residual_blocks=1, scale=0.18215)


def coarse(images, samples, weights, batch, device, protocol, spatial):
    """In Inception's place: the mean colours of a 4 x 4 grid, and where in its batch a picture stood."""
    assert protocol == "pytorch-fid"
    grid = images.reshape(len(images), 4, 64, 4, 44, 3).mean(axis=(2, 4)).reshape(len(images), -1)
    return {"features": np.concatenate([grid, (samples % batch)[:, None]], axis=1).astype(np.float32)}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setitem(vae.VAES, "xmdpt-vae", SMALL)
    monkeypatch.setattr(inception, "extract", coarse)
    continuous.deepfashion(tmp_path / "data")
    tensors_file.write(tmp_path / "vae.safetensors", continuous.lively(vae.build_vae(SMALL)))
    torch.manual_seed(0)
    backbone = {name: tensor for name, tensor in alexnet().state_dict().items() if name.startswith("features.")}
    tensors_file.write(tmp_path / "alexnet.safetensors", backbone)
    rng = np.random.default_rng(0)
    latents = rng.standard_normal((continuous.PAIRS, 4, 32, 32)).astype(np.float32)
    return tmp_path, latents


CARD = {key: load_card(ROOT / "config/models/xmdpt-b.yaml")[key] for key in ("decoder", "conditioning")}
CARD["conditioning"]["data"]["root"] = "data"


def measured(place, start, stop):
    folder, latents = place
    columns = {"sample": np.arange(start, stop), "label": np.full(stop - start, -1), "latent": latents[start:stop]}
    parquet.write(folder / "latents.parquet", columns)
    output = folder / f"{start}-{stop}.parquet"
    weights = folder / "alexnet.safetensors"
    measure_pairs(
        CARD, folder, folder / "latents.parquet", folder / "vae.safetensors", "", weights, MICRO_BATCH, BATCH, output, "cpu"
    )
    return parquet.read(output)


def test_shards_give_the_same_bytes(place):
    whole = measured(place, 0, 6)
    parts = [measured(place, 0, 2), measured(place, 2, 6)]
    for name in ("sample", "label", "item", "features", *METHODS):
        assert np.array_equal(whole[name], np.concatenate([part[name] for part in parts])), name
    assert whole["item"].tolist()[:3] == [f"img/WOMEN/Tees/id_0000000{garment}" for garment in (0, 0, 1)]
    assert np.unique(whole["lpips"]).size == 6


def test_the_reference_is_every_distinct_training_picture(place, monkeypatch):
    monkeypatch.setattr(training_pictures, "CHUNK", 3)
    folder, _ = place
    training_pictures.embed_training_pictures(CARD, folder, "", BATCH, folder / "reference.parquet", "cpu")
    found = parquet.read(folder / "reference.parquet")
    assert parquet.read_metadata(folder / "reference.parquet") == {"n": "8"}
    with PairImages(folder / "data/256-256") as store:
        names = [f"img/WOMEN/Tees/id_{garment:08d}/0{view}_front.jpg" for garment in range(4) for view in (1, 2)]
        pictures = resize_width(np.stack([store.picture(name) for name in names]))
    places = np.concatenate([np.arange(3), np.arange(3), np.arange(2)])
    sums = moments(coarse(pictures, places, "", BATCH, "cpu", "pytorch-fid", False)["features"])
    np.testing.assert_allclose(found["mean"], sums.mean(), rtol=1e-12)
    np.testing.assert_allclose(found["covariance"], sums.covariance(), atol=1e-9)
