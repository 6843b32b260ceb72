"""Rule fetch_condition_encoders: the published networks that make a model's conditions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.conditioning.fetched_encoders import Encoders, fetch_encoders
from semantic_bottleneck.study.conditioning import PipelineEncoders, PoseEncoders, TextEncoder
from semantic_bottleneck.study.typed import typed


def fetch_condition_encoders(conditioning: Mapping, root: str | Path, output: str | Path) -> None:
    """Download the encoders of a card into the folder `output`; checksums are compared with the lock file.

    Args:
        conditioning: the card's `kind` and `encoders`.
        root: the repository: relative paths in the card start there, and it holds the file of known checksums.

    Raises:
        UserError: one cannot be had or is another file than before.
    """
    encoders = conditioning["encoders"]
    match conditioning["kind"]:
        case "pose":
            wanted: Encoders = typed(PoseEncoders, encoders)
        case "pipeline":
            wanted = typed(PipelineEncoders, encoders)
        case _:
            wanted = [typed(TextEncoder, each) for each in encoders]
    fetch_encoders(wanted, Path(root), Path(output), Path(root) / LOCK)


if __name__ == "__main__":
    fetch_condition_encoders(
        conditioning=snakemake.params.conditioning,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.encoders,
    )
