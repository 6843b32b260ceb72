"""Sampling by a scheduler of diffusers, as its pipelines run it (docs/sources/diffusers_conditioning.md, section 8)."""

import numpy as np
import torch
from torch import Tensor

from semantic_bottleneck.arrays import Float, Float32
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.sampling.sampler import Noise, Predict
from semantic_bottleneck.study.samplers import DiffusersOptions


class Scheduled:
    """The state stacks the latent and what the scheduler remembers on axis 1, newest last: (n, 1 + memory, C, H, W) float32.

    A multistep solver remembers as many outputs as its order less one, the others nothing, so that a branch can start at any
    step. Output channels beyond the latent's (a predicted variance) are ignored, as the pipelines do.

    Args:
        options: see `study.samplers.DiffusersOptions`.

    Raises:
        UserError: the scheduler refuses `settings` or `steps`.
    """

    dtype = torch.float32

    def __init__(self, options: DiffusersOptions):
        # Imported only here: diffusers takes seconds, and other samplers do without.
        import diffusers

        self.steps, self.options = options.trajectory_steps, options
        settings = {key: value for key, value in options.settings.items() if not key.startswith("_")}
        try:
            self.scheduler = getattr(diffusers, options.scheduler)(**settings)
            self._reset()
        except (TypeError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(f"sampler.settings: {options.scheduler} refuses them ({reason}); correct the card.") from error
        self.memory = getattr(self.scheduler.config, "solver_order", 1) - 1
        self.timesteps = self.scheduler.timesteps
        if len(self.timesteps) != self.steps:
            raise UserError(f"sampler.steps is {self.steps}, but {options.scheduler} takes {len(self.timesteps)}; change it.")
        self.times = (self.timesteps / options.time_divisor).tolist()

    def start(
        self, noise: Float[Tensor, "samples channels height width"]
    ) -> Float32[Tensor, "samples stored channels height width"]:
        """The noise, and zeros for the outputs that do not exist yet."""
        latent = noise.to(self.dtype)
        return torch.stack([latent, *[torch.zeros_like(latent)] * self.memory], dim=1)

    def advance(
        self, k: int, state: Float32[Tensor, "samples stored channels height width"], predict: Predict, noise: Noise
    ) -> Float32[Tensor, "samples stored channels height width"]:
        """One step of the scheduler, whatever it did before."""
        latent = state[:, 0]
        output = predict(latent, self.times[k])[:, : latent.shape[1]]
        self._reset()
        if hasattr(self.scheduler, "set_begin_index"):
            self.scheduler.set_begin_index(k)
        if self.memory:  # of the zeros before the first outputs, lower_order_nums keeps it away
            self.scheduler.lower_order_nums = min(k, self.memory + 1)
            self.scheduler.model_outputs = [None, *state[:, 1:].unbind(1)]
        following = self.scheduler.step(output, self.timesteps[k], latent, return_dict=False)[0]
        remembered = self.scheduler.model_outputs[1:] if self.memory else []
        return torch.stack([following, *remembered], dim=1)

    def finish(
        self, state: Float32[Tensor, "samples stored channels height width"]
    ) -> Float32[Tensor, "samples channels height width"]:
        """The latent."""
        return state[:, 0]

    def _reset(self) -> None:
        """A fresh trajectory; what an earlier one left is forgotten."""
        options = self.options
        given = {} if options.mu is None else {"mu": options.mu}
        if options.even_sigmas:
            self.scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / options.steps, options.steps), **given)
        else:
            self.scheduler.set_timesteps(options.steps, **given)
