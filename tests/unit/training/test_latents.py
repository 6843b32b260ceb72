"""Pictures to latents and back into batches: posterior, mirror images, shards, resumption."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

import encode_images as job
from fetch_encoder import fetch_encoder
from semantic_bottleneck.data import latent_shards
from semantic_bottleneck.data.labelled_pictures import cropped, open_pictures
from semantic_bottleneck.decoding import vae, vae_encoder
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.training.latents import LatentSource
from semantic_bottleneck.training.run import TrainingRun
from tests.sections import card_of, completed
from tests.unit.training.cards import tiny_card

TINY = vae.VAE((32, 32), 4, (False, False), residual_blocks=1, scale=0.5)
SETTINGS = {"size": 16, "autoencoder": "tiny", "flip": True, "shard": 5, "batch": 2}


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setitem(vae.VAES, "tiny", TINY)


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(12):
        folder = tmp_path / "pictures" / ("bird", "apple", "cat")[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (20, 24, 3), dtype=np.uint8)).save(folder / f"{number:02d}.png")
    return tmp_path / "pictures"


@pytest.fixture
def weights(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        full = {}
        for parts in (vae.ENCODER_PARTS, vae.PARTS):
            network = vae.build_vae(TINY, parts).to_empty(device="cpu")
            for name, tensor in network.state_dict().items():
                full[name] = torch.randn(tensor.shape) * 0.1 if tensor.ndim > 1 else torch.ones(tensor.shape) * 0.1
    tensors_file.write(tmp_path / "vae.safetensors", full)
    return tmp_path / "vae.safetensors"


def encode(pictures, weights, folder, **settings):
    job.encode_images(pictures, weights, SETTINGS | settings, folder, "cpu", alignment="unused")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_is_encoded_once_per_view_and_class(pictures, weights, tmp_path):
    files = encode(pictures, weights, tmp_path / "latents")
    manifest = json.loads(files["manifest.json"])
    assert manifest["class_names"] == ["apple", "bird", "cat"]
    assert [shard["rows"] for shard in manifest["shards"]] == [5, 5, 2]
    source = LatentSource(tmp_path / "latents")
    assert (len(source), source.shape, source.classes) == (12, (4, 8, 8), 3)
    # The first view is the picture and the second its mirror image, and both are what the encoder says of the pixels.
    moments = vae_encoder.load_encoder("tiny", weights).moments
    pixels = open_pictures(pictures).picture(6, 16).transpose(2, 0, 1)[None] / np.float32(127.5) - 1
    stored = np.load(tmp_path / "latents/latents-00001.npy")[1]
    np.testing.assert_allclose(stored[0], moments(pixels)[0], atol=1e-5)
    np.testing.assert_allclose(stored[1], moments(pixels[..., ::-1])[0], atol=1e-5)
    assert (stored[:, 4:] > 0).all()  # the standard deviation


def test_rows_are_samples_of_the_posterior(pictures, weights, tmp_path):
    encode(pictures, weights, tmp_path / "latents", flip=False)
    source = LatentSource(tmp_path / "latents")
    numbers = torch.tensor([11, 0, 6])
    found = source.rows(numbers, torch.Generator().manual_seed(3))
    assert found.labels.tolist() == [2, 0, 1]
    assert found.targets is None
    again = source.rows(numbers, torch.Generator().manual_seed(3))
    assert torch.equal(found.images, again.images)
    draws = torch.stack([source.rows(numbers[:1], torch.Generator().manual_seed(seed)).images[0] for seed in range(400)])
    mean, spread = torch.from_numpy(np.load(tmp_path / "latents/latents-00002.npy")[1, 0]).chunk(2)
    torch.testing.assert_close(draws.mean(0), 0.5 * mean, rtol=0.05, atol=float(0.1 * spread.max()))
    assert draws.std(0).mean().item() == pytest.approx(0.5 * spread.mean().item(), rel=0.05)


def test_encoding_continues_where_it_was_cut_off(pictures, weights, tmp_path, monkeypatch):
    whole = encode(pictures, weights, tmp_path / "whole")
    save, saved = latent_shards._save, []

    def interrupted(path, values):
        saved.append(path)
        if len(saved) == 4:
            raise KeyboardInterrupt
        save(path, values)

    with monkeypatch.context() as patch:
        patch.setattr(latent_shards, "_save", interrupted)
        with pytest.raises(KeyboardInterrupt):
            encode(pictures, weights, tmp_path / "cut")
    assert not (tmp_path / "cut/manifest.json").exists()
    done = (tmp_path / "cut/latents-00000.npy").stat().st_mtime_ns
    assert encode(pictures, weights, tmp_path / "cut") == whole
    assert (tmp_path / "cut/latents-00000.npy").stat().st_mtime_ns == done
    with pytest.raises(UserError, match="begun with other settings"):
        encode(pictures, weights, tmp_path / "cut", size=8)


@pytest.mark.parametrize("changed", ["pictures", "encoder"])
def test_other_pictures_or_another_encoder_leave_no_old_shard(pictures, weights, tmp_path, changed):
    folder = tmp_path / "latents"

    def made(contents):
        job.encode_images(pictures, weights, SETTINGS, folder, "cpu", {"pictures": contents})
        return {path.name: path.read_bytes() for path in folder.glob("latents-*.npy")}

    first = made("one")
    done = {path: path.stat().st_mtime_ns for path in folder.glob("latents-*.npy")}
    assert made("one") == first
    assert {path: path.stat().st_mtime_ns for path in folder.glob("latents-*.npy")} == done
    if changed == "pictures":
        Image.new("RGB", (20, 24), "red").save(pictures / "cat/02.png")  # of the same name
        fresh = made("other")
    else:
        tensors, _ = tensors_file.read(weights)
        tensors_file.write(weights, {name: tensor * 1.5 for name, tensor in tensors.items()})
        fresh = made("one")
    assert {name for name in first if fresh[name] != first[name]} >= {"latents-00001.npy"}
    again = tmp_path / "again"
    job.encode_images(pictures, weights, SETTINGS, again, "cpu")
    assert {path.name: path.read_bytes() for path in again.glob("latents-*.npy")} == fresh


def test_alignment_features_are_stored_and_learned_from(pictures, weights, tmp_path, monkeypatch):
    def features(settings, checkpoint, device):
        return lambda pixels: np.full((len(pixels), 16, 3), pixels.mean(axis=(1, 2, 3))[:, None, None], dtype=np.float16)

    monkeypatch.setattr(job, "alignment_encoder", features)
    encode(pictures, weights, tmp_path / "latents", alignment={"name": "any"})
    card = tiny_card(objective={"name": "aligned-velocity", "noise_time": 1, "weight": 0.5}, batch_size=4)
    card["architecture"] |= {"in_channels": 4, "num_classes": 3, "projector_dims": [3], "projector_width": 8}
    card["architecture"] |= {"projection_depth": 1}
    run = TrainingRun(card_of(card), LatentSource(tmp_path / "latents", aligned=True), None, 0)
    run.update()
    assert run.network.projectors[0][0].weight.grad.abs().max() > 0
    targets = run.source.rows(torch.tensor([0]), torch.Generator()).targets
    assert targets.shape == (1, 16, 3)
    with pytest.raises(UserError, match="latents lack"):
        TrainingRun(card_of(card), LatentSource(tmp_path / "latents"), None, 0)


def test_what_is_absent_is_named(pictures, weights, tmp_path):
    with pytest.raises(UserError, match=r"manifest\.json is absent or damaged"):
        LatentSource(tmp_path / "nowhere")
    encode(pictures, weights, tmp_path / "latents")
    with pytest.raises(UserError, match="holds no alignment features"):
        LatentSource(tmp_path / "latents", aligned=True)
    (tmp_path / "latents/labels-00001.npy").unlink()
    with pytest.raises(UserError, match="lacks a readable labels shard"):
        LatentSource(tmp_path / "latents")
    with pytest.raises(UserError, match="holds no pictures"):
        open_pictures(tmp_path / "nowhere")
    (pictures / "cat/00.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"1 of 13 pictures cannot be used: cat/00\.png \(no PNG"):
        encode(pictures, weights, tmp_path / "other")
    with pytest.raises(UserError, match="The encoder of vavae-f16d32 is not known here"):
        vae_encoder.load_encoder("vavae-f16d32", weights)
    with pytest.raises(UserError, match="do not exist"):
        vae_encoder.load_encoder("tiny", tmp_path / "absent.safetensors")


def test_pictures_are_cropped_in_the_middle():
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)
    pixels[:, 10:50] = 200  # the middle 40 columns: all that the crop shows
    found = cropped(Image.fromarray(pixels), 16)
    assert found.shape == (16, 16, 3)
    assert (found[:, 2:-2] == 200).all()


def test_arrays_are_encoded_like_files(pictures, weights, tmp_path):
    encode(pictures, weights, tmp_path / "folder")
    found = open_pictures(pictures)
    images = np.stack([np.asarray(Image.open(path)) for path in found.files])
    np.savez(tmp_path / "pictures.npz", images=images, labels=np.array(found.labels))
    encode(tmp_path / "pictures.npz", weights, tmp_path / "arrays")
    for name in ("latents-00002.npy", "labels-00001.npy"):
        assert (tmp_path / "folder" / name).read_bytes() == (tmp_path / "arrays" / name).read_bytes()
    np.savez(tmp_path / "grey.npz", images=images[..., 0], labels=np.array(found.labels))
    with pytest.raises(UserError, match=r"grey\.npz: `images` must be uint8"):
        open_pictures(tmp_path / "grey.npz")
    with pytest.raises(UserError, match=r"absent\.npz cannot be read"):
        open_pictures(tmp_path / "absent.npz")


def test_the_published_encoder_has_its_published_size():
    parts = (vae.build_vae(vae.SD_VAE, parts) for parts in (vae.ENCODER_PARTS, vae.PARTS))
    assert sum(weight.numel() for network in parts for weight in network.parameters()) == 83_653_863


def test_the_encoders_half_is_fetched_from_a_whole_file(weights, tmp_path):
    checkpoint = completed("checkpoint", {"files": [{"url": str(weights)}], "container": "safetensors"})
    asset = {"name": "tiny", "architecture": {}, "checkpoint": checkpoint}
    fetch_encoder(asset, tmp_path, tmp_path / "half.safetensors")
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, 3, 16, 16))
    whole, half = (vae_encoder.load_encoder("tiny", path).moments(pixels) for path in (weights, tmp_path / "half.safetensors"))
    np.testing.assert_array_equal(whole, half)
    assert (tmp_path / "half.safetensors").stat().st_size < weights.stat().st_size
