"""Containers that are not what they say: sizes, offsets, shapes, dtypes, headers."""

import io
import itertools
import json
import operator
import pickle
import random
import struct
import zipfile
from collections import OrderedDict

import torch
from safetensors.torch import load as load_safetensors

from tests.unit.checkpoints.conftest import pt_bytes, state_dict
from tests.unit.checkpoints.damage import Case
from tests.unit.checkpoints.hostile import Call, zip_of


class Stored:
    """A reference to a storage, as torch pickles it."""

    def __init__(self, key: str, storage_type: type, numel: int):
        self.id = ("storage", storage_type, key, "cpu", numel)


class StoragePickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> tuple | None:
        return obj.id if isinstance(obj, Stored) else None


def wrong_layout(rng: random.Random) -> Case:
    """Tensors whose dtype, shape, stride, offset or storage size do not fit the bytes."""

    def number(*usual: int) -> int:
        return rng.choice((*usual * 20, 0, -1, 1 << 31, 1 << 62, rng.randrange(-9, 99)))

    dtype, kind = rng.choice(
        [(torch.float32, "Float")] * 4 + [(torch.float64, "Double"), (torch.float16, "Half"), (torch.bool, "Bool")]
    )
    storage = Stored(rng.choice(("0",) * 9 + ("1", "x")), getattr(torch, f"{kind}Storage"), number(6))
    size = tuple(number(2, 3) for _ in range(rng.randrange(4)))
    stride = tuple(number(3, 1) for _ in range(len(size) + rng.choice((0, 0, 0, 1))))
    offset = number(0)
    tensor = Call(torch._utils._rebuild_tensor_v2, storage, offset, size, stride, False, OrderedDict())
    buffer = io.BytesIO()
    StoragePickler(buffer, protocol=2).dump({"weight": tensor})
    values = struct.pack("<6f", 1, 2, 3, 4, 5, rng.choice((6.0, float("nan"), float("inf"))))
    values = values[: rng.choice((24, 24, 24, 24, 20, 0))]
    content = zip_of(buffer.getvalue(), {"0": values})
    return Case("wrong layout", content, {}, lambda _: {"weight": strided(values, dtype, size, stride, offset)})


def strided(values: bytes, dtype: torch.dtype, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> torch.Tensor:
    """The view of `values` that size, stride and offset describe, element by element; IndexError if there is none.

    A negative stride means a contiguous dimension, as in torch's own reader.
    """
    if 0 in size:
        return torch.empty(size, dtype=dtype)
    steps = list(stride)
    for place in reversed(range(len(size))):
        if steps[place] < 0:
            steps[place] = size[place + 1] * steps[place + 1] if place + 1 < len(size) else 1
    stored = torch.frombuffer(bytearray(values), dtype=dtype)
    places = [offset + sum(map(operator.mul, index, steps)) for index in itertools.product(*map(range, size))]
    if min(places, default=0) < 0:
        raise IndexError(min(places))
    return stored[torch.tensor(places, dtype=torch.int64)].reshape(size)


def lying_zip(rng: random.Random) -> Case:
    """A central directory whose sizes, offsets, methods or names were changed, or records that are there twice."""
    weights = state_dict(layers=1)
    content = bytearray(pt_bytes(weights))
    entries = [at for at in range(len(content) - 46) if content[at : at + 4] == b"PK\x01\x02"]
    for _ in range(rng.choice((1, 2, 5))):
        entry = rng.choice(entries)
        at, width = rng.choice(((10, 2), (8, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (42, 4), (46, 4)))
        largest = (1 << (8 * width)) - 1
        value = rng.choice((0, 1, largest, rng.randrange(largest), rng.randrange(len(content)) & largest))
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

    def number(*usual: int) -> object:
        return rng.choice((*usual * 40, -1, 1 << 40, 1 << 70, 0.5, "2", None, True))

    entry = {
        "dtype": rng.choice((*["F32"] * 6, "I32", "F64", "I8", "F4", 7)),
        "shape": [number(2), number(2)],
        "data_offsets": [number(0), number(16)],
    }
    header = {"a": entry, "b": {"dtype": "F32", "shape": [number(1)], "data_offsets": [number(16), number(20)]}}
    text = rng.choice(
        (
            *[json.dumps(header)] * 6,
            json.dumps(header)[:-1] + "," + json.dumps(header)[1:],
            '{"a":' * 100_000,
            json.dumps({"a": {}}),
            json.dumps({"__metadata__": [1], **header}),
            "[]",
            '{"a": NaN}',
        )
    ).encode()
    length = rng.choice((*[len(text)] * 8, len(text) - 1, len(text) + 21, 1 << 63, (1 << 64) - 1, 100_000_001))
    values = struct.pack("<5f", 1, 2, 3, 4, 5)
    return Case("odd safetensors", length.to_bytes(8, "little") + text + values, {}, load_safetensors)
