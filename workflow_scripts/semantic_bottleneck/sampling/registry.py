"""Samplers by the names model cards use."""

from importlib import import_module

from semantic_bottleneck.sampling.sampler import Sampler
from semantic_bottleneck.study.samplers import SamplerSpec

SAMPLERS: dict[str, str] = {
    "ddpm": "semantic_bottleneck.sampling.ddpm:DDPM",
    "ddim": "semantic_bottleneck.sampling.ddim:DDIM",
    "sit-ode": "semantic_bottleneck.sampling.sit_ode:SiTODE",
    "sit-dopri5": "semantic_bottleneck.sampling.sit_dopri5:SiTDopri5",
    "sit-sde": "semantic_bottleneck.sampling.sit_sde:SiTSDE",
    "repa-ode": "semantic_bottleneck.sampling.repa:REPAODE",
    "repa-sde": "semantic_bottleneck.sampling.repa:REPASDE",
    "lightningdit-euler": "semantic_bottleneck.sampling.lightningdit:LightningDiTEuler",
    "dpm-solver++": "semantic_bottleneck.sampling.dpm_solver:DPMSolverPP",
    "diffusers": "semantic_bottleneck.sampling.scheduled:Scheduled",
}


def build_sampler(options: SamplerSpec) -> Sampler:
    """The sampler of a card's `sampler` section."""
    module, _, attribute = SAMPLERS[options.name].partition(":")
    return getattr(import_module(module), attribute)(options)
