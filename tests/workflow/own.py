"""A small study of models of one's own, whose weights are files or addresses that the test chooses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml

from tests.field._lib.own import card, state, study
from tests.workflow.project import ROOT, Project

CONFIG = "config/own.yaml"


def weights(seed: int = 0) -> dict[str, torch.Tensor]:
    """Random weights under the official DiT names."""
    return state(seed)


def own_project(folder: Path, **checkpoints: Mapping[str, Any]) -> Project:
    """A copy of the project with one card per keyword (its `checkpoint`) and a study of two tables and figures of them all."""
    project = Project.copy_of(ROOT, folder)
    (project.folder / "data").mkdir()
    for name, checkpoint in checkpoints.items():
        text = yaml.safe_dump(card(dict(checkpoint), name=name, title=name.title()))
        (project.folder / f"config/models/{name}.yaml").write_text(text)
    models = list(checkpoints)
    whole = study() | {"models": models, "figures": {"figure1": {"models": models}, "figure3": {"models": models[-1:]}}}
    for table in whole["tables"].values():
        table["models"] = models
    (project.folder / CONFIG).write_text(yaml.safe_dump(whole))
    return project
