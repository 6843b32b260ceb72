"""The files of a repository on the hub that a tokenizer or a network is loaded from."""

import hashlib
import json
import re
from pathlib import Path

from semantic_bottleneck.checkpoints.fetch import fetch_parts
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.hub import HubFile
from semantic_bottleneck.checkpoints.lock import settle
from semantic_bottleneck.checkpoints.parts import Part, parts_of
from semantic_bottleneck.checkpoints.small import read_small
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.checkpoints.tokens import hub_token
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.study.checkpoint import file_at

SETTINGS = (".json", ".txt", ".model")
"""How the files end that are no weights."""
WEIGHTS = (
    r"(diffusion_pytorch_)?model(-\d+-of-\d+)?\.safetensors",
    r"(diffusion_)?pytorch_model(-\d+-of-\d+)?\.bin",
)
"""Weights as the hub's libraries save them, in the order in which those look for them; variants such as fp16 are others."""


def fetch_folder(
    source: str, revision: str, folder: str, destination: Path, *, lock: Path | None, base: Path, client: Client
) -> None:
    """Fetch what is loaded from `folder` ("": the top) of the repository `source` at `revision` into `destination`/`folder`.

    Files that are there already are kept. Each is recorded in `lock` on first use and compared with it later.

    Raises:
        UserError: the repository or a file cannot be had, the folder holds nothing, or a file is another one than before.
    """
    files = wanted_files(listed_files(source, revision, client), folder)
    if not files:
        raise UserError(f"hf://{source}@{revision} has no files in {folder or 'its top folder'}; correct the card.")
    for file in files:
        parts, path = parts_of([file_at(f"hf://{source}/{file}@{revision}")], base), destination / file
        if path.exists():
            continue
        if not file.endswith(SETTINGS):
            fetch_parts(parts, path, lock=lock, client=client)
            continue
        content = read_small(parts[0], client)
        settle(lock, parts[0].name, {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)})
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)


def wanted_files(names: list[str], folder: str) -> list[str]:
    """Of all files of a repository, those directly in `folder` that are loaded: settings and the first kind of weights."""
    inside = {name: name.rpartition("/")[2] for name in sorted(names) if name.rpartition("/")[0] == folder}
    settings = [name for name, file in inside.items() if file.endswith(SETTINGS)]
    kinds = [[name for name, file in inside.items() if re.fullmatch(kind, file)] for kind in WEIGHTS]
    return settings + next(filter(None, kinds), [])


def listed_files(source: str, revision: str, client: Client) -> list[str]:
    """The paths of all files of the repository `source` (owner/name) at `revision`.

    Raises:
        UserError: it is no repository's name, or the hub does not say which files there are.
    """
    owner, _, name = source.partition("/")
    if not (owner and name and re.fullmatch(r"[\w.-]+/[\w.-]+", source)):
        raise UserError(f"{source!r} is neither a folder nor a repository owner/name on the hub; correct the card.")
    file = HubFile("", source, "", revision)
    address = f"hf://{source}@{revision}"
    listing = Location(address, url=file.listing, page=file.page, hub=True, token=hub_token())
    try:
        return [str(each["rfilename"]) for each in json.loads(read_small(Part((listing,), None, None), client))["siblings"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{address}: the hub does not say which files there are; run again, or name a local folder.") from error
