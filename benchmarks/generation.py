"""Images per second of this project's sampling against an official implementation, or a plain loop, in the same run.

    python benchmarks/generation.py [--yardstick PATH] [--pipeline dit|repa] [--precision fp32 tf32 bf16] [--compile]
                                    [--width 192 --depth 6 --heads 3 --size 16 --steps 20 --images 4 --repeats 3]

PATH is your own checkout of facebookresearch/DiT (--pipeline dit) or sihyun-yu/REPA (repa); its class and its sampler are
called as its own scripts do. Without it the baseline is a plain loop: diffusers' DiTTransformer2DModel of the same shape
with classifier-free guidance and diffusers' DDPMScheduler, one full trajectory per variant. The
official XL/2 shape on a GPU is benchmarks/device.py's.

Each side runs in a process of its own, sides alternating; the best of the repeats counts. Time is the processor's on a CPU
(others may use the machine) and the clock's on a GPU. The yardstick gets the same weights, and one call of its network is
compared with ours. The study is the paper's Table 2 with controls: a baseline, eight variants that prune from the start
and four that prune the last tenth; the baselines run every variant as a trajectory of its own. The roofline share is the
network's operations per second over those of a large matrix product in the same precision.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from benchmarks import yardsticks
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.planning.calibration import flops_per_evaluation
from semantic_bottleneck.planning.evaluations import step_evaluations
from semantic_bottleneck.pruning.editing import pruning_edit
from semantic_bottleneck.sampling.precision import compile_blocks, set_precision
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.sampling.trajectory import Generation, run_branch, run_trunk
from semantic_bottleneck.study.card import Card, Guidance
from semantic_bottleneck.study.pruning import Fraction, Pruning
from semantic_bottleneck.study.samplers import DDPMOptions, REPASDEOptions
from semantic_bottleneck.study.typed import typed
from semantic_bottleneck.study.windows import Window
from tests.golden.recipe import fill_state_dict

EVERY, LAST = 8, 4
TAIL = Pruning(
    side="tail",
    criterion=Fraction(0.39),
    like=None,
    ranked_by="magnitude",
    mask="per-vector",
    replacement="zero",
    shift=1,
    noise=None,
    window=Window("every", None),
    branch="both",
    seed=0,
)
GUIDANCE = {
    "dit": Guidance(1.5, None, None, 3, "constant", 4),
    "repa": Guidance(1.8, (0.0, 0.7), None, None, "constant", 4),
}
SHAPE = ("width", "depth", "heads", "size", "steps", "images")


def architecture(o: argparse.Namespace) -> dict:
    """Constructor values of our network."""
    shape = {"input_size": o.size, "patch_size": 2, "in_channels": 4, "hidden_size": o.width, "depth": o.depth}
    own = {"learn_sigma": True} if o.pipeline == "dit" else {"learn_sigma": False, "projection_depth": 1} | projectors(o)
    return shape | {"num_heads": o.heads, "num_classes": 1000} | own


def projectors(o: argparse.Namespace) -> dict:
    """REPA's projectors in the official proportion to the width: official sampling runs them, ours skips them."""
    return {"projector_dims": [768 * o.width // 1152], "projector_width": 2048 * o.width // 1152}


def seconds(call: Callable[[], object], device: str) -> float:
    """Seconds of one call: of the processor on a CPU, of the clock on a GPU."""
    clock, wait = (time.perf_counter, torch.cuda.synchronize) if device == "cuda" else (time.process_time, lambda: None)
    wait()
    start = clock()
    call()
    wait()
    return clock() - start


def probe(network: torch.nn.Module, device: str) -> list[float]:
    """A few outputs on fixed inputs, to see that two implementations hold the same network."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 4, network_size(network), network_size(network), generator=generator).to(device)
    with torch.inference_mode():
        out = network(x, torch.tensor([0.3, 0.7], device=device), torch.tensor([1, 1000], device=device))
    out = out[0] if isinstance(out, tuple) else out
    return out.flatten()[:: max(1, out.numel() // 50)].tolist()


def network_size(network: torch.nn.Module) -> int:
    """Latent height, from the number of tokens of patches of two."""
    return 2 * round(network.pos_embed.shape[1] ** 0.5)


def matmul_speed(precision: str, device: str) -> float:
    """Operations per second of a large matrix product."""
    size = 8192 if device == "cuda" else 1024
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    a = torch.randn(size, size, device=device, dtype=kind)
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    torch.mm(a, a)
    return 2 * size**3 / min(seconds(lambda: torch.mm(a, a), device) for _ in range(10))


def run_ours(o: argparse.Namespace, device: str) -> dict:
    """The trunk, one branch from noise and one that prunes the last tenth."""
    network = build_network("dit", architecture(o))
    fill_state_dict(network.state_dict())
    found = probe(network.to(device).eval(), device)
    set_precision(network, o.precision, device)
    if o.compile:
        compile_blocks(network)
    dit = DDPMOptions("ddpm", o.steps, "small", clip=False)
    sampler = dit if o.pipeline == "dit" else REPASDEOptions("repa-sde", o.steps, 0.04)
    start = o.steps - max(1, round(0.1 * o.steps))

    def job(folder: str, name: str) -> Generation:
        return Generation(
            network=network,
            sampler=build_sampler(sampler),
            guidance=GUIDANCE[o.pipeline],
            labels_of=lambda samples: torch.tensor([sample % 1000 for sample in samples]),
            latent_shape=(4, o.size, o.size),
            seed=0,
            micro_batch=o.images,
            parts=Path(folder),
            fingerprint=name,
            device=device,
        )

    def edit_at(first: int):
        return lambda k: (lambda labels, samples, t: pruning_edit(TAIL)) if k >= first else None

    times: dict[str, list[float]] = {"trunk": [], "every": [], "last": []}
    for repeat in range(o.repeats + o.compile):
        with tempfile.TemporaryDirectory() as folder:
            made = []
            trunk = seconds(lambda f=folder, m=made: m.append(run_trunk(job(f, "a"), range(o.images), [start])), device)
            states = made[0].snapshots[start]
            every = seconds(lambda f=folder: run_branch(job(f, "b"), range(o.images), edit_at(0)), device)
            last = seconds(
                lambda f=folder, s=states: run_branch(job(f, "c"), range(o.images), edit_at(start), start, s), device
            )
        if repeat >= o.compile:  # the first one compiles
            for name, value in (("trunk", trunk), ("every", every), ("last", last)):
                times[name].append(value)
    best = {name: min(values) for name, values in times.items()}
    card = typed(Card, {"name": o.pipeline, "family": "dit", "architecture": architecture(o)})
    rows = sum(step_evaluations(sampler, GUIDANCE[o.pipeline])) * o.images
    share = rows * flops_per_evaluation(card) / best["trunk"] / matmul_speed(o.precision, device)
    study = best["trunk"] + EVERY * best["every"] + LAST * best["last"]
    return {"one": best["trunk"], "study": study, "roofline": share, "probe": found, **best}


def run_yardstick(o: argparse.Namespace, device: str) -> dict:
    """The official class and sampler of the checkout, as its scripts call them."""
    x, y = torch.randn(o.images, 4, o.size, o.size, device=device), torch.arange(o.images, device=device) % 1000
    if o.pipeline == "dit":
        network = yardsticks.official_dit(Path(o.yardstick), architecture(o), device)
        sample = yardsticks.run_dit(network, x, y, o.steps)
    else:
        network = yardsticks.official_repa(Path(o.yardstick), architecture(o), device)
        sample = yardsticks.run_repa(network, x, y)
    fill_state_dict(network.state_dict())
    found = probe(network, device)
    torch.set_float32_matmul_precision("high" if o.precision == "tf32" else "highest")

    @torch.no_grad()
    def run() -> None:
        with torch.autocast(device, torch.bfloat16, enabled=o.precision == "bf16"):
            sample(o.steps)

    one = min(seconds(run, device) for _ in range(o.repeats))
    return {"one": one, "study": (1 + EVERY + LAST) * one, "probe": found}


def run_plain(o: argparse.Namespace, device: str) -> dict:
    """diffusers' transformer and scheduler in a plain guided loop; noise prediction whatever the pipeline."""
    from diffusers import DDPMScheduler

    network = yardsticks.diffusers_dit(architecture(o), device)
    scheduler = DDPMScheduler(variance_type="learned_range", clip_sample=False)
    scheduler.set_timesteps(o.steps)
    labels = torch.cat([torch.arange(o.images, device=device) % 1000, torch.full((o.images,), 1000, device=device)])
    generator = torch.Generator(device).manual_seed(0)
    torch.set_float32_matmul_precision("high" if o.precision == "tf32" else "highest")

    @torch.no_grad()
    def sample() -> None:
        x = torch.randn(o.images, 4, o.size, o.size, device=device, generator=generator)
        with torch.autocast(device, torch.bfloat16, enabled=o.precision == "bf16"):
            for t in scheduler.timesteps.tolist():
                times = torch.full((2 * o.images,), t, device=device)
                out = network(torch.cat([x, x]), timestep=times, class_labels=labels).sample
                conditional, unconditional = out.chunk(2)
                noise = unconditional[:, :4] + 1.5 * (conditional[:, :4] - unconditional[:, :4])
                x = scheduler.step(torch.cat([noise, conditional[:, 4:]], 1), t, x, generator=generator).prev_sample

    one = min(seconds(sample, device) for _ in range(o.repeats))
    return {"one": one, "study": (1 + EVERY + LAST) * one}


def main() -> None:
    """Run the sides one after the other for each precision and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--yardstick", help="checkout of the official implementation")
    parser.add_argument("--pipeline", choices=list(GUIDANCE), default="dit")
    parser.add_argument("--precision", nargs="+", choices=["fp32", "tf32", "bf16"], default=["fp32"])
    parser.add_argument("--compile", action="store_true")
    for name, value in zip(SHAPE, (192, 6, 3, 16, 20, 4), strict=True):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--side", choices=["ours", "yardstick", "plain"], help=argparse.SUPPRESS)
    o = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if o.side:
        o.precision = o.precision[0]
        print(json.dumps({"ours": run_ours, "yardstick": run_yardstick, "plain": run_plain}[o.side](o, device)))
        return
    print(f"{o.pipeline}, {device}: " + ", ".join(f"{name} {getattr(o, name)}" for name in SHAPE))
    for precision in o.precision:
        report(o, precision)


def report(o: argparse.Namespace, precision: str) -> None:
    """Both sides in one precision."""
    other, found = "yardstick" if o.yardstick else "plain", {}
    for side in (other, "ours"):
        command = [sys.executable, __file__, "--side", side, "--pipeline", o.pipeline, "--precision", precision]
        command += [f"--{name}={getattr(o, name)}" for name in (*SHAPE, "repeats")]
        command += ["--compile"] * o.compile + (["--yardstick", o.yardstick] if o.yardstick else [])
        found[side] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
    ours, theirs = found["ours"], found[other]
    for what, images in (("one", o.images), ("study", (1 + EVERY + LAST) * o.images)):
        rates = images / ours[what], images / theirs[what]
        print(
            f"{precision:5s} {what:6s} ours {rates[0]:9.3f} images/s  {other} {rates[1]:9.3f}  ratio {rates[0] / rates[1]:.2f}"
        )
    print(f"{precision:5s} a last-tenth branch costs {ours['last'] / ours['trunk']:.3f} of a trajectory")
    print(f"{precision:5s} roofline share {ours['roofline']:.2f} (baseline trajectory)")
    if "probe" in theirs:
        error = max(abs(a - b) for a, b in zip(ours["probe"], theirs["probe"], strict=True))
        largest = max(map(abs, ours["probe"]))
        print(f"{precision:5s} largest difference of one network call {error:.1e}, values up to {largest:.2g}")


if __name__ == "__main__":
    main()
