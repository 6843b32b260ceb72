"""The official implementations and diffusers as yardsticks: their own classes and samplers, called as their scripts do.

The repositories are yours: checkouts of facebookresearch/DiT and sihyun-yu/REPA.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

GUIDANCE = {"dit": 1.5, "repa": 1.8}
GUIDED_UP_TO = 0.7
"""REPA's guidance interval ends here."""


def official_shape(architecture: Mapping) -> dict[str, int]:
    """What both official constructors call the sizes of our card's `architecture`."""
    return {
        "input_size": architecture["input_size"],
        "hidden_size": architecture["hidden_size"],
        "depth": architecture["depth"],
        "num_heads": architecture["num_heads"],
        "num_classes": architecture["num_classes"],
    }


def official_dit(path: Path, architecture: Mapping, device: str) -> nn.Module:
    """The class of facebookresearch/DiT."""
    _importable(path)
    from models import DiT

    with torch.device(device):
        return DiT(**official_shape(architecture)).eval()


def official_repa(path: Path, architecture: Mapping, device: str) -> nn.Module:
    """The class of sihyun-yu/REPA with its script's defaults."""
    _importable(path)
    from models.sit import SiT

    own = {"z_dims": architecture["projector_dims"], "projector_dim": architecture["projector_width"]}
    own |= {"encoder_depth": architecture["projection_depth"], "decoder_hidden_size": architecture["hidden_size"]}
    own |= {"use_cfg": True, "fused_attn": False, "qk_norm": False}
    with torch.device(device):
        return SiT(path_type="linear", **official_shape(architecture), **own).eval()


def run_dit(network: nn.Module, x: Tensor, y: Tensor, steps: int) -> Callable[[int], object]:
    """The first k of `steps` steps of DiT's loop with guidance."""
    from diffusion import create_diffusion

    z, labels = torch.cat([x, x]), torch.cat([y, torch.full_like(y, 1000)])
    options = {"clip_denoised": False, "model_kwargs": {"y": labels, "cfg_scale": GUIDANCE["dit"]}, "device": x.device}

    def run(count: int) -> None:
        loop = create_diffusion(str(steps)).p_sample_loop_progressive
        for done, _ in enumerate(loop(network.forward_with_cfg, z.shape, z, progress=False, **options), start=1):
            if done == count:
                return

    return run


def run_repa(network: nn.Module, x: Tensor, y: Tensor, guided_up_to: float = GUIDED_UP_TO) -> Callable[[int], object]:
    """REPA's stochastic sampler in k steps; guided up to a time, 0 for never and 1 for always."""
    from samplers import euler_maruyama_sampler

    options = {"cfg_scale": GUIDANCE["repa"], "guidance_low": 0.0, "guidance_high": guided_up_to, "path_type": "linear"}
    return lambda count: euler_maruyama_sampler(network, x, y, num_steps=count, **options)


def diffusers_dit(architecture: Mapping, device: str) -> nn.Module:
    """diffusers' transformer of the same shape."""
    from diffusers import DiTTransformer2DModel

    heads = architecture["num_heads"]
    with torch.device(device):
        network = DiTTransformer2DModel(
            num_attention_heads=heads,
            attention_head_dim=architecture["hidden_size"] // heads,
            in_channels=4,
            out_channels=8,
            num_layers=architecture["depth"],
            sample_size=architecture["input_size"],
            num_embeds_ada_norm=architecture["num_classes"],
        )
    return network.eval()


def diffusers_pipeline(transformer: nn.Module) -> Callable[[list[int], int], object]:
    """(classes, steps) -> diffusers' DiTPipeline with ancestral sampling; its decoder is one block, which costs nothing."""
    from diffusers import AutoencoderKL, DDPMScheduler, DiTPipeline

    decoder = AutoencoderKL(block_out_channels=(8,), norm_num_groups=4, layers_per_block=1).eval()
    scheduler = DDPMScheduler(clip_sample=False)  # the pipeline drops the learned variance
    pipeline = DiTPipeline(transformer, decoder.to(transformer.device, transformer.dtype), scheduler)
    pipeline.set_progress_bar_config(disable=True)

    def run(classes: list[int], steps: int) -> object:
        generator = torch.Generator(transformer.device).manual_seed(0)
        return pipeline(classes, GUIDANCE["dit"], generator=generator, num_inference_steps=steps, output_type="np")

    return run


def _importable(path: Path) -> None:
    sys.path.insert(0, str(Path(path).resolve()))
