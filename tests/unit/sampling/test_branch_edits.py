"""Which edit of c a branch makes at which step: thresholds of the initial step, class means of the step, draws by sample."""

import numpy as np
import pytest
import torch

from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.pruning.criteria import random_orders
from semantic_bottleneck.sampling.class_protocol import drawing_groups
from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.study.pruning import Pruning
from semantic_bottleneck.uncertainty.groups import stratified_groups
from tests.sections import variant_of

CLASSES, WIDTH, INITIAL = 3, 10, 999.0
GRID = [INITIAL, 500.0]
GROUPS = np.array([0, 0, 0, 1, 1, 1])
SAMPLES = range(3)


class Vectors:
    """c of every class, ten times as large at every later timestep that is asked for; remembers what was asked for."""

    count = CLASSES

    def __init__(self):
        generator = torch.Generator().manual_seed(1)
        self.initial, self.asked = torch.randn(CLASSES, WIDTH, generator=generator), []

    def at(self, timestep):
        self.asked.append(timestep)
        return self.initial if timestep == INITIAL else 10 * self.initial

    def of(self, timestep, conditions):
        return self.at(timestep)[conditions]


class Network:
    null_label = CLASSES


@pytest.fixture
def vectors():
    return Vectors()


def edit_of(vectors, variant, step=1):
    pruning = Pruning.from_plain(variant_of({"side": "tail"} | variant))
    return edit_at(Network(), vectors, GRID, pruning, [1, 2], GROUPS)(step)


def edited(vectors, variant, timestep, c, labels=(0, 1, 2), samples=SAMPLES, step=1):
    return edit_of(vectors, variant, step)(torch.tensor(labels), samples, timestep)(c)


def test_a_share_is_taken_of_the_entries_at_the_initial_step_whatever_the_step(vectors):
    later = vectors.at(500.0)
    kept = edited(vectors, {"quantile": 0.4}, 500.0, later) != 0
    threshold = vectors.initial.abs().flatten().quantile(0.4)
    assert torch.equal(kept, later.abs() >= threshold)
    assert kept.float().mean() > 0.9  # ten times the size: hardly an entry is below the initial step's threshold
    assert edited(vectors, {"quantile": 0.4}, INITIAL, vectors.initial).eq(0).sum() == 12


def test_a_share_of_what_all_have_in_common_is_taken_at_the_initial_step_too(vectors):
    threshold = vectors.initial.mean(dim=0).abs().quantile(0.4)
    later = 10 * vectors.initial.mean(dim=0).abs()
    kept = edited(vectors, {"quantile": 0.4, "mask": "shared"}, 500.0, torch.ones(3, WIDTH)) != 0
    assert torch.equal(kept, (later >= threshold).expand(3, WIDTH))


def test_a_class_mean_is_that_of_the_step(vectors):
    later = vectors.at(500.0)
    vectors.asked.clear()
    mean = edited(vectors, {"fraction": 1.0, "replacement": "class-mean"}, 500.0, later)
    assert vectors.asked == [500.0]
    torch.testing.assert_close(mean, later.mean(dim=0).expand(CLASSES, WIDTH))


def test_another_class_is_the_next_one_at_the_same_step_and_the_null_row_has_none(vectors):
    c = torch.zeros(4, WIDTH)
    found = edited(vectors, {"fraction": 1.0, "replacement": "other-class", "shift": 2}, 500.0, c, (0, 1, 2, CLASSES), range(4))
    assert torch.equal(found, torch.cat([10 * vectors.initial[[2, 0, 1]], torch.zeros(1, WIDTH)]))


@pytest.mark.parametrize("ranked_by", ["class-variance", "time-variance"])
def test_a_ranking_by_variance_is_the_same_for_all_vectors(vectors, ranked_by):
    mean = torch.stack([vectors.initial.mean(dim=0), 10 * vectors.initial.mean(dim=0)])
    spread = {"class-variance": vectors.initial.var(dim=0), "time-variance": mean.var(dim=0)}[ranked_by]
    kept = edited(vectors, {"side": "head", "count": 3, "ranked_by": ranked_by}, INITIAL, torch.ones(3, WIDTH)) != 0
    assert kept.sum(dim=1).tolist() == [7, 7, 7]
    assert torch.equal(kept, (spread < spread.sort().values[-3]).expand(3, WIDTH))


def test_a_shared_mask_is_that_of_the_mean_at_the_step(vectors):
    mean = vectors.initial.mean(dim=0).abs()
    kept = edited(vectors, {"count": 4, "mask": "shared"}, 500.0, torch.ones(3, WIDTH)) != 0
    assert torch.equal(kept, (mean > mean.sort().values[3]).expand(3, WIDTH))


def test_samples_of_a_group_share_a_random_choice_and_groups_differ(vectors):
    c = torch.ones(6, WIDTH)
    variant = {"side": "random", "like": "tail", "count": 4, "mask": "shared"}
    rows = edited(vectors, variant, INITIAL, c, (0, 1, 2) * 2, range(6))
    assert torch.equal(rows[:3], rows[:1].expand(3, WIDTH))
    assert torch.equal(rows[3:], rows[3:4].expand(3, WIDTH))
    assert not torch.equal(rows[0], rows[3])
    assert torch.equal(
        edited(vectors, variant, 1.0, c[4:], (1, 2), range(4, 6), step=2), rows[4:]
    )  # alone, and at another step
    own = edited(vectors, variant | {"mask": "per-vector"}, INITIAL, c, (0, 1, 2) * 2, range(6))
    assert len({tuple(row.tolist()) for row in own}) == 6


def test_noise_depends_on_the_seed_the_sample_and_the_step_alone(vectors):
    c = torch.zeros(3, WIDTH)
    variant = {"fraction": 0.5, "ranked_by": "class-variance", "noise": 2.0}
    whole = edited(vectors, variant, INITIAL, c)
    assert (whole != 0).sum(dim=1).tolist() == [5, 5, 5]
    assert torch.equal(edited(vectors, variant, INITIAL, c[:1], (1,), range(1, 2))[0], whole[1])
    for other in ({"step": 2}, {"variant": variant | {"seed": 1}}):
        assert not torch.equal(edited(**{"vectors": vectors, "variant": variant, "timestep": INITIAL, "c": c} | other), whole)
    guided = edited(vectors, variant, INITIAL, torch.zeros(2, WIDTH), (0, CLASSES), range(1))
    assert torch.equal(guided[0], guided[1])


def test_noise_is_measured_in_the_spread_of_the_conditions(vectors):
    c = torch.zeros(2000, WIDTH)
    labels, samples = torch.zeros(2000, dtype=torch.int64), range(2000)
    added = edit_of(vectors, {"fraction": 1.0, "noise": 2.0})(labels, samples, INITIAL)(c)
    torch.testing.assert_close(added.std(dim=0), 2 * vectors.initial.std(dim=0, correction=0), rtol=0.1, atol=0.0)


def test_only_the_windows_steps_are_edited_and_null_rows_only_where_asked_for(vectors):
    pruning = Pruning.from_plain(variant_of({"side": "tail", "fraction": 1.0, "branch": "conditional"}))
    edit = edit_at(Network(), vectors, GRID, pruning, [1, 2], GROUPS)
    assert [edit(step) is None for step in range(4)] == [True, False, False, True]
    c = torch.ones(2, WIDTH)
    assert edit(1)(torch.tensor([0, CLASSES]), range(1), 1.0)(c).sum(dim=1).tolist() == [0.0, WIDTH]


def test_the_baseline_has_no_edit_at_any_step(vectors):
    edit = edit_at(Network(), vectors, GRID, None, [1, 2], GROUPS)
    assert [edit(step) for step in range(4)] == [None] * 4
    assert vectors.asked == []


@pytest.mark.parametrize(("present", "left"), [(None, [0.0, 0.0]), ([1.0, 0.0], [0.0, WIDTH])])
def test_unconditional_rows_of_continuous_conditions_are_those_that_are_not_present(vectors, present, left):
    rows = ConditionRows(text=torch.ones(2, 3)) | ({} if present is None else {"present": torch.tensor(present)})
    pruning = Pruning.from_plain(variant_of({"side": "tail", "fraction": 1.0, "branch": "conditional"}))
    edit = edit_at(object(), vectors, GRID, pruning, [1], GROUPS)
    assert edit(1)(ConditionRows(rows), range(2), 1.0)(torch.ones(2, WIDTH)).sum(dim=1).tolist() == left


@pytest.mark.parametrize(("network", "number"), [(Network(), -1), (object(), CLASSES)])
def test_the_null_row_has_a_random_choice_of_its_own(vectors, network, number):
    """As condition -1; a model without one has no such row."""
    pruning = Pruning.from_plain(variant_of({"side": "random", "like": "tail", "count": 4}))
    edit = edit_at(network, vectors, GRID, pruning, [1], GROUPS)(1)
    kept = edit(torch.tensor([1, CLASSES]), range(3, 4), INITIAL)(torch.ones(2, WIDTH)) != 0
    assert torch.equal(kept, random_orders(pruning, [1, 1], [1, number], WIDTH) >= 4)


@pytest.mark.parametrize(("numbers", "places"), [(None, [1, 2]), ([2, 0], [2, 0])])
def test_a_prompt_is_known_by_its_number_or_else_by_that_of_its_sample(vectors, numbers, places):
    rows = {"text": torch.ones(4, 2), "present": torch.tensor([1.0, 1.0, 0.0, 0.0])}
    rows |= {} if numbers is None else {"condition": torch.tensor(numbers)}
    edit = edit_of(vectors, {"fraction": 1.0, "replacement": "other-class", "shift": 1})
    found = edit(ConditionRows(rows), range(1, 3), 500.0)
    others = 10 * vectors.initial[[(place + 1) % CLASSES for place in places]]
    assert torch.equal(found(torch.zeros(4, WIDTH)), torch.cat([others, torch.zeros(2, WIDTH)]))


def test_a_draw_is_a_group_that_the_jackknife_leaves_out():
    for samples, classes, groups in ((1000, 10, 20), (50, 10, 20), (60, 10, 5)):
        expected = stratified_groups(np.arange(samples), classes, groups).member
        assert drawing_groups(samples, classes, groups).tolist() == expected.tolist()
    assert drawing_groups(7, None, 3).tolist() == [*range(7)]
    assert drawing_groups(7, 3, None).tolist() == [0] * 7
