"""Where the hub's token comes from."""

import pytest

from semantic_bottleneck.checkpoints.tokens import hub_token
from semantic_bottleneck.errors import UserError


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN_PATH")
    for name in ("HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def write(path, content=b"from-file\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_no_login_no_token():
    assert hub_token() is None


@pytest.mark.parametrize(
    ("variables", "file"),
    [
        ({}, ".cache/huggingface/token"),
        ({"XDG_CACHE_HOME": "{home}/xdg"}, "xdg/huggingface/token"),
        ({"XDG_CACHE_HOME": "{home}/xdg", "HF_HOME": "$HOME/hub"}, "hub/token"),
        ({"HF_HOME": "{home}/hub", "HF_TOKEN_PATH": "~/elsewhere"}, "elsewhere"),
        ({"HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": " \n", "HF_HOME": ""}, ".cache/huggingface/token"),
    ],
)
def test_the_file_of_a_login(monkeypatch, home, variables, file):
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(home=home))
    write(home / file)
    token = hub_token()
    assert (token.value, token.source) == ("from-file", str(home / file))
    assert "from-file" not in repr(token)


def test_variables_win_over_files(monkeypatch, home):
    write(home / ".cache/huggingface/token")
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "old")
    assert (hub_token().value, hub_token().source) == ("old", "HUGGING_FACE_HUB_TOKEN")
    monkeypatch.setenv("HF_TOKEN", "new")
    assert (hub_token().value, hub_token().source) == ("new", "HF_TOKEN")


@pytest.mark.parametrize("around", ["{}\n", " {}\r\n", "\t{} ", '"{}"', "'{}'\n", "\ufeff{}", "{}\u200b"])
def test_what_surrounds_a_token_is_stripped(monkeypatch, home, around):
    write(home / ".cache/huggingface/token", around.format("tok").encode())
    assert hub_token().value == "tok"
    monkeypatch.setenv("HF_TOKEN", around.format("tok"))
    assert hub_token().value == "tok"


@pytest.mark.parametrize("broken", ["hf_ab cd", "hf_ab\ncd", "hf_äbcd", "hf_ab\x7fcd", "Bearer hf_abcd", "hf_ab\r\nX-Evil: 1"])
def test_a_token_no_header_can_hold_is_refused_without_showing_it(monkeypatch, broken):
    monkeypatch.setenv("HF_TOKEN", broken)
    with pytest.raises(UserError, match="The access token in HF_TOKEN holds a space") as error:
        hub_token()
    assert "hf_ab" not in str(error.value)


def test_a_file_that_is_no_text_is_refused(home):
    write(home / ".cache/huggingface/token", "hf_abcd\n".encode("utf-16"))
    with pytest.raises(UserError, match="another character that no token has"):
        hub_token()


@pytest.mark.parametrize(("value", "sent"), [("1", False), ("true", False), ("0", True), ("", True)])
def test_a_token_may_be_withheld(monkeypatch, value, sent):
    monkeypatch.setenv("HF_TOKEN", "tok")
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", value)
    assert (hub_token() is not None) is sent
