"""The pipeline around a transformer in the layout of diffusers: what the small files of its repository or folder say."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.hub import hub_file
from semantic_bottleneck.checkpoints.parts import parts_of
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.checkpoints.repository import listed_files
from semantic_bottleneck.checkpoints.small import read_small
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.addresses import weights_among
from semantic_bottleneck.study.checkpoint import file_at

INDEX = "model_index.json"
TRANSFORMER, SCHEDULER, AUTOENCODER = "transformer", "scheduler", "vae"


@dataclass(frozen=True)
class Pipeline:
    """A pipeline as its files describe it.

    Attributes:
        kind: its class.
        source, revision: the repository, or the folder (revision "main").
        network, scheduler, autoencoder: contents of the parts' config files.
        decoder: address of the autoencoder's weights.
    """

    kind: str
    source: str
    revision: str
    network: Mapping[str, Any]
    scheduler: Mapping[str, Any]
    autoencoder: Mapping[str, Any]
    decoder: str


def pipeline_around(weights: str, root: Path, patience: Patience | None = None) -> Pipeline:
    """The pipeline that an address of a transformer's weights belongs to; small files of it are read, no weights.

    Args:
        weights: a path, or an address on the hub.
        root: where relative paths start.

    Raises:
        UserError: there is no pipeline around them, or a file of it cannot be read; one sentence.
    """
    with Client(patience or Patience()) as client:
        source, revision, names, address = _place(weights, root, client)
        if INDEX not in names:
            raise UserError(f"no {INDEX} of a pipeline lies beside its folder '{TRANSFORMER}'")

        def content(file: str) -> Mapping[str, Any]:
            try:
                (part,) = parts_of([file_at(address(file))], root)
                found = json.loads(read_small(part, client))
            except (ValueError, RecursionError) as error:
                raise UserError(f"{address(file)} is no JSON") from error
            if not isinstance(found, dict):
                raise UserError(f"{address(file)} holds no mapping of keys to values")
            return found

        return Pipeline(
            kind=str(content(INDEX).get("_class_name")),
            source=source,
            revision=revision,
            network=content(f"{TRANSFORMER}/config.json"),
            scheduler=content(f"{SCHEDULER}/scheduler_config.json"),
            autoencoder=content(f"{AUTOENCODER}/config.json"),
            decoder=address(weights_among(names, source, (AUTOENCODER,))),
        )


def _place(weights: str, root: Path, client: Client) -> tuple[str, str, list[str], Callable[[str], str]]:
    """Repository or folder, its revision, the paths of its files, and what makes an address of such a path."""
    hub = hub_file(weights) if "://" in weights else None
    if hub is not None:
        revision = hub.revision or "main"
        if not hub.path.startswith(f"{TRANSFORMER}/"):
            raise UserError(f"it lies in no folder '{TRANSFORMER}' at the top of its repository")
        names = listed_files(hub.repository, revision, client)
        return hub.repository, revision, names, lambda file: f"hf://{hub.repository}/{file}@{revision}"
    folder = Path(weights).parent
    if "://" in weights or folder.name != TRANSFORMER:
        raise UserError(f"it lies in no folder '{TRANSFORMER}' of a pipeline, on this machine or on the hub")
    top = folder.parent
    names = [path.relative_to(root / top).as_posix() for level in ("*", "*/*") for path in (root / top).glob(level)]
    return str(top), "main", names, lambda file: str(top / file)
