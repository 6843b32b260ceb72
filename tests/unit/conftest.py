"""What the tests of all library areas share."""

import pytest


@pytest.fixture(autouse=True)
def logged_out(monkeypatch, tmp_path_factory) -> None:
    """Whoever runs the tests may be logged in to the hub or have logins in ~/.netrc; the tests are not."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    nowhere = tmp_path_factory.getbasetemp() / "absent"
    monkeypatch.setenv("HF_TOKEN_PATH", str(nowhere))
    monkeypatch.setenv("NETRC", str(nowhere))
