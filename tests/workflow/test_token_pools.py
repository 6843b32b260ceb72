"""Networks that pool all tokens of a prompt, from what their libraries saved to the atlas, through the real Snakefile."""

import numpy as np
import pandas as pd
import pytest
import yaml

from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.models.layouts import LAYOUTS
from tests.unit.conditioning_inputs.text_encoders import gemma, t5
from tests.unit.models.diffusers_cases import CASES, TOKENS
from tests.workflow.offline import Offline
from tests.workflow.project import ROOT, Project

MODELS = {"hunyuandit": (t5, 32), "mochi": (t5, 16), "lumina-next": (gemma, 16)}
"""Card and case -> what makes its tokenizer and text encoder, and the width that its network takes."""
PROMPTS = ["a dog", "rain on a roof", "two red cubes"]
STUDY = {
    "study": "pools",
    "samples": 20,
    "models": [*MODELS],
    "conditions": {"timesteps": 2},
    "generation": {"micro_batch": 10},
    "evaluation": {"extractor": "inception", "clip": "openai-vit-b-32"},
    "pruning": {"variants": {"baseline": {}}},
    "tables": {"atlas": {"models": [*MODELS]}},
    "figures": {},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Of the official cards, whose weights, encoders and prompts are others."""
    folder = tmp_path_factory.mktemp("pools")
    project = Project.copy_of(ROOT, folder / "project")
    (folder / "prompts.txt").write_text("\n".join(PROMPTS))
    for name, (make, width) in MODELS.items():
        tokenizer, encoder = make(width)
        network, place = CASES[name].build(), folder / name
        network.save_pretrained(place / "transformer")
        tokenizer.save_pretrained(place / "tokenizer")
        encoder.save_pretrained(place / "text_encoder")
        path = project.folder / f"config/models/{name}.yaml"
        card = yaml.safe_load(path.read_text())
        shapes = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
        card["architecture"] = LAYOUTS[name].architecture(shapes)
        weights = place / "transformer/diffusion_pytorch_model.safetensors"
        card["checkpoint"] = {"files": [{"url": str(weights)}], "container": "safetensors"}
        own = {"source": str(place), "model": "text_encoder", "tokenizer": "tokenizer"}
        own |= {"tokens": TOKENS} if name == "hunyuandit" else {}
        encoders = [card["conditioning"]["encoders"][0] | own]
        card["conditioning"] |= {"prompts": {"file": str(folder / "prompts.txt")}, "encoders": encoders}
        path.write_text(yaml.safe_dump(card))
    (project.folder / "config/nano.yaml").write_text(yaml.safe_dump(STUDY))
    offline = Offline(folder / "blocked")
    project.run("--cores", "1", "atlas", "--quiet", "rules", environment=offline.environment)
    assert offline.attempts() == []
    return project.folder / "results/pools"


@pytest.mark.parametrize("model", MODELS)
def test_every_prompt_has_a_vector_of_its_own(results, model):
    found = conditions_file.read(results / f"conditions/{model}/final.parquet")
    assert found.ids.tolist() == [0, 1, 2]
    initial = yaml.safe_load((ROOT / f"config/models/{model}.yaml").read_text())["conditioning"]["initial_timestep"]
    assert found.timesteps[0] == initial
    assert len({row.tobytes() for row in found.y}) == len(PROMPTS)


def test_the_atlas_holds_each(results):
    frame = pd.DataFrame(parquet.read(results / "tables/atlas.parquet"))
    assert set(frame["model"]) == set(MODELS)
    assert np.isfinite(frame["value"].astype(float)).any()
    assert "not run" not in (results / "tables/atlas.md").read_text()
