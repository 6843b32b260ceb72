"""The arrays the readers give are the rows the conditioners take, by name and shape."""

from pathlib import Path

import numpy as np
import pytest
import torch

from semantic_bottleneck.conditioning.load import load_conditions
from semantic_bottleneck.conditioning.vectors import conditional_vectors, timestep_grid
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.registry import build_conditioner
from semantic_bottleneck.study.cards import load_card
from tests.sections import conditioning_of

ROOT = Path(__file__).resolve().parents[3]


def vectors(card: dict, inputs: dict[str, np.ndarray], **architecture) -> dict[str, np.ndarray]:
    conditioner = build_conditioner(card["family"], card["architecture"] | architecture)
    rows = ConditionRows({name: torch.from_numpy(values) for name, values in inputs.items()})
    return conditional_vectors(conditioner, timestep_grid(conditioning_of(card["conditioning"]), 2), rows)


def test_pose(pose_card, tmp_path):
    _, inputs = load_conditions(conditioning_of(pose_card["conditioning"]), tmp_path, tmp_path / "cache")
    # The small encoders are 12 wide; the published ones 768 and 1536.
    widened = inputs | {"pose": np.tile(inputs["pose"], 64), "image": np.tile(inputs["image"], 128)}
    result = vectors(pose_card, widened)
    assert result["c"].shape == (2, 3, 1024)
    assert result["y"].shape == (3, 1024)


def test_video(tmp_path):
    card = load_card(ROOT / "config/models/mdsgen-b.yaml")
    card["conditioning"]["data"] |= {"count": 2, "folder": "clips"}
    (tmp_path / "clips").mkdir()
    for name in "ab":
        np.savez(tmp_path / f"clips/{name}.npz", np.ones((40, 512), dtype=np.float32))
    assert vectors(card, load_conditions(conditioning_of(card["conditioning"]), tmp_path)[1])["c"].shape == (2, 2, 768)


@pytest.mark.parametrize(("name", "width"), [("sd3-2b", 1536), ("sd3-8b", 2432), ("audioldm", 1024)])
def test_text(name, width, monkeypatch):
    """Text vectors of the published widths: CLIP-L and bigG side by side, or CLAP."""
    card = load_card(ROOT / f"config/models/{name}.yaml")
    size = 512 if name == "audioldm" else 768 + 1280
    module = "semantic_bottleneck.conditioning.text_encoders.encode_prompts"
    monkeypatch.setattr(module, lambda prompts, *_, **__: np.ones((len(prompts), size), dtype=np.float32))
    ids, inputs = load_conditions(conditioning_of(card["conditioning"]), ROOT)
    assert vectors(card, inputs)["c"].shape == (2, len(ids), width)
