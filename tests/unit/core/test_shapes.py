"""The axes that the library's array types name hold in every call of every test; here, that they would be missed."""

import sys
from importlib import import_module

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from semantic_bottleneck.geometry import measures
from semantic_bottleneck.models.class_conditioner import ClassConditioner
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.randomness.noise import standard_normal
from semantic_bottleneck.sampling.guidance import combine
from semantic_bottleneck.scores import moments
from semantic_bottleneck.uncertainty.jackknife import Deletions
from semantic_bottleneck.uncertainty.shares import paired_interval
from tests.shapes import annotated_modules

SIZES = np.ones(3, dtype=np.int64)


@pytest.mark.parametrize(
    "call",
    [
        lambda: measures.cosine_matrix(np.ones(3)),  # one axis in place of two
        lambda: measures.cosine_matrix(np.ones((2, 3), dtype=np.int64)),  # another kind of number
        lambda: measures.pairwise(np.ones((2, 3))),  # not square
        lambda: paired_interval(np.ones(3, dtype=bool), np.ones(4, dtype=bool)),  # axes of one name
        lambda: Deletions(0.0, np.zeros(4), SIZES),  # of a dataclass
        lambda: Deletions(0.0, np.zeros(3, dtype=np.float32), SIZES),
        lambda: Deletions(0.0, np.zeros(3), SIZES, np.zeros(2, dtype=np.int64)),  # where None may be given as well
        lambda: moments.Moments(3, np.zeros(2), np.zeros((2, 3)), np.zeros(2)),
        lambda: combine(torch.ones(2, 4, 1, 1), torch.ones(1, 4, 1, 1), 2.0, None),  # would broadcast
        lambda: ClassConditioner(8).condition(torch.ones(2), torch.ones(1, dtype=torch.int64)).c,  # would broadcast
        lambda: ClassConditioner(8).condition(torch.ones(2), torch.ones(2)),
    ],
)
def test_an_array_of_another_shape_or_kind_fails(call):
    with pytest.raises(TypeCheckError):
        call()


def test_results_are_checked_too(monkeypatch):
    monkeypatch.setattr(np, "empty", lambda shape: np.ones(shape, dtype=np.float32))
    with pytest.raises(TypeCheckError, match="return value"):
        standard_normal(0, [], 0, (2,))


def test_arrays_of_these_axes_pass():
    ones = torch.ones(2, 8)
    assert Condition(ones, ones, torch.ones(2, 16)).c.shape == (2, 16)
    assert standard_normal(0, [1, 2], 0, (2, 3)).shape == (2, 2, 3)


def test_what_is_annotated_is_under_watch():
    modules = annotated_modules()
    assert len(modules) > 50
    for name in modules:
        if name in sys.modules:
            assert import_module(name).__spec__.loader.__class__.__name__ == "_JaxtypingLoader", name
