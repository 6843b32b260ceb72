"""Rule fetch_reference: the part of a published reference file that a study reads."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.references.published import copy_reference


def fetch_reference(source: Mapping, root: str | Path, output: str | Path) -> None:
    """Read statistics and pictures (by byte ranges where the server allows them) and write them as .npz.

    Args:
        source: the study's evaluation.reference.
        root: the repository: relative paths start there, and it holds the file of known checksums.

    Raises:
        UserError: the file cannot be had, or holds something else.
    """
    copy_reference(source, Path(root), Path(root) / LOCK, output)


if __name__ == "__main__":
    fetch_reference(
        source=snakemake.params.source,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.reference,
    )
