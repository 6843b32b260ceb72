"""What addresses mean."""

from pathlib import Path

import pytest

from semantic_bottleneck.checkpoints.drive import confirmation_url
from semantic_bottleneck.checkpoints.sources import locate, sibling

BASE = Path("/base")
DRIVE = "https://drive.usercontent.google.com/download?id=1aB-cD_eFgHiJ&export=download&confirm=t"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://host/a.pt?x=1", "https://host/a.pt?x=1"),
        ("hf://shgao/MDT-XL2/mdt_xl2_v2_ckpt.pt", "https://huggingface.co/shgao/MDT-XL2/resolve/main/mdt_xl2_v2_ckpt.pt"),
        ("hf://o/r/dir/a b.pt@refs/pr/1", "https://huggingface.co/o/r/resolve/refs%2Fpr%2F1/dir/a%20b.pt"),
        ("gdrive:1aB-cD_eFgHiJ", DRIVE),
        ("https://drive.google.com/file/d/1aB-cD_eFgHiJ/view?usp=sharing", DRIVE),
        ("https://drive.google.com/uc?id=1aB-cD_eFgHiJ&export=download", DRIVE),
        ("https://www.dropbox.com/scl/fi/x/last.pt?rlkey=y", "https://www.dropbox.com/scl/fi/x/last.pt?rlkey=y&dl=1"),
        (
            "https://www.dl.dropboxusercontent.com/scl/fi/x/last.pt?rlkey=y&st=z&dl=0",
            "https://www.dl.dropboxusercontent.com/scl/fi/x/last.pt?rlkey=y&st=z&dl=1",
        ),
        ("https://notdropbox.com/a?dl=0", "https://notdropbox.com/a?dl=0"),
    ],
)
def test_urls(monkeypatch, address, url):
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert locate(address, BASE).url == url
    assert locate(address, BASE).name == address


def test_paths_and_members(tmp_path):
    assert locate("results/a.pt", BASE).path == BASE / "results" / "a.pt"
    assert locate("/x/a.pt", BASE).path == Path("/x/a.pt")
    assert locate("file:///x/a%20b.pt", BASE).path == Path("/x/a b.pt")
    (tmp_path / "odd#name.pt").touch()
    assert locate("odd#name.pt", tmp_path).member is None
    assert locate("a.zip#dir/w.pt", tmp_path).member == "dir/w.pt"
    assert locate("https://h/a.zip#dir/w.pt", tmp_path).member == "dir/w.pt"
    assert locate("https://h/a.zip#dir/w.pt", tmp_path).url == "https://h/a.zip"


def test_siblings():
    assert sibling("hf://o/r/dir/i.json@v1", "s.safetensors") == "hf://o/r/dir/s.safetensors@v1"
    assert sibling("https://h/dir/i.json?download=1", "s.safetensors") == "https://h/dir/s.safetensors?download=1"
    assert sibling("dir/i.json", "s.safetensors") == "dir/s.safetensors"


def test_token_is_for_hugging_face_only(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert locate("hf://o/r/a", BASE).token.value == "secret"
    assert locate("https://h/a", BASE).token is None


def test_confirmation_page():
    form = '<form action="/download" method="get"><input name="id" value="a&amp;b"><input name="confirm" value="t"></form>'
    assert confirmation_url(form, "https://drive.host/x") == "https://drive.host/download?id=a%26b&confirm=t"
    assert confirmation_url("<p>Quota exceeded</p>", "https://drive.host/x") is None
    assert confirmation_url('<form action="/search"><input name="q"></form>', "https://drive.host/x") is None
