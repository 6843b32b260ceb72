"""Table atlas: vectors side by side, with a word where there is no number."""

from pathlib import Path

import numpy as np
import pytest
import torch

from semantic_bottleneck.conditioning.vectors import conditional_vectors
from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.geometry.sets import geometry_of
from semantic_bottleneck.models.registry import build_conditioner
from semantic_bottleneck.reporting.paper.evidence import read_evidence
from semantic_bottleneck.reporting.paper.tables.atlas import SAME, build_atlas
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.page_facts import report_facts
from semantic_bottleneck.study.validation import load_yaml
from tests.golden.recipe import fill_state_dict

ROOT = Path(__file__).resolve().parents[3]
MODELS = {
    "dit-diffusers": ("dit-diffusers", {"hidden_size": 16, "num_classes": 6}),
    "pixart-512": ("pixart", {"hidden_size": 12}),
}


@pytest.fixture
def evidence(tmp_path):
    """Of two small conditioners, and of a model that could not be reached, under the study's own configuration."""
    study = load_study(load_yaml(ROOT / "config/atlas.yaml"), ROOT)
    files = {"geometry": [], "conditions": []}
    for model, (family, architecture) in MODELS.items():
        conditioner = build_conditioner(family, architecture)
        fill_state_dict(conditioner.state_dict())
        vectors = conditional_vectors(conditioner, [999.0], torch.arange(architecture.get("num_classes", 1)))
        path, geometry = tmp_path / f"{model}.parquet", tmp_path / f"{model}.geometry.parquet"
        metadata = {"model": model, "checkpoint": "final", "training_step": "-1"}
        ids = np.arange(vectors["c"].shape[1])
        conditions_file.write(path, vectors["c"], vectors.get("y"), vectors["t"], np.array([999.0]), ids, metadata)
        rows = geometry_of([path])
        parquet.write(geometry, {key: [row[key] for row in rows] for key in rows[0]}, metadata)
        files["geometry"].append(str(geometry))
        files["conditions"].append(str(path))
    asked = {"models": [*MODELS, "flux-dev"]}
    facts = report_facts(study) | {"not_run": {"flux-dev": "no network"}, "exhibit": "atlas", "asked": asked}
    return read_evidence(files, facts)


def test_what_has_no_number_says_why(evidence):
    frame = build_atlas(evidence).frame.set_index(["model", "column"])
    assert frame.loc["dit-diffusers"]["value"].notna().all()
    assert frame.loc[("dit-diffusers", "dimension"), "value"] == 16
    assert frame.loc[("dit-diffusers", "tail_0.01_percent"), "n"] == 6
    assert np.isnan(frame.loc[("pixart-512", "cosine_similarity"), "value"])
    assert frame.loc[("pixart-512", "cosine_similarity"), "note"] == SAME
    assert frame.loc["pixart-512"].drop("cosine_similarity")["value"].notna().all()
    assert set(frame.loc["flux-dev"]["note"]) == {"no network"}
    assert frame.loc["flux-dev"]["value"].isna().all()


def test_a_cell_leads_to_its_files(evidence):
    table = build_atlas(evidence)
    cell = (table.frame["model"] == "pixart-512") & (table.frame["column"] == "head_5_percent")
    assert table.origins[cell]["result_file"].item().endswith("pixart-512.parquet")
