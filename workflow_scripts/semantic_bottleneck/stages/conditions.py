"""Rule extract_conditions: a model's conditional vectors over a grid of timesteps."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from semantic_bottleneck import conditions_file, parquet
from semantic_bottleneck.conditioning import conditional_vectors, timestep_grid
from semantic_bottleneck.models.loading import load_conditioner

logger = logging.getLogger(__name__)


def extract_conditions(
    card: Mapping,
    model: str,
    checkpoint: str,
    timesteps: int,
    tensors: str | Path,
    inputs: str | Path | None,
    output: str | Path,
) -> None:
    """Run the conditioner and write the conditions file.

    Args:
        card: name, family, architecture and conditioning of the model card.
        model: the model's name in the study (a card's, or a replicate's).
        checkpoint: `final` or `step-<training step>`.
        timesteps: points of the grid of timesteps.
        tensors: the conditioner's tensors (.safetensors, provenance in its metadata).
        inputs: prepared inputs of a continuous model; None for classes.
    """
    with safe_open(tensors, framework="pt") as file:
        state, provenance = {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    conditioner = load_conditioner(card["family"], card["architecture"], state, file=str(tensors), card=card["name"])
    if inputs is None:
        ids = np.arange(card["conditioning"]["classes"])
        given = torch.from_numpy(ids)
    else:
        columns = parquet.read(inputs)
        ids = columns.pop("condition")
        given = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in columns.items()}
    grid = timestep_grid(card["conditioning"], timesteps)
    vectors = conditional_vectors(conditioner, grid, given)
    logger.info("%s: %d conditions at %d timesteps, %d dimensions", model, len(ids), len(grid), vectors["c"].shape[-1])
    step = int(checkpoint.removeprefix("step-")) if checkpoint.startswith("step-") else int(provenance.get("training_step", -1))
    metadata = provenance | {"model": model, "checkpoint": checkpoint, "training_step": str(step)}
    conditions_file.write(output, vectors["c"], vectors["y"], vectors["t"], np.asarray(grid), ids, metadata)
