"""The networks that make a model's conditions, as one folder that no network is needed to read.

`<role>.checkpoint` is the file of a DINOv2, `<owner>--<name>@<revision>/` what is loaded from a repository on the hub.
Repositories that the card names as folders on this machine are read where they lie.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from semantic_bottleneck.checkpoints.fetch import fetch_parts
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.parts import parts_of
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.checkpoints.repository import fetch_folder
from semantic_bottleneck.errors import UserError

DINOV2 = ("pose", "image")
"""Encoders of a pose model that are single files."""


def fetch_encoders(conditioning: Mapping, root: Path, output: Path, lock: Path | None) -> None:
    """Fetch every encoder of a card's `conditioning` into the folder `output`, which appears when all are there.

    What arrived before an interruption is kept beside it for the next call.

    Raises:
        UserError: one cannot be had.
    """
    encoders = conditioning["encoders"]
    # Only what the same card asked for is gone on with.
    asked = hashlib.sha256(json.dumps(encoders, sort_keys=True).encode()).hexdigest()[:12]
    partial = output.with_name(f".{output.name}.{asked}.part")
    with Client(Patience()) as client:
        for role in DINOV2 if conditioning["kind"] == "pose" else ():
            file = partial / f"{role}.checkpoint"
            if not file.exists():
                fetch_parts(parts_of(encoders[role]["checkpoint"], root), file, lock=lock, client=client)
        for repository, folder in _folders(conditioning):
            if not (root / repository["source"]).is_dir():
                place = partial / repository_name(repository)
                fetch_folder(repository, folder, place, lock=lock, base=root, client=client)
    try:
        os.rename(partial, output)
    except OSError as error:
        raise UserError(f"{output} could not be written ({error.strerror}); mend the permissions, then run again.") from error


def repository_folder(repository: Mapping[str, str], root: Path, fetched: str | Path | None) -> Path:
    """The folder that `source` names: one on this machine, from `root`, or the repository's place in `fetched`."""
    own = root / repository["source"]
    return own if own.is_dir() or fetched is None else Path(fetched) / repository_name(repository)


def repository_name(repository: Mapping[str, str]) -> str:
    return f"{repository['source'].replace('/', '--')}@{quote(repository['revision'], safe='')}"


def _folders(conditioning: Mapping[str, Any]) -> list[tuple[Mapping[str, str], str]]:
    """Repositories and the folders in them that are loaded."""
    encoders = conditioning["encoders"]
    if conditioning["kind"] == "text":
        return [(each, each[part]) for each in encoders for part in ("tokenizer", "model")]
    return [(encoders["source"], "")]
