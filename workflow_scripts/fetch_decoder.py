"""Rule fetch_decoder: the decoder's half of an official autoencoder, with what its latents must be undone by."""

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

from torch import Tensor

from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.decoding.vae import ARCHITECTURE, PARTS, STATISTICS, described, fill_vae
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import tensors_file
from semantic_bottleneck.study.asset import Asset
from semantic_bottleneck.study.typed import required, typed

logger = logging.getLogger(__name__)


def fetch_decoder(asset: Mapping, root: str | Path, output: str | Path) -> None:
    """Read the decoder's tensors (by byte ranges where the server allows them) and write them as .safetensors.

    Names stay those of the official file; a standardised autoencoder's `latent_mean` and `latent_std` stand beside them.

    Args:
        asset: the asset card.
        root: the repository: relative paths in the card start there, and it holds the file of known checksums.

    Raises:
        UserError: the file cannot be had, a tensor does not fit, or statistics are missing or misshaped.
    """
    network, base = typed(Asset, asset), Path(root)
    name = required(network.name)
    vae = described(name, network.architecture)
    read = read_tensors(
        network.checkpoint, lambda names: [name for name in names if name.startswith(PARTS)], base=base, lock=base / LOCK
    )
    # Filling a network proves that every tensor has its shape and is finite before anything is written.
    fill_vae(vae, read.tensors, file=network.checkpoint.url, card=name)
    tensors = dict(read.tensors)
    if vae.normalised:
        tensors |= _statistics(network, vae.latent_channels, base)
    metadata = {key: str(value) for key, value in read.provenance.items()}
    tensors_file.write(output, tensors, metadata | {ARCHITECTURE: json.dumps(network.architecture)})
    logger.info("%s: %d tensors; %s", name, len(tensors), metadata)


def _statistics(network: Asset, channels: int, base: Path) -> dict[str, Tensor]:
    """Mean and standard deviation of the latents, float32 (1, channels, 1, 1)."""
    statistics = network.statistics
    if statistics is None:
        raise UserError(f"Asset card {network.name}: 'statistics' is missing; name the file with mean and std of the latents.")
    read = read_tensors(statistics, ["mean", "std"], base=base, lock=base / LOCK).tensors
    found = dict(zip(STATISTICS, (read["mean"].float(), read["std"].float()), strict=True))
    for name, tensor in found.items():
        if tensor.shape != (1, channels, 1, 1) or (name == STATISTICS[1] and not (tensor > 0).all()):
            raise UserError(
                f"{statistics.url} holds {name} of shape {list(tensor.shape)} where positive values of "
                f"shape [1, {channels}, 1, 1] are needed; name another file in asset card {network.name}."
            )
    return found


if __name__ == "__main__":
    fetch_decoder(
        asset=snakemake.params.asset,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.decoder,
    )
