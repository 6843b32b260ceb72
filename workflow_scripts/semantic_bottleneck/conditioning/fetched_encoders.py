"""The networks that make a model's conditions, as one folder that no network is needed to read.

`<role>.checkpoint` is the file of a DINOv2, `<owner>--<name>@<revision>/` what is loaded from a repository on the hub.
Repositories that the card names as folders on this machine are read where they lie.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from semantic_bottleneck.checkpoints.fetch import fetch_parts
from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.parts import parts_of
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.checkpoints.repository import fetch_folder
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.checkpoint import Checkpoint
from semantic_bottleneck.study.conditioning import PARTS, PipelineEncoders, PoseEncoders, Repository, TextEncoder, tokenizer_of

Encoders = PoseEncoders | PipelineEncoders | Sequence[TextEncoder]
Source = Repository | TextEncoder | PipelineEncoders


def fetch_encoders(encoders: Encoders, root: Path, output: Path, lock: Path | None) -> None:
    """Fetch every encoder of a card's conditioning into the folder `output`, which appears when all are there.

    What arrived before an interruption is kept beside it for the next call.

    Raises:
        UserError: one cannot be had.
    """
    # Only what the same card asked for is gone on with.
    plain = [asdict(each) for each in encoders] if isinstance(encoders, Sequence) else asdict(encoders)
    asked = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:12]
    partial = output.with_name(f".{output.name}.{asked}.part")
    with Client(Patience()) as client:
        for role, checkpoint in _files(encoders).items():
            file = partial / f"{role}.checkpoint"
            if not file.exists():
                fetch_parts(parts_of(checkpoint.files, root), file, lock=lock, client=client)
        for repository, folder in _folders(encoders):
            if not (root / repository.source).is_dir():
                place, source = partial / repository_name(repository), (repository.source, repository.revision)
                fetch_folder(*source, folder, place, lock=lock, base=root, client=client)
    try:
        os.rename(partial, output)
    except OSError as error:
        raise UserError(f"{output} could not be written ({error.strerror}); mend the permissions, then run again.") from error


def repository_folder(repository: Source, root: Path, fetched: str | Path | None) -> Path:
    """The folder that `source` names: one on this machine, from `root`, or the repository's place in `fetched`."""
    own = root / repository.source
    return own if own.is_dir() or fetched is None else Path(fetched) / repository_name(repository)


def repository_name(repository: Source) -> str:
    return f"{repository.source.replace('/', '--')}@{quote(repository.revision, safe='')}"


def _files(encoders: Encoders) -> dict[str, Checkpoint]:
    """Role -> the single file of that encoder."""
    return {"pose": encoders.pose.checkpoint, "image": encoders.image.checkpoint} if isinstance(encoders, PoseEncoders) else {}


def _folders(encoders: Encoders) -> list[tuple[Source, str]]:
    """Repositories and the folders in them that are loaded."""
    if isinstance(encoders, PipelineEncoders):
        return [(encoders, folder) for each in PARTS[encoders.pipeline] for folder in (tokenizer_of(each), each)]
    if isinstance(encoders, PoseEncoders):
        return [(encoders.source, "")]
    return [(each, folder) for each in encoders for folder in (each.tokenizer, each.model)]
