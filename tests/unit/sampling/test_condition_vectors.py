"""c of all conditions of a model, and what goes into a file of latents."""

from concurrent.futures import Future
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from semantic_bottleneck.files import parquet
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.sampling import model_run
from semantic_bottleneck.sampling.model_run import ConditionVectors, labels_for_file, write_latents
from semantic_bottleneck.sampling.trajectory import Trajectories
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.sample_plan import SamplePlan
from tests.sections import card_of, conditioning_of
from tests.workflow.project import ROOT

CARD = {"name": "dit", "family": "dit", "architecture": {}}
CLASS = {"kind": "class", "classes": 4, "initial_timestep": 999.0, "timesteps": {"start": 999.0, "stop": 0.0}}
VIDEO = load_card(ROOT / "config/models/mdsgen-b.yaml")["conditioning"] | {"initial_timestep": 999.0}
PLAN = SamplePlan(seed=0, samples=8, shards=1, micro_batch=8, labels="balanced", precision="fp32", compile=False)
TEXTS = torch.arange(360.0).reshape(120, 3)


class Network:
    """t is the time in every dimension, y the label or the text; remembers how many rows it was asked for at which time."""

    def __init__(self):
        self.asked = []

    def condition(self, times, rows):
        self.asked.append((len(times), float(times[0])))
        time = times[:, None].expand(-1, 3)
        text = rows["text"] if isinstance(rows, ConditionRows) else rows[:, None].expand(-1, 3).float()
        return Condition(time, text, time + text)


class Inputs:
    def __init__(self, path):
        self._rows = ConditionRows(text=TEXTS)

    def __getitem__(self, part):
        return self._rows[part]

    def batches(self, size):
        return (self._rows[start : start + size] for start in range(0, len(TEXTS), size))


def test_of_classes_all_but_the_null_row():
    vectors = ConditionVectors(Network(), conditioning_of(CLASS), None, "cpu")
    assert vectors.at(7.0).tolist() == [[7.0 + label] * 3 for label in range(4)]


def test_of_some_conditions_they_are_rows_of_all(monkeypatch):
    monkeypatch.setattr(model_run, "PreparedInputs", Inputs)
    some = torch.tensor([3, 0, 3])
    for kind, inputs in ((CLASS, None), (VIDEO, "inputs.parquet")):
        vectors = ConditionVectors(Network(), conditioning_of(kind), inputs, "cpu")
        assert torch.equal(vectors.of(7.0, some), vectors.at(7.0)[some])


def test_of_continuous_conditions_y_is_made_once_in_small_batches_and_t_of_one_row(monkeypatch):
    monkeypatch.setattr(model_run, "PreparedInputs", Inputs)
    network = Network()
    vectors = ConditionVectors(network, conditioning_of(VIDEO), "inputs.parquet", "cpu")
    for timestep in (999.0, 5.0):
        torch.testing.assert_close(vectors.at(timestep), TEXTS + timestep)
    # The first of the rows at 999 tells whether c has a y at all.
    assert sorted(network.asked) == [(1, 5.0), (1, 999.0), (1, 999.0), (20, 999.0), (50, 999.0), (50, 999.0)]


@pytest.mark.parametrize(("conditioning", "labels"), [(CLASS, [3, 0, 1, 2]), (VIDEO, [-1, -1, -1, -1])])
def test_a_sample_without_a_class_is_labelled_minus_one(conditioning, labels):
    assert labels_for_file(card_of(CARD | {"conditioning": conditioning}), PLAN, range(7, 11)).tolist() == labels


@pytest.mark.parametrize("known", [True, False])
def test_a_file_of_latents_names_its_weights_where_they_are_known(tmp_path, known):
    origin: Future = Future()
    origin.set_result({"checkpoint_source": "https://example.org/dit.pt"})
    generation = SimpleNamespace(variant="baseline", origin=origin if known else None)
    result = Trajectories(np.arange(2), np.zeros((2, 1, 2, 2), dtype=np.float32), {}, 12)
    card = card_of(CARD | {"conditioning": VIDEO})
    write_latents(tmp_path / "latents.parquet", generation, result, card, PLAN, range(2))
    metadata = parquet.read_metadata(tmp_path / "latents.parquet")
    assert (metadata["model"], metadata["variant"], metadata["evaluations"]) == ("dit", "baseline", "12")
    assert metadata.get("checkpoint_source") == ("https://example.org/dit.pt" if known else None)
