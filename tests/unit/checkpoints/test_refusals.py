"""What is refused, in which words; the rest of the file does not matter."""

import io
import json
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.checkpoints.layout import TensorLayout, check_layout
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.errors import UserError
from tests.sections import checkpoint_of
from tests.unit.checkpoints.conftest import pt_bytes
from tests.unit.checkpoints.hostile import Call, hostile_objects, zip_of
from tests.unit.checkpoints.server import FileServer, Served

CARD = {"files": [{"url": "a.pt"}]}
CALLS = {
    "os.system": "posix.system",
    "eval": "eval",
    "subprocess": "commands.Popen",
    "torch.load": "torch.serialization.load",
}


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("name", sorted(CALLS))
def test_hostile_pickles_are_named_and_not_run(tmp_path, weights, name, legacy):
    sentinel = tmp_path / "executed"
    content = pt_bytes({**weights, "args": hostile_objects(sentinel)[name]}, legacy)
    (tmp_path / "a.pt").write_bytes(content)
    message = rf"asks to run {CALLS[name]}, which is not on the list of harmless classes \(numpy's numbers"
    with pytest.raises(UserError, match=message):
        read_tensors(checkpoint_of(CARD), ["half"], base=tmp_path)
    assert not sentinel.exists()


def test_hostile_download_leaves_nothing(tmp_path, weights, patience):
    sentinel = tmp_path / "executed"
    content = pt_bytes({**weights, "args": hostile_objects(sentinel)["os.system"]})
    arguments = {"lock": tmp_path / "lock.json", "base": tmp_path, "patience": patience}
    with FileServer({"a.pt": Served(content)}) as server, pytest.raises(UserError, match="asks to run"):
        fetch_checkpoint(checkpoint_of({"files": [{"url": server.url("a.pt")}]}), tmp_path / "out" / "a", **arguments)
    assert list((tmp_path / "out").iterdir()) == []
    assert not sentinel.exists()
    assert not (tmp_path / "lock.json").exists()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("container", ["pt", "legacy", "safetensors"])
def test_values_that_are_not_finite(tmp_path, weights, bad, dtype, container):
    spoilt = {"fine": torch.ones(3), "spoilt": torch.tensor([1.0, bad, 2.0]).to(dtype)}
    if container == "safetensors":
        save_file(spoilt, tmp_path / "a.pt")
    else:
        (tmp_path / "a.pt").write_bytes(pt_bytes(spoilt, container == "legacy"))
    with pytest.raises(UserError, match=r"a\.pt: tensor 'spoilt' holds NaN or infinity"):
        read_tensors(checkpoint_of(CARD), None, base=tmp_path)
    assert list(read_tensors(checkpoint_of(CARD), ["fine"], base=tmp_path).tensors) == ["fine"]


def test_eight_bit_floats_are_checked_too(tmp_path):
    save_file({"spoilt": torch.tensor([1.0, float("inf")]).to(torch.float8_e5m2)}, tmp_path / "a.pt")
    with pytest.raises(UserError, match="'spoilt' holds NaN or infinity"):
        read_tensors(checkpoint_of(CARD), None, base=tmp_path)


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (lambda: torch.empty(3, device="meta"), "tensor 'odd' is sparse, quantised or without data"),
        (lambda: torch.ones(3, 3).to_sparse(), "is damaged or holds more than weights"),
    ],
)
def test_tensors_without_plain_numbers(tmp_path, odd, message):
    (tmp_path / "a.pt").write_bytes(pt_bytes({"odd": odd()}))
    with pytest.raises(UserError, match=message):
        read_tensors(checkpoint_of(CARD), None, base=tmp_path)


def test_files_of_another_make(tmp_path, weights):
    content = pt_bytes(weights)
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as original, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in original.infolist():
            archive.writestr(info.filename, original.read(info))
    pickled = zipfile.ZipFile(io.BytesIO(content)).read("archive/data.pkl")
    cases = {
        "was compressed or encrypted": packed.getvalue(),
        "big-endian": zip_of(pickled, {}, byteorder=b"big"),
        "is a TorchScript program": zip_of(pickled, {}, **{"constants.pkl": b""}),
        "holds a list": pt_bytes([1, 2]),
        "it holds epoch": pt_bytes({"epoch": 3}),
        "zip directory is unreadable": content[:-30],
        "is damaged or holds more than weights": pt_bytes(Call(bytearray, -1)),
    }
    for message, wrong in cases.items():
        (tmp_path / "a.pt").write_bytes(wrong)
        with pytest.raises(UserError, match=message):
            read_tensors(checkpoint_of(CARD), None, base=tmp_path)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([{"url": "ftp://x/y"}], "cannot read ftp://"),
        ([{"url": "hf://owner/name"}], "is incomplete"),
        ([{"url": "gdrive:!"}], "no Google Drive file id"),
        ([{"url": "http://[/"}], "is no address"),
    ],
)
def test_cards_with_mistakes(tmp_path, files, message):
    with pytest.raises(UserError, match=message):
        read_tensors(checkpoint_of({"files": files}), None, base=tmp_path)


@pytest.mark.parametrize(
    "layout",
    [
        TensorLayout("0", torch.float32, (3, 2), (2, 1), 1),
        TensorLayout("0", torch.float32, (3,), (3,)),
        TensorLayout("0", torch.float32, (2,), (-1,), 1),
        TensorLayout("0", torch.float32, (2,), (1,), -1),
        TensorLayout("0", torch.float32, (1 << 40,), (0,)),
        TensorLayout("0", torch.float64, (6,), (1,)),
        TensorLayout("0", torch.float32, (0, 1 << 62, 3), (3, 3, 1)),
    ],
)
def test_tensors_outside_their_storage(layout):
    check_layout("x", TensorLayout("0", torch.float32, (3, 2), (2, 1)), 24, "a.pt")
    with pytest.raises(UserError, match=r"a\.pt: tensor 'x' of shape .* does not fit its 24 bytes"):
        check_layout("x", layout, 24, "a.pt")


@pytest.mark.parametrize("spans", [[(0, 16), (8, 24)], [(0, 16), (24, 40)], [(8, 24), (24, 40)], [(0, 16), (0, 16)]])
def test_safetensors_with_overlaps_or_holes(tmp_path, spans):
    header = {f"t{index}": {"dtype": "F32", "shape": [4], "data_offsets": span} for index, span in enumerate(spans)}
    text = json.dumps(header).encode()
    (tmp_path / "a.pt").write_bytes(len(text).to_bytes(8, "little") + text + bytes(max(stop for _, stop in spans)))
    with pytest.raises(UserError, match="overlap or leave holes"):
        read_tensors(checkpoint_of(CARD), None, base=tmp_path)
