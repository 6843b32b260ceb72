"""Which edit of c a branch makes at which step: thresholds of the initial step, class means of the step itself."""

import pytest
import torch

from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.study.pruning import Pruning

CLASSES, WIDTH, INITIAL = 3, 10, 999.0
VARIANT = {"side": "tail", "magnitude": "c", "replacement": "zero", "window": "every", "null": True, "seed": 0}


class Vectors:
    """c of every class, ten times as large at every later timestep that is asked for; remembers what was asked for."""

    def __init__(self):
        generator = torch.Generator().manual_seed(1)
        self.initial, self.asked = torch.randn(CLASSES, WIDTH, generator=generator), []

    def at(self, timestep):
        self.asked.append(timestep)
        return self.initial if timestep == INITIAL else 10 * self.initial


class Network:
    null_label = CLASSES


@pytest.fixture
def vectors():
    return Vectors()


def edited(vectors, variant, timestep, c, labels=(0, 1, 2)):
    pruning = Pruning.from_plain(VARIANT | variant)
    return edit_at(Network(), vectors, INITIAL, pruning, [1, 2])(1)(torch.tensor(labels), timestep)(c)


def test_a_share_is_taken_of_the_entries_at_the_initial_step_whatever_the_step(vectors):
    later = vectors.at(500.0)
    kept = edited(vectors, {"quantile": 0.4}, 500.0, later) != 0
    threshold = vectors.initial.abs().flatten().quantile(0.4)
    assert torch.equal(kept, later.abs() >= threshold)
    assert kept.float().mean() > 0.9  # ten times the size: hardly an entry is below the initial step's threshold
    assert edited(vectors, {"quantile": 0.4}, INITIAL, vectors.initial).eq(0).sum() == 12


def test_a_class_mean_is_that_of_the_step(vectors):
    later = vectors.at(500.0)
    vectors.asked.clear()
    mean = edited(vectors, {"fraction": 1.0, "replacement": "class-mean"}, 500.0, later)
    assert vectors.asked == [500.0]
    torch.testing.assert_close(mean, later.mean(dim=0).expand(CLASSES, WIDTH))


def test_only_the_windows_steps_are_edited_and_null_rows_only_where_asked_for(vectors):
    pruning = Pruning.from_plain(VARIANT | {"fraction": 1.0, "null": False})
    edit = edit_at(Network(), vectors, INITIAL, pruning, [1, 2])
    assert [edit(step) is None for step in range(4)] == [True, False, False, True]
    c = torch.ones(2, WIDTH)
    assert edit(1)(torch.tensor([0, CLASSES]), 1.0)(c).sum(dim=1).tolist() == [0.0, WIDTH]


def test_the_baseline_has_no_edit_at_any_step(vectors):
    edit = edit_at(Network(), vectors, INITIAL, None, [1, 2])
    assert [edit(step) for step in range(4)] == [None] * 4
    assert vectors.asked == []
