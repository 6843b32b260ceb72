"""Small random pipelines of diffusers, saved by the library itself, and cards that sample them through the workflow."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
import yaml
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from semantic_bottleneck.models.layouts import LAYOUTS
from tests.unit.models.diffusers_cases import CASES

SIDE, STEPS = 8, 4
LETTERS = [chr(code) for code in range(33, 127)]
WIDTHS = {"pixart": 16, "sd3": 16, "flux": 16}
"""Family -> width of the T5 tokens that its network takes."""
FAMILIES = {"dit": "dit-diffusers", "pixart": "pixart", "sd3": "sd3", "flux": "flux"}
"""Name of a pipeline here -> family of its transformer."""
FLOW = {"shift": 3.0}
DDIM = {"timestep_spacing": "trailing", "clip_sample": False, "beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02}
DPM = {"solver_order": 2, "algorithm_type": "dpmsolver++", "timestep_spacing": "linspace"}
SHIFTED = {"use_dynamic_shifting": True, "shift": 3.0, "base_shift": 0.5, "max_shift": 1.15}
SAMPLERS: dict[str, dict[str, Any]] = {
    "dit": {"scheduler": "DDIMScheduler", "settings": DDIM},
    "pixart": {"scheduler": "DPMSolverMultistepScheduler", "settings": DPM},
    "sd3": {"scheduler": "FlowMatchEulerDiscreteScheduler", "settings": FLOW},
    # Of 16 tokens Flux's pipeline makes the shift 0.5 - (256 - 16) * 0.65 / (4096 - 256).
    "flux": {
        "scheduler": "FlowMatchEulerDiscreteScheduler",
        "settings": SHIFTED,
        "mu": 0.459375,
        "even_sigmas": True,
        "time_divisor": 1000,
    },
}
GUIDANCE = {"dit": {"scale": 3.0, "channels": 4}, "pixart": {"scale": 3.0}, "sd3": {"scale": 3.0}, "flux": {"scale": 1.0}}
PIPELINES = {"pixart": "PixArtAlphaPipeline", "sd3": "StableDiffusion3Pipeline", "flux": "FluxPipeline"}
TIMES = {"dit": 999, "pixart": 999, "sd3": 1000.0, "flux": 1.0}
PROMPTS = ["a dog", "rain on a roof", "two red cubes"]


def clip(width: int, pooled: bool) -> tuple[CLIPTokenizer, Any]:
    """A tokenizer of letters and a text encoder; its tokens (`pooled`: also the pooled vector) have `width` values."""
    words = [*LETTERS, *(letter + "</w>" for letter in LETTERS), "<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizer(vocab={word: index for index, word in enumerate(words)}, merges=[], model_max_length=77)
    ends = {"bos_token_id": len(words) - 2, "eos_token_id": len(words) - 1, "pad_token_id": len(words) - 1}
    sizes = {"intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = CLIPTextConfig(vocab_size=len(words), hidden_size=width, projection_dim=width, **sizes, **ends)
    return tokenizer, (CLIPTextModel if pooled else CLIPTextModelWithProjection)(config).eval()


def t5(width: int) -> tuple[T5Tokenizer, T5EncoderModel]:
    """A tokenizer of letters and an encoder."""
    pieces = ["<pad>", "</s>", "<unk>", "▁", *LETTERS]
    tokenizer = T5Tokenizer(vocab=[(piece, 0.0) for piece in pieces], extra_ids=0, model_max_length=77)
    config = T5Config(vocab_size=len(pieces), d_model=width, d_kv=4, d_ff=16, num_layers=1, num_heads=2)
    return tokenizer, T5EncoderModel(config).eval()


def vae(name: str, channels: int = 3) -> diffusers.AutoencoderKL:
    """With 32 groups a norm would need 32 channels, so these have four; as officially, those of SD3 and Flux shift latents."""
    shifted: dict[str, Any] = {"shift_factor": 0.5, "use_quant_conv": False, "use_post_quant_conv": False}
    return diffusers.AutoencoderKL(
        in_channels=channels,
        out_channels=channels,
        block_out_channels=(8, 8),
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=4,
        scaling_factor=0.18215,
        **(shifted if name in ("sd3", "flux") else {}),
    ).eval()


def build(name: str) -> Any:
    """A random pipeline whose transformer is that of `diffusers_cases`."""
    torch.manual_seed(7)
    scheduler = getattr(diffusers, SAMPLERS[name]["scheduler"])(**SAMPLERS[name]["settings"])
    transformer = transformer_of(name)
    if name == "dit":
        return diffusers.DiTPipeline(transformer=transformer, vae=vae(name), scheduler=scheduler)
    parts: dict[str, Any] = {"transformer": transformer, "vae": vae(name), "scheduler": scheduler}
    if name == "pixart":
        parts["tokenizer"], parts["text_encoder"] = t5(WIDTHS[name])
    elif name == "flux":
        parts["tokenizer"], parts["text_encoder"] = clip(12, pooled=True)
        parts["tokenizer_2"], parts["text_encoder_2"] = t5(WIDTHS[name])
    else:
        parts["tokenizer"], parts["text_encoder"] = clip(6, pooled=False)
        parts["tokenizer_2"], parts["text_encoder_2"] = clip(6, pooled=False)
        parts["tokenizer_3"], parts["text_encoder_3"] = t5(WIDTHS[name])
    pipeline = getattr(diffusers, PIPELINES[name])(**parts)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def config_of(name: str) -> dict[str, Any]:
    """Of the transformer, as transformer/config.json would have it; Flux's with 2 x 2 latents of four channels in a token."""
    changes = {"flux": {"in_channels": 16}, "dit": {"num_embeds_ada_norm": 1000}}
    return CASES[name].config | changes.get(name, {})


def transformer_of(name: str) -> torch.nn.Module:
    case = CASES[name]
    return type(case)(**vars(case) | {"config": config_of(name)}).build()


def card(name: str, folder: Path) -> dict[str, Any]:
    """A model card of the pipeline saved in `folder`; its prompts lie in folder/prompts.txt."""
    transformer = transformer_of(name)
    shapes: Mapping[str, Any] = {key: tuple(tensor.shape) for key, tensor in transformer.state_dict().items()}
    architecture = LAYOUTS[FAMILIES[name]].architecture(shapes)
    network = {key: list(value) if isinstance(value, tuple) else value for key, value in config_of(name).items()}
    conditioning: dict[str, Any] = {"initial_timestep": TIMES[name], "timesteps": {"start": TIMES[name], "stop": 0}}
    if name == "dit":
        conditioning |= {"kind": "class", "classes": architecture["num_classes"]}
    else:
        encoders = {"pipeline": PIPELINES[name], "source": str(folder)}
        prompts = {"file": str(folder / "prompts.txt")}
        conditioning |= {"kind": "pipeline", "prompts": prompts, "count": len(PROMPTS), "encoders": encoders}
    weights = folder / "transformer/diffusion_pytorch_model.safetensors"
    return {
        "name": f"{name}-pipeline",
        "title": f"{name} of diffusers",
        "family": FAMILIES[name],
        "architecture": architecture | {"network": network, "input_size": SIDE, "in_channels": 4},
        "checkpoint": {"files": [{"url": str(weights)}], "container": "safetensors"},
        "conditioning": conditioning,
        "sampler": {"name": "diffusers", "steps": STEPS} | SAMPLERS[name],
        "guidance": GUIDANCE[name],
        "decoder": {"name": f"{name}-vae"},
        "precision": "fp32",
    }


def decoder(name: str, folder: Path) -> dict[str, Any]:
    """An asset card of the autoencoder of the pipeline saved in `folder`."""
    weights = folder / "vae/diffusion_pytorch_model.safetensors"
    network = json.loads((folder / "vae/config.json").read_text())
    return {
        "name": f"{name}-vae",
        "title": f"autoencoder of {name}",
        "kind": "decoder",
        "checkpoint": {"files": [{"url": str(weights)}], "container": "safetensors"},
        "architecture": {"network": network},
    }


def save(name: str, folder: Path) -> Any:
    """The pipeline and its prompts in `folder`."""
    pipeline = build(name)
    pipeline.save_pretrained(folder)
    (folder / "prompts.txt").write_text("\n".join(PROMPTS) + "\n")
    return pipeline


def write_card(name: str, folder: Path, path: Path) -> dict[str, Any]:
    """As a file; returns what was written."""
    written = card(name, folder)
    path.write_text(yaml.safe_dump(written))
    return written
