"""Rule read_conditioner: only the tensors that make t, y and c, from wherever the checkpoint lies."""

import logging
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file

from semantic_bottleneck.atomic import atomic_path
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.models.loading import load_conditioner
from semantic_bottleneck.models.registry import conditioner_tensor_names
from semantic_bottleneck.weights import checkpoint_at

logger = logging.getLogger(__name__)


def read_conditioner(
    card: Mapping, checkpoint: str | Path | None, lock: str | Path, root: str | Path, output: str | Path
) -> None:
    """Write the conditioner's tensors as .safetensors, their origin in its metadata.

    Args:
        card: name, family, architecture, and checkpoint (official) or training (trained here).
        checkpoint: a file on disk; None reads the card's own sources by byte ranges.
        lock: the file of known checksums.
        root: folder that relative paths in the card start from.
    """
    source = card["checkpoint"] if checkpoint is None else checkpoint_at(card, Path(checkpoint).resolve())
    names = conditioner_tensor_names(card["family"], card["architecture"])
    read = read_tensors(source, names, base=Path(root), lock=Path(lock))
    # Loading proves that every tensor has its shape and is finite before anything is written.
    load_conditioner(
        card["family"], card["architecture"], read.tensors, file=str(checkpoint or "the remote file"), card=card["name"]
    )
    metadata = {key: str(value) for key, value in read.provenance.items()}
    if card.get("training"):
        metadata["training_step"] = str(card["training"]["steps"])
    tensors = {name: tensor.contiguous() for name, tensor in read.tensors.items()}
    with atomic_path(output) as temporary:
        save_file(tensors, temporary, metadata=metadata)
    logger.info("%s: %d tensors; %s", card["name"], len(tensors), metadata)
