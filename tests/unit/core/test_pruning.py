"""Which dimensions go: every criterion against a vector whose answer is written out."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semantic_bottleneck.pruning.criteria import random_orders, resolve, select
from semantic_bottleneck.pruning.editing import pruning_edit
from semantic_bottleneck.pruning.spread import spread_of, variance_over_time
from semantic_bottleneck.study.pruning import Pruning, Quantile, Tau
from tests.sections import variant_of

DEFAULTS = variant_of({})
C = torch.tensor([[0.1, -4.0, 0.5, -0.2], [3.0, 0.1, -0.1, 0.4]])


def pruning(**keys):
    return Pruning.from_plain(DEFAULTS | keys)


def pruned(keys, c=C):
    return select(c, resolve(pruning(**keys), lambda: c)).int().tolist()


def test_tail_and_head_follow_each_vector():
    assert pruned({"side": "tail", "tau": 0.3}) == [[1, 0, 0, 1], [0, 1, 1, 0]]
    assert pruned({"side": "head", "tau": 0.3}) == [[0, 1, 1, 0], [1, 0, 0, 1]]


def test_an_entry_at_the_threshold_stays_on_both_sides():
    """Eq. 2 prunes what lies below or above it."""
    at = torch.tensor([[0.5, -0.5, 0.25, 1.0]])
    assert pruned({"side": "tail", "tau": 0.5}, at) == [[0, 0, 1, 0]]
    assert pruned({"side": "head", "tau": 0.5}, at) == [[0, 0, 0, 1]]


def test_equal_entries_go_in_the_order_of_their_dimensions():
    equal = torch.full((2, 300), 0.5)
    for side in ("tail", "head"):
        assert pruned({"side": side, "count": 2}, equal) == [[1, 1] + [0] * 298] * 2


def test_the_random_order_of_a_seed_is_for_ever_the_same():
    equal = torch.ones(1, 8)
    first = [
        pruned({"side": "random", "like": "tail", "mask": "shared", "count": count, "seed": 3}, equal)[0] for count in (1, 2, 3)
    ]
    assert first == [[0, 0, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0, 1, 0]]
    own = random_orders(pruning(side="random", like="tail", count=1, seed=3), [0, 0], [-1, 2], 8)
    assert own.tolist() == [[2, 3, 6, 1, 4, 0, 7, 5], [2, 4, 0, 1, 7, 5, 6, 3]]


def test_no_condition_has_the_order_that_all_share():
    shared, own = (pruning(side="random", like="tail", count=1, mask=mask) for mask in ("shared", "per-vector"))
    conditions = [*range(-1, 9)]
    orders = random_orders(own, [0] * 10, conditions, 50)
    assert not (orders == random_orders(shared, [0] * 10, conditions, 50)).all(dim=1).any()


def test_counts_and_fractions_take_the_ends_of_the_ranking():
    assert pruned({"side": "tail", "count": 1}) == [[1, 0, 0, 0], [0, 1, 0, 0]]
    assert pruned({"side": "head", "fraction": 0.5}) == [[0, 1, 1, 0], [1, 0, 0, 1]]
    assert pruned({"side": "tail", "count": 0}) == [[0, 0, 0, 0], [0, 0, 0, 0]]


def test_silu_ranking_spares_no_large_negative_entry():
    # |SiLU(-4)| = 0.072 is below |SiLU(0.5)| = 0.311: the entry that tops |c| is third by what AdaLN sees.
    assert pruned({"side": "head", "count": 1})[0] == [0, 1, 0, 0]
    assert pruned({"side": "head", "count": 1, "ranked_by": "silu"})[0] == [0, 0, 1, 0]


def test_a_quantile_removes_that_share_of_all_entries():
    c = torch.randn(50, 40, generator=torch.Generator().manual_seed(0))
    for side in ("tail", "head"):
        chosen = torch.tensor(pruned({"side": side, "quantile": 0.39}, c))
        assert chosen.float().mean() == pytest.approx(0.39, abs=0.001)


def test_only_a_quantile_asks_for_the_initial_vectors():
    def initial():
        raise AssertionError("asked")

    for keys in ({"tau": 0.3}, {"count": 2}, {"fraction": 0.5}):
        whole = pruning(side="tail", **keys)
        assert resolve(whole, initial) is whole
    share = pruning(side="head", quantile=0.25, ranked_by="silu", seed=4)
    resolved = resolve(share, lambda: torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0]]))
    assert resolved == replace(share, criterion=Tau(pytest.approx(3 / (1 + math.exp(-3)))))
    assert share.criterion == Quantile(0.25)


def test_a_quantile_that_nobody_resolved_selects_nothing():
    with pytest.raises(ValueError, match="resolve"):
        select(C, pruning(side="tail", quantile=0.4))


def test_random_removes_as_many_as_its_model_side_from_one_seeded_order():
    c = torch.randn(20, 64, generator=torch.Generator().manual_seed(1))
    tail = torch.tensor(pruned({"side": "tail", "tau": 0.5}, c))
    chosen = torch.tensor(pruned({"side": "random", "like": "tail", "mask": "shared", "tau": 0.5}, c))
    assert (chosen.sum(1) == tail.sum(1)).all()
    assert not torch.equal(chosen, tail)
    fewest, most = chosen[chosen.sum(1).argmin()], chosen[chosen.sum(1).argmax()]
    assert (fewest <= most).all()  # nested: the same dimensions go first in every row
    other = torch.tensor(pruned({"side": "random", "like": "tail", "mask": "shared", "tau": 0.5, "seed": 1}, c))
    assert not torch.equal(chosen, other)


@given(st.integers(0, 2**31), st.sampled_from(["tail", "head"]), st.integers(0, 12))
def test_exactly_count_dimensions_go_and_they_are_the_extremes(seed, side, count):
    c = torch.randn(3, 12, generator=torch.Generator().manual_seed(seed))
    chosen = select(c, pruning(side=side, count=count))
    assert (chosen.sum(1) == count).all()
    for row, mask in zip(c.abs(), chosen, strict=True):
        if 0 < count < 12:
            removed, kept = row[mask], row[~mask]
            assert removed.max() <= kept.min() if side == "tail" else removed.min() >= kept.max()


def test_the_edit_zeroes_only_what_is_selected_and_leaves_its_input_alone():
    before = C.clone()
    edited = pruning_edit(pruning(side="tail", tau=0.3))(C)
    torch.testing.assert_close(edited, torch.tensor([[0.0, -4.0, 0.5, 0.0], [3.0, 0.0, 0.0, 0.4]]))
    assert torch.equal(C, before)


def test_class_mean_replaces_by_the_mean_of_that_dimension():
    mean = C.mean(0)
    edited = pruning_edit(pruning(side="tail", tau=0.3, replacement="class-mean"), spread=spread_of(C))(C)
    assert edited[0].tolist() == pytest.approx([mean[0].item(), -4.0, 0.5, mean[3].item()])


@pytest.mark.parametrize("branch", ["both", "conditional"])
def test_null_rows_can_be_spared(branch):
    null_rows = torch.tensor([False, True])
    edited = pruning_edit(pruning(side="tail", tau=0.3, branch=branch), null_rows)(C)
    assert torch.equal(edited[1], C[1]) == (branch == "conditional")
    assert edited[0, 0] == 0


def test_ranks_are_counted_from_the_largest_and_include_both_ends():
    assert pruned({"side": "ranks", "ranks": [2, 3]}) == [[0, 0, 1, 1], [0, 1, 0, 1]]
    assert pruned({"side": "ranks", "ranks": [1, 1]}) == pruned({"side": "head", "count": 1})


@given(st.integers(0, 2**31), st.lists(st.floats(0, 1), min_size=1, max_size=4), st.integers(1, 40))
def test_shares_that_meet_divide_the_dimensions(seed, cuts, width):
    c = torch.randn(3, width, generator=torch.Generator().manual_seed(seed))
    ends = [0.0, *sorted(cuts), 1.0]
    parts = [select(c, pruning(side="ranks", ranks=list(pair))) for pair in pairwise(ends)]
    assert torch.stack(parts).sum(dim=0).eq(1).all()


def test_a_quantile_of_a_shared_mask_is_that_of_the_mean():
    c = torch.randn(50, 40, generator=torch.Generator().manual_seed(0))
    shared = pruning(side="tail", quantile=0.25, mask="shared")
    chosen = select(c, resolve(shared, lambda: c, spread_of(c)), spread_of(c))
    assert chosen.all(dim=0).sum() == chosen.any(dim=0).sum() == 10


def test_a_shared_mask_and_a_variance_need_the_conditions():
    for keys in ({"mask": "shared"}, {"ranked_by": "class-variance"}, {"ranked_by": "time-variance"}):
        with pytest.raises(ValueError, match="conditions"):
            select(C, pruning(side="tail", count=1, **keys))
    with pytest.raises(ValueError, match="grid of timesteps"):
        select(C, pruning(side="tail", count=1, ranked_by="time-variance"), spread_of(C))


def test_variance_over_time_is_that_of_the_mean_over_conditions():
    steps = [torch.tensor([[1.0, 2.0], [3.0, 2.0]]), torch.tensor([[0.0, 2.0], [0.0, 2.0]])]
    assert variance_over_time(steps).tolist() == [1.0, 0.0]


@given(st.integers(0, 2**31), st.integers(0, 7), st.integers(-1, 5))
def test_random_orders_depend_on_the_draw_and_per_vector_on_the_condition_too(seed, draw, condition):
    one, two = (pruning(side="random", like="tail", count=1, seed=seed, mask=mask) for mask in ("shared", "per-vector"))
    shared = random_orders(one, [draw, draw, draw + 1], [condition, condition + 1, condition], 50)
    assert torch.equal(shared[0], shared[1])
    assert not torch.equal(shared[0], shared[2])
    own = random_orders(two, [draw, draw, draw], [condition, condition + 1, condition], 50)
    assert torch.equal(own[0], own[2])
    assert not torch.equal(own[0], own[1])
    assert sorted(own[0].tolist()) == [*range(50)]
