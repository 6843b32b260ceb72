"""Damaged and hostile checkpoints, made from a source of randomness, and the judgement of what became of them."""

import io
import json
import os
import pickle
import random
import struct
import subprocess
import tarfile
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors

from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.errors import UserError
from tests.unit.checkpoints.conftest import pt_bytes, state_dict, trainer_file

NAME = "file.pt"


@dataclass(frozen=True)
class Case:
    """A file as it lies there, what it was made from, and the reader to compare a success with."""

    kind: str
    content: bytes
    original: Mapping[str, torch.Tensor]
    reference: Callable[[bytes], object] | None = None


# ---------------------------------------------------------------- whole containers, intact


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
    return {
        "pt": (pt_bytes(weights), weights, None),
        "pt of a trainer": (pt_bytes(trainer_file(weights, {})), weights, None),
        "safetensors": (save_safetensors(weights), weights, load_safetensors),
        "legacy pt": (pt_bytes(weights, legacy=True), weights, load_legacy),
        "zip in zip": (zipped.getvalue(), weights, None),
        "tar.gz": (tarred.getvalue(), weights, None),
    }


def load_legacy(content: bytes) -> object:
    """torch's own reader."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(io.BytesIO(content), weights_only=True)


# ---------------------------------------------------------------- random damage


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


# ---------------------------------------------------------------- pickles made to harm


class Call:
    """Pickles as a call."""

    def __init__(self, function: Callable, *arguments):
        self._call = (function, arguments)

    def __reduce__(self):
        return self._call


def hostile_objects(sentinel: Path) -> dict[str, object]:
    """Objects that would create `sentinel` if they were unpickled naively."""
    command, code = f"touch {sentinel}", f"open({str(sentinel)!r}, 'w').close()"
    return {
        "os.system": Call(os.system, command),
        "subprocess": Call(subprocess.Popen, ["touch", str(sentinel)]),
        "eval": Call(eval, f"__import__('os').system({command!r})"),
        "exec": Call(exec, code),
        "open": Call(open, str(sentinel), "w"),
        "getattr": Call(getattr, Call(__import__, "os"), "system"),
        "path.touch": Call(Path.touch, Call(Path, str(sentinel))),
        "torch.load": Call(torch.load, str(sentinel), None),
        "torch.hub": Call(torch.hub.load, "x/y", "z"),
        "torch.save": Call(torch.save, {}, str(sentinel)),
        "hooks": Call(torch._utils._rebuild_from_type_v2 if hasattr(torch._utils, "_rebuild_from_type_v2") else eval, code),
        "huge bytes": Call(bytearray, 1 << 60),
    }


def hostile(rng: random.Random, sentinel: Path) -> Case:
    """A hostile object beside honest weights, in any place, protocol and container."""
    name, harm = rng.choice(sorted(hostile_objects(sentinel).items()))
    weights = state_dict(layers=1)
    content = rng.choice(
        (
            {"weight": harm},
            {**weights, "extra": harm},
            trainer_file(weights, {}) | {"opt": harm},
            harm,
            {**weights, "args": [({"deep": harm},)]},
            OrderedDict([("x", harm), *weights.items()]),
        )
    )
    legacy = rng.random() < 0.3
    if rng.random() < 0.4:
        return Case(f"hostile {name} raw", zip_of(pickle.dumps(content, protocol=rng.randrange(5)), {}), weights)
    return Case(f"hostile {name}", pt_bytes(content, legacy), weights)


OPCODES = b"(.012FIJKLMNPQRSTUVXabcdeghijloprstu}]q\x80\x81\x82\x83\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8e\x8f\x90\x91\x92\x93\x94\x95\x96"


def random_pickle(rng: random.Random, sentinel: Path) -> Case:
    """Opcodes at random, some of them naming os.system."""
    names = [b"cos\nsystem\n", b"ios\nsystem\n", b"cposix\nsystem\n", b"cargparse\nNamespace\n", b"ctorch\nTensor\n"]
    names += [b"ccollections\nOrderedDict\n", f"Vtouch {sentinel}\n".encode(), b"ctorch._utils\n_rebuild_tensor_v2\n", b"R", b"b"]
    pieces = [rng.choice((rng.choice(names), bytes([rng.choice(OPCODES)]), bytes([rng.randrange(256)]))) for _ in range(40)]
    head = pickle.dumps({"a": 1}, protocol=2)[:-1] if rng.random() < 0.5 else b"\x80\x02"
    return Case("random opcodes", zip_of(head + b"".join(pieces) + b".", {"0": bytes(16)}), {})


# ---------------------------------------------------------------- containers that lie about themselves


class Stored:
    """A reference to a storage, as torch pickles it."""

    def __init__(self, key: str, storage_type: type, numel: int):
        self.id = ("storage", storage_type, key, "cpu", numel)


class StoragePickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> tuple | None:
        return obj.id if isinstance(obj, Stored) else None


def zip_of(pickled: bytes, storages: Mapping[str, bytes], root: str = "archive", **records: bytes) -> bytes:
    """A .pt zip with correct checksums around any contents."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(f"{root}/data.pkl", pickled)
        archive.writestr(f"{root}/version", "3\n")
        for name, content in {**{f"data/{key}": value for key, value in storages.items()}, **records}.items():
            archive.writestr(f"{root}/{name}", content)
    return buffer.getvalue()


def wrong_layout(rng: random.Random) -> Case:
    """Tensors whose dtype, shape, stride, offset or storage size do not fit the bytes."""
    number = lambda *usual: rng.choice((*usual, *usual, 0, -1, 1 << 31, 1 << 62, rng.randrange(-9, 99)))  # noqa: E731
    types = [torch.FloatStorage, torch.DoubleStorage, torch.HalfStorage, torch.LongStorage, torch.BoolStorage, torch.QInt8Storage]
    storage = Stored(rng.choice(("0", "0", "1", "x")), rng.choice(types), number(6))
    size = tuple(number(2, 3) for _ in range(rng.randrange(4)))
    stride = tuple(number(3, 1) for _ in range(len(size) + rng.choice((0, 0, 0, 1))))
    tensor = Call(torch._utils._rebuild_tensor_v2, storage, number(0), size, stride, False, OrderedDict())
    buffer = io.BytesIO()
    StoragePickler(buffer, protocol=2).dump({"weight": tensor})
    values = struct.pack("<6f", 1, 2, 3, 4, 5, rng.choice((6.0, float("nan"), float("inf"))))
    return Case("wrong layout", zip_of(buffer.getvalue(), {"0": values[: rng.choice((24, 24, 20, 0))]}), {}, load_legacy)


def lying_zip(rng: random.Random) -> Case:
    """A central directory whose sizes, offsets, methods or names were changed, or records that are there twice."""
    weights = state_dict(layers=1)
    content = bytearray(pt_bytes(weights))
    entries = [at for at in range(len(content) - 46) if content[at : at + 4] == b"PK\x01\x02"]
    for _ in range(rng.choice((1, 2, 5))):
        entry = rng.choice(entries)
        at, width = rng.choice(((10, 2), (8, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (42, 4), (46, 4)))
        value = rng.choice((0, 1, (1 << (8 * width)) - 1, rng.randrange(1 << (8 * width)), rng.randrange(len(content)) % (1 << (8 * width))))
        content[entry + at : entry + at + width] = value.to_bytes(width, "little")
    return Case("lying zip directory", bytes(content), weights)


def odd_zip(rng: random.Random) -> Case:
    """Zips that are no checkpoint, or two, or one inside another."""
    weights = state_dict(layers=1)
    inner = pt_bytes(weights)
    pickled = pickle.dumps({"a": 1}, protocol=2)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inner.zip", inner)
    nested = buffer.getvalue()
    for _ in range(rng.randrange(3)):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(rng.choice(("a.pt", "../../a.pt", "/a.pt", "a.zip")), nested)
        nested = buffer.getvalue()
    content = rng.choice(
        (
            nested,
            zip_of(pickled, {}, byteorder=b"big"),
            zip_of(pickled, {"0": b""}, **{"data.pkl": pickled}),
            zip_of(pickled, {}, **{"constants.pkl": pickled}),
            zip_of(pickled, {"9" * 5000: b"", "../x": b"", "\udc80".encode("utf-8", "surrogatepass").decode("latin1"): b""}),
            zip_of(b"", {}),
            inner + inner,
            b"PK\x05\x06" + bytes(18),
        )
    )
    return Case("odd zip", content, weights)


def odd_safetensors(rng: random.Random) -> Case:
    """Headers that are too long, too deep, repeated, negative, overlapping or of unknown types."""
    number = lambda *usual: rng.choice((*usual, *usual, -1, 1 << 40, 1 << 70, 0.5, "2", None, True))  # noqa: E731
    entry = {"dtype": rng.choice(("F32", "F32", "F64", "I8", "F4", 7)), "shape": [number(2), number(2)], "data_offsets": [number(0), number(16)]}
    header = {"a": entry, "b": {"dtype": "F32", "shape": [number(1)], "data_offsets": [number(16), number(20)]}}
    text = rng.choice(
        (
            json.dumps(header),
            json.dumps(header),
            json.dumps(header)[:-1] + "," + json.dumps(header)[1:],
            '{"a":' * 100_000,
            json.dumps({"a": {}}),
            json.dumps({"__metadata__": [1], **header}),
            "[]",
            '{"a": NaN}',
        )
    ).encode()
    length = rng.choice((len(text), len(text), len(text), len(text) - 1, len(text) + 21, 1 << 63, (1 << 64) - 1, 100_000_001))
    return Case("odd safetensors", length.to_bytes(8, "little") + text + struct.pack("<5f", 1, 2, 3, 4, 5), {}, load_safetensors)


# ---------------------------------------------------------------- trying and judging


INTACT = originals()


def draw(rng: random.Random, sentinel: Path) -> Case:
    """Any case: half are random damage, the others made to harm."""
    if rng.random() < 0.5:
        kind, (content, weights, reference) = rng.choice(list(INTACT.items()))
        damage, content = damaged(content, rng)
        return Case(f"{kind}: {damage}", content, weights, reference)
    if rng.random() < 0.4:
        return rng.choice((hostile, random_pickle))(rng, sentinel)
    return rng.choice((wrong_layout, lying_zip, odd_zip, odd_safetensors))(rng)


def attempt(case: Case, folder: Path, sentinel: Path) -> str:
    """Read and fetch the file in the empty `folder`; returns "read" or "refused".

    Raises:
        AssertionError: anything but the right bytes or one sentence happened, something ran, or something was left.
    """
    (folder / NAME).write_bytes(case.content)
    card = {"files": [{"url": NAME}], "keys": ["ema"]}
    outcome = "read"
    try:
        found = read_tensors(card, None, base=folder, cache=folder / "cache").tensors
    except UserError as error:
        assert_sentence(error)
        outcome = "refused"
    else:
        assert same(found, case.original) or (case.reference and same(found, case.reference(case.content))), case.kind
    target = folder / "fetched" / "file"
    try:
        fetch_checkpoint(card, target, lock=None, base=folder)
    except UserError as error:
        assert_sentence(error)
        assert not target.exists(), case.kind
    else:
        assert target.read_bytes() == case.content, case.kind
    left = {path.name for path in folder.rglob("*") if path.is_file()} - {NAME, "file"}
    assert not left, (case.kind, left)
    assert not sentinel.exists(), case.kind
    return outcome


def assert_sentence(error: UserError) -> None:
    """One line that names the file."""
    text = str(error)
    assert NAME in text, text
    assert "\n" not in text, text
    assert text.endswith("."), text
    assert len(text) < 700, text


def same(found: Mapping[str, torch.Tensor], expected: object) -> bool:
    """Equal names, dtypes, shapes and bytes (of the tensors in `expected`)."""
    if not isinstance(expected, Mapping):
        return False
    tensors = {name: value for name, value in expected.items() if isinstance(name, str) and isinstance(value, torch.Tensor)}
    return found.keys() == tensors.keys() and all(
        found[name].dtype == value.dtype and found[name].shape == value.shape and torch.equal(found[name], value)
        for name, value in tensors.items()
    )
