"""Rule read_conditioner: only the tensors that make t, y and c, from wherever the checkpoint lies."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.files.project_path import project_path
from semantic_bottleneck.models.loading import load_conditioner
from semantic_bottleneck.models.registry import conditioner_tensor_names
from semantic_bottleneck.models.weights import address_of, checkpoint_at
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required, typed

logger = logging.getLogger(__name__)


def read_conditioner(
    card: Mapping, names: Sequence[str], checkpoints: Sequence[str], root: str | Path, outputs: Sequence[str]
) -> None:
    """Write the conditioner's tensors of each checkpoint as .safetensors, their origin in its metadata.

    Args:
        card: name, family, architecture, and checkpoint (official) or training (trained here).
        names: `final` or `step-<training step>`, one per output.
        checkpoints: files on disk, one per output; empty to read the card's own sources by byte ranges.
        root: the repository: relative paths in the card start there, and it holds the file of known checksums.
    """
    model = typed(Card, card)
    wanted = conditioner_tensor_names(model.family, model.architecture)

    def present(names: list[str]) -> list[str]:
        # What is missing is said by the loader, in the same words as of a whole network.
        return [name for name in wanted if name in names]

    for index, (name, output) in enumerate(zip(names, outputs, strict=True)):
        path = checkpoints[index] if checkpoints else None
        source = checkpoint_at(model, Path(path).resolve()) if path else required(model.checkpoint)
        # A file is called as it was given: where the study lies must not be in what it leaves.
        read = read_tensors(source, present, base=Path(root), lock=Path(root) / LOCK, called=path and project_path(path))
        # Loading proves that every tensor has its shape and is finite before anything is written.
        where = {"file": address_of(model, path), "card": model.name, "available": read.available}
        load_conditioner(model.family, model.architecture, read.tensors, **where)
        metadata = {key: str(value) for key, value in read.provenance.items()} | {
            "training_step": str(training_step(model, name))
        }
        tensors_file.write(output, read.tensors, metadata)
        logger.info("%s %s: %d tensors; %s", model.name, name, len(read.tensors), metadata)


def training_step(card: Card, checkpoint: str) -> int:
    """The step that a checkpoint of a model trained here belongs to; -1 for an official model."""
    if card.training is None:
        return -1
    return card.training.steps if checkpoint == "final" else int(checkpoint.removeprefix("step-"))


if __name__ == "__main__":
    read_conditioner(
        card=snakemake.params.card,
        names=snakemake.params.checkpoints,
        checkpoints=list(snakemake.input.get("checkpoints", [])),
        root=Path(snakemake.scriptdir).resolve().parent,
        outputs=list(snakemake.output.tensors),
    )
