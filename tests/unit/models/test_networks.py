"""What every network promises: its shapes, its conditioner, and the one place where c may be edited."""

import pytest
import torch
from torch import Tensor

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.dit import DiT
from semantic_bottleneck.models.registry import build_conditioner, build_network
from tests.golden import recipe
from tests.unit.models.architectures import SMALL, SMALL_FAMILIES

N = 3


def small(family: str):
    network = build_network(family, SMALL_FAMILIES[family])
    recipe.fill_state_dict(network.state_dict())
    return network.eval()


def inputs(family: str) -> tuple[Tensor, Tensor, Tensor | ConditionRows]:
    architecture, random = SMALL_FAMILIES[family], torch.Generator().manual_seed(1)
    size = architecture["input_size"]
    rows, columns = size if isinstance(size, list) else (size, size)
    x = torch.randn(N, architecture["in_channels"], rows, columns, generator=random)
    t = torch.tensor([999.0, 500.0, 0.5])
    if family == "xmdpt":
        pose, image = torch.randn(N, 257, 768, generator=random), torch.randn(N, 257, 1536, generator=random)
        return x, t, ConditionRows(pose=pose, image=image, source=x.flip(0))
    if family == "mdsgen":
        return x, t, ConditionRows(features=torch.randn(N, 32, 512, generator=random))
    return x, t, torch.tensor([0, 3, 5])


@pytest.mark.parametrize("family", SMALL_FAMILIES)
@torch.no_grad()
def test_edit_is_applied_once_and_decides_everything(family: str) -> None:
    network, (x, t, y) = small(family), inputs(family)
    seen = []

    def keep(c: Tensor) -> Tensor:
        seen.append(c)
        return c

    plain = network(x, t, y)
    assert torch.equal(network(x, t, y, edit=keep), plain)
    assert [tuple(c.shape) for c in seen] == [(N, network.hidden_size)]
    assert torch.equal(seen[0], network.condition(t, y).c)
    # Zeroing c removes the condition: what remains depends on x alone.
    zeroed = network(x, t, y, edit=torch.zeros_like)
    other_times = network(x, t.flip(0), y, edit=torch.zeros_like)
    assert torch.equal(zeroed, other_times)
    assert not torch.allclose(zeroed, plain)


@pytest.mark.parametrize("family", SMALL_FAMILIES)
@torch.no_grad()
def test_conditioner_is_the_networks_own(family: str) -> None:
    network, (_, t, y) = small(family), inputs(family)
    conditioner = build_conditioner(family, SMALL_FAMILIES[family])
    conditioner.load_state_dict({name: network.state_dict()[name] for name in conditioner.state_dict()})
    pairs = (vars(each.eval().condition(t, y)).values() for each in (conditioner, network))
    for ours, theirs in zip(*pairs, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("family", SMALL_FAMILIES)
@torch.no_grad()
def test_rows_do_not_touch_each_other(family: str) -> None:
    network, (x, t, y) = small(family), inputs(family)
    one = network(x[1:2], t[1:2], y[1:2])
    assert one.shape[0] == 1
    torch.testing.assert_close(one, network(x, t, y)[1:2], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", ["xmdpt", "mdsgen"])
@torch.no_grad()
def test_unconditional_rows_have_the_time_alone(family: str) -> None:
    network, (_, t, y) = small(family), inputs(family)
    both = y.with_null()
    c = network.condition(torch.cat([t, t]), both).c
    torch.testing.assert_close(c[:N], network.condition(t, y).c)
    torch.testing.assert_close(c[N:], network.t_embedder(t))
    assert torch.equal(both[:N].with_null()["present"], both["present"])


def test_a_fresh_network_returns_zero_and_is_the_seeds_own() -> None:
    architecture = {**SMALL, "in_channels": 1, "num_classes": 10, "learn_sigma": False}
    networks = [DiT(**architecture, generator=torch.Generator().manual_seed(seed)) for seed in (4, 4, 5)]
    x, t, y = torch.ones(2, 1, 8, 8), torch.tensor([0.5, 1.0]), torch.tensor([0, 10])
    out = networks[0](x, t, y)
    assert out.shape == x.shape
    assert not out.any()
    tables = [network.y_embedder.embedding_table.weight for network in networks]
    assert torch.equal(tables[0], tables[1])
    assert not torch.equal(tables[0], tables[2])
    trained = {name for name, parameter in networks[0].named_parameters() if parameter.requires_grad}
    assert "pos_embed" not in trained


@torch.no_grad()
def test_projections_do_not_feed_back() -> None:
    network = DiT(**SMALL, num_classes=5, learn_sigma=False, projector_dims=[7, 9], projector_width=16, projection_depth=2)
    recipe.fill_state_dict(network.state_dict())
    x, t, y = inputs("dit")
    out, projections = network(x, t, y, return_projections=True)
    assert [tuple(z.shape) for z in projections] == [(N, 16, 7), (N, 16, 9)]
    assert torch.equal(out, network(x, t, y))


@torch.no_grad()
def test_time_scale_and_dropped_variance() -> None:
    x, t, y = inputs("dit")
    whole, dropped = (DiT(**SMALL, num_classes=5, drop_sigma=drop) for drop in (False, True))
    for network in (whole, dropped):
        recipe.fill_state_dict(network.state_dict())
    assert torch.equal(dropped(x, t, y), whole(x, t, y)[:, :4])
    scaled = DiT(**SMALL, num_classes=5, t_scale=1000.0)
    scaled.load_state_dict(whole.state_dict())
    torch.testing.assert_close(scaled.condition(t / 1000, y).t, whole.condition(t, y).t, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("family", "change", "word"),
    [
        ("dit", {"patch_size": 3}, "patch_size"),
        ("dit", {"num_heads": 5}, "num_heads"),
        ("dit", {"projector_dims": [8], "projection_depth": 9}, "projection_depth"),
        ("dit", {"widht": 3}, "architecture.widht"),
        ("mdt", {"decode_layer": 3}, "decode_layer"),
        ("mdt", {"patch_size": 3}, "patch_size"),
        ("lightningdit", {"num_heads": 12}, "num_heads"),
        ("xmdpt", {"decode_layer": 9}, "decode_layer"),
        ("xmdpt", {"num_heads": 5}, "num_heads"),
        ("xmdpt", {"patch_size": 3}, "patch_size"),
        ("mdsgen", {"input_size": [13, 4]}, "input_size"),
    ],
)
def test_impossible_architectures_are_named(family: str, change: dict, word: str) -> None:
    with pytest.raises(UserError, match=word):
        build_network(family, {**SMALL_FAMILIES[family], **change})


def test_unknown_family_and_missing_key() -> None:
    with pytest.raises(UserError, match="Unknown model family 'gan'"):
        build_network("gan", {})
    with pytest.raises(UserError, match=r"Missing key architecture\.depth"):
        build_conditioner("dit", {key: value for key, value in SMALL_FAMILIES["dit"].items() if key != "depth"})


@torch.no_grad()
def test_another_function_may_stand_between_c_and_the_modulation() -> None:
    networks = {name: DiT(**SMALL, modulation_activation=name) for name in ("silu", "identity", "tanh")}
    for network in networks.values():
        recipe.fill_state_dict(network.state_dict())
    assert len({tuple(network.state_dict()) for network in networks.values()}) == 1
    x, t, y = inputs("dit")
    plain = networks["silu"].eval()(x, t, y)
    # Given SiLU(c) as c, the network without a function is the plain one.
    silu = torch.nn.functional.silu
    assert torch.equal(networks["identity"].eval()(x, t, y, edit=silu), plain)
    assert not torch.allclose(networks["tanh"].eval()(x, t, y), plain)
    with pytest.raises(UserError, match="modulation_activation = 'relu'"):
        DiT(**SMALL, modulation_activation="relu")
