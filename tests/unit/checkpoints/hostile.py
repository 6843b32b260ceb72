"""Checkpoints whose pickles were made to harm, with valid checksums around them."""

import io
import os
import pickle
import random
import subprocess
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from tests.unit.checkpoints.conftest import pt_bytes, state_dict, trainer_file
from tests.unit.checkpoints.damage import Case


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


OPCODES = b"(.012FIJKLMNPQRSTUVXabcdeghijloprstu}]q" + bytes([*range(0x80, 0x8D), *range(0x8E, 0x97)])


def random_pickle(rng: random.Random, sentinel: Path) -> Case:
    """Opcodes at random, some of them naming os.system."""
    names = [
        f"Vtouch {sentinel}\n".encode(),
        b"cos\nsystem\n",
        b"ios\nsystem\n",
        b"cposix\nsystem\n",
        b"cargparse\nNamespace\n",
        b"ctorch\nTensor\n",
    ]
    names += [
        b"ccollections\nOrderedDict\n",
        f"Vtouch {sentinel}\n".encode(),
        b"ctorch._utils\n_rebuild_tensor_v2\n",
        b"cnumpy._core.multiarray\nscalar\n",
        b"cnumpy\ndtype\n",
        b"ccollections\ndefaultdict\n",
        b"cpathlib\nPosixPath\n",
        b"R",
        b"b",
    ]
    pieces = [rng.choice((rng.choice(names), bytes([rng.choice(OPCODES)]), bytes([rng.randrange(256)]))) for _ in range(40)]
    head = pickle.dumps({"a": 1}, protocol=2)[:-1] if rng.random() < 0.5 else b"\x80\x02"
    return Case("random opcodes", zip_of(head + b"".join(pieces) + b".", {"0": bytes(16)}), {})


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
