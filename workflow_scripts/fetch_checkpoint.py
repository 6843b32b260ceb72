"""Rule fetch_checkpoint: a whole official checkpoint, verified, once for all studies."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.checkpoints import fetch
from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.study.checkpoint import Checkpoint
from semantic_bottleneck.study.typed import typed


def fetch_checkpoint(card: Mapping, root: str | Path, output: str | Path) -> None:
    """Download the card's checkpoint (parts joined) to `output`; its checksum is compared with, or added to, the lock file."""
    checkpoint = typed(Checkpoint, card["checkpoint"])
    fetch.fetch_checkpoint(checkpoint, Path(output), lock=Path(root) / LOCK, base=Path(root))


if __name__ == "__main__":
    fetch_checkpoint(
        card=snakemake.params.card,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.checkpoint,
    )
