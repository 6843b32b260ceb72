"""Rule fetch_network: the tensors of a published vocoder, or of the backbone of LPIPS."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import logging
from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.study.asset import Asset
from semantic_bottleneck.study.typed import required, typed

logger = logging.getLogger(__name__)

NEEDED = {"vocoder": "", "lpips": "features."}
"""Kind of asset -> how the names of the tensors begin that are needed."""


def fetch_network(asset: Mapping, root: str | Path, output: str | Path) -> None:
    """Read the tensors that are needed (by byte ranges where the server allows them) and write them as .safetensors.

    Args:
        asset: kind and checkpoint of the asset card.
        root: the repository: relative paths in the card start there, and it holds the file of known checksums.

    Raises:
        UserError: the file cannot be had or holds no such tensors.
    """
    network = typed(Asset, asset)
    start = NEEDED[required(network.kind)]
    read = read_tensors(
        network.checkpoint,
        lambda names: [name for name in names if name.startswith(start)],
        base=Path(root),
        lock=Path(root) / LOCK,
    )
    if not read.tensors:
        raise UserError(f"{network.checkpoint.url} holds no tensor {start}*; correct the asset card.")
    metadata = {key: str(value) for key, value in read.provenance.items()}
    tensors_file.write(output, read.tensors, metadata)
    logger.info("%s: %d tensors; %s", network.name, len(read.tensors), metadata)


if __name__ == "__main__":
    fetch_network(
        asset=snakemake.params.asset,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.tensors,
    )
