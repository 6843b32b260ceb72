"""The sum t + y taken apart: c wider than the tokens, t in few dimensions or none, low rank, a grid in place of a table."""

import math

import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.layers import CrossAttention
from semantic_bottleneck.models.registry import build_conditioner, build_network
from tests.unit.models.architectures import SMALL

PLAIN = {**SMALL, "num_classes": 6, "condition_size": 40}
ARMS = {
    "wide": {},
    "confined": {"t_dimensions": 3},
    "timeless": {"t_dimensions": 0},
    "low-rank": {"embedding_rank": 4},
    "low-rank-confined": {"embedding_rank": 4, "t_dimensions": 1},
    "grid": {"label_grid": [3, 2]},
    "tokens": {"condition_size": 48, "condition_by": "tokens"},
    "tokens-apart": {"condition_size": 48, "condition_by": "tokens", "t_apart": True},
    "attended": {"condition_size": 48, "condition_by": "cross-attention"},
    "attended-apart": {"condition_size": 48, "condition_by": "cross-attention", "t_apart": True, "t_dimensions": 3},
}
WAYS = ["tokens", "tokens-apart", "attended", "attended-apart"]
T, Y = torch.tensor([0.1, 0.5, 0.9, 0.3]), torch.tensor([0, 3, 5, 6])


def network_of(arm, seed=0):
    network = build_network("dit", PLAIN | ARMS[arm], generator=torch.Generator().manual_seed(seed)).eval()
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.2, generator=torch.Generator().manual_seed(weight.numel()))
    return network


@pytest.mark.parametrize("arm", ARMS)
@torch.no_grad()
def test_every_arm_is_a_network_whose_conditioner_is_its_own(arm):
    network, x = network_of(arm), torch.randn(4, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    found = network.condition(T, Y)
    assert found.c.shape == found.t.shape == found.y.shape == (4, ARMS[arm].get("condition_size", 40))
    assert network(x, T, Y).shape == (4, 8, 8, 8)
    conditioner = build_conditioner("dit", PLAIN | ARMS[arm])
    conditioner.load_state_dict({name: network.state_dict()[name] for name in conditioner.state_dict()})
    assert torch.equal(conditioner.condition(T, Y).c, found.c)


@torch.no_grad()
def test_t_stays_in_its_dimensions_and_absent_t_changes_nothing():
    confined, timeless = network_of("confined").condition(T, Y), network_of("timeless")
    assert (confined.t[:, :3] != 0).all()
    assert (confined.t[:, 3:] == 0).all()
    assert not any(name.startswith("t_embedder") for name in timeless.state_dict())
    x = torch.randn(4, 4, 8, 8)
    assert torch.equal(timeless(x, T, Y), timeless(x, T.flip(0), Y))


@pytest.mark.parametrize("arm", WAYS)
@torch.no_grad()
def test_where_t_stands_apart_c_is_y_and_both_are_consumed(arm):
    network, x = network_of(arm), torch.randn(4, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    found = network.condition(T, Y)
    assert torch.equal(found.c, found.y if "apart" in arm else found.t + found.y)
    plain = network(x, T, Y)
    assert not torch.allclose(plain, network(x, T.flip(0), Y), atol=1e-3)
    assert not torch.allclose(plain, network(x, T, Y.flip(0)), atol=1e-3)
    assert not torch.allclose(plain, network(x, T, Y, edit=torch.zeros_like), atol=1e-3)
    assert torch.equal(plain, network(x, T, Y, edit=lambda c: c))


@pytest.mark.parametrize("arm", WAYS)
@torch.no_grad()
def test_adaln_is_fed_with_t_alone_or_is_a_constant(arm):
    network, seen = network_of(arm), []
    for layer in (*network.blocks, network.final_layer):
        layer.adaLN_modulation.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(torch.randn(4, 4, 8, 8), T, Y)
    fed = network.condition(T, Y).t if "apart" in arm else torch.zeros(4, 48)
    assert len(seen) == len(network.blocks) + 1
    assert all(torch.equal(each, fed) for each in seen)


@pytest.mark.parametrize("arm", WAYS)
def test_every_weight_learns_but_those_that_a_constant_meets(arm):
    network = network_of(arm)
    network(torch.randn(4, 4, 8, 8, generator=torch.Generator().manual_seed(1)), T, Y).square().mean().backward()
    idle = {name for name, weight in network.named_parameters() if weight.grad is not None and not weight.grad.any()}
    constant = {name for name, _ in network.named_parameters() if name.endswith("adaLN_modulation.1.weight")}
    assert idle == (set() if "apart" in arm else constant)
    assert {name for name, weight in network.named_parameters() if weight.grad is None} == {"pos_embed"}


@torch.no_grad()
def test_cross_attention_is_a_weighted_mean_of_what_the_memory_holds():
    attention = CrossAttention(8, 2)
    for weight in attention.parameters():
        torch.nn.init.normal_(weight, std=0.5, generator=torch.Generator().manual_seed(weight.numel()))
    draw = torch.Generator().manual_seed(2)
    x, memory = torch.randn(2, 5, 8, generator=draw), torch.randn(2, 3, 8, generator=draw)
    q = attention.q(attention.norm(x)).view(2, 5, 2, 4)
    k, v = (part.view(2, 3, 2, 4) for part in attention.kv(memory).chunk(2, dim=-1))
    weights = torch.einsum("nthd,nmhd->nhtm", q, k).div(2).softmax(-1)
    read = torch.einsum("nhtm,nmhd->nthd", weights, v).reshape(2, 5, 8)
    assert torch.allclose(attention(x, memory), attention.proj(read), atol=1e-6)


@torch.no_grad()
def test_rank_holds_over_all_times_and_classes():
    conditioner = network_of("low-rank")
    t, y = torch.linspace(0, 1, 50), torch.arange(50) % 7
    assert torch.linalg.matrix_rank(conditioner.condition(t, y).c.double(), rtol=1e-5) == 4


@torch.no_grad()
def test_neighbours_of_a_grid_are_more_alike_than_its_corners_and_null_is_apart():
    embedder = network_of("grid").y_embedder
    assert embedder.points(torch.arange(6)).tolist() == [[a, b] for a in (-1.0, 0.0, 1.0) for b in (-1.0, 1.0)]
    y = embedder(torch.arange(7))
    assert torch.equal(y[6], embedder.null[0])
    assert (y[0] - y[2]).norm() < (y[0] - y[4]).norm()


def test_the_label_tables_start_and_defaults_leave_every_starting_value_as_it_was():
    plain, wide = build_network("dit", {**SMALL, "num_classes": 6}), build_network("dit", PLAIN | {"condition_size": 24})
    assert all(torch.equal(tensor, wide.state_dict()[name]) for name, tensor in plain.state_dict().items())
    larger = build_network("dit", {**SMALL, "num_classes": 6, "label_deviation": 0.1})
    tables = [network.state_dict()["y_embedder.embedding_table.weight"] for network in (plain, larger)]
    assert torch.allclose(5 * tables[0], tables[1])
    assert math.isclose(float(tables[1].std()), 0.1, rel_tol=0.15)
    same = {name: tensor for name, tensor in larger.state_dict().items() if not name.startswith("y_embedder")}
    assert all(torch.equal(tensor, plain.state_dict()[name]) for name, tensor in same.items())


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"t_dimensions": 41}, r"architecture\.t_dimensions is 41: it must not exceed 40"),
        ({"embedding_rank": 41}, r"architecture\.embedding_rank is 41: it exceeds the width of c, 40"),
        ({"embedding_rank": 4, "t_dimensions": 5}, r"architecture\.t_dimensions is 5: it must not exceed 4"),
        ({"condition_by": "tokens"}, r"architecture\.condition_size is 40: it must be whole tokens of 24"),
        ({"condition_by": "tape"}, r"architecture\.condition_by is tape: it must be adaln, tokens or cross-attention"),
        ({"t_apart": True}, r"architecture\.t_apart is True: it needs condition_by tokens or cross-attention"),
        ({"label_grid": [2, 2]}, r"architecture\.label_grid is \[2, 2\]: it must count num_classes = 6"),
    ],
)
def test_sizes_that_do_not_fit_are_named(keys, said):
    with pytest.raises(UserError, match=said):
        build_network("dit", PLAIN | keys)
