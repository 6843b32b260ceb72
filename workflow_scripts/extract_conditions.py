"""Rule extract_conditions: a model's conditional vectors over a grid of timesteps."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from semantic_bottleneck.conditioning.prepared import PreparedInputs
from semantic_bottleneck.conditioning.vectors import conditional_vectors, timestep_grid
from semantic_bottleneck.files import conditions_file, tensors_file
from semantic_bottleneck.models.layouts import depends_on_condition
from semantic_bottleneck.models.loading import load_conditioner
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required, typed

logger = logging.getLogger(__name__)


def extract_conditions(
    card: Mapping,
    model: str,
    checkpoints: Sequence[str],
    timesteps: int,
    conditioners: Sequence[str],
    inputs: str | Path | None,
    outputs: Sequence[str],
) -> None:
    """Run the conditioner of each checkpoint of a model and write its conditions file.

    Args:
        card: name, family, architecture and conditioning of the model card.
        model: the model's name in the study (a card's, or a replicate's).
        checkpoints: `final` or `step-<training step>`, one per file of `conditioners` and `outputs`.
        timesteps: points of the grid of timesteps.
        conditioners: the conditioner's tensors (.safetensors, provenance in the metadata).
        inputs: prepared inputs of a continuous model; None for classes, not read where nothing of the condition enters c.
    """
    network = typed(Card, card)
    if inputs is None or not depends_on_condition(network.family):
        ids = np.arange(1 if network.classes is None else network.classes)
        given: torch.Tensor | PreparedInputs = torch.from_numpy(ids)
    else:
        given = PreparedInputs(inputs)
        ids = np.arange(len(given))
    grid = timestep_grid(required(network.conditioning), timesteps)
    for checkpoint, tensors, output in zip(checkpoints, conditioners, outputs, strict=True):
        state, origin = tensors_file.read(tensors)
        conditioner = load_conditioner(network.family, network.architecture, state, file=str(tensors), card=network.name)
        vectors = conditional_vectors(conditioner, grid, given)
        logger.info("%s %s: %d conditions, %d timesteps, c %s", model, checkpoint, len(ids), len(grid), vectors["c"].shape)
        metadata = origin | {"model": model, "checkpoint": checkpoint}
        conditions_file.write(output, vectors["c"], vectors.get("y"), vectors["t"], np.asarray(grid), ids, metadata)


if __name__ == "__main__":
    extract_conditions(
        card=snakemake.params.card,
        model=snakemake.wildcards.model,
        checkpoints=snakemake.params.checkpoints,
        timesteps=snakemake.params.timesteps,
        conditioners=list(snakemake.input.conditioners),
        inputs=snakemake.input.inputs or None,
        outputs=list(snakemake.output.conditions),
    )
