"""Which dimensions go: every criterion against a vector whose answer is written out."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semantic_bottleneck.pruning.criteria import pruning_edit, resolve, select
from semantic_bottleneck.study.pruning import Pruning, Quantile, Tau

DEFAULTS = {"magnitude": "c", "replacement": "zero", "window": "every", "null": True, "seed": 0}
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
    first = [pruned({"side": "random", "like": "tail", "count": count, "seed": 3}, equal)[0] for count in (1, 2, 3)]
    assert first == [[0, 0, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0, 1, 0]]


def test_counts_and_fractions_take_the_ends_of_the_ranking():
    assert pruned({"side": "tail", "count": 1}) == [[1, 0, 0, 0], [0, 1, 0, 0]]
    assert pruned({"side": "head", "fraction": 0.5}) == [[0, 1, 1, 0], [1, 0, 0, 1]]
    assert pruned({"side": "tail", "count": 0}) == [[0, 0, 0, 0], [0, 0, 0, 0]]


def test_silu_ranking_spares_no_large_negative_entry():
    # |SiLU(-4)| = 0.072 is below |SiLU(0.5)| = 0.311: the entry that tops |c| is third by what AdaLN sees.
    assert pruned({"side": "head", "count": 1})[0] == [0, 1, 0, 0]
    assert pruned({"side": "head", "count": 1, "magnitude": "silu"})[0] == [0, 0, 1, 0]


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
    share = pruning(side="head", quantile=0.25, magnitude="silu", seed=4)
    resolved = resolve(share, lambda: torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0]]))
    assert resolved == replace(share, criterion=Tau(pytest.approx(3 / (1 + math.exp(-3)))))
    assert share.criterion == Quantile(0.25)


def test_a_quantile_that_nobody_resolved_selects_nothing():
    with pytest.raises(ValueError, match="resolve"):
        select(C, pruning(side="tail", quantile=0.4))


def test_random_removes_as_many_as_its_model_side_from_one_seeded_order():
    c = torch.randn(20, 64, generator=torch.Generator().manual_seed(1))
    tail = torch.tensor(pruned({"side": "tail", "tau": 0.5}, c))
    chosen = torch.tensor(pruned({"side": "random", "like": "tail", "tau": 0.5}, c))
    assert (chosen.sum(1) == tail.sum(1)).all()
    assert not torch.equal(chosen, tail)
    fewest, most = chosen[chosen.sum(1).argmin()], chosen[chosen.sum(1).argmax()]
    assert (fewest <= most).all()  # nested: the same dimensions go first in every row
    other = torch.tensor(pruned({"side": "random", "like": "tail", "tau": 0.5, "seed": 1}, c))
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
    edited = pruning_edit(pruning(side="tail", tau=0.3), None, None)(C)
    torch.testing.assert_close(edited, torch.tensor([[0.0, -4.0, 0.5, 0.0], [3.0, 0.0, 0.0, 0.4]]))
    assert torch.equal(C, before)


def test_class_mean_replaces_by_the_mean_of_that_dimension():
    mean = C.mean(0)
    edited = pruning_edit(pruning(side="tail", tau=0.3, replacement="class-mean"), None, lambda: mean)(C)
    assert edited[0].tolist() == pytest.approx([mean[0].item(), -4.0, 0.5, mean[3].item()])


@pytest.mark.parametrize("prunes_null", [True, False])
def test_null_rows_can_be_spared(prunes_null):
    null_rows = torch.tensor([False, True])
    edited = pruning_edit(pruning(side="tail", tau=0.3, null=prunes_null), null_rows, None)(C)
    assert torch.equal(edited[1], C[1]) != prunes_null
    assert edited[0, 0] == 0
