"""Figure 42 from a small block's costs and the synthetic study's vectors."""

import json

import numpy as np
import pytest

from measure_slicing import measure_slicing
from semantic_bottleneck.files import conditions_file, parquet
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.paper.figures.figure42 import draw_figure42, savings
from tests.sections import variant_of
from tests.unit.models.architectures import SMALL_FAMILIES

TAIL = variant_of({}) | {"side": "tail"}


@pytest.fixture
def costs(inputs, tmp_path):
    conditions, path = inputs.files.conditions["sit-mini"], tmp_path / "costs.parquet"
    variants = {
        "baseline": {},
        "tail": TAIL | {"quantile": 0.39},
        "random": TAIL | {"side": "random", "like": "tail", "mask": "shared", "count": 3},
    }
    card = {"name": "sit", "family": "dit", "architecture": SMALL_FAMILIES["dit"]}
    measure_slicing(conditions, card, variants, path, "cpu")
    return conditions, path


def test_what_all_classes_lose_is_less_than_what_each_loses(costs):
    conditions, path = costs
    c = conditions_file.vectors(conditions, "c")
    masks = json.loads(parquet.read_metadata(path)["masks"])
    pruned = np.abs(c) < np.quantile(np.abs(c).astype(float), 0.39)
    assert masks["tail"]["mean"] == pytest.approx(pruned.mean())
    assert masks["tail"]["shared"] == pytest.approx(pruned.all(axis=0).mean())
    assert masks["tail"]["shared"] < masks["tail"]["mean"]
    assert masks["random"]["shared"] == masks["random"]["mean"] == pytest.approx(3 / c.shape[1])


def test_the_figure_says_what_is_saved_and_where_it_was_timed(costs, inputs, tmp_path):
    _, path = costs
    found = savings(path)
    assert found["adaln"].loc[0.0].abs().max() == 0
    assert found["adaln"]["operations"].loc[50.0] == pytest.approx(50)
    assert 0 < found["block"]["operations"].loc[50.0] < found["adaln"]["operations"].loc[50.0]
    alt = draw_figure42(inputs.evidence(slicing={"sit-mini": path}), [tmp_path / "figure.png"])
    drawing = read_drawing(tmp_path / "figure.png")
    assert drawing.alt == alt
    assert drawing.width == 736
    assert "SiT-mini, AdaLN alone, 90 % removed: operations" in alt
    assert "from all classes at once: tail 39" in alt
