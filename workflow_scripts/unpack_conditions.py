"""Rule unpack_conditions: a model's conditional vectors from a pack, in place of its checkpoint."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.conditioning.vectors import timestep_grid
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import conditions_file
from semantic_bottleneck.files.checkpoint_origin import PACK_FILE, PACK_SHA256
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required, typed
from semantic_bottleneck.vector_pack import pack_file


def unpack_conditions(card: Mapping, model: str, timesteps: int, vectors: str | Path, output: str | Path) -> None:
    """Write the conditions file that extract_conditions would; its metadata also name the pack's file.

    Args:
        card: name, family, architecture and conditioning of the model card.
        model: the model's name in the study (a card's, or a replicate's).
        timesteps: points of the grid of timesteps.
        vectors: the pack's file.

    Raises:
        UserError: it is damaged, of another model, or lacks a timestep.
    """
    network = typed(Card, card)
    stored, metadata = pack_file.read(vectors)
    told, count = (metadata.get("model"), metadata.pop("family", None)), len(stored.ids)
    if told != (model, network.family):
        raise UserError(f"{vectors} holds {told[0]} of the family {told[1]}, not {model} of {network.family}; pack it again.")
    if network.classes not in (None, count):
        raise UserError(f"{vectors} has {count} classes, but the card of {model} {network.classes}; pack it again.")
    found = pack_file.at(stored, timestep_grid(required(network.conditioning), timesteps), vectors)
    metadata |= {PACK_FILE: str(vectors), PACK_SHA256: file_sha256(vectors)}
    conditions_file.write(output, found.c, found.y, found.t, found.timesteps, found.ids, metadata)


if __name__ == "__main__":
    unpack_conditions(
        card=snakemake.params.card,
        model=snakemake.wildcards.model,
        timesteps=snakemake.params.timesteps,
        vectors=snakemake.input.vectors,
        output=snakemake.output.conditions,
    )
