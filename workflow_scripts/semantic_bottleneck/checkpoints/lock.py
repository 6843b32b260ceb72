"""Trust on first use: what a file was the first time, in a JSON file that can be committed."""

import json
from collections.abc import Mapping
from pathlib import Path

from semantic_bottleneck.checkpoints.exclusive import exclusive_file
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.redaction import redacted

Entry = Mapping[str, str | int | Mapping[str, str]]

LOCK = "config/checkpoints.lock.json"
"""Where the project keeps the checksums of every official file seen so far, from its folder on."""


def remembered(lock: Path | None, address: str) -> dict:
    """What the lock file holds about `address` ({} if nothing): sha256 and size of the file, sha256 of tensors.

    Its keys are the addresses as cards write them, without secrets: another password or signature is the same file.

    Raises:
        UserError: the lock file is unreadable.
    """
    if lock is None or not lock.exists():
        return {}
    try:
        entry = json.loads(lock.read_text(encoding="utf-8")).get(redacted(address), {})
        return dict(entry)
    except (ValueError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise UserError(f"{lock} is not a readable lock file; restore it from version control or delete it.") from error


def settle(lock: Path | None, address: str, entry: Entry) -> None:
    """Record `entry` for `address`, or require that it agrees with what is recorded; safe among parallel jobs.

    Raises:
        UserError: something recorded differs now, or the lock file cannot be used.
    """
    if lock is None:
        return
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        # A file of its own is locked: whoever waits for the renamed one waits for a file that is gone.
        with exclusive_file(lock.with_name(f".{lock.name}.lock")):
            known = remembered(lock, address)
            merged = _agree(known, entry, address, lock)
            if merged != known:
                everything = json.loads(lock.read_text(encoding="utf-8")) if lock.exists() else {}
                everything[redacted(address)] = merged
                write_text(lock, json.dumps(everything, indent=2, sort_keys=True) + "\n")
    except OSError as error:
        raise UserError(f"{lock} cannot be locked or written ({error.strerror}); mend the permissions.") from error


def _agree(known: Mapping, new: Mapping, what: str, lock: Path) -> dict:
    merged = dict(known)
    for key, value in new.items():
        before = known.get(key)
        if isinstance(value, Mapping):
            merged[key] = _agree(before if isinstance(before, Mapping) else {}, value, f"{what}: {key}", lock)
        elif before is not None and before != value:
            raise UserError(
                f"{what} has another {key} now ({value}) than on first use ({before}, {lock}); if the change is intended, "
                "remove the entry from that file."
            )
        else:
            merged[key] = value
    return merged
