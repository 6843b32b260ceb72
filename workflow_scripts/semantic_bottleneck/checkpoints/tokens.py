"""The access token of the model hub, from the places where people and `hf auth login` leave it. Standard library only."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from semantic_bottleneck.errors import UserError

VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
WITHHELD = "HF_HUB_DISABLE_IMPLICIT_TOKEN"
# What editors, env files and shells leave around a token.
AROUND = " \t\r\n\v\f\0\"'\ufeff\u200b\u00a0"


@dataclass(frozen=True)
class Token:
    """An access token and where it was found; the token itself stays out of every repr."""

    value: str = field(repr=False)
    source: str


def hub_token() -> Token | None:
    """The token that requests to the hub carry, or None.

    In this order, as the hub's own library does it: HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH, `token` in
    HF_HOME, in XDG_CACHE_HOME/huggingface or in ~/.cache/huggingface. None also where HF_HUB_DISABLE_IMPLICIT_TOKEN is set.

    Raises:
        UserError: it holds characters that no header can; the sentence does not show it.
    """
    if withheld():
        return None
    for variable in VARIABLES:
        if value := os.environ.get(variable, "").strip(AROUND):
            return _checked(value, variable)
    path = _file()
    try:
        value = path.read_bytes().decode("utf-8-sig", "replace").strip(AROUND)
    except OSError:
        return None
    return _checked(value, str(path)) if value else None


def withheld() -> bool:
    """Whether the user forbids sending a token that was not asked for."""
    return os.environ.get(WITHHELD, "").upper() in ("1", "ON", "YES", "TRUE")


def _file() -> Path:
    if named := os.environ.get("HF_TOKEN_PATH"):
        return _expanded(named)
    if home := os.environ.get("HF_HOME"):
        return _expanded(home) / "token"
    return _expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "token"


def _expanded(path: str) -> Path:
    return Path(os.path.expandvars(os.path.expanduser(path)))


def _checked(value: str, source: str) -> Token:
    if not re.fullmatch(r"[!-~]+", value):
        raise UserError(
            f"The access token in {source} holds a space, a line break or another character that no token has (it is not "
            "shown here); copy it again from the hub's settings page."
        )
    return Token(value, source)
