"""Parity of the VA-VAE decoder, run as diffusers' AutoencoderKL."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch

from semantic_bottleneck.decoding.quantise import QUANTISERS
from tests.golden import recipe
from tests.parity.comparison import Comparison, compare
from tests.parity.networks import DEVICE, TOLERANCE, Watch, tensor


@torch.no_grad()
def compare_vavae(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """Every stored map of the decoder and the 8-bit picture."""
    # diffusers takes seconds to import, and every parity run imports this module.
    from semantic_bottleneck.decoding.vae import VAE, fill_vae

    levels = len(config["ch_mult"])
    vae = VAE(
        widths=tuple(config["ch"] * factor for factor in config["ch_mult"]),
        latent_channels=config["embed_dim"],
        attention=tuple(config["resolution"] >> level in config["attn_resolutions"] for level in range(levels)),
        residual_blocks=config["num_res_blocks"],
        vqgan_names=True,
    )
    stored = {name: torch.from_numpy(recipe.values(name, tuple(shape))) for name, shape in config["state_dict"].items()}
    network = fill_vae(vae, stored, file="the recipe", card="parity").to(DEVICE["name"])
    places = {
        "post_quant": "post_quant_conv",
        "conv_in": "decoder.conv_in",
        "mid_block_1": "decoder.mid_block.resnets.0",
        "mid_attention": "decoder.mid_block.attentions.0",
        "mid_block_2": "decoder.mid_block.resnets.1",
        "lowest_up_first_block": "decoder.up_blocks.0.resnets.0",
        "lowest_up_first_attention": "decoder.up_blocks.0.attentions.0",
        "lowest_up_upsampled": "decoder.up_blocks.0.upsamplers.0",
    }
    watch = Watch(network, {name: place for name, place in places.items() if name in arrays})
    out = network.decode(tensor(arrays, "z")).sample
    yield from watch.compare(arrays)
    yield compare("out", out, arrays["out"], TOLERANCE)
    levels_8_bit = QUANTISERS["half-floor"](arrays["out"]).transpose(0, 2, 3, 1)
    yield compare("out_uint8", levels_8_bit, arrays["out_uint8"], 0.0)


KINDS = {"vavae_decoder": compare_vavae}
