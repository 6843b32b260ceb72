"""A model card and a checkpoint on disk -> a network."""

from pathlib import Path

from torch import nn

from semantic_bottleneck.checkpoints.parts import parts_of
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.files import checkpoint_origin
from semantic_bottleneck.models.loading import load_network
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.checkpoint import Checkpoint, file_at
from semantic_bottleneck.study.typed import required


def checkpoint_at(card: Card, path: str | Path) -> Checkpoint:
    """The card's checkpoint as a file on disk; models trained here use the official containers."""
    if card.training is None:
        return required(card.checkpoint).at(path)
    key = card.training.container.key
    return Checkpoint((file_at(path),), "pt", (key,) if key else (), "", (), None)


def address_of(card: Card, path: str | Path | None = None) -> str:
    """What sentences call a card's file: the address that the card gives, and the copy of it that is read."""
    if card.training is not None:
        return str(path)
    address = required(card.checkpoint).url
    here = path is None or Path(path).resolve() == Path(address).resolve()
    return address if here else f"{address} (copied to {path})"


def origin_of(card: Card, path: str | Path) -> dict[str, str]:
    """What the metadata of results say of the weights at `path`: the card's address (trained here: the file), its sha256."""
    parts = [] if card.training is not None else parts_of(required(card.checkpoint).files, Path())
    return checkpoint_origin.origin_of(path, " ".join(part.name for part in parts))


def load_weights(card: Card, path: str | Path, device: str) -> nn.Module:
    """The network of a card (with `checkpoint` or `training`) in eval mode on `device`."""
    checkpoint = checkpoint_at(card, path)
    file = address_of(card, path)
    read = read_tensors(checkpoint, None, base=Path(), called=file)
    where = {"file": file, "card": card.name, "ignore": checkpoint.ignore, "available": read.available}
    return load_network(card.family, card.architecture, read.tensors, **where).to(device)
