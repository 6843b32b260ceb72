"""Parity of the class-conditional networks: `dit_model`, `sit_model`, `repa_model`, `mg_model`."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from semantic_bottleneck.models.dit import DiT
from semantic_bottleneck.models.embedders import sinusoid
from semantic_bottleneck.models.positions import sine_cosine_table

from tests.parity.comparison import Comparison, compare
from tests.parity.networks import TOLERANCE, Watch, filled, tensor

XL_HIDDEN_SIZE, XL_GRID = 1152, 16
"""The configuration whose position rows every DiT file stores as `xl_pos`."""


def dit_network(config: dict, family: str) -> DiT:
    """The network of a stored configuration under the official constructor's argument names."""
    shared = ("input_size", "patch_size", "in_channels", "hidden_size", "depth", "num_heads", "mlp_ratio", "num_classes")
    projections = {
        "projector_dims": config.get("z_dims", ()),
        "projector_width": config.get("projector_dim", 2048),
        "projection_depth": config.get("encoder_depth", 8),
    }
    return DiT(
        **{key: config[key] for key in shared},
        learn_sigma=config.get("learn_sigma", False),
        drop_sigma=family == "sit",
        # MG always has the row for "no class"; the others only when labels are dropped in training.
        null_class=family == "mg" or config["class_dropout_prob"] > 0,
        **(projections if family == "repa" else {}),
    )


def compare_dit(family: str):
    """The comparison of one file of `family`."""

    @torch.no_grad()
    def run(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
        network = dit_network(config, family)
        yield compare("pos_embed_sincos", network.pos_embed[0], arrays["pos_embed_sincos"], TOLERANCE)
        yield compare("n_parameters", sum(p.numel() for p in network.parameters()), arrays["n_parameters"], 0.0)
        rows = sine_cosine_table(XL_HIDDEN_SIZE, XL_GRID)[tensor(arrays, "xl_pos_rows")]
        yield compare("xl_pos", rows, arrays["xl_pos"], TOLERANCE)
        features = arrays["freq_emb"].shape[1]
        yield compare("freq_emb", sinusoid(tensor(arrays, "freq_t"), features), arrays["freq_emb"], TOLERANCE)

        filled(network)
        t, y = tensor(arrays, "t"), tensor(arrays, "y")
        condition = network.condition(t, y)
        for name, value in zip(("t_emb", "y_emb", "c"), condition, strict=True):
            yield compare(name, value, arrays[name], TOLERANCE)
        yield compare("t_freq", sinusoid(t, arrays["t_freq"].shape[1]), arrays["t_freq"], TOLERANCE)
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
        yield from watch.compare(arrays)
        yield compare("out", out, arrays["out"], TOLERANCE)
        for number, projection in enumerate(projections):
            yield compare(f"z{number}", projection, arrays[f"z{number}"], TOLERANCE)

    return run


KINDS = {f"{family}_model": compare_dit(family) for family in ("dit", "sit", "repa", "mg")}
