"""Rule fetch_encoder: the encoder's half of an official autoencoder."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.decoding.vae import ARCHITECTURE, ENCODER_PARTS, described, fill_vae
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.study.asset import Asset
from semantic_bottleneck.study.typed import required, typed

logger = logging.getLogger(__name__)


def fetch_encoder(asset: Mapping, root: str | Path, output: str | Path) -> None:
    """Read the encoder's tensors (by byte ranges where the server allows them) and write them as .safetensors.

    Args:
        asset: the autoencoder's asset card.
        root: the repository: relative paths in the card start there, and it holds the file of known checksums.

    Raises:
        UserError: the file cannot be had, or a tensor does not fit.
    """
    network, root = typed(Asset, asset), Path(root)
    name = required(network.name)
    vae = described(name, network.architecture)
    wanted = lambda names: [name for name in names if name.startswith(ENCODER_PARTS)]  # noqa: E731
    read = read_tensors(network.checkpoint, wanted, base=root, lock=root / LOCK)
    # Filling a network proves that every tensor has its shape and is finite before anything is written.
    fill_vae(vae, read.tensors, file=network.checkpoint.url, card=name, parts=ENCODER_PARTS)
    metadata = {key: str(value) for key, value in read.provenance.items()}
    tensors_file.write(output, read.tensors, metadata | {ARCHITECTURE: json.dumps(network.architecture)})
    logger.info("%s: %d tensors; %s", name, len(read.tensors), metadata)


if __name__ == "__main__":
    fetch_encoder(
        asset=snakemake.params.asset,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.encoder,
    )
