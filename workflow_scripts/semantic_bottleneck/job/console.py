"""What a job that ends early says on the console: one line, without control characters and without secrets."""

import errno
import os
import re

from semantic_bottleneck.redaction import HIDDEN, redacted

_TOKEN_NAMES = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_?KEY|CREDENTIAL")
_HEADER = re.compile(r"(?i)\b(bearer|basic)\s+(?=\S*[\d=+/])[A-Za-z0-9._~+/=-]{8,}")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def without_secrets(text: str) -> str:
    """`text` with tokens, credentials in addresses and the values of variables such as HF_TOKEN replaced by `***`."""
    values = {value.strip() for name, value in os.environ.items() if _TOKEN_NAMES.search(name.upper())}
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= 8:
            text = text.replace(value, HIDDEN)
    return _HEADER.sub(rf"\1 {HIDDEN}", redacted(text))


def one_line(text: str, limit: int = 2000) -> str:
    """`text` on one line of at most `limit` characters, without secrets and control characters; cut in the middle."""
    text = "".join(letter if letter.isprintable() else " " for letter in without_secrets(text))
    text = " ".join(text.split())
    half = (limit - 5) // 2
    return text if len(text) <= limit else f"{text[:half]} ... {text[-half:]}"


def described(error: BaseException) -> str:
    """Type and message of an exception on one line, and what helps where that is known."""
    message = one_line(str(error), 400)
    what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    advice = _advice(error)
    return f"{what} ({advice})" if advice else what


def _advice(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "the memory is used up; close other programs or start Snakemake with fewer --cores"
    if isinstance(error, ImportError):
        return "this Python environment is incomplete or mixed; unset PYTHONPATH, install envs/constraints.txt anew"
    if not isinstance(error, OSError):
        return ""
    if "temporary directory" in str(error):
        return "set TMPDIR to a folder that can be written"
    place = str(error.filename or "")
    remedy = ", or set TMPDIR to another folder" if place.startswith(os.environ.get("TMPDIR") or "/tmp") else ""
    if error.errno in FULL:
        return f"the disk is full or your quota used up; free some space{remedy}"
    return f"mend the permissions{remedy}" if error.errno in _CLOSED else ""
