"""Parity of the networks with relative position bias: MDTv2, X-MDPT and MDSGen."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.mdsgen import MDSGen
from semantic_bottleneck.models.mdt import MDTv2
from semantic_bottleneck.models.xmdpt import XMDPT
from semantic_bottleneck.sampling.guidance import scale_at
from tests.parity.comparison import Comparison, compare
from tests.parity.networks import (
    GUIDED_STEPS,
    TOLERANCE,
    Watch,
    compare_condition,
    compare_sinusoid,
    filled,
    given,
    guided_output,
    tensor,
)
from tests.sections import guidance_of

CONTINUOUS_ARGUMENTS = (
    "input_size",
    "in_channels",
    "hidden_size",
    "depth",
    "num_heads",
    "mlp_ratio",
    "learn_sigma",
    "decode_layer",
)
MDT_ARGUMENTS = (*CONTINUOUS_ARGUMENTS, "patch_size", "num_classes")


@torch.no_grad()
def compare_mdt(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """MDTv2 layer by layer, and guided by each stored setting."""
    network = filled(MDTv2(**{key: config[key] for key in MDT_ARGUMENTS}))
    yield compare("n_parameters", sum(p.numel() for p in network.parameters()), config["n_parameters"], 0.0)
    bias = network.en_inblocks[0].attn.rel_pos_bias
    yield compare("relative_position_index", bias.relative_position_index, arrays["relative_position_index"], 0.0)
    yield compare("relative_position_bias", bias(), arrays["relative_position_bias"], TOLERANCE)
    t, y = tensor(arrays, "t"), tensor(arrays, "y")
    yield compare_sinusoid("t_freq", t, arrays["t_freq"])
    yield from compare_condition(network, t, y, arrays, "t_emb y_emb c")
    watch = Watch(
        network,
        {
            "tokens": "<en_inblocks.0",
            "block0": "en_inblocks.0",
            "encoder_out": f"en_outblocks.{len(network.en_outblocks) - 1}",
            "decoder_in": "<de_blocks.0",
            "decoder_block0": "de_blocks.0",
            "blocks_out": f"de_blocks.{len(network.de_blocks) - 1}",
            "final_tokens": "final_layer",
        },
    )
    out = network(tensor(arrays, "x"), t, y)
    watch.stop()
    yield from watch.compare(arrays)
    yield compare("out", out, arrays["out"], TOLERANCE)

    x, t, y = tensor(arrays, "cfg_x"), tensor(arrays, "cfg_t"), tensor(arrays, "cfg_y")
    yield compare("cfg_out_none", network(x, t, y), arrays["cfg_out_none"], TOLERANCE)
    n = len(x) // 2
    halves = network(x[:n].repeat(2, 1, 1, 1), t, y).chunk(2)
    for j, setting in enumerate(config["guidance"]):
        guidance = power_cosine(setting, config["cfg_channels"])
        guided = guided_output(*halves, t[:n], guidance, setting["diffusion_steps"])
        yield compare(f"cfg_out_{j}", guided, arrays[f"cfg_out_{j}"], TOLERANCE)


def power_cosine(setting: Mapping, channels: int | None = None) -> dict:
    """A stored guidance setting as a card writes it."""
    return {
        "scale": setting["cfg_scale"],
        "schedule": "power-cosine",
        "power": setting["scale_pow"],
        "channels": channels,
    }


def patch_size(constructor: Mapping) -> int:
    """The side of a patch, stored as a number or as two equal ones."""
    return int(np.atleast_1d(constructor["patch_size"])[0])


def scales(t: Tensor, guidance: Mapping, steps: int) -> list[float]:
    """The guidance scale at each time (n,) of a chain of `steps`."""
    return [scale_at(guidance_of(guidance), time * GUIDED_STEPS / steps) for time in t.tolist()]


@torch.no_grad()
def compare_xmdpt(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """X-MDPT with, without and guided by its condition."""
    constructor = config["constructor"]
    network = filled(
        XMDPT(patch_size=patch_size(constructor), **{key: constructor[key] for key in CONTINUOUS_ARGUMENTS}),
    )
    rows = ConditionRows(
        pose=given(arrays, config, "dino_tgt_pose"),
        image=given(arrays, config, "dino_src_img"),
        source=given(arrays, config, "src_img"),
    )
    x, t = given(arrays, config, "x"), tensor(arrays, "timestep")
    yield from compare_condition(network, t, rows, arrays, "t y c")
    last = len(network.blocks) - 1
    watch = Watch(network, {"block0_tokens": "blocks.0", "last_block_tokens": f"blocks.{last}"})
    conditional = network(x, t, rows)
    watch.stop()
    for name, tokens in watch.seen.items():
        stored = arrays[name]
        yield compare(name, tokens[0, : len(stored)], stored, TOLERANCE)
    unconditional = network(x, t, rows.with_null()[len(x) :])
    guidance, steps = power_cosine(config), config["diffusion_steps"]
    yield compare("out_cond", conditional, arrays["out_cond"], TOLERANCE)
    yield compare("out_uncond", unconditional, arrays["out_uncond"], TOLERANCE)
    yield compare("real_cfg_scale", scales(t, guidance, steps), arrays["real_cfg_scale"], TOLERANCE)
    guided = guided_output(conditional, unconditional, t, guidance, steps)[: len(x)]
    yield compare("out_cfg", guided, arrays["out_cfg"], TOLERANCE)


@torch.no_grad()
def compare_mdsgen(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """MDSGen, whose large outputs are stored as some rows and the mean and root mean square of each channel."""
    constructor, features = config["constructor"], given(arrays, config, "video_feat")
    network = filled(
        MDSGen(
            patch_size=patch_size(constructor),
            frames=features.shape[1],
            features=features.shape[2],
            **{key: constructor[key] for key in CONTINUOUS_ARGUMENTS},
        )
    )
    rows, x, t = ConditionRows(features=features), given(arrays, config, "x"), tensor(arrays, "timestep")
    yield from compare_condition(network, t, rows, arrays, "t y c")
    last = len(network.blocks) - 1
    watch = Watch(network, {"block0_tokens": "blocks.0", "last_block_tokens": f"blocks.{last}"})
    conditional = network(x, t, rows)
    watch.stop()
    for name, tokens in watch.seen.items():
        yield compare(name, tokens[:, config["tokens"]], arrays[name], TOLERANCE)
    unconditional = network(x, t, rows.with_null()[len(x) :])
    guidance, steps = power_cosine(config), config["diffusion_steps"]
    yield compare("real_cfg_scale", scales(t, guidance, steps), arrays["real_cfg_scale"], TOLERANCE)
    guided = guided_output(conditional, unconditional, t, guidance, steps)[: len(x)]
    for name, out in (("out_cond", conditional), ("out_uncond", unconditional), ("out_cfg", guided)):
        yield compare(f"{name}_rows", out[:, :, config["rows"]], arrays[f"{name}_rows"], TOLERANCE)
        statistics = torch.stack([out.mean(dim=(2, 3)), out.square().mean(dim=(2, 3)).sqrt()])
        yield compare(f"{name}_stats", statistics, arrays[f"{name}_stats"], TOLERANCE)


KINDS = {"mdtv2_model": compare_mdt, "xmdpt_model": compare_xmdpt, "mdsgen_model": compare_mdsgen}
