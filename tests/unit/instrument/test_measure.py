"""The numbers of Table 1 of a network in memory: those of the workflow's geometry, from the same functions."""

import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch

from examples.measure_and_prune import main
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.geometry.measures import cosine_matrix, pairwise, participation_ratio
from semantic_bottleneck.instrument.measure import measure
from semantic_bottleneck.instrument.networks import conditioner_of
from semantic_bottleneck.models.registry import build_network
from tests.unit.models.architectures import SMALL_FAMILIES
from tests.unit.models.diffusers_cases import CASES, N

ROOT = Path(__file__).resolve().parents[3]


def numbers(rows, kind, timestep=None):
    return {row["metric"]: row["value"] for row in rows if row["kind"] == kind and timestep in (None, row["timestep"])}


@torch.inference_mode()
def test_of_diffusers_dit_every_class_is_measured():
    module = CASES["dit"].build()
    rows = measure(module, timesteps=[999, 0])
    c = conditioner_of(module).condition(torch.zeros(10), torch.arange(10)).c.numpy()
    found = numbers(rows, "c", 0.0)
    assert found["cosine_similarity"] == pytest.approx(float(pairwise(cosine_matrix(c)).mean()))
    assert found["participation_ratio"] == pytest.approx(float(participation_ratio(c).mean()))
    assert found["tail_0.01_percent"] == pytest.approx(100 * float((np.abs(c) < 0.01).mean()))
    assert {row["kind"] for row in rows} == {"c", "silu_c", "t", "y"}
    (row,) = [row for row in rows if row["kind"] == "c" and row["timestep"] == 999 and row["metric"] == "cosine_similarity"]
    assert row["low"] < row["value"] < row["high"]
    assert row["n"] == 10


def test_of_text_the_given_prompts_are_measured():
    module = CASES["sd3"].build()
    with pytest.raises(UserError, match="two CLIP text encoders"):
        measure(module, timesteps=[1000])
    prompts = torch.randn(4, 12, generator=torch.Generator().manual_seed(0))
    assert numbers(measure(module, prompts, [1000]), "y")["dimension"] == 16
    (row,) = [row for row in measure(module, prompts, [1000]) if row["kind"] == "c" and row["metric"] == "cosine_similarity"]
    assert row["n"] == 4


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.rows])
def test_where_nothing_enters_c_there_is_one_vector(name):
    rows = measure(CASES[name].build(), timesteps=[CASES[name].time])
    found = numbers(rows, "c")
    assert {"normalized_participation_ratio_percent", "tail_0.01_percent", "head_5_percent"} <= found.keys()
    assert not any("cosine" in metric for metric in found)
    assert {row["kind"] for row in rows} == {"c", "silu_c", "t"}
    assert {row["n"] for row in rows} == {1}


@torch.inference_mode()
def test_a_network_of_ours_is_measured_by_what_it_makes():
    network = build_network("dit", SMALL_FAMILIES["dit"])
    found = numbers(measure(network, timesteps=[999]), "c", 999.0)
    c = network.condition(torch.full((5,), 999.0), torch.arange(5)).c.numpy()
    assert found["cosine_similarity"] == pytest.approx(float(pairwise(cosine_matrix(c)).mean()))


@torch.inference_mode()
def test_the_guidance_scale_of_a_network_that_is_told_it_is_a_key():
    module, prompts = CASES["flux with guidance"].build(), torch.ones(N, 12)
    plain, strong = (numbers(measure(module, prompts, [1.0], **keys), "c") for keys in ({}, {"guidance_scale": 7.0}))
    assert plain["norm_mean"] == numbers(measure(module, prompts, [1.0], guidance_scale=3.5), "c")["norm_mean"]
    assert plain["norm_mean"] != strong["norm_mean"]


def test_another_module_is_refused():
    with pytest.raises(UserError, match="Linear is no transformer whose conditional vector is known"):
        measure(torch.nn.Linear(2, 2), timesteps=[0])
    with pytest.raises(UserError, match="str is no network"):
        measure("facebook/DiT-XL-2-256", timesteps=[0])


def test_nothing_but_torch_and_scipy_is_needed():
    """The extra `torch` of the package is enough for the instrument."""
    names = (f"semantic_bottleneck.instrument.{name}" for name in ("measure", "pruned", "localise"))
    code = f"import sys\nimport {', '.join(names)}\n"
    code += "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "workflow_scripts", text=True, capture_output=True, check=True
    )
    needless = {"pyarrow", "pandas", "yaml", "jsonschema", "snakemake", "PIL", "diffusers", "transformers", "requests"}
    assert not set(done.stdout.split()) & needless


@pytest.fixture(scope="module")
def notebook():
    """The names that the notebook's cells leave."""
    names = {}
    for cell in nbformat.read(ROOT / "examples/conditional_vectors.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    return names


def test_the_notebook_runs(notebook):
    assert notebook["table1"]["dimension"]["value"] == 24
    assert len(notebook["differences"]) == 4
    assert all(difference > 0 for difference in notebook["differences"].values())


def test_the_script_runs(notebook, capsys):
    assert main(notebook["pipeline"], [207, 360], 5, tau=1.0) > 0
    assert capsys.readouterr().out.startswith("normalized_participation_ratio_percent: ")
