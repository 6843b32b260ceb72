"""Training losses as functions of (network, batch, random stream): noise prediction, velocity, alignment, model guidance.

Every objective draws its noise and then its times from the generator it is given, and from nothing else.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.training import AlignedVelocityObjective, NoiseObjective, Objective, VelocityObjective

DIFFUSION_STEPS = 1000


class Batch(NamedTuple):
    """One training batch.

    Attributes:
        images: float32 (N, C, H, W), what the network should generate.
        labels: int64 (N,), already with the null label where the class was dropped.
        targets: float32 (N, tokens, z), alignment features of the clean images, or None.
    """

    images: Tensor
    labels: Tensor
    targets: Tensor | None = None


Loss = Callable[[nn.Module, nn.Module, Batch, torch.Generator], Tensor]


def cumulative_signal() -> np.ndarray:
    """abar_k, float64 (1000,): the running product of 1 - beta_k, betas linear from 1e-4 to 0.02.

    Source: docs/sources/sit_family.md, section 4.
    """
    return np.cumprod(1.0 - np.linspace(1e-4, 0.02, DIFFUSION_STEPS))


def noise_prediction(network: nn.Module, batch: Batch, rng: torch.Generator, timesteps: int | None = None) -> Tensor:
    """DiT's L_simple: mean squared error of the predicted noise at a uniform integer step in 0..999, a scalar.

    With `timesteps` = K the steps are drawn from K of them, evenly spaced and both ends among them (Fig. 43).
    """
    noise = torch.randn(batch.images.shape, generator=rng)
    if timesteps is None:
        steps = torch.randint(DIFFUSION_STEPS, (len(noise),), generator=rng)
    else:
        allowed = torch.linspace(0, DIFFUSION_STEPS - 1, timesteps, dtype=torch.float64).round().long()
        steps = allowed[torch.randint(timesteps, (len(noise),), generator=rng)]
    kept = torch.from_numpy(cumulative_signal()[steps.numpy()])
    noise, steps = noise.to(batch.images.device), steps.to(batch.images.device)
    signal, spread = (per_sample(root.float().to(noise.device), noise) for root in (kept.sqrt(), (1.0 - kept).sqrt()))
    return _squared_error(network(signal * batch.images + spread * noise, steps.float(), batch.labels), noise)


class Path(NamedTuple):
    """A point of the linear path of each sample: times (N,), states and velocities (N, C, H, W)."""

    times: Tensor
    states: Tensor
    velocities: Tensor


def linear_path(images: Tensor, rng: torch.Generator, noise_time: int, timesteps: int | None = None) -> Path:
    """x_t between image and noise at t uniform in [0, 1), and dx_t/dt.

    With `timesteps` = K, t is drawn from K evenly spaced values, 0 and 1 among them (Fig. 43).

    `noise_time` 0 is SiT's convention (x_t = t image + (1-t) noise, velocity image - noise); 1 is that of REPA and MG
    (x_t = (1-t) image + t noise, velocity noise - image): docs/sources/sit_family.md, section 3.
    """
    noise = torch.randn(images.shape, generator=rng).to(images.device)
    if timesteps is None:
        times = torch.rand(len(images), generator=rng)
    else:
        times = torch.linspace(0.0, 1.0, timesteps)[torch.randint(timesteps, (len(images),), generator=rng)]
    times = times.to(images.device)
    start, end = (images, noise) if noise_time == 1 else (noise, images)
    share = per_sample(times, images)
    return Path(times, (1.0 - share) * start + share * end, end - start)


def velocity(network: nn.Module, batch: Batch, rng: torch.Generator, noise_time: int, timesteps: int | None = None) -> Tensor:
    """Mean squared error of the predicted velocity, a scalar."""
    path = linear_path(batch.images, rng, noise_time, timesteps)
    return _squared_error(network(path.states, path.times, batch.labels), path.velocities)


def aligned_velocity(
    network: nn.Module,
    batch: Batch,
    rng: torch.Generator,
    noise_time: int,
    weight: float,
    timesteps: int | None = None,
) -> Tensor:
    """REPA: velocity loss + weight * (mean negative cosine between projected tokens and the targets), a scalar.

    The network returns (velocity, [projection (N, tokens, z), ...]) when asked for projections; each projection is
    aligned with the same targets and the terms are averaged.
    """
    assert batch.targets is not None
    path = linear_path(batch.images, rng, noise_time, timesteps)
    predicted, projections = network(path.states, path.times, batch.labels, return_projections=True)
    similarity = torch.stack([functional.cosine_similarity(found, batch.targets, dim=-1).mean() for found in projections])
    return _squared_error(predicted, path.velocities) - weight * similarity.mean()


def guided_velocity(
    network: Any,
    teacher: nn.Module,
    batch: Batch,
    rng: torch.Generator,
    noise_time: int,
    scale: float,
    end: float,
    timesteps: int | None = None,
) -> Tensor:
    """Model guidance: the velocity target is moved by what the model itself gains from the class, a scalar.

    target = velocity + (scale - 1) * (teacher(x_t, t, y) - teacher(x_t, t, null)), without gradient, for rows with a class
    whose distance from the data along the path (t itself where noise is at 1) is below `end`; other rows keep the plain
    target. At the fixed point the network predicts what classifier-free guidance with 1/(2 - scale) would, in one pass
    (scale 1.45 for t < 0.75; how the official code defines the scale is not known: docs/sources/sit_family.md, section 7).
    """
    path = linear_path(batch.images, rng, noise_time, timesteps)
    null = torch.full_like(batch.labels, network.null_label)
    distance = path.times if noise_time == 1 else 1.0 - path.times
    rows = ((distance < end) & (batch.labels != null)).nonzero()[:, 0]
    target = path.velocities.clone()
    if len(rows):
        states, times = path.states[rows].repeat(2, 1, 1, 1), path.times[rows].repeat(2)
        with torch.no_grad():
            conditional, unconditional = teacher(states, times, torch.cat([batch.labels[rows], null[rows]])).chunk(2)
        target[rows] += (scale - 1.0) * (conditional - unconditional)
    return _squared_error(network(path.states, path.times, batch.labels), target)


def per_sample(values: Tensor, like: Tensor) -> Tensor:
    """(N,) → (N, 1, ..., 1) with the rank of `like`."""
    return values.reshape(-1, *[1] * (like.dim() - 1))


def _squared_error(predicted: Tensor, target: Tensor) -> Tensor:
    if predicted.shape != target.shape:
        raise UserError(
            f"The network returns {tuple(predicted.shape[1:])} per image where the objective needs {tuple(target.shape[1:])}; "
            "set learn_sigma to false in the card's architecture."
        )
    return functional.mse_loss(predicted, target)


def build_objective(objective: Objective) -> Loss:
    """The loss function (network, teacher, batch, rng) → scalar that a card's `training.objective` describes.

    `teacher` is the running average of the network; only model guidance looks at it. Any objective takes `timesteps`, the
    size of the fixed set that training times are drawn from.
    """
    values = {key: value for key, value in asdict(objective).items() if key != "name"}
    if isinstance(objective, NoiseObjective):
        return lambda network, teacher, batch, rng: noise_prediction(network, batch, rng, **values)
    if isinstance(objective, VelocityObjective):
        return lambda network, teacher, batch, rng: velocity(network, batch, rng, **values)
    if isinstance(objective, AlignedVelocityObjective):
        return lambda network, teacher, batch, rng: aligned_velocity(network, batch, rng, **values)
    return lambda network, teacher, batch, rng: guided_velocity(network, teacher, batch, rng, **values)
