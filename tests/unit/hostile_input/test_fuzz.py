"""Damaged and lying files for every reader of what a user brings: read, or refused in one sentence, in bounded memory."""

import io
import random
import tracemalloc
import zipfile

import numpy as np
import pytest

from semantic_bottleneck.data import archives
from semantic_bottleneck.errors import UserError
from tests.unit.hostile_input.readers import READERS, TRIED, npz

EACH = 40
"""Damaged files for each reader."""
MEMORY = 256 << 20
"""Bytes of Python and numpy that reading a file of a few kilobytes may take."""


def damaged(content: bytes, rng: random.Random) -> bytes:
    """A few bytes flipped, cut, repeated, or put in from a list of what readers stumble over."""
    result = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(result) + 1)
        how = rng.randrange(6)
        if how == 0 and result:
            result[min(at, len(result) - 1)] ^= 1 << rng.randrange(8)
        elif how == 1:
            del result[at:]
        elif how == 2:
            del result[at : at + rng.choice((1, 4, 40))]
        elif how == 3:
            result[at:at] = rng.choice(STUMBLING)
        elif how == 4:
            result[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\0\x80"))
        else:
            result[at:at] = result[: rng.choice((1, 16, 200))]
    return bytes(result)


STUMBLING = (
    *(
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\0",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\xe2\x80\xa8",
        b"\r",
        b"\t",
        b"$\\frac{",
        b"{0.__class__}",
    ),
    *(
        b"[" * 3000,
        b"{" * 3000,
        b'{"a":' * 3000,
        b"&a [*a]",
        b"!!python/object:os.system ",
        b"9" * 5000,
        b"-1",
        b"1e999",
        b"nan",
    ),
    *(
        b"extends: ../../etc/passwd\n",
        b"extends: [a]\n",
        b"extends: {}\n",
        b"extends: mine\n",
        b"../../../",
        b"%s%n",
        b"null",
        b"~",
    ),
)


def outcome(reader, content: bytes, folder, memory: int = MEMORY) -> str:
    """ "read" or "refused"; anything else is an error of the test."""
    reader.beside(folder)
    path = folder / reader.name
    path.write_bytes(content)
    tracemalloc.start()
    try:
        reader.read(path)
    except UserError as error:
        said = str(error)
        assert "\n" not in said
        assert len(said) < 1200
        return "refused"
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < memory, f"{peak:,} bytes"
    return "read"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_is_read_or_refused(name, tmp_path):
    reader = READERS[name]
    reader.beside(tmp_path)
    intact = reader.content or (tmp_path / reader.name).read_bytes()
    assert outcome(reader, intact, tmp_path) == "read"
    rng = random.Random(name)
    for number in range(EACH):
        content = damaged(intact, rng)
        try:
            TRIED[outcome(reader, content, tmp_path)] += 1
        except BaseException as error:
            raise AssertionError(f"{name}, file {number}: {content[:300]!r}") from error


HEADERS = [
    *(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
    ),
    *("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", "{'descr': '|V0', 'fortran_order': False, 'shape': (3,), }"),
    *(
        "{'descr': '|V1000000000', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<U9', 'fortran_order': False, 'shape': (3,), }",
    ),
    *(
        "{'descr': '(1000,1000,1000)f8', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': [('a', '<f8')], 'fortran_order': True, 'shape': (3,), }",
    ),
    *(
        "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 3), }",
        "{'descr': '<f8', 'fortran_order': 7, 'shape': (3,), }",
        "{'descr': '<f8', ",
    ),
    *(
        "{'descr': None, 'fortran_order': False, 'shape': (True,), }",
        "(" * 500,
        "{" * 9000,
        "'\\x",
        "\udcff",
        "9" * 5000,
        "{'shape': 3L}",
    ),
    *(
        "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
    ),
    f"{{'descr': '<c16', 'fortran_order': False, 'shape': {tuple(range(1, 40))}, }}",
]
ARRAYS = ["clip", "published reference", "own reference pictures", "statistics", "pictures to encode"]


def lying(names: list[str], header: str, version: int) -> bytes:
    """An .npz whose arrays have this header and hold 72 bytes."""
    text = header.encode("utf-8", "surrogateescape") + b"\n"
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(f"{name}.npy", b"\x93NUMPY" + bytes([version, 0]) + length + text + bytes(72))
    return stream.getvalue()


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.filterwarnings("ignore")
def test_a_lying_header_of_an_array_is_refused_or_harmless(name, tmp_path):
    with np.load(io.BytesIO(READERS[name].content)) as stored:
        names = list(stored)
    for header in HEADERS:
        for version in (1, 3):
            TRIED[outcome(READERS[name], lying(names, header, version), tmp_path)] += 1


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_unpacks_to_far_more(name, tmp_path):
    """32 MB of zeros in 32 kB for each array, where some kilobytes are meant: none of them is unpacked."""
    with np.load(io.BytesIO(READERS[name].content)) as stored:
        names = list(stored)
    content = npz(True, **{each: np.zeros((1 << 22) + 1) for each in names})
    assert len(content) < 1 << 20
    assert outcome(READERS[name], content, tmp_path, memory=24 << 20) == "refused"
    TRIED["refused"] += 1


def test_an_archive_beyond_the_stated_size(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST", 10)
    for name, sentence in (("IDX", "unpacks to more than 10 bytes"), ("CIFAR-10", "not CIFAR-10's binary version")):
        reader = READERS[name]
        reader.beside(tmp_path)
        (tmp_path / reader.name).write_bytes(reader.content)
        with pytest.raises(UserError, match=sentence):
            reader.read(tmp_path / reader.name)
