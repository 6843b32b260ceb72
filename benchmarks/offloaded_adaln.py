"""Peak memory of a Flux-shaped transformer with random weights, as it is and with its modulations computed on the host.

    python benchmarks/offloaded_adaln.py [--double 1] [--single 1] [--width 3072] [--steps 28] [--tokens 16]

Blocks have FLUX.1-dev's shapes (width 3,072) in bfloat16; only their number is smaller, so that a CPU can hold them: 19 double
and 38 single blocks are the real one. What must be on the device is allocated within the measurement, the weights included;
on a CPU the allocations are counted in the same way, without AdaLN, which then stays on the host.
"""

import argparse
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from semantic_bottleneck.compression.offloaded import offloaded_modulations
from semantic_bottleneck.compression.peak import peak_bytes

TEXT = 8
"""Text tokens; they take next to no memory beside the weights."""


def random_transformer(options: argparse.Namespace, device: str) -> FluxTransformer2DModel:
    """Flux with few blocks and small random weights, in bfloat16."""
    heads = options.width // 128
    with torch.device("meta"):
        network = FluxTransformer2DModel(
            num_layers=options.double,
            num_single_layers=options.single,
            num_attention_heads=heads,
            guidance_embeds=True,
        )
    network = network.to(torch.bfloat16).to_empty(device=device).eval()
    generator = torch.Generator(device).manual_seed(0)
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.normal_(0, 0.02, generator=generator)
    return network


@torch.inference_mode()
def first_steps(pipeline: SimpleNamespace, options: argparse.Namespace, device: str, steps: int = 2) -> torch.Tensor:
    """The latent after the first steps of a trajectory."""
    transformer, scheduler = pipeline.transformer, pipeline.scheduler
    generator = torch.Generator(device).manual_seed(1)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, device=device, dtype=torch.bfloat16)

    text, pooled, x = draw(1, TEXT, 4096), draw(1, 768), draw(1, options.tokens, 64)
    places = {"txt_ids": torch.zeros(TEXT, 3, device=device), "img_ids": torch.zeros(options.tokens, 3, device=device)}
    guidance = torch.full((1,), 3.5, device=device)
    scheduler.set_timesteps(options.steps, device=device)
    for t in scheduler.timesteps[:steps]:
        given = {"encoder_hidden_states": text, "pooled_projections": pooled, "guidance": guidance} | places
        v = transformer(x, timestep=t.expand(1).to(torch.bfloat16) / 1000, **given).sample
        x = scheduler.step(v, t, x).prev_sample
    return x


def main() -> None:
    """Print weights and peaks before and after, and what they would be at the real depth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--double", type=int, default=1)
    parser.add_argument("--single", type=int, default=1)
    parser.add_argument("--width", type=int, default=3072)
    parser.add_argument("--steps", type=int, default=28)
    parser.add_argument("--tokens", type=int, default=16)
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    latents = {}

    def whole() -> None:
        pipeline = SimpleNamespace(transformer=random_transformer(options, device), scheduler=scheduler)
        latents["before"] = first_steps(pipeline, options, device)

    scheduler = FlowMatchEulerDiscreteScheduler()
    before = peak_bytes(whole, device)
    host = SimpleNamespace(transformer=random_transformer(options, "cpu"), scheduler=scheduler)
    with offloaded_modulations(host) as pipeline:

        def lean() -> None:
            pipeline.transformer.to(device)
            latents["after"] = first_steps(pipeline, options, device)

        # On a CPU, where nothing moves, what would have been allocated on the device is added.
        stay = sum(p.numel() * p.element_size() for p in pipeline.transformer.parameters())
        after = peak_bytes(lean, device) + (stay if device == "cpu" else 0)
    every = sum(p.numel() * p.element_size() for p in host.transformer.parameters())
    print(f"{options.double} double and {options.single} single blocks of width {options.width}, bfloat16, on {device}")
    print(f"weights {every / 1e9:.3f} GB, of which AdaLN {(every - stay) / 1e9:.3f} GB ({(every - stay) / every:.1%})")
    print(f"peak before {before / 1e9:.3f} GB, after {after / 1e9:.3f} GB ({after / before - 1:+.1%})")
    print(f"largest difference of a latent after two steps {(latents['after'] - latents['before']).abs().max():.2e}")


if __name__ == "__main__":
    main()
