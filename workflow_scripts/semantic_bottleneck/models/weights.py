"""A model card and a checkpoint on disk -> a network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from semantic_bottleneck.checkpoints.parts import parts_of
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.files import checkpoint_origin
from semantic_bottleneck.models.loading import load_network


def checkpoint_at(card: Mapping, path: str | Path) -> dict[str, Any]:
    """The card's `checkpoint` mapping pointed at a file on disk; models trained here use the official containers."""
    file: dict[str, Any] = {"url": str(path), "mirrors": [], "size": None, "sha256": None}
    if card.get("training"):
        key = card["training"]["container"]["key"]
        return {"files": [file], "container": "pt", "keys": [key] if key else [], "prefix": "", "ignore": []}
    return {**card["checkpoint"], "files": [file]}


def address_of(card: Mapping, path: str | Path | None = None) -> str:
    """What sentences call a card's file: the address that the card gives, and the copy of it that is read."""
    if card.get("training"):
        return str(path)
    address = str(card["checkpoint"]["files"][0]["url"])
    here = path is None or Path(path).resolve() == Path(address).resolve()
    return address if here else f"{address} (copied to {path})"


def origin_of(card: Mapping, path: str | Path) -> dict[str, str]:
    """What the metadata of results say of the weights at `path`: the card's address (trained here: the file), its sha256."""
    fetched = "" if card.get("training") else " ".join(part.name for part in parts_of(card["checkpoint"], Path()))
    return checkpoint_origin.origin_of(path, fetched)


def load_weights(card: Mapping, path: str | Path, device: str) -> nn.Module:
    """The network of a card (name, family, architecture, checkpoint or training) in eval mode on `device`."""
    checkpoint = checkpoint_at(card, path)
    file = address_of(card, path)
    read = read_tensors(checkpoint, None, base=Path(), called=file)
    where = {"file": file, "card": card["name"], "ignore": checkpoint["ignore"], "available": read.available}
    return load_network(card["family"], card["architecture"], read.tensors, **where).to(device)
