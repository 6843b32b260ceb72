"""From a conditioner to the conditions file and back."""

import numpy as np
import pytest
import torch

from semantic_bottleneck.conditioning.vectors import conditional_vectors, timestep_grid
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import conditions_file
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.registry import build_conditioner
from semantic_bottleneck.pruning.description import describe_variant
from semantic_bottleneck.study.pruning import Pruning
from tests.golden.recipe import fill_state_dict
from tests.sections import conditioning_of, variant_of

METADATA = {"model": "tiny", "checkpoint": "final", "training_step": "-1"}


def conditioner(family, **architecture):
    module = build_conditioner(family, architecture)
    fill_state_dict(module.state_dict())
    return module


def test_the_initial_timestep_comes_first_and_once():
    span = {"kind": "class", "classes": 2, "initial_timestep": 1.0, "timesteps": {"start": 1.0, "stop": 0.04}}
    assert timestep_grid(conditioning_of(span), 1) == [1.0]
    np.testing.assert_allclose(timestep_grid(conditioning_of(span), 3), [1.0, 0.52, 0.04])
    chain = {"kind": "class", "classes": 2, "initial_timestep": 999, "timesteps": {"start": 999, "stop": 0, "integer": True}}
    assert timestep_grid(conditioning_of(chain), 3) == [999.0, 500.0, 0.0]


def test_batches_do_not_change_the_vectors_and_the_file_keeps_them(tmp_path):
    sizes = {"input_size": 8, "patch_size": 2, "in_channels": 4, "depth": 1, "num_heads": 2}
    module = conditioner("dit", hidden_size=16, num_classes=7, **sizes)
    labels, times = torch.arange(7), [999.0, 3.0]
    whole, parts = (conditional_vectors(module, times, labels, batch) for batch in (250, 3))
    for kind in ("c", "y", "t"):
        np.testing.assert_allclose(parts[kind], whole[kind], atol=1e-6)
    path = tmp_path / "conditions.parquet"
    conditions_file.write(path, whole["c"], whole["y"], whole["t"], np.array(times), np.arange(7), METADATA)
    assert conditions_file.timesteps(path).tolist() == times
    assert np.array_equal(conditions_file.vectors(path, "c"), whole["c"][0])
    assert np.array_equal(conditions_file.vectors(path, "c", 3.0), whole["c"][1])
    assert np.array_equal(conditions_file.vectors(path, "y"), whole["y"])
    assert np.array_equal(conditions_file.vectors(path, "t", 3.0), whole["t"][1:])


def test_a_concatenated_condition_is_wider_than_its_parts(tmp_path):
    module = conditioner("audioldm", hidden_size=8, class_size=6, frequency_size=4)
    rows = ConditionRows({"text": torch.randn(5, 6, generator=torch.Generator().manual_seed(0))})
    found = conditional_vectors(module, [981.0], rows)
    path = tmp_path / "conditions.parquet"
    conditions_file.write(path, found["c"], found["y"], found["t"], np.array([981.0]), np.arange(5), METADATA)
    assert conditions_file.vectors(path, "c").shape == (5, 16)
    assert conditions_file.vectors(path, "y").shape == (5, 8)
    assert np.array_equal(conditions_file.vectors(path, "c")[:, 8:], conditions_file.vectors(path, "y"))


def test_values_that_are_not_finite_are_refused_and_nothing_is_written(tmp_path):
    path = tmp_path / "conditions.parquet"
    bad = np.full((1, 2, 3), np.nan, dtype=np.float32)
    with pytest.raises(UserError, match="tiny hold NaN"):
        conditions_file.write(path, bad, bad[0], bad[:, 0], np.array([0.0]), np.arange(2), METADATA)
    assert not list(tmp_path.iterdir())


def test_a_variant_is_described_by_counts_and_signs():
    c = torch.tensor([[3.0, -3.0, 0.1, 0.2], [3.0, 3.0, 0.1, -0.2]])
    keys = variant_of({"side": "head", "tau": 1.0})
    row = describe_variant(Pruning.from_plain(keys), [c, c / 10])
    assert (row["removed_dimensions"], row["removed_percent"]) == (2.0, 50.0)
    assert (row["head_positive"], row["head_negative"]) == (1.5, 0.5)
    assert (row["threshold"], row["removed_percent_all_steps"]) == (1.0, 25.0)
    assert describe_variant(None, [c])["removed_dimensions"] == 0
