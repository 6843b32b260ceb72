"""Secrets in texts: what is masked, and what must stay as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_bottleneck.checkpoints.sources import locate
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.redaction import redacted

TOKEN = "hf_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:geheim@host/a.pt", "https://***@host/a.pt"),
        ("https://geheim@host:8080/a@b/c.pt", "https://***@host:8080/a@b/c.pt"),
        ("https://user:ge/heim@host/a.pt", "https://***@host/a.pt"),
        ("HTTPS://u:p@ge@host/a", "HTTPS://***@host/a"),
        ("https://h/a?x=1&token=geheim#w.pt", "https://h/a?x=1&token=***#w.pt"),
        ("https://h/a?access_token=geheim&x=1", "https://h/a?access_token=***&x=1"),
        (
            "https://b.s3.amazonaws.com/a?X-Amz-Credential=geheim%2F1&X-Amz-Date=2&X-Amz-Signature=geheim",
            "https://b.s3.amazonaws.com/a?X-Amz-Credential=***&X-Amz-Date=2&X-Amz-Signature=***",
        ),
        ("https://a.blob.core.windows.net/c/a?sv=1&sig=geheim%3D", "https://a.blob.core.windows.net/c/a?sv=1&sig=***"),
        ("https://h/a?Expires=1&Signature=geheim", "https://h/a?Expires=1&Signature=***"),
        ("https://gitlab.com/a?private_token=geheim", "https://gitlab.com/a?private_token=***"),
        (f"https://h/{TOKEN}/a.pt", "https://h/***/a.pt"),
        (f"no token {TOKEN} here", "no token *** here"),
        ('{"url": "https://u:geheim@h/a", "mail": "x@y"}', '{"url": "https://***@h/a", "mail": "x@y"}'),
    ],
)
def test_secrets_are_masked_once_and_for_all(text, shown):
    assert redacted(text) == shown
    assert redacted(shown) == shown
    assert str(UserError(text)) == shown


@pytest.mark.parametrize(
    "address",
    [
        "hf://o/r/dir/a.pt@main",
        "hf://datasets/o/r/a@b/c.pt@refs/pr/1",
        "https://host:8080/a@v1.pt",
        "https://host/@scope/a.pt?tokenizer=clip&author=x&key=path/a.pt&download=1",
        "https://www.dl.dropboxusercontent.com/scl/fi/x/last.pt?rlkey=8otgrdkno0nd89po3dpwngwcc&st=apcc645o&dl=0",
        "https://drive.google.com/file/d/1aB-cD_eFgHiJ/view?resourcekey=0-abc",
        "gdrive:1XZoK-uU0mTWeRLilLZ_FtysRgearBxOp",
        "results/hf_checkpoints/a.pt",
    ],
)
def test_ordinary_addresses_keep_their_name_in_the_lock_file(tmp_path, address):
    assert locate(address, tmp_path).name == address


@given(st.text(st.characters(codec="ascii", exclude_characters="/?#@ \t\r\n\x0b\x0c\"'", min_codepoint=33), min_size=1))
def test_no_password_survives(password):
    shown = redacted(f"https://user:{password}@host/a.pt")
    assert shown == "https://***@host/a.pt"


def test_a_location_shows_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    for address in ("hf://o/r/a.pt", "https://user:geheim@host/a.pt?token=geheim"):
        shown = repr(locate(address, tmp_path))
        assert TOKEN not in shown
        assert "geheim" not in shown
