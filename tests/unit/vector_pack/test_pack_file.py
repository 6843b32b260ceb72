"""A file of a pack gives back what was packed, bit for bit, and says what it lacks."""

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import conditions_file, tensors_file
from semantic_bottleneck.files.conditions_file import StoredVectors
from semantic_bottleneck.vector_pack import pack_file
from unpack_conditions import unpack_conditions

TIMES = np.array([999.0, 500.0, 0.0])
METADATA = {"model": "own", "checkpoint": "final", "training_step": "-1", "family": "dit"}
CARD = {
    "name": "own",
    "family": "dit",
    "architecture": {},
    "conditioning": {
        "kind": "class",
        "classes": 4,
        "initial_timestep": 999,
        "timesteps": {"start": 999, "stop": 0, "integer": True},
    },
}


def vectors(form: str) -> StoredVectors:
    """Of four conditions in eight dimensions: c is the sum, nearly the sum, both side by side, or t alone."""
    random = np.random.default_rng(0)
    y, t = (random.standard_normal((n, 8)).astype(np.float32) for n in (4, 3))
    c = t[:, None] + y
    if form == "nearly":
        c = np.nextafter(c, np.float32(9), dtype=np.float32)
    if form == "concatenated":
        c = np.concatenate([np.repeat(t[:, None], 4, axis=1), np.repeat(y[None], 3, axis=0)], axis=2)
    if form == "time":
        return StoredVectors(t[:, None], None, t, TIMES, np.arange(1))
    return StoredVectors(c, y, t, TIMES, np.arange(4))


def equal(left: StoredVectors, right: StoredVectors) -> bool:
    both_none = left.y is None and right.y is None
    arrays = zip((left.c, left.t, left.timesteps, left.ids), (right.c, right.t, right.timesteps, right.ids), strict=True)
    return all(np.array_equal(*pair) for pair in arrays) and (both_none or np.array_equal(left.y, right.y))


@pytest.mark.parametrize(
    ("form", "tensors"),
    [("sum", "yt"), ("nearly", "yct"), ("concatenated", "yct"), ("time", "ct")],
)
def test_all_comes_back_bit_for_bit_and_a_sum_is_not_stored(tmp_path, form, tensors):
    given, path = vectors(form), tmp_path / "own.safetensors"
    pack_file.write(path, given, METADATA)
    found, metadata = pack_file.read(path)
    assert equal(found, given)
    assert metadata == METADATA
    assert load_file(path).keys() == {*tensors, "timesteps", "conditions"}
    # The way that a study takes: through a conditions file.
    conditions = tmp_path / "conditions.parquet"
    conditions_file.write(conditions, found.c, found.y, found.t, found.timesteps, found.ids, {"model": "own"})
    assert equal(conditions_file.read(conditions), given)


def test_timesteps_are_chosen_in_the_order_asked_for_and_compared_as_networks_take_them():
    found = pack_file.at(vectors("sum"), [0.0, 999.0 + 1e-9], "own.safetensors")
    assert np.array_equal(found.c, vectors("sum").c[[2, 0]])
    assert np.array_equal(found.t, vectors("sum").t[[2, 0]])
    assert found.timesteps.tolist() == [0.0, 999.0 + 1e-9]
    with pytest.raises(UserError, match=r"own.safetensors has no vectors at timestep 250, only at 999, 500, 0"):
        pack_file.at(vectors("sum"), [999.0, 250.0], "own.safetensors")


@pytest.mark.parametrize(
    ("metadata", "words"),
    [({"model": "other"}, "holds other of the family dit, not own of dit"), ({"family": "mdt"}, "not own of dit")],
)
def test_a_file_of_another_model_is_refused(tmp_path, metadata, words):
    path = tmp_path / "own.safetensors"
    pack_file.write(path, vectors("sum"), METADATA | metadata)
    with pytest.raises(UserError, match=words):
        unpack_conditions(CARD, "own", 1, path, tmp_path / "out.parquet")


def test_another_number_of_classes_is_refused(tmp_path):
    path = tmp_path / "own.safetensors"
    pack_file.write(path, vectors("sum"), METADATA)
    card = CARD | {"conditioning": CARD["conditioning"] | {"classes": 5}}
    with pytest.raises(UserError, match="has 4 classes, but the card of own 5"):
        unpack_conditions(card, "own", 1, path, tmp_path / "out.parquet")


def test_other_files_are_refused_by_name(tmp_path):
    path = tmp_path / "own.safetensors"
    pack_file.write(path, vectors("nearly"), METADATA)
    intact, _ = tensors_file.read(path)
    others = [
        {"weight": torch.ones(3)},
        intact | {"weight": torch.ones(3)},
        {name: tensor for name, tensor in intact.items() if name != "timesteps"},
        {name: tensor for name, tensor in intact.items() if name not in ("c", "y")},
        *(intact | {name: tensor[1:]} for name, tensor in intact.items()),
        *(intact | {name: tensor.half()} for name, tensor in intact.items()),
        *(intact | {name: tensor[None]} for name, tensor in intact.items()),
        {name: tensor[:0] for name, tensor in intact.items()},
    ]
    for tensors in others:
        tensors_file.write(path, tensors)
        with pytest.raises(UserError, match=r"own.safetensors does not hold the tensors of a pack"):
            pack_file.read(path)
    with pytest.raises(UserError, match=r"gone.safetensors is damaged \(No such file"):
        pack_file.read(tmp_path / "gone.safetensors")
