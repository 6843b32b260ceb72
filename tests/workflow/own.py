"""A small study of models of one's own, whose weights are files or addresses that the test chooses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml

from semantic_bottleneck.models.registry import build_network
from tests.workflow.project import ROOT, Project

CONFIG = "config/own.yaml"
ARCHITECTURE = {
    "input_size": 8, "patch_size": 2, "in_channels": 1, "hidden_size": 16, "depth": 2, "num_heads": 2, "num_classes": 10,
    "learn_sigma": False, "t_scale": 1000.0,
}  # fmt: skip


def weights(seed: int = 0) -> dict[str, torch.Tensor]:
    """Random weights under the official DiT names."""
    generator = torch.Generator().manual_seed(seed)
    state = build_network("dit", ARCHITECTURE).state_dict()
    return {
        name: tensor if "pos_embed" in name else 0.3 * torch.randn(tensor.shape, generator=generator)
        for name, tensor in state.items()
    }


def own_project(folder: Path, **checkpoints: Mapping[str, Any]) -> Project:
    """A copy of the project with one card per keyword (its `checkpoint`) and a study of Table 1 and two figures of them all."""
    project = Project.copy_of(ROOT, folder)
    (project.folder / "data").mkdir()
    for name, checkpoint in checkpoints.items():
        write_card(project, name, checkpoint)
    models = list(checkpoints)
    study = {
        "study": "own", "samples": 20, "data": "digits", "models": models, "conditions": {"timesteps": 2},
        "generation": {"micro_batch": 10, "device": "cpu"},
        "evaluation": {"extractor": "study-cnn", "clip": "study-clip", "groups": 5},
        "pruning": {"variants": {"baseline": {}, "tail": {"side": "tail", "quantile": 0.4}}},
        "tables": {"table1": {"models": models}, "table2": {"models": models, "variants": ["baseline", "tail"]}},
        "figures": {"figure1": {"models": models}, "figure3": {"models": models[-1:]}},
    }  # fmt: skip
    (project.folder / CONFIG).write_text(yaml.safe_dump(study))
    return project


def write_card(project: Project, name: str, checkpoint: Mapping[str, Any]) -> None:
    """The card of a model."""
    card = {
        "name": name, "title": name.title(), "family": "dit", "architecture": ARCHITECTURE, "checkpoint": dict(checkpoint),
        "conditioning": {"kind": "class", "classes": 10, "initial_timestep": 0.0, "timesteps": {"start": 0.0, "stop": 0.8}},
        "sampler": {"name": "sit-ode", "steps": 4, "method": "euler"}, "guidance": {"scale": 1.5},
        "decoder": {"name": "identity"},
    }  # fmt: skip
    (project.folder / f"config/models/{name}.yaml").write_text(yaml.safe_dump(card))
