"""Intact checkpoints of every container, and random damage to them."""

import io
import random
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors

from semantic_bottleneck.checkpoints.harmless import HARMLESS
from tests.unit.checkpoints.conftest import pt_bytes, state_dict, trainer_file


@dataclass(frozen=True)
class Case:
    """A file as it lies there, what it was made from, and the reader to compare a success with."""

    kind: str
    content: bytes
    original: Mapping[str, torch.Tensor]
    reference: Callable[[bytes], object] | None = None


def originals() -> dict[str, tuple[bytes, dict[str, torch.Tensor], Callable[[bytes], object] | None]]:
    """Intact files by container: bytes, tensors, reference reader of damaged ones (None: checksums decide)."""
    weights = {name: value.contiguous() for name, value in state_dict(layers=2).items()}
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/inner.pt", pt_bytes(weights))
        archive.writestr("notes.txt", "hello")
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        member = tarfile.TarInfo("inner.pt")
        member.size = len(pt_bytes(weights))
        archive.addfile(member, io.BytesIO(pt_bytes(weights)))
    # Imported here, since what stands beside the weights is itself tried with damage.
    from tests.unit.checkpoints.beside import HONEST

    company = trainer_file(weights, {}) | HONEST
    return {
        "pt": (pt_bytes(weights), weights, None),
        "pt of a trainer": (pt_bytes(trainer_file(weights, {})), weights, None),
        "pt with company": (pt_bytes(company), weights, None),
        "legacy pt with company": (pt_bytes(company, legacy=True), weights, load_legacy),
        "safetensors": (save_safetensors(weights), weights, load_safetensors),
        "legacy pt": (pt_bytes(weights, legacy=True), weights, load_legacy),
        "zip in zip": (zipped.getvalue(), weights, None),
        "tar.gz": (tarred.getvalue(), weights, None),
    }


def load_legacy(content: bytes) -> object:
    """torch's own reader, with our stand-ins; the weights under `ema` if that is there."""
    stand_ins = [(stand_in, name) for name, stand_in in HARMLESS.items()]
    with warnings.catch_warnings(), torch.serialization.safe_globals(stand_ins):
        warnings.simplefilter("ignore")
        tree = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return tree["ema"] if isinstance(tree, Mapping) and "ema" in tree else tree


def damaged(content: bytes, rng: random.Random) -> tuple[str, bytes]:
    """One to three kinds of damage at random places; the ends, where directories lie, are hit more often."""
    kinds = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        kind = rng.choice((truncate, flip, flip, flip, overwrite, remove, insert, swap))
        kinds.append(kind.__name__)
        content = bytes(kind(bytearray(content), rng))
    return "+".join(kinds), content


def place(content: bytearray, rng: random.Random) -> int:
    """A position, one time in three near either end."""
    near = min(len(content), 600)
    return rng.choice((rng.randrange(len(content) + 1), rng.randrange(near + 1), len(content) - rng.randrange(near + 1)))


def truncate(content: bytearray, rng: random.Random) -> bytearray:
    return content[: place(content, rng)]


def flip(content: bytearray, rng: random.Random) -> bytearray:
    for _ in range(rng.choice((1, 1, 2, 8))):
        if content:
            content[min(place(content, rng), len(content) - 1)] ^= 1 << rng.randrange(8)
    return content


def overwrite(content: bytearray, rng: random.Random) -> bytearray:
    start, length = place(content, rng), rng.choice((1, 4, 8, 64))
    content[start : start + length] = bytes([rng.choice((0, 255, rng.randrange(256)))]) * length
    return content


def remove(content: bytearray, rng: random.Random) -> bytearray:
    start = place(content, rng)
    del content[start : start + rng.choice((1, 3, 64, 400))]
    return content


def insert(content: bytearray, rng: random.Random) -> bytearray:
    start = place(content, rng)
    content[start:start] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 8, 50))))
    return content


def swap(content: bytearray, rng: random.Random) -> bytearray:
    """Two stretches change places, as when parts of a release are joined in the wrong order."""
    middle = place(content, rng)
    return content[middle:] + content[:middle]
