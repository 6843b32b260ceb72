"""8-bit rules, the decoders' loading, and decoding as a whole."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semantic_bottleneck.decoding import vae
from semantic_bottleneck.decoding.pictures import Decoder, build_decoder, decode
from semantic_bottleneck.decoding.quantise import QUANTISERS
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import tensors_file
from tests.sections import decoder_of

SD_TINY = vae.VAE((32, 32), 4, (False, False), residual_blocks=1, scale=0.18215)
VQ_TINY = vae.VAE((32, 64), 4, (False, True), residual_blocks=1, vqgan_names=True, normalised=True)


def test_zero_and_the_ends() -> None:
    x = np.array([-3, -1, 0, 1, 3], dtype=np.float32)
    assert QUANTISERS["half-floor"](x).tolist() == [0, 0, 128, 255, 255]
    assert QUANTISERS["floor"](x).tolist() == [0, 0, 127, 255, 255]


@given(st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=50))
def test_half_floor_is_the_nearest_level(values: list[float]) -> None:
    x = np.array(values, dtype=np.float32)
    exact = np.clip(x.astype(np.float64) * 127.5 + 127.5, 0, 255)
    assert np.abs(QUANTISERS["half-floor"](x) - exact).max() <= 0.5 + 1e-4
    assert (exact - QUANTISERS["floor"](x) >= -1e-4).all()


@given(st.floats(-1.5, 1.5, width=32))
def test_the_three_official_forms_of_floor_agree(value: float) -> None:
    x = np.float32(value)
    repa = np.clip(np.float32(255) * ((x + np.float32(1)) / np.float32(2)), 0, 255)
    mg = (np.clip(x, -1, 1) + np.float32(1)) / np.float32(2) * np.float32(255)
    assert QUANTISERS["floor"](np.array([x]))[0] == np.uint8(repa) == np.uint8(mg)


def test_pixel_models_need_no_network() -> None:
    latents = np.linspace(-1, 1, 2 * 1 * 4 * 4, dtype=np.float32).reshape(2, 1, 4, 4)
    pictures = decode(latents, build_decoder(decoder_of({"name": "identity", "quantise": "half-floor"})), batch=1)
    assert pictures.shape == (2, 4, 4, 1)
    assert pictures.dtype == np.uint8
    assert pictures[1, 3, 3, 0] == 255


def test_nan_pixels_are_named() -> None:
    latents = np.zeros((3, 1, 2, 2), dtype=np.float32)
    latents[2] = np.nan
    with pytest.raises(UserError, match="samples 2 to 2"):
        decode(latents, build_decoder(decoder_of({"name": "identity", "quantise": "floor"})), batch=2)


def test_unknown_names_are_listed() -> None:
    with pytest.raises(UserError, match="sd-vae-ft-ema"):
        build_decoder(decoder_of({"name": "sd-vae", "quantise": "floor"}), Path("weights.safetensors"))
    with pytest.raises(UserError, match="needs its weights"):
        build_decoder(decoder_of({"name": "sd-vae-ft-ema", "quantise": "floor"}))
    with pytest.raises(UserError, match="do not exist"):
        build_decoder(decoder_of({"name": "sd-vae-ft-ema", "quantise": "floor"}), Path("absent.safetensors"))


def test_denormalise() -> None:
    ones = np.ones((1, 2, 1, 1), dtype=np.float32)
    assert vae.denormalise(ones * 3, ones * 2, ones * 4, multiplier=2.0).flatten().tolist() == [8, 8]


def random_tensors(spec: vae.VAE) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    wanted = vae.build_vae(spec).state_dict()
    return {name: torch.randn(tensor.shape, generator=random) * 0.05 for name, tensor in wanted.items()}


def old_names(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    renamed = {}
    for name, tensor in tensors.items():
        for old, new in vae.OLD_ATTENTION.items():
            name = name.replace(f"attentions.0.{new}.", f"attentions.0.{old}.")
        renamed[name] = tensor
    return renamed | {"encoder.conv_in.weight": torch.zeros(1), "quant_conv.weight": torch.zeros(1)}


def test_old_attention_names_and_encoder_tensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vae.VAES, "sd-vae-ft-ema", SD_TINY)
    tensors = random_tensors(SD_TINY)
    latents = np.random.default_rng(0).standard_normal((3, 4, 4, 4)).astype(np.float32)
    decoded = []
    for file, content in (("new.safetensors", tensors), ("old.safetensors", old_names(tensors))):
        tensors_file.write(tmp_path / file, content, {})
        decoder = build_decoder(decoder_of({"name": "sd-vae-ft-ema", "quantise": "half-floor"}), tmp_path / file)
        decoded.append(decode(latents, decoder, batch=2))
    assert decoded[0].shape == (3, 8, 8, 3)
    assert np.array_equal(*decoded)
    network = vae.fill_vae(SD_TINY, tensors, file="f", card="c")
    with torch.no_grad():
        expected = network.decode(torch.from_numpy(latents / np.float32(0.18215))).sample.numpy()
    reference = decode(expected, Decoder(lambda pixels: pixels, QUANTISERS["half-floor"]))
    assert np.abs(decoded[0].astype(int) - reference).max() <= 1


def test_normalised_latents_need_their_statistics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vae.VAES, "vavae-f16d32", VQ_TINY)
    names = vae.build_vae(VQ_TINY).state_dict()
    back = {"up_blocks.0.": "up.1.", "up_blocks.1.": "up.0.", "mid_block.resnets.0.": "mid.block_1.", "resnets.": "block."}
    back |= {"mid_block.block.1.": "mid.block_2.", "mid_block.attentions.0.": "mid.attn_1.", "attentions.": "attn."}
    back |= {"upsamplers.0.": "upsample.", "conv_norm_out": "norm_out", "conv_shortcut": "nin_shortcut", "group_norm": "norm"}
    back |= {"to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
    tensors = {}
    for name, tensor in names.items():
        for new, old in back.items():
            name = name.replace(new, old)
        attention = ".attn" in name and tensor.ndim == 2
        tensors[name] = torch.full((*tensor.shape, 1, 1) if attention else tuple(tensor.shape), 0.01)
    tensors_file.write(tmp_path / "bare.safetensors", tensors, {})
    with pytest.raises(UserError, match="latent_mean"):
        vae.load_vae("vavae-f16d32", tmp_path / "bare.safetensors")
    statistics = {"latent_mean": torch.full((1, 4, 1, 1), 0.5), "latent_std": torch.full((1, 4, 1, 1), 2.0)}
    tensors_file.write(tmp_path / "whole.safetensors", tensors | statistics, {})
    pixels = vae.load_vae("vavae-f16d32", tmp_path / "whole.safetensors")
    assert pixels(np.zeros((1, 4, 2, 2), dtype=np.float32)).shape == (1, 3, 4, 4)


def test_a_missing_decoder_tensor_is_named() -> None:
    tensors = random_tensors(SD_TINY)
    tensors.pop("decoder.conv_in.bias")
    with pytest.raises(UserError, match=r"Tensor decoder\.conv_in\.bias is missing in weights\.safetensors"):
        vae.fill_vae(SD_TINY, tensors, file="weights.safetensors", card="tiny")
