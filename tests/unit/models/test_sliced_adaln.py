"""Dropping the columns of pruned dimensions changes nothing but the order of addition."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from semantic_bottleneck.models.layers import modulation
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.models.sliced_adaln import SlicedModulation, shared_kept, sliced
from semantic_bottleneck.pruning.adaln_cost import SHARES, measure_slicing
from semantic_bottleneck.pruning.editing import pruning_edit
from semantic_bottleneck.study.pruning import Pruning
from tests.golden.recipe import fill_state_dict
from tests.sections import card_of, variant_of
from tests.unit.models.architectures import SMALL_FAMILIES

TAIL = variant_of({"side": "tail", "fraction": 0.4})


def dense_layer(seed, width, dtype=torch.float64):
    torch.manual_seed(seed)
    layer = modulation(width, 2).to(dtype)
    nn.init.normal_(layer[1].bias)
    return layer


@given(st.integers(0, 10_000), st.integers(2, 24), st.integers(1, 5), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_any_shared_mask_gives_the_dense_result(seed, width, rows, share):
    layer = dense_layer(seed, width)
    generator = torch.Generator().manual_seed(seed)
    pruned = torch.rand(rows, width, generator=generator) < share
    c = torch.randn(rows, width, dtype=torch.float64, generator=generator).masked_fill(pruned, 0)
    kept = shared_kept(pruned)
    found = SlicedModulation(layer, kept)(c)
    torch.testing.assert_close(found, layer(c), rtol=1e-13, atol=1e-13)
    assert SlicedModulation(layer, kept).weight.shape == (2 * width, len(kept))


def test_the_exact_sums_are_equal_to_the_last_bit():
    """In exact arithmetic on the very float64 numbers that the layers multiply, both sums are the same rational."""
    layer = dense_layer(3, 12)
    c = torch.randn(1, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    c[0, [0, 4, 5, 11]] = 0
    kept = shared_kept(c == 0)
    assert kept.tolist() == [1, 2, 3, 6, 7, 8, 9, 10]
    active, few = nn.functional.silu(c)[0], SlicedModulation(layer, kept)
    for row, short in zip(layer[1].weight.detach(), few.weight, strict=True):
        whole = sum(Fraction(float(w)) * Fraction(float(a)) for w, a in zip(row, active, strict=True))
        part = sum(Fraction(float(w)) * Fraction(float(a)) for w, a in zip(short, active[kept], strict=True))
        assert whole == part


def network_of(family):
    network = build_network(family, SMALL_FAMILIES[family])
    fill_state_dict({name: tensor for name, tensor in network.state_dict().items() if "freqs" not in name})
    return network.eval()


@pytest.mark.parametrize("family", ["dit", "mdt", "lightningdit"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-5)])
@pytest.mark.parametrize("network_side", ["tail", "random"])
def test_a_whole_network_with_sliced_modulations_is_the_pruned_network(family, dtype, tolerance, network_side):
    network = network_of(family).to(dtype)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 4, 8, 8, generator=generator, dtype=dtype)
    t, y = torch.full((3,), 0.4, dtype=dtype), torch.tensor([1, 1, 1])
    like = {"like": "tail", "mask": "shared"} if network_side == "random" else {}
    edit = pruning_edit(Pruning.from_plain(TAIL | like | {"side": network_side}))
    # The embedder computes in float32 whatever its weights are.
    network.t_embedder.to(torch.float32)
    with torch.inference_mode():
        seen = []
        dense = network(x, t, y, edit=lambda c: seen.append(edit(c.to(dtype))) or seen[-1])
        kept = shared_kept(seen[0] == 0)
        assert len(kept) == network.hidden_size - round(0.4 * network.hidden_size)
        with sliced(network, kept):
            few = network(x, t, y, edit=lambda c: edit(c.to(dtype)))
        again = network(x, t, y, edit=lambda c: edit(c.to(dtype)))
    torch.testing.assert_close(few, dense, rtol=tolerance, atol=tolerance)
    assert torch.equal(again, dense)


def test_a_dimension_that_one_row_keeps_stays():
    pruned = torch.tensor([[True, True, False], [True, False, False]])
    assert shared_kept(pruned).tolist() == [1, 2]


def test_the_measured_costs_are_the_layers():
    card = card_of({"name": "sit", "family": "dit", "architecture": SMALL_FAMILIES["dit"]})
    table = measure_slicing(card, (1, 2), "cpu")
    width = SMALL_FAMILIES["dit"]["hidden_size"]
    columns = {name: np.array(values) for name, values in table.items()}
    assert len(columns["rows"]) == 2 * 2 * len(SHARES)
    for rows, share, part, flops, size in zip(*(columns[name] for name in list(columns)[:5]), strict=True):
        kept = width - round(share * width)
        if part == "adaln":
            assert flops == 2 * rows * kept * 6 * width
            assert size == 4 * (kept + 1) * 6 * width
    block = columns["flops"][(columns["part"] == "block") & (columns["rows"] == 1)]
    assert (np.diff(block) < 0).all()
    assert (columns["seconds"] > 0).all()
