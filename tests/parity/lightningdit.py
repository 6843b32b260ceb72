"""Parity of LightningDiT, its rotary positions, and its norm and MLP."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch

from semantic_bottleneck.models.lightningdit import LightningDiT, RMSNorm, SwiGLU
from semantic_bottleneck.models.rotary import RotaryEmbedding, rotate_half
from tests.parity.comparison import Comparison, compare
from tests.parity.networks import (
    DEVICE,
    TOLERANCE,
    Watch,
    compare_condition,
    compare_sinusoid,
    filled,
    guided_output,
    tensor,
)

ARGUMENTS = (
    *("input_size", "patch_size", "in_channels", "hidden_size", "depth", "num_heads", "mlp_ratio", "num_classes"),
    *("learn_sigma", "use_qknorm", "use_swiglu", "use_rope", "use_rmsnorm"),
)


def build(config: dict) -> LightningDiT:
    """The network of a stored configuration with the recipe's weights and computed rotary tables.

    Raises ValueError for a switch that the specification does not describe.
    """
    if config.get("wo_shift"):
        raise ValueError("wo_shift is true, a variant that the specification does not describe")
    network = LightningDiT(**{key: config[key] for key in ARGUMENTS})
    tables = {name: table.clone() for name, table in network.named_buffers()}
    filled(network)
    # The recipe overwrites every float, but these tables are computed.
    for name, table in network.named_buffers():
        table.copy_(tables[name])
    return network


@torch.no_grad()
def compare_model(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """The network layer by layer, and guided below, at and above the start of the guidance interval."""
    network = build(config)
    yield compare("n_parameters", sum(p.numel() for p in network.parameters()), config["n_parameters"], 0.0)
    if network.feat_rope is not None:
        yield compare("freqs_cos", network.feat_rope.freqs_cos, arrays["freqs_cos"], TOLERANCE)
        yield compare("freqs_sin", network.feat_rope.freqs_sin, arrays["freqs_sin"], TOLERANCE)
    t, y = tensor(arrays, "t"), tensor(arrays, "y")
    yield compare_sinusoid("t_freq", t, arrays["t_freq"])
    yield from compare_condition(network, t, y, arrays, "t_emb y_emb c")
    watch = Watch(
        network,
        {
            "tokens": "<blocks.0",
            "block0_attn": "blocks.0.attn",
            "block0_mlp": "blocks.0.mlp",
            "block0": "blocks.0",
            "blocks_out": f"blocks.{len(network.blocks) - 1}",
            "final_tokens": "final_layer",
        },
    )
    out = network(tensor(arrays, "x"), t, y)
    watch.stop()
    yield from watch.compare(arrays)
    yield compare("out", out, arrays["out"], TOLERANCE)

    guidance = {"scale": config["cfg_scale"], "channels": config["cfg_channels"], "start": config["cfg_interval_start"]}
    always = {**guidance, "start": None}
    cases = [(f"cfg_out_{j}", time, guidance) for j, time in enumerate(config["cfg_times"])]
    for name, time, rule in [*cases, ("cfg_out_nointerval", config["cfg_times"][0], always)]:
        y = tensor(arrays, "cfg_y")
        n = len(y) // 2
        x = tensor(arrays, "cfg_x")[:n].repeat(2, 1, 1, 1)
        times = torch.full((len(y),), time, dtype=torch.float32, device=y.device)
        halves = network(x, times, y).chunk(2)
        yield compare(name, guided_output(*halves, times[:n], rule), arrays[name], TOLERANCE)


def compare_rotary(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """The tables, and some tokens of queries turned by them."""
    rotary = RotaryEmbedding(config["head_dim"], config["grid"]).to(DEVICE["name"])
    yield compare("freqs_cos", rotary.freqs_cos, arrays["freqs_cos"], TOLERANCE)
    yield compare("freqs_sin", rotary.freqs_sin, arrays["freqs_sin"], TOLERANCE)
    q, positions = tensor(arrays, "q"), tensor(arrays, "positions")
    yield compare("rotate_half", rotate_half(q), arrays["rotate_half"], TOLERANCE)
    tokens = torch.zeros(*q.shape[:2], config["grid"] ** 2, config["head_dim"], device=q.device)
    tokens[:, :, positions] = q
    yield compare("q_rotated", rotary(tokens)[:, :, positions], arrays["q_rotated"], TOLERANCE)


@torch.no_grad()
def compare_units(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """The norm, in float32 and on bfloat16 input, and the gated MLP."""
    x, norm = tensor(arrays, "x"), filled(RMSNorm(config["dim"]))
    yield compare("rmsnorm", norm(x), arrays["rmsnorm"], TOLERANCE)
    yield compare("rmsnorm_bf16_input", norm(x.bfloat16()).float(), arrays["rmsnorm_bf16_input"], TOLERANCE)
    yield compare("swiglu", filled(SwiGLU(config["dim"], config["swiglu_hidden"]))(x), arrays["swiglu"], TOLERANCE)


KINDS = {"lightningdit_model": compare_model, "lightningdit_rope": compare_rotary, "lightningdit_units": compare_units}
