"""What people's training scripts save beside the weights, and calls of the same names with arguments made to harm."""

import argparse
import datetime
import io
import os
import pathlib
import pickle
import random
import types
import zipfile
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from semantic_bottleneck.checkpoints.harmless import HARMLESS
from tests.unit.checkpoints.conftest import pt_bytes, state_dict
from tests.unit.checkpoints.damage import Case
from tests.unit.checkpoints.hostile import Call, hostile_objects, zip_of

HONEST: dict[str, object] = {
    "numpy float": np.float64(0.31),
    "numpy integer": np.int64(7000),
    "numpy bool": np.bool_(True),
    "numpy text": np.str_("a"),
    "numpy time": np.datetime64("2025-01-01"),
    "numpy dtype": np.dtype("float32"),
    "numpy record": np.dtype([("a", "i4")]),
    "numpy type": np.float32,
    "numpy dtype's class": np.dtypes.Float64DType,
    "numpy array": np.arange(5.0),
    "numpy empty array": np.zeros((0, 3)),
    "numpy objects": np.array([{"a": 1}, "b"], dtype=object),
    "numpy's random state": np.random.RandomState(0).get_state(),
    "Python's random state": random.Random(0).getstate(),
    "path": Path("/data/imagenet"),
    "Windows path": pathlib.PureWindowsPath("c:/data"),
    "OrderedDict": OrderedDict(a=OrderedDict(b=1)),
    "defaultdict": defaultdict(list, {"loss": [0.5, 0.4]}),
    "defaultdict without factory": defaultdict(None, a=1),
    "nested defaultdict": defaultdict(dict, {"a": defaultdict(float, b=1.0)}),
    "Counter": Counter("aab"),
    "deque": deque([1, 2, 3], maxlen=3),
    "slice": slice(1, None, 2),
    "range": range(5),
    "sets": [{1, 2}, frozenset({3}), {frozenset({4}): 5}],
    "complex": 1j,
    "bytes": [b"", b"abc", bytearray(b"x")],
    "torch.Size": torch.Size([1, 2]),
    "torch dtypes": [torch.float32, torch.bfloat16, torch.bool, torch.float8_e4m3fn],
    "torch devices": [torch.device("cpu"), torch.device("cuda:1")],
    "torch layout": torch.strided,
    "torch version": torch.__version__,
    "namespaces": [argparse.Namespace(path=Path("a"), seed=np.int64(1)), types.SimpleNamespace(a=1)],
    "times": [datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC), datetime.timedelta(1), datetime.date(2025, 1, 1)],
    "types": [int, float, str, bool, list, tuple, dict, bytes],
    "keys that are no names": {(1, 2): 3, Path("a"): np.float32(1), None: 0},
}

MARK = "@@ what stands here is replaced @@"
HUGE = 1 << 62


def planted(weights: Mapping[str, torch.Tensor], opcodes: bytes, legacy: bool = False) -> bytes:
    """A file of `weights` and of one entry `extra` that is whatever `opcodes` leave on the stack."""
    content = pt_bytes({"extra": [MARK], **weights}, legacy)
    place = value(MARK)
    if legacy:
        assert content.count(place) == 1
        return content.replace(place, opcodes)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        records = {name.removeprefix("archive/"): archive.read(name) for name in archive.namelist()}
    storages = {name.removeprefix("data/"): data for name, data in records.items() if name.startswith("data/")}
    pickled = records["data.pkl"]
    assert pickled.count(place) == 1
    return zip_of(pickled.replace(place, opcodes), storages)


def value(content: object) -> bytes:
    """Opcodes that leave a plain value on the stack, nothing memoised."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=2)
    pickler.fast = True
    pickler.dump(content)
    return buffer.getvalue()[2:-1]


def named(name: str) -> bytes:
    """Opcodes that leave the global `module.name`."""
    module, _, last = name.rpartition(".")
    return f"c{module}\n{last}\n".encode()


def called(name: str, *arguments: bytes, new: bool = False) -> bytes:
    """Opcodes of a call (REDUCE), or of `__new__` (NEWOBJ)."""
    return named(name) + b"(" + b"".join(arguments) + b"t" + (b"\x81" if new else b"R")


def harm(sentinel: Path) -> dict[str, bytes]:
    """Calls of admitted names that would fail, take any amount of memory or worse if the names were the classes themselves."""
    evil = value(pickle.dumps(Call(os.system, f"touch {sentinel}"), protocol=2))
    objects = called("numpy.dtype", value("O"), value(False), value(True))
    objects += value((3, "|", None, None, None, -1, -1, 63)) + b"b"
    array = called("numpy._core.multiarray._reconstruct", named("numpy.ndarray"), value((0,)), value(b"b"))
    return {
        "scalar of a pickle": called("numpy._core.multiarray.scalar", objects, evil),
        "scalar of a pickle, numpy 1": called("numpy.core.multiarray.scalar", objects, evil),
        "array of objects": array + b"(" + value(1) + value((1,)) + objects + value(False) + evil + b"t" + b"b",
        "huge array": called("numpy.ndarray", value((HUGE,))),
        "huge reconstruction": called(
            "numpy._core.multiarray._reconstruct", named("numpy.ndarray"), value((HUGE,)), value(b"b")
        ),
        "huge scalar": called("numpy.dtype", value(f"V{1 << 30}")),
        "huge bytes": called("builtins.bytes", value(HUGE)),
        "huge range in a tuple": called("builtins.tuple", called("builtins.range", value(HUGE))),
        "huge list": called("builtins.list", called("builtins.range", value(HUGE))),
        "huge deque": called("collections.deque", called("builtins.range", value(HUGE))),
        "huge frozenset": called("builtins.frozenset", called("builtins.range", value(HUGE))),
        "slow integer": called("builtins.int", value("9" * 4000), value(10)),
        "factory": called("collections.defaultdict", named("builtins.bytes")),
        "path of a device": called("pathlib.PosixPath", value("/dev/sda")),
        "path on Python 3.13": called("pathlib._local.PosixPath", value("a"), new=True),
        "state with slots": called("argparse.Namespace") + value((None, {"__class__": 1})) + b"b",
    }


def harmless_call(rng: random.Random, sentinel: Path) -> Case:
    """Names of the allow-list with any arguments, in any nesting, sometimes with one of those that must be refused inside."""
    weights = state_dict(layers=1)
    opcodes = rng.choice(list(harm(sentinel).values())) if rng.random() < 0.2 else _any(rng, sentinel, 3)
    return Case("admitted name", planted(weights, opcodes, legacy=rng.random() < 0.3), weights)


def _any(rng: random.Random, sentinel: Path, depth: int) -> bytes:
    """Opcodes that leave one thing on the stack, if they are not refused."""
    kind = rng.random()
    if depth == 0 or kind < 0.3:
        evil = pickle.dumps(rng.choice(list(hostile_objects(sentinel).values())), protocol=2)
        plain = (0, -1, HUGE, -HUGE, 0.5, None, True, "", "O", "a" * 300, evil, b"", (), [], {}, (HUGE, HUGE), {"a": [1]})
        return value(rng.choice(plain))
    name = rng.choice(list(HARMLESS))
    if kind < 0.4:
        return named(name)
    if kind < 0.43:
        name = rng.choice(("os.system", "builtins.eval", "builtins.getattr", "numpy.load", "pathlib.Path.touch"))
    opcodes = called(name, *(_any(rng, sentinel, depth - 1) for _ in range(rng.randrange(4))), new=rng.random() < 0.3)
    if rng.random() < 0.2:
        opcodes += _any(rng, sentinel, depth - 1) + b"b"
    if rng.random() < 0.2:
        things = [_any(rng, sentinel, depth - 1) for _ in range(2 * rng.randrange(3))]
        opcodes += b"(" + b"".join(things) + rng.choice((b"u", b"e"))
    return opcodes
