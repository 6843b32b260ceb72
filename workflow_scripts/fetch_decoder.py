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
from semantic_bottleneck.study.checkpoint import Checkpoint
from semantic_bottleneck.study.typed import typed

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
    checkpoint, base = typed(Checkpoint, asset["checkpoint"]), Path(root)
    vae = described(asset["name"], asset["architecture"])
    read = read_tensors(
        checkpoint, lambda names: [name for name in names if name.startswith(PARTS)], base=base, lock=base / LOCK
    )
    # Filling a network proves that every tensor has its shape and is finite before anything is written.
    fill_vae(vae, read.tensors, file=checkpoint.url, card=asset["name"])
    tensors = dict(read.tensors)
    if vae.normalised:
        tensors |= _statistics(asset, vae.latent_channels, base)
    metadata = {key: str(value) for key, value in read.provenance.items()}
    tensors_file.write(output, tensors, metadata | {ARCHITECTURE: json.dumps(asset["architecture"])})
    logger.info("%s: %d tensors; %s", asset["name"], len(tensors), metadata)


def _statistics(asset: Mapping, channels: int, base: Path) -> dict[str, Tensor]:
    """Mean and standard deviation of the latents, float32 (1, channels, 1, 1)."""
    if "statistics" not in asset:
        raise UserError(f"Asset card {asset['name']}: 'statistics' is missing; name the file with mean and std of the latents.")
    statistics = typed(Checkpoint, asset["statistics"])
    read = read_tensors(statistics, ["mean", "std"], base=base, lock=base / LOCK).tensors
    found = dict(zip(STATISTICS, (read["mean"].float(), read["std"].float()), strict=True))
    for name, tensor in found.items():
        if tensor.shape != (1, channels, 1, 1) or (name == STATISTICS[1] and not (tensor > 0).all()):
            raise UserError(
                f"{statistics.url} holds {name} of shape {list(tensor.shape)} where positive values of "
                f"shape [1, {channels}, 1, 1] are needed; name another file in asset card {asset['name']}."
            )
    return found


if __name__ == "__main__":
    fetch_decoder(
        asset=snakemake.params.asset,
        root=Path(snakemake.scriptdir).resolve().parent,
        output=snakemake.output.decoder,
    )
