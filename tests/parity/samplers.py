"""Parity of schedules and samplers: the steps of this library on the stored noise, with the stored closed-form network."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch

from semantic_bottleneck.decoding.quantise import QUANTISERS
from semantic_bottleneck.sampling.ddim import DDIM
from semantic_bottleneck.sampling.ddpm import DDPM
from semantic_bottleneck.sampling.dpm_solver import DPMSolverPP
from semantic_bottleneck.sampling.guidance import guided, scale_at
from semantic_bottleneck.sampling.lightningdit import LightningDiTEuler, shifted_grid
from semantic_bottleneck.sampling.repa import REPAODE, REPASDE
from semantic_bottleneck.sampling.sampler import Sampler
from semantic_bottleneck.sampling.schedules import RespacedSchedule, kept_steps, linear_betas
from semantic_bottleneck.sampling.sit_dopri5 import SiTDopri5
from semantic_bottleneck.sampling.sit_ode import SiTODE
from semantic_bottleneck.sampling.sit_sde import SiTSDE
from semantic_bottleneck.study.samplers import (
    DDIMOptions,
    DDPMOptions,
    DPMSolverOptions,
    LightningDiTOptions,
    REPAODEOptions,
    REPASDEOptions,
    SiTDopri5Options,
    SiTODEOptions,
    SiTSDEOptions,
)
from tests.parity.closed_form import ClosedForm
from tests.parity.comparison import Comparison, compare
from tests.parity.networks import tensor
from tests.sections import guidance_of

Arrays = Mapping[str, np.ndarray]
TOLERANCE = 2e-6
"""Relative to the largest magnitude; float32 states of two implementations differ by a few 1e-7."""
DOPRI5_TOLERANCE = 1e-5
DPM_TOLERANCE = 1e-5
DPM_SCHEDULE_TOLERANCE = 1e-4
"""The official schedule is float32 and cancels in 1 - alpha^2; another exp would show."""

TABLE_TOLERANCE = 1e-12
"""Schedules are float64."""
SCHEDULE_TABLES = (
    "timestep_map",
    "betas",
    "alphas_cumprod",
    "posterior_variance",
    "posterior_log_variance_clipped",
    "posterior_mean_coef1",
    "posterior_mean_coef2",
    "sqrt_recip_alphas_cumprod",
    "sqrt_recipm1_alphas_cumprod",
)


@dataclass(frozen=True)
class Run:
    """What one trajectory left behind: the state after every step and the network with what it was fed."""

    states: list[torch.Tensor]
    final: np.ndarray
    network: ClosedForm

    def times(self) -> list[float]:
        """Times fed, a repeated call counted once (SiT's official code calls twice per drift)."""
        return [time for time, _ in groupby(self.network.times_fed())]


def run(
    sampler: Sampler, arrays: Arrays, config: dict, guidance: Mapping | None = None, noise: np.ndarray | None = None
) -> Run:
    """The whole trajectory from `z` with `noise[k]` at step k; noise of a 2n-row official state gives its first n rows."""
    network = ClosedForm(config["model"], config.get("null_class"))
    z, y = tensor(arrays, "z"), tensor(arrays, "y")
    predict = guided(network, y, guidance_of(guidance))
    state, states = sampler.start(z.double()), []
    for k in range(sampler.steps):
        state = sampler.advance(k, state, predict, lambda k=k: torch.from_numpy(noise[k, : len(z)]).to(z.device).double())
        states.append(state.cpu())
    finished = sampler.finish(state).cpu()
    # float64 states are compared before they are rounded to the float32 latent.
    final = states[-1] if sampler.dtype == torch.float64 else finished
    return Run(states, final.numpy(), network)


def compare_probe(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """The formula read from the text against the official network's output."""
    if "probe_x" not in arrays:
        return
    inputs = (tensor(arrays, f"probe_{name}") for name in "xty")
    yield compare("probe_out", ClosedForm(config["model"])(*inputs), arrays["probe_out"], TOLERANCE)


def compare_quantised(arrays: Arrays, rule: str) -> Iterator[Comparison]:
    """float decoder output to uint8, exactly; images are stored NCHW float and NHWC uint8."""
    if "quant_in" not in arrays:
        return
    levels = QUANTISERS[rule](arrays["quant_in"])
    if levels.ndim == 4:
        levels = levels.transpose(0, 2, 3, 1)
    yield compare("quant_out", levels, arrays["quant_out"], 0.0)


def first_rows(states: list[torch.Tensor], stored: np.ndarray, steps=slice(None)) -> tuple[np.ndarray, np.ndarray]:
    """Our n-row states and the first n rows of the stored ones (official guided states have 2n)."""
    ours = torch.stack(states).numpy()[steps]
    return ours, stored[:, : ours.shape[1]]


def dit_ddpm(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """DiT's ancestral sampler, with and without guidance."""
    yield from compare_probe(arrays, config)
    for case in ("cfg", "nocfg"):
        guidance = {"scale": config["cfg_scale"], "channels": config["cfg_channels"]} if case == "cfg" else None
        sampler = DDPM(DDPMOptions("ddpm", config["timestep_respacing"], "small", config["clip_denoised"]))
        result = run(sampler, arrays, config, guidance, arrays["noise"])
        yield compare(f"{case}_traj", *first_rows(result.states, arrays[f"{case}_traj"]), TOLERANCE)
        yield compare(f"{case}_final", result.final, arrays[f"{case}_final"], TOLERANCE)
        yield compare("timesteps_fed", result.network.times_fed(), arrays["timesteps_fed"], 0.0)
        if f"{case}_pred_xstart_first" in arrays:
            z, predict = tensor(arrays, "z"), guided(result.network, tensor(arrays, "y"), guidance_of(guidance))
            estimate = sampler.estimate(0, z, predict(z, sampler.times[0]))
            stored = arrays[f"{case}_pred_xstart_first"][: len(z)]
            yield compare(f"{case}_pred_xstart_first", estimate, stored, TOLERANCE)
    yield from compare_quantised(arrays, "half-floor")


def mdt_ddpm(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """MDTv2's ancestral sampler with the power-cosine guidance, its tables and its guidance weights."""
    yield from compare_probe(arrays, config)
    schedule = RespacedSchedule.linear(config["num_sampling_steps"], config["diffusion_steps"])
    for name in (table for table in SCHEDULE_TABLES if table in arrays):
        yield compare(name, getattr(schedule, name), arrays[name], TABLE_TOLERANCE)
    yield compare("timestep_map_250", kept_steps(250), arrays["timestep_map_250"], 0.0)
    table = []
    for pair in re.findall(r"\(([\w.]+),([\w.]+)\)", config["schedule_rows"]):
        scale, power = (config[text] if text in config else float(text) for text in pair)
        guidance = {"scale": scale, "schedule": "power-cosine", "power": power}
        table.append([scale_at(guidance_of(guidance), t) for t in arrays["timestep_map_250"]])
    yield compare("cfg_weight_250", table, arrays["cfg_weight_250"], TOLERANCE)
    ramp = {"channels": config["cfg_channels"], "schedule": "power-cosine", "power": config["scale_pow"]}
    for case, guidance in (("cfg", {"scale": config["cfg_scale"], **ramp}), ("nocfg", None)):
        sampler = DDPM(DDPMOptions("ddpm", config["num_sampling_steps"], "small", config["clip_denoised"]))
        result = run(sampler, arrays, config, guidance, arrays[f"noise_{case}"])
        ours, stored = first_rows(result.states, arrays[f"{case}_states"], arrays["state_steps"])
        yield compare(f"{case}_states", ours, stored, TOLERANCE)
        yield compare(f"{case}_final", result.final, arrays[f"{case}_final"], TOLERANCE)
    yield from compare_quantised(arrays, "floor")


def sit_ode(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """SiT's fixed-step solvers and dopri5."""
    yield from compare_probe(arrays, config)
    for entry in [name for name in arrays if name.endswith("_final")]:
        name = entry.removesuffix("_final")
        case, method = name.split("_", 1)
        adaptive = method == "dopri5"
        if adaptive:
            sampler = SiTDopri5(SiTDopri5Options("sit-dopri5", config["atol"], config["rtol"]))
        else:
            sampler = SiTODE(SiTODEOptions("sit-ode", config["num_steps"], method))
        guidance = {"scale": config["cfg_scale"], "channels": config["cfg_channels"]} if case == "cfg" else None
        tolerance = DOPRI5_TOLERANCE if adaptive else TOLERANCE
        result = run(sampler, arrays, config, guidance)
        yield compare(entry, result.final, arrays[entry], tolerance)
        if f"{name}_times_fed" in arrays:
            yield compare(f"{name}_times_fed", result.network.times_fed(), arrays[f"{name}_times_fed"], tolerance)
        if f"{name}_all" in arrays and not adaptive:
            ours, stored = first_rows(result.states, arrays[f"{name}_all"][1:])
            yield compare(f"{name}_all", ours, stored, tolerance)


def sit_sde(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """SiT's stochastic sampler in all stored variants."""
    yield from compare_probe(arrays, config)
    for name, variant in config["variants"].items():
        last = variant["last_step"]
        options = SiTSDEOptions(
            name="sit-sde",
            steps=variant["num_steps"],
            method=variant["sampling_method"].lower(),
            diffusion=variant["diffusion_form"],
            norm=variant["diffusion_norm"],
            last_step=last.lower() if last else None,
            last_step_size=variant["last_step_size"],
        )
        sampler = SiTSDE(options)
        guidance = {"scale": config["cfg_scale"], "channels": config["cfg_channels"]} if variant["cfg"] else None
        result = run(sampler, arrays, config, guidance, arrays["noise"])
        yield compare(f"{name}_final", result.final, arrays[f"{name}_final"], TOLERANCE)
        if f"{name}_traj" in arrays:
            yield compare(f"{name}_traj", *first_rows(result.states, arrays[f"{name}_traj"]), TOLERANCE)
        if f"{name}_times_fed" in arrays:
            stored = [time for time, _ in groupby(arrays[f"{name}_times_fed"].tolist())]
            yield compare(f"{name}_times_fed", result.times(), stored, TOLERANCE)


def repa_euler_maruyama(steps: int, heun: bool) -> Sampler:
    """REPA's stochastic sampler, which has no other order."""
    assert not heun
    return REPASDE(REPASDEOptions("repa-sde", steps, 0.04))


def repa(build: Callable[[int, bool], Sampler]) -> object:
    """REPA's (and MG's) samplers: states, inputs, times and batch sizes of every call."""

    def compare_cases(arrays: Arrays, config: dict) -> Iterator[Comparison]:
        yield from compare_probe(arrays, config)
        for name, case in config["cases"].items():
            interval = [case.get("guidance_low", 0.0), case.get("guidance_high", 1.0)]
            sampler = build(config["num_steps"], bool(case.get("heun")))
            result = run(sampler, arrays, config, {"scale": case["cfg_scale"], "interval": interval}, arrays.get("noise"))
            yield compare(f"{name}_final", result.final, arrays[f"{name}_final"], TOLERANCE)
            fed = result.network.fed
            inputs = np.stack([x[: len(arrays["z"])].numpy() for x, _, _ in fed])
            yield compare(f"{name}_x_fed", inputs, arrays[f"{name}_x_fed"], TOLERANCE)
            yield compare(f"{name}_times_fed", result.network.times_fed(), arrays[f"{name}_times_fed"], TOLERANCE)
            yield compare(f"{name}_batch_fed", [rows for _, _, rows in fed], arrays[f"{name}_batch_fed"], 0.0)

    return compare_cases


def repa_sde(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """REPA's Euler-Maruyama."""
    yield from repa(repa_euler_maruyama)(arrays, config)
    yield from compare_quantised(arrays, "floor")


def mg_sde(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """MG's Euler-Maruyama."""
    yield from repa(repa_euler_maruyama)(arrays, config)
    yield from compare_quantised(arrays, "floor")


def lightningdit(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """LightningDiT's shifted Euler with the guidance interval, and the latent statistics."""
    yield from compare_probe(arrays, config)
    steps, shift = config["num_sampling_steps"], config["timestep_shift"]
    yield compare("time_grid", shifted_grid(steps, shift), arrays["time_grid"], TOLERANCE)
    yield compare("time_grid_250_shift03", shifted_grid(250, 0.3), arrays["time_grid_250_shift03"], TOLERANCE)
    yield compare("time_grid_250", shifted_grid(250, 0), arrays["time_grid_250"], TOLERANCE)
    start = config["cfg_interval_start"] if config["cfg_interval"] else None
    guidance = {"scale": config["cfg_scale"], "channels": config["cfg_channels"], "start": start}
    result = run(LightningDiTEuler(LightningDiTOptions("lightningdit-euler", steps, shift)), arrays, config, guidance)
    yield compare("times_fed", result.network.times_fed(), arrays["times_fed"], TOLERANCE)
    yield compare("cfg_all", *first_rows(result.states, arrays["cfg_all"][1:]), TOLERANCE)
    yield compare("cfg_final", result.final, arrays["cfg_final"], TOLERANCE)
    for name, bend in (("nocfg_final", 0), ("nocfg_shift_final", shift)):
        yield compare(
            name,
            run(LightningDiTEuler(LightningDiTOptions("lightningdit-euler", steps, bend)), arrays, config).final,
            arrays[name],
            TOLERANCE,
        )
    yield from compare_quantised(arrays, "half-floor")


def xmdpt(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """X-MDPT's DDIM."""
    sampler = DDIM(DDIMOptions("ddim", config["num_sampling_steps"], clip=False))
    yield compare("alphas_cumprod", sampler.schedule.alphas_cumprod, arrays["alphas_cumprod"], TABLE_TOLERANCE)
    yield compare("timestep_map", sampler.schedule.timestep_map, arrays["timestep_map"], 0.0)
    result = run(sampler, arrays, config)
    yield compare("timesteps", result.network.times_fed(), arrays["timesteps"], 0.0)
    yield compare("states", torch.stack(result.states), arrays["states"], TOLERANCE)
    yield compare("final", result.final, arrays["final"], TOLERANCE)


def mdsgen(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """MDSGen's DPM-Solver++, also with so few steps that the last one is of first order."""
    for prefix, steps in (("", config["steps"]), ("few_", config["few_steps"])):
        sampler = DPMSolverPP(DPMSolverOptions("dpm-solver++", steps, "bfloat16"))
        if not prefix:
            yield compare("continuous_times", sampler.grid, arrays["continuous_times"], TOLERANCE)
            yield compare("log_alpha_at_times", sampler.log_alpha, arrays["log_alpha_at_times"], TOLERANCE)
            yield compare("lambda_at_times", sampler.log_snr, arrays["lambda_at_times"], DPM_SCHEDULE_TOLERANCE)
        result = run(sampler, arrays, config)
        yield compare(f"{prefix}model_times", result.network.times_fed(), arrays[f"{prefix}model_times"], TOLERANCE)
        states = [sampler.finish(state) for state in result.states]
        yield compare(f"{prefix}states", torch.stack(states), arrays[f"{prefix}states"][1:], DPM_TOLERANCE)
        yield compare(f"{prefix}final", result.final, arrays[f"{prefix}final"], DPM_TOLERANCE)


def dit_schedule(arrays: Arrays, config: dict) -> Iterator[Comparison]:
    """Every respacing's float64 table."""
    total = config["diffusion_steps"]
    betas = linear_betas(total)
    yield compare("betas_base", betas, arrays["betas_base"], TABLE_TOLERANCE)
    yield compare("alphas_cumprod_base", np.cumprod(1 - betas), arrays["alphas_cumprod_base"], TABLE_TOLERANCE)
    for respacing in config["timestep_respacing"]:
        schedule = RespacedSchedule.linear(respacing, total)
        for name in SCHEDULE_TABLES:
            entry = f"r{respacing.replace(',', '_')}_{name}"
            yield compare(entry, getattr(schedule, name), arrays[entry], TABLE_TOLERANCE)


KINDS = {
    "dit_ddpm_sampler": dit_ddpm,
    "dit_schedule": dit_schedule,
    "lightningdit_sampler": lightningdit,
    "mdsgen_sampler": mdsgen,
    "mdt_ddpm_sampler": mdt_ddpm,
    "mg_sde_sampler": mg_sde,
    "repa_ode_sampler": repa(lambda steps, heun: REPAODE(REPAODEOptions("repa-ode", steps, heun))),
    "repa_sde_sampler": repa_sde,
    "sit_ode_sampler": sit_ode,
    "sit_sde_sampler": sit_sde,
    "xmdpt_sampler": xmdpt,
}
