"""Parity of the class-conditional networks: `dit_model`, `sit_model`, `repa_model`, `mg_model`."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch

from semantic_bottleneck.models.dit import DiT
from semantic_bottleneck.models.positions import sine_cosine_table
from tests.parity.comparison import Comparison, compare
from tests.parity.networks import (
    TOLERANCE,
    Watch,
    compare_condition,
    compare_sinusoid,
    filled,
    guided_output,
    tensor,
)

XL_HIDDEN_SIZE, XL_GRID = 1152, 16
"""The configuration whose position rows every file stores as `xl_pos`."""

GUIDED_CHANNELS = 3
"""Of the guidance inside DiT and SiT (docs/sources/sit_family.md, section 2)."""


def build(config: dict, family: str) -> DiT:
    """The network of a stored configuration, which has the official constructor's argument names."""
    shared = ("input_size", "patch_size", "in_channels", "hidden_size", "depth", "num_heads", "mlp_ratio", "num_classes")
    projections = {"z_dims": "projector_dims", "projector_dim": "projector_width", "encoder_depth": "projection_depth"}
    return DiT(
        **{key: config[key] for key in shared},
        **{ours: config[theirs] for theirs, ours in projections.items() if theirs in config},
        learn_sigma=config.get("learn_sigma", False),
        drop_sigma=family == "sit",
        # MG always has the row for "no class"; the others only when labels are dropped in training.
        null_class=family == "mg" or config.get("class_dropout_prob", 0.1) > 0,
    )


def compare_tables(network: DiT, arrays: Mapping[str, np.ndarray]) -> Iterator[Comparison]:
    """What a network built from scratch computes for itself."""
    yield compare("pos_embed_sincos", network.pos_embed[0], arrays["pos_embed_sincos"], TOLERANCE)
    yield compare("n_parameters", sum(p.numel() for p in network.parameters()), arrays["n_parameters"], 0.0)
    rows = sine_cosine_table(XL_HIDDEN_SIZE, XL_GRID)[tensor(arrays, "xl_pos_rows").cpu()]
    yield compare("xl_pos", rows, arrays["xl_pos"], TOLERANCE)
    yield compare_sinusoid("freq_emb", tensor(arrays, "freq_t"), arrays["freq_emb"])


def comparison_of(family: str) -> Callable[[Mapping[str, np.ndarray], dict], Iterator[Comparison]]:
    """The comparison of one file of `family`."""

    @torch.no_grad()
    def run(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
        network = build(config, family)
        yield from compare_tables(network, arrays)
        filled(network)
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
        out, projections = network(tensor(arrays, "x"), t, y, return_projections=True)
        watch.stop()
        yield from watch.compare(arrays)
        yield compare("out", out, arrays["out"], TOLERANCE)
        for number, projection in enumerate(projections):
            yield compare(f"z{number}", projection, arrays[f"z{number}"], TOLERANCE)
        if "cfg_out" in arrays:
            t, y = tensor(arrays, "cfg_t"), tensor(arrays, "cfg_y")
            n = len(y) // 2
            x = tensor(arrays, "cfg_x")[:n].repeat(2, 1, 1, 1)
            guidance = {"scale": config["cfg_scale"], "channels": GUIDED_CHANNELS}
            halves = network(x, t, y).chunk(2)
            yield compare("cfg_out", guided_output(*halves, t[:n], guidance), arrays["cfg_out"], TOLERANCE)

    return run


KINDS = {f"{family}_model": comparison_of(family) for family in ("dit", "sit", "repa", "mg")}
