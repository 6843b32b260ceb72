"""Rule fetch_checkpoint: a whole official checkpoint, verified, once for all studies."""

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint


def fetch(card: Mapping, lock: str | Path, root: str | Path, output: str | Path) -> None:
    """Download the card's checkpoint (parts joined) to `output`; its checksum is compared with, or added to, `lock`."""
    fetch_checkpoint(card["checkpoint"], Path(output), lock=Path(lock), base=Path(root))
