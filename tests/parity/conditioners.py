"""Parity of what makes t, y and c in X-MDPT, MDSGen, U-ViT, SD3 and AudioLDM.

The last two networks themselves are diffusers' (imported only where needed, since that takes seconds), run with the same
weights to show that the stored files and our part of them are one model. U-ViT's blocks are not rebuilt: its tokens are
compared up to where they enter the first one.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch.nn.functional import linear, silu

from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.diffusers.audioldm import AudioLDMConditioner
from semantic_bottleneck.models.diffusers.pooled_text import SD3Conditioner
from semantic_bottleneck.models.layers import PatchEmbed
from semantic_bottleneck.models.pose_conditioner import PoseConditioner
from semantic_bottleneck.models.uvit_conditioner import UViTConditioner
from semantic_bottleneck.models.video_conditioner import VideoConditioner
from tests.golden import recipe
from tests.parity.comparison import Comparison, compare
from tests.parity.masked_models import patch_size
from tests.parity.networks import TOLERANCE, Watch, compare_condition, compare_sinusoid, filled, given, tensor


def recipe_linear(name: str, x: torch.Tensor, out: int) -> torch.Tensor:
    """x (N, D) through the Linear called `name`, filled by the recipe, to `out` features."""
    weight, bias = recipe.values(f"{name}.weight", (out, x.shape[1])), recipe.values(f"{name}.bias", (out,))
    return linear(x, torch.from_numpy(weight).to(x.device), torch.from_numpy(bias).to(x.device))


@torch.no_grad()
def compare_xmdpt(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """Each stage of X-MDPT's condition."""
    constructor = config["constructor"]
    network = filled(
        PoseConditioner(
            constructor["hidden_size"], constructor["input_size"], patch_size(constructor), constructor["in_channels"]
        )
    )
    rows = ConditionRows(
        pose=given(arrays, config, "dino_tgt_pose"),
        image=given(arrays, config, "dino_src_img"),
        source=given(arrays, config, "src_img"),
    )
    t = tensor(arrays, "timestep")
    watch = Watch(
        network,
        {
            "pose_projected_head": "mlp_dino_pose",
            "image_projected_head": "mlp_dino_img",
            "pose_token": "conv1d_pose",
            "global_token": "conv1d_global",
            "local_token": "conv1d_local",
            "summed": "<mlp_final",
        },
    )
    yield from compare_condition(network, t, rows, arrays, "t y c")
    watch.stop()
    yield from compare_heads(watch, arrays)
    without = network.condition(t, rows.with_null()[len(t) :])
    yield compare("c_uncond", without.c, arrays["c_uncond"], TOLERANCE)


def compare_heads(watch: Watch, arrays: Mapping[str, np.ndarray]) -> Iterator[Comparison]:
    """What was seen; of token sequences only the first tokens are stored."""
    for name, value in watch.seen.items():
        yield compare(name, value[:, : arrays[name].shape[1]], arrays[name], TOLERANCE)


@torch.no_grad()
def compare_mdsgen(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """Each stage of MDSGen's condition."""
    features, t = given(arrays, config, "video_feat"), tensor(arrays, "timestep")
    network = filled(VideoConditioner(config["constructor"]["hidden_size"], *features.shape[1:]))
    rows = ConditionRows(features=features)
    watch = Watch(network, {"projected_head": "mlp_feat"})
    yield from compare_condition(network, t, rows, arrays, "t y c")
    watch.stop()
    yield from compare_heads(watch, arrays)
    without = network.condition(t, rows.with_null()[len(t) :])
    yield compare("c_uncond", without.c, arrays["c_uncond"], TOLERANCE)


@torch.no_grad()
def compare_uvit(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """U-ViT's time and label tokens, without and with their positions, and the whole sequence of tokens."""
    size = {
        "hidden_size": config["embed_dim"],
        # The stored count includes the row for "no class".
        "num_classes": config["num_classes"] - 1,
        "input_size": config["img_size"],
        "patch_size": config["patch_size"],
    }
    t, y = tensor(arrays, "t"), tensor(arrays, "y")
    yield from compare_condition(filled(UViTConditioner(**size)), t, y, arrays, "t_emb y_emb c")
    positioned = filled(UViTConditioner(**size, include_positions=True))
    time, label, _ = vars(positioned.condition(t, y)).values()
    yield compare("pos_label", positioned.pos_embed[0, 0], arrays["pos_label"], TOLERANCE)
    yield compare("pos_time", positioned.pos_embed[0, 1], arrays["pos_time"], TOLERANCE)
    yield compare("label_token_with_pos", label, arrays["label_token_with_pos"], TOLERANCE)
    yield compare("time_token_with_pos", time, arrays["time_token_with_pos"], TOLERANCE)
    patches = torch.nn.ModuleDict({"patch_embed": PatchEmbed(config["patch_size"], config["in_chans"], config["embed_dim"])})
    tokens = filled(patches)["patch_embed"](tensor(arrays, "x")) + positioned.pos_embed[:, 2:]
    sequence = torch.cat([label[:, None], time[:, None], tokens], dim=1)
    yield compare("tokens_with_pos", sequence, arrays["tokens_with_pos"], TOLERANCE)
    yield compare_sinusoid("time_token_1152", tensor(arrays, "time_token_1152_t"), arrays["time_token_1152"])


@torch.no_grad()
def compare_sd3(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """SD3's condition, its first modulation, and the whole transformer."""
    constructor = config["constructor"]
    hidden_size = constructor["num_attention_heads"] * constructor["attention_head_dim"]
    network = filled(SD3Conditioner(hidden_size, constructor["pooled_projection_dim"]))
    t, pooled = tensor(arrays, "timestep"), tensor(arrays, "pooled")
    yield compare_sinusoid("sinusoid", t, arrays["sinusoid"])
    yield from compare_condition(network, t, {"text": pooled}, arrays, "t y c")
    c = network.condition(t, {"text": pooled}).c
    stored = arrays["block0_modulation"]
    modulation = recipe_linear("transformer_blocks.0.norm1.linear", silu(c), stored.shape[1])
    yield compare("block0_modulation", modulation, stored, TOLERANCE)
    from diffusers import SD3Transformer2DModel

    transformer = filled(SD3Transformer2DModel(**constructor))
    context = tensor(arrays, "encoder_hidden_states")
    out = transformer(tensor(arrays, "x"), context, pooled, t).sample
    yield compare("out", out, arrays["out"], TOLERANCE)


@torch.no_grad()
def compare_audioldm(arrays: Mapping[str, np.ndarray], config: dict) -> Iterator[Comparison]:
    """AudioLDM's condition, its first per-channel bias, and the whole UNet."""
    constructor = config["constructor"]
    t, labels = tensor(arrays, "timestep"), tensor(arrays, "class_labels")
    network = filled(AudioLDMConditioner(arrays["t"].shape[1], labels.shape[1], constructor["block_out_channels"][0]))
    yield compare_sinusoid("sinusoid", t, arrays["sinusoid"])
    yield from compare_condition(network, t, {"text": labels}, arrays, "t y embedding")
    c = network.condition(t, {"text": labels}).c
    stored = arrays["first_resnet_modulation"]
    modulation = recipe_linear("down_blocks.0.resnets.0.time_emb_proj", silu(c), stored.shape[1])
    yield compare("first_resnet_modulation", modulation, stored, TOLERANCE)
    from diffusers import UNet2DConditionModel

    unet = filled(UNet2DConditionModel(**constructor))
    out = unet(tensor(arrays, "x"), t, encoder_hidden_states=None, class_labels=labels).sample
    yield compare("out", out, arrays["out"], TOLERANCE)


KINDS = {
    "xmdpt_condition": compare_xmdpt,
    "mdsgen_condition": compare_mdsgen,
    "uvit_condition": compare_uvit,
    "sd3_condition": compare_sd3,
    "audioldm_condition": compare_audioldm,
}
