"""Pipelines that diffusers saved itself, from cards to Table 2 through the real Snakefile: DiT, PixArt, SD3 and Flux."""

import numpy as np
import pandas as pd
import pytest
import yaml

from semantic_bottleneck.files import parquet
from tests import pipelines
from tests.contracts import complaints
from tests.workflow.offline import Offline
from tests.workflow.project import ROOT, Project

MODELS = [f"{name}-pipeline" for name in pipelines.FAMILIES]
VARIANTS = ["baseline", "tail-last"]
SAMPLES = 6
STUDY = {
    "study": "pipelines",
    "samples": SAMPLES,
    "data": "mnist16",
    "models": MODELS,
    "conditions": {"timesteps": 2},
    "generation": {"micro_batch": 3, "shards": 1, "device": "cpu", "last_share": 0.5, "snapshots": [0.5]},
    "evaluation": {"extractor": "study-cnn", "clip": "study-clip", "groups": 5},
    "pruning": {"variants": {"baseline": {}, "tail-last": {"side": "tail", "quantile": 0.39, "window": "last"}}},
    "localisation": {"head": 0.125, "top": 0.25, "shoulder": 0.5},
    "tables": {"table2": {"models": MODELS, "variants": VARIANTS}, "localisation": {"models": ["sd3-pipeline"]}},
    "figures": {},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pipelines")
    project = Project.copy_of(ROOT, folder / "project")
    for name in pipelines.FAMILIES:
        pipelines.save(name, folder / name)
        pipelines.write_card(name, folder / name, project.folder / f"config/models/{name}-pipeline.yaml")
        asset = project.folder / f"config/assets/{name}-vae.yaml"
        asset.write_text(yaml.safe_dump(pipelines.decoder(name, folder / name)))
    (project.folder / "config/nano.yaml").write_text(yaml.safe_dump(STUDY))
    return project


@pytest.fixture(scope="module")
def results(project, tmp_path_factory):
    offline = Offline(tmp_path_factory.mktemp("offline") / "blocked")
    project.run("--cores", "2", "table2", "localisation", "--quiet", "rules", environment=offline.environment)
    assert offline.attempts() == []
    return project.folder / "results/pipelines"


def test_table_2_is_planned(project):
    planned = project.planned("table2")
    assert planned["run_trunk"] == planned["run_branch"] == len(MODELS)
    assert planned["prepare_inputs"] == 3
    assert planned["score_variant"] == 2 * len(MODELS)
    assert "fetch_condition_encoders" not in planned  # they lie on this machine


@pytest.mark.parametrize("model", MODELS)
def test_every_sample_has_its_own_noise_and_condition(results, model):
    unpruned, pruned = (parquet.read(results / f"latents/{model}/{name}/000.parquet") for name in VARIANTS)
    count = 10 if model.startswith("dit") else len(pipelines.PROMPTS)
    assert unpruned["label"].tolist() == [sample % count for sample in range(SAMPLES)]
    assert len({row.tobytes() for row in unpruned["latent"]}) == SAMPLES
    assert np.isfinite(pruned["latent"]).all()
    assert np.abs(pruned["latent"] - unpruned["latent"]).max() > 0
    assert pruned["latent"].shape == (SAMPLES, 4, pipelines.SIDE, pipelines.SIDE)


def test_the_table_holds_every_model(results):
    frame = pd.DataFrame(parquet.read(results / "tables/table2.parquet")).set_index(["model", "variant", "column"])
    for model in MODELS:
        assert np.isfinite(frame.loc[(model, "tail-last", "fid"), "value"])
        assert frame.loc[(model, "tail-last", "removed_percent"), "value"] == pytest.approx(39, abs=4)


def test_only_known_classes_are_asked_for(results):
    """The judges' texts are those of the digits, not the prompts."""
    metrics = {model: set(parquet.read(results / f"scores/{model}/baseline.parquet")["metric"]) for model in MODELS}
    assert {"clip_score", "class_agreement"} <= metrics["dit-pipeline"]
    assert not {"clip_score", "class_agreement"} & metrics["sd3-pipeline"]


def test_parts_of_c_are_replaced_where_a_prompt_is_in_it(results):
    """No judge knows these prompts, so the distance alone is taken."""
    rows = pd.DataFrame(parquet.read(results / "localisation/sd3-pipeline.parquet"))
    assert set(rows["metric"]) == {"fid"}
    values = rows[rows["quantity"] == "value"].set_index("variant")["value"]
    assert np.isfinite(values).all()
    assert len({values[name] for name in ("baseline", "rest-mean", "shoulder-other", "shoulder-other-shared")}) == 4


def test_where_nothing_of_the_prompt_enters_c_there_is_one_vector(results):
    assert set(parquet.read(results / "conditions/pixart-pipeline/final.parquet")["condition"]) <= {0, -1}
    assert {0, 1, 2} <= set(parquet.read(results / "conditions/flux-pipeline/final.parquet")["condition"])


def test_every_file_keeps_its_contract(results):
    assert complaints(results) == []
