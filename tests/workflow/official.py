"""Stand-ins of small width for every published file that tables 2, 3 and 6 need, in the containers of the real ones."""

import argparse
import io
from collections.abc import Mapping

import numpy as np
import open_clip
import timm
import torch
import yaml
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn
from torch_fidelity import FeatureExtractorInceptionV3

from semantic_bottleneck.decoding import vae
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.training.clip_training import MODEL_CONFIG, PREPROCESS_CONFIG
from tests.golden.recipe import fill_state_dict
from tests.unit.checkpoints.server import FileServer, Served
from tests.workflow.project import ROOT, Project

CLASSES = 6
WIDTH = {"input_size": 8, "hidden_size": 24, "depth": 4, "num_heads": 3, "num_classes": CLASSES}
SMALL = {
    "dit": WIDTH,
    "sit": WIDTH,
    "mdt": WIDTH | {"decode_layer": 2},
    "lightningdit": WIDTH | {"in_channels": 8},
    "mg": WIDTH,
    "repa": WIDTH | {"projector_dims": [12], "projector_width": 16, "projection_depth": 2},
}
"""What each class-conditional model's architecture becomes; the rest of its card stays the official one."""
STEPS = 6
PARTS = {"mg": 6}
WRAPPED = ("mg", "lightningdit")
"""Released under `ema`, beside objects that are no tensors; the others are plain state dicts."""
SD_VAE = {"widths": [32, 32], "latent_channels": 4, "attention": [False, False], "residual_blocks": 1, "scale": 0.18215}
VA_VAE = {"widths": [32, 64], "latent_channels": 8, "attention": [False, True], "residual_blocks": 1}
VA_VAE |= {"vqgan_names": True, "normalised": True}
DINOV2 = {"name": "vit_small_patch14_dinov2", "options": {"embed_dim": 24, "depth": 1, "num_heads": 2}}


def torch_bytes(content: object) -> bytes:
    """As torch.save writes it."""
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def npz_bytes(compressed: bool = False, **arrays: np.ndarray) -> bytes:
    """As numpy writes it."""
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()


def checkpoint(model: str, card: Mapping) -> bytes:
    """A generative network in its official container, filled by recipe."""
    state = fill_state_dict(build_network(card["family"], card["architecture"]).state_dict())
    return torch_bytes({"ema": state, "args": argparse.Namespace(steps=1)} if model in WRAPPED else state)


def random_state(module: nn.Module, scale: float = 1.0) -> dict[str, Tensor]:
    """A state dict whose convolutions and Linears keep the variance of what passes through them."""
    random = torch.Generator().manual_seed(1)
    state = {}
    for name, tensor in module.state_dict().items():
        fan_in = max(1, int(np.prod(tensor.shape[1:])))
        if tensor.ndim >= 2:
            state[name] = torch.randn(tensor.shape, generator=random) * scale * (2.0 / fan_in) ** 0.5
        else:
            ones = name.endswith(("weight", "running_var"))
            state[name] = torch.ones(tensor.shape) if ones else torch.zeros(tensor.shape, dtype=tensor.dtype)
    return state


def sd_vae() -> bytes:
    """Diffusers' names of before 2023, with an encoder that nobody needs."""
    state = {}
    for name, tensor in random_state(vae.build_vae(vae.described("sd", SD_VAE))).items():
        for old, new in vae.OLD_ATTENTION.items():
            name = name.replace(f"attentions.0.{new}.", f"attentions.0.{old}.")
        state[name] = tensor
    return to_safetensors(state | {"encoder.conv_in.weight": torch.zeros(500_000)})


VQGAN = (
    *(("up_blocks.0.", "up.1."), ("up_blocks.1.", "up.0."), ("mid_block.resnets.0.", "mid.block_1.")),
    *(("resnets.", "block."), ("mid_block.block.1.", "mid.block_2."), ("mid_block.attentions.0.", "mid.attn_1.")),
    *(("attentions.", "attn."), ("upsamplers.0.", "upsample."), ("conv_norm_out", "norm_out")),
    *(("conv_shortcut", "nin_shortcut"), ("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v")),
    ("to_out.0", "proj_out"),
)


def va_vae() -> bytes:
    """VQGAN's names under `state_dict`, with what the foundation model left in the file."""
    state = {}
    for name, tensor in random_state(vae.build_vae(vae.described("va", VA_VAE))).items():
        for new, old in VQGAN:
            name = name.replace(new, old)
        state[name] = tensor[..., None, None] if ".attn" in name and tensor.ndim == 2 else tensor
    return torch_bytes({"state_dict": state | {"foundation_model.weight": torch.zeros(500_000)}})


def latent_statistics() -> bytes:
    channels = torch.linspace(0.5, 1.5, 8).reshape(1, 8, 1, 1)
    return torch_bytes({"mean": channels - 1, "std": channels})


class _Bare(FeatureExtractorInceptionV3):
    """The network before any weights are loaded."""

    def load_state_dict(self, state_dict: Mapping, *_, **__) -> None:
        """Nothing: there is no file yet."""


def inception(folder) -> bytes:
    """Random weights of the real network: 24 million numbers."""
    empty = folder / "empty.pth"
    torch.save({}, empty)
    return torch_bytes(random_state(_Bare("x", ["2048"], feature_extractor_weights_path=str(empty))))


def clip() -> bytes:
    torch.manual_seed(0)
    return to_safetensors({name: tensor.contiguous() for name, tensor in open_clip.CLIP(**MODEL_CONFIG).state_dict().items()})


def dinov2() -> bytes:
    model = timm.create_model(DINOV2["name"], pretrained=False, num_classes=0, img_size=518, **DINOV2["options"])
    return torch_bytes(random_state(model) | {"mask_token": torch.zeros(1, 24)})


def reference(features: int, spatial: int, size: int, count: int = 12) -> dict[str, np.ndarray]:
    """The arrays of the ADM evaluator's reference file."""
    rng = np.random.default_rng(0)
    arrays = {"arr_0": rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8)}
    for suffix, width in (("", features), ("_s", spatial)):
        rows = rng.standard_normal((3, width))
        arrays |= {f"mu{suffix}": rng.random(width), f"sigma{suffix}": rows.T @ rows / 3 + 0.5 * np.eye(width)}
    return arrays


def write_card(project: Project, path: str, change: Mapping, drop: tuple[str, ...] = ()) -> dict:
    """Change keys of a card of the project (mappings are merged one level deep)."""
    file = project.folder / path
    card = yaml.safe_load(file.read_text())
    for key, value in change.items():
        card[key] = card.get(key, {}) | value if isinstance(value, Mapping) and key != "checkpoint" else value
    for key in drop:
        card.pop(key, None)
    file.write_text(yaml.safe_dump(card))
    return card


def serve(project: Project, server: FileServer, models: tuple[str, ...], folder) -> None:
    """Make the project's cards small, and put what they then name on the server."""

    def put(name: str, content: bytes, parts: int = 1) -> list[dict]:
        cuts = [part * len(content) // parts for part in range(parts + 1)]
        for part in range(parts):
            server.files[f"{name}-{part}"] = Served(content[cuts[part] : cuts[part + 1]])
        return [{"url": server.url(f"{name}-{part}")} for part in range(parts)]

    for model in models:
        path = f"config/models/{model}.yaml"
        official = yaml.safe_load((ROOT / path).read_text())
        steps = {"steps": STEPS}
        card = write_card(
            project,
            path,
            {"architecture": SMALL[model], "sampler": steps, "conditioning": {"classes": CLASSES}},
        )
        files = put(model, checkpoint(model, card), PARTS.get(model, 1))
        write_card(project, path, {"checkpoint": official["checkpoint"] | {"files": files}})
    assets = {
        "sd-vae-ft-ema": (sd_vae(), SD_VAE),
        "vavae-f16d32": (va_vae(), VA_VAE),
        "openai-vit-b-32": (clip(), {"model": MODEL_CONFIG | {"quick_gelu": True}, "preprocess": PREPROCESS_CONFIG}),
        "dinov2-vit-l-14": (dinov2(), DINOV2),
        "inception": (inception(folder), {}),
    }
    for name, (content, architecture) in assets.items():
        path = f"config/assets/{name}.yaml"
        official = yaml.safe_load((ROOT / path).read_text())
        change = {"checkpoint": official["checkpoint"] | {"files": put(name, content)}, "architecture": architecture}
        if "statistics" in official:
            change["statistics"] = official["statistics"] | {"files": put(f"{name}-statistics", latent_statistics())}
        write_card(project, path, change)
