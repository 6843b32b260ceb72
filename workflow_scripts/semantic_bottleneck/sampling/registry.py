"""Samplers by the names model cards use."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.sampling.sampler import Sampler

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
}


def build_sampler(config: Mapping[str, Any]) -> Sampler:
    """The sampler of a card's `sampler` mapping: `name` and any of that sampler's options, each with its official default.

    Raises:
        UserError: unknown name, unknown option or an option's value out of range.
    """
    options = dict(config)
    name = options.pop("name", None)
    if name not in SAMPLERS:
        raise UserError(f"sampler.name {name!r} is unknown; use one of {', '.join(SAMPLERS)}.")
    module, _, attribute = SAMPLERS[name].partition(":")
    constructor = getattr(import_module(module), attribute)
    known = inspect.signature(constructor).parameters
    for key in options:
        if key not in known:
            raise UserError(f"sampler '{name}' has no option '{key}'; use {', '.join(known) or 'no options'}.")
    return constructor(**options)
