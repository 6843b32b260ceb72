"""Rule fetch_dataset: one published file of a data card."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.study.checkpoint import plain_file
from semantic_bottleneck.study.data_card import DataCard
from semantic_bottleneck.study.typed import typed


def fetch_dataset(card: Mapping[str, Any], name: str, destination: str | Path) -> None:
    """Download one file of a data card, resumed and verified by its sha256.

    Raises:
        UserError: no address serves it, or another file is there now.
    """
    file = typed(DataCard, card).published_file(name)
    lock = Path(destination).parent / "lock.json"
    fetch_checkpoint(plain_file("archive", file), Path(destination), lock=lock, base=Path.cwd())


if __name__ == "__main__":
    fetch_dataset(
        card=snakemake.params.card,
        name=snakemake.wildcards.file,
        destination=snakemake.output.file,
    )
