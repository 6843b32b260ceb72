"""From latents of sound to spectrogram pictures, waveforms and .wav files."""

import numpy as np
import pytest
import torch
from scipy.io import wavfile
from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

from decode_examples import decode_examples
from semantic_bottleneck.decoding.sounds import HOP, SoundDecoder, decode_sounds, load_vocoder, mel_picture, sixteen_bits
from semantic_bottleneck.decoding.vae import VAES, build_vae
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet, tensors_file
from write_sounds import write_sounds


def small_vocoder(path, mels=8):
    torch.manual_seed(0)
    config = SpeechT5HifiGanConfig(
        model_in_dim=mels,
        upsample_initial_channel=32,
        upsample_rates=[5, 4, 2, 2, 2],
        upsample_kernel_sizes=[16, 16, 8, 4, 4],
        normalize_before=False,
    )
    network = SpeechT5HifiGan(config).eval()
    tensors_file.write(path, {name: 3 * tensor for name, tensor in network.state_dict().items()})
    network.load_state_dict({name: 3 * tensor for name, tensor in network.state_dict().items()})
    return network


def test_the_vocoder_is_the_librarys_cut_to_160_samples_a_frame(tmp_path):
    network = small_vocoder(tmp_path / "vocoder.safetensors")
    mel = np.random.default_rng(0).standard_normal((12, 8)).astype(np.float32)
    found = load_vocoder(tmp_path / "vocoder.safetensors")(mel)
    with torch.no_grad():
        whole = network(torch.from_numpy(mel)).numpy()
    assert found.shape == (12 * HOP,) == (1920,)
    assert len(whole) > len(found)
    assert found.std() > 0
    np.testing.assert_allclose(found, whole[:1920], atol=1e-6)


def test_a_file_that_is_no_vocoder_is_named(tmp_path):
    tensors_file.write(tmp_path / "a.safetensors", {"conv_pre.weight": torch.zeros(4, 8, 7)})
    with pytest.raises(UserError, match=r"a\.safetensors is not AudioLDM's vocoder"):
        load_vocoder(tmp_path / "a.safetensors")


def test_pictures_have_low_pitches_below_and_sounds_are_rounded():
    mel = np.full((5, 3), -20.0, dtype=np.float32)
    mel[1, 0] = 10.0
    picture = mel_picture(mel)
    assert picture.shape == (3, 5, 1)
    assert picture[2, 1, 0] == 255
    assert picture.sum() == 255
    assert sixteen_bits(np.array([-2, -1, 0, 0.5, 1, 2], dtype=np.float32)).tolist() == [-32767, -32767, 0, 16384, 32767, 32767]


def test_values_that_are_not_finite_are_named():
    decoder = SoundDecoder(lambda latents: np.full((1, 1, 4, 2), latents.max()), lambda mel: np.zeros(640))
    latents = np.zeros((3, 1, 1, 1), dtype=np.float32)
    latents[2] = np.inf
    with pytest.raises(UserError, match="sample 2"):
        decode_sounds(latents, decoder)


def test_latents_to_files_one_by_one(tmp_path, monkeypatch):
    """The stage with an autoencoder of AudioLDM's shape: latents are divided by 4; no bit depends on the other samples."""
    spec = VAES["audioldm-vae"]
    small = type(spec)((32, 32, 32), 8, (False,) * 3, residual_blocks=1, scale=spec.scale, channels=1)
    monkeypatch.setitem(VAES, "audioldm-vae", small)
    torch.manual_seed(1)
    network = build_vae(small)
    tensors = {name: 0.1 * torch.randn(tensor.shape) for name, tensor in network.state_dict().items()}
    tensors_file.write(tmp_path / "vae.safetensors", tensors)
    small_vocoder(tmp_path / "vocoder.safetensors")
    latents = np.random.default_rng(2).standard_normal((3, 8, 6, 2)).astype(np.float32)
    columns = {"sample": np.arange(5, 8), "label": np.full(3, -1), "latent": latents}
    parquet.write(tmp_path / "latents.parquet", columns)
    card = {"name": "mdsgen", "decoder": {"name": "audioldm-vae", "vocoder": "audioldm-vocoder", "quantise": "half-floor"}}
    files = [str(tmp_path / "vae.safetensors"), str(tmp_path / "vocoder.safetensors")]
    for first in (3, 1):
        decode_examples(card, tmp_path / "latents.parquet", files, first, tmp_path / f"{first}.parquet", "cpu")
    found, alone = (parquet.read(tmp_path / f"{first}.parquet") for first in (3, 1))
    assert found["image"].shape == (3, 8, 24, 1)
    assert found["sound"].shape == (3, 24 * HOP)
    assert found["sound"].dtype == np.int16
    assert np.array_equal(found["sound"][:1], alone["sound"])
    network.load_state_dict(tensors, assign=True)
    with torch.no_grad():
        mel = network.decode(torch.from_numpy(latents[1:2]) / 4).sample[0, 0].numpy()
    assert np.abs(mel_picture(mel).astype(int) - found["image"][1]).max() <= 1
    write_sounds(tmp_path / "3.parquet", tmp_path / "wav")
    assert sorted(path.name for path in (tmp_path / "wav").iterdir()) == ["00005.wav", "00006.wav", "00007.wav"]
    rate, sound = wavfile.read(tmp_path / "wav/00006.wav")
    assert rate == 16_000
    assert np.array_equal(sound, found["sound"][1])
