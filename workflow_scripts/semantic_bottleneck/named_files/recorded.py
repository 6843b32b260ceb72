"""When the recorded checksum or size of a remote file changes, its users rerun; recording it for the first time reruns nothing.

A version of every address that was seen is remembered beside Snakemake's own records: it changes only when something that
the lock file says about the address is replaced or taken away.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.files.atomic import write_text

Lock = Mapping[str, Mapping[str, Any]]


def read_lock(path: Path) -> Lock:
    """What the lock file records, by address; nothing where it is absent or damaged (the job that needs it says so)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {address: entry for address, entry in content.items() if isinstance(entry, Mapping)}
        if isinstance(content, dict)
        else {}
    )


def versions(addresses: Sequence[str], lock: Lock, remembered: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Per address its version ("" until a record changes) and the record it belongs to; an index stands for its shards too."""
    known = [*lock, *remembered]
    indices = {_folder(address) for address in addresses if address.partition("@")[0].endswith(".index.json")}
    shards = [address for address in known if _folder(address) in indices]
    named = sorted({*addresses, *shards})
    return {address: _version(lock.get(address, {}), remembered.get(address, {})) for address in named}


def read_versions(path: Path) -> dict[str, Any]:
    """Versions as `write_versions` left them."""
    return dict(read_lock(path))


def write_versions(path: Path, found: Mapping[str, Any]) -> None:
    """Remember versions, together with those of other addresses."""
    merged = read_versions(path) | dict(found)
    if merged != read_versions(path):
        write_text(path, json.dumps(merged, indent=1, sort_keys=True) + "\n")


def _folder(address: str) -> str:
    return address.partition("@")[0].rpartition("/")[0]


def _version(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    record, version = before.get("record", {}), before.get("version", "")
    flat = _flat(now)
    if any(flat.get(key) != value for key, value in record.items()):
        text = json.dumps([version, record, flat], sort_keys=True)
        version = hashlib.sha256(text.encode()).hexdigest()[:16]
    return {"version": version, "record": flat}


def _flat(entry: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested keys joined by blanks."""
    flat: dict[str, Any] = {}
    for key, value in entry.items():
        flat |= _flat(value, f"{prefix}{key} ") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
