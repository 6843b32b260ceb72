"""Factorised AdaLN maps: what is kept exactly, which are best, and on which rows they are judged."""

import pytest
import torch

from semantic_bottleneck.compression.errors import Layer, break_even_rank, centred_error, folds_of, measure_errors, needed_ranks
from semantic_bottleneck.compression.factors import METHODS, Distribution, Factors, factors
from semantic_bottleneck.compression.fed_rows import FedRows

WIDTH, OUTPUTS, ROWS = 12, 30, 60


@pytest.fixture
def layer():
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(OUTPUTS, WIDTH, dtype=torch.float64, generator=generator)
    return Layer(weight, torch.randn(OUTPUTS, dtype=torch.float64, generator=generator))


@pytest.fixture
def s():
    generator = torch.Generator().manual_seed(2)
    spread = torch.linspace(3, 0.01, WIDTH, dtype=torch.float64)
    return torch.randn(ROWS, WIDTH, dtype=torch.float64, generator=generator) * spread + 5


@pytest.mark.parametrize("method", METHODS)
def test_the_mean_is_kept_exactly_and_at_full_rank_everything(method, layer, s):
    distribution = Distribution.of(s)
    exact = s @ layer.weight.T + layer.bias
    small = factors(method, layer.weight, layer.bias, distribution, 3)
    assert (small.down.shape, small.up.shape) == ((3, WIDTH), (OUTPUTS, 3))
    torch.testing.assert_close(small(s).mean(dim=0), exact.mean(dim=0), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(factors(method, layer.weight, layer.bias, distribution, WIDTH)(s), exact)


@pytest.mark.parametrize("rank", [1, 4, 7])
def test_the_optimal_error_is_the_tail_of_the_singular_values_of_what_the_layer_puts_out(rank, layer, s):
    exact = s @ layer.weight.T
    values = torch.linalg.svdvals(exact - exact.mean(dim=0)).square()
    bound = float((values[rank:].sum() / values.sum()).sqrt())
    found = {
        method: centred_error(layer, factors(method, layer.weight, layer.bias, Distribution.of(s), rank), s)
        for method in METHODS
    }
    assert found["optimal"] == pytest.approx(bound, rel=1e-6)
    assert min(found, key=found.get) == "optimal"
    assert found["random"] > 1.05 * bound


def test_columns_keep_the_dimensions_of_largest_variance(layer, s):
    kept = factors("columns", layer.weight, layer.bias, Distribution.of(s), 3).down.argmax(dim=1)
    assert sorted(kept.tolist()) == sorted(s.var(dim=0).argsort(descending=True)[:3].tolist())


def test_needed_ranks_are_the_smallest_whose_error_is_below(layer, s):
    layers = {"one": layer}
    for target, rank in needed_ranks(layers, s).items():
        errors = [
            centred_error(layer, factors("optimal", layer.weight, layer.bias, Distribution.of(s), each), s)
            for each in (rank - 1, rank)
        ]
        assert errors[1] <= target < errors[0]


def test_break_even_is_where_the_factors_would_hold_as_many_numbers(layer):
    rank = break_even_rank({"one": layer})
    assert rank * (WIDTH + OUTPUTS) < WIDTH * OUTPUTS <= (rank + 1) * (WIDTH + OUTPUTS)


def test_folds_leave_each_class_out_once_and_the_null_row_never():
    times = torch.tensor([0.0, 0.5, 1.0]).repeat_interleave(5)
    rows = FedRows(times, torch.arange(5).repeat(3))  # label 4 is the null row
    folds = folds_of(rows, classes=4, folds=3)
    assert [(fold.kind, fold.number) for fold in folds] == [
        *(("fitted", 0), ("classes", 0), ("classes", 1), ("classes", 2)),
        *(("timesteps", 0), ("timesteps", 1)),
    ]
    held = torch.stack([fold.judged for fold in folds if fold.kind == "classes"]).sum(dim=0)
    assert torch.equal(held, (rows.labels < 4).long())
    for fold in folds[1:]:
        assert not (fold.fitted & fold.judged).any()
    assert torch.equal(times[folds[4].judged].unique(), torch.tensor([0.0, 1.0]))


def test_a_class_that_was_left_out_is_worse_off(layer):
    """Classes on axes of their own: a fit without one cannot know its direction."""
    s = 4 * torch.eye(WIDTH, dtype=torch.float64)[torch.arange(24) % 6]
    rows = FedRows(torch.arange(24) // 6 / 4, torch.arange(24) % 6)
    found = list(measure_errors({"one": layer}, s + 1e-3 * torch.randn_like(s), folds_of(rows, 6, 3), [5], seed=0))
    by_kind = {row.rows: row.error for row in found if row.method == "optimal"}
    assert by_kind["fitted"] < 0.01 < 0.5 < by_kind["classes"]
    assert by_kind["timesteps"] < 0.01
    assert {row.method for row in found if row.rows == "fitted"} == set(METHODS)


def test_random_directions_depend_on_the_seed_alone(layer, s):
    def drawn(seed) -> Factors:
        return factors("random", layer.weight, layer.bias, Distribution.of(s), 3, seed)

    assert torch.equal(drawn(1).down, drawn(1).down)
    assert not torch.equal(drawn(1).down, drawn(2).down)
