"""Rule fetch_checkpoint: a whole official checkpoint, verified, once for all studies."""

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.checkpoints.lock import LOCK


def fetch(card: Mapping, root: str | Path, output: str | Path) -> None:
    """Download the card's checkpoint (parts joined) to `output`; its checksum is compared with, or added to, the lock file."""
    fetch_checkpoint(card["checkpoint"], Path(output), lock=Path(root) / LOCK, base=Path(root))
