"""Which of the files that the workflow wrote are not what it wrote, and what was made from them."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from semantic_bottleneck.files import clip_folder, parquet_checksums, tensors_file
from semantic_bottleneck.files.damage import DamagedError
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.files.latent_folder import MANIFEST, shard_file
from semantic_bottleneck.files.png import read_png
from semantic_bottleneck.files.zip_archive import check_zip

CHECKS: dict[str, Callable[[Path], object]] = {
    ".parquet": parquet_checksums.check,
    ".safetensors": tensors_file.check,
    ".npz": check_zip,
    ".pt": check_zip,
    ".png": read_png,
}
"""By suffix: what raises DamagedError."""


def damaged_files(folder: Path, threads: int = 1) -> dict[Path, str]:
    """Every damaged file below `folder`, and why; files of kinds that carry no checksum are passed over."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(_damage, files))
    return {path: reason for damage in found for path, reason in damage.items()}


def made_from(files: Iterable[str], inputs: Mapping[str, Iterable[str]]) -> set[str]:
    """All that was made from `files`, directly or not; `inputs` says what each output was made from."""
    users = defaultdict(set)
    for output, used in inputs.items():
        for name in used:
            users[name].add(output)
    found: set[str] = set()
    left = list(files)
    while left:
        new = users[left.pop()] - found
        found |= new
        left.extend(new)
    return found


def _damage(path: Path) -> dict[Path, str]:
    try:
        if path.name == MANIFEST:
            return _damaged_shards(path)
        if path.name == clip_folder.WEIGHTS:
            clip_folder.check(path.parent)
        if check := CHECKS.get(path.suffix):
            check(path)
    except DamagedError as error:
        return {Path(error.path): error.reason}
    return {}


def _damaged_shards(manifest: Path) -> dict[Path, str]:
    """The shards of a folder of latents that are not those of its manifest, and with them the manifest."""
    try:
        shards = json.loads(manifest.read_text(encoding="utf-8"))["shards"]
        told = {
            manifest.parent / shard_file(part, number): digest
            for number, shard in enumerate(shards)
            for part, digest in shard["sha256"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return {manifest: f"{type(error).__name__}: {error}"}
    wrong = {path: "its checksum does not hold" for path, digest in told.items() if _sha256(path) != digest}
    return wrong | ({manifest: "a shard of it is damaged"} if wrong else {})


def _sha256(path: Path) -> str | None:
    return file_sha256(path) if path.is_file() else None
