"""A network whose AdaLN is factorised: which tensors it has, that it computes the product, and what is refused."""

import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.low_rank import dense_map, modulated_layers
from semantic_bottleneck.models.registry import build_conditioner, build_network
from semantic_bottleneck.models.sliced_adaln import sliced
from tests.golden.recipe import fill_state_dict
from tests.unit.models.architectures import SMALL_FAMILIES

WIDTH = 24


def filled(family, **more):
    network = build_network(family, SMALL_FAMILIES[family] | more)
    fill_state_dict({name: tensor for name, tensor in network.state_dict().items() if "freqs" not in name})
    return network.eval()


@pytest.mark.parametrize("family", ["dit", "mdt", "lightningdit"])
def test_a_product_that_is_the_dense_map_gives_the_dense_network(family):
    dense, narrow = filled(family), filled(family, condition_rank=WIDTH)
    layers = modulated_layers(narrow)
    state = dense.state_dict()
    for name, layer in modulated_layers(dense).items():
        linear, stem = dense_map(layer), f"{name}.adaLN_modulation"
        up, values, down = torch.linalg.svd(linear.weight.detach().double(), full_matrices=False)
        state |= {f"{stem}.2.weight": (up * values).float(), f"{stem}.2.bias": linear.bias, f"{stem}.1.weight": down.float()}
        del state[f"{stem}.1.bias"]
        assert layers[name].adaLN_modulation[1].weight.shape == (WIDTH, WIDTH)
    narrow.load_state_dict(state, strict=True)
    x, t, y = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0)), torch.full((2,), 0.4), torch.tensor([1, 3])
    with torch.inference_mode():
        torch.testing.assert_close(narrow(x, t, y), dense(x, t, y), rtol=1e-3, atol=2e-4)
        c = narrow.condition(t, y).c
        assert torch.equal(c, dense.condition(t, y).c)
        kept = torch.arange(WIDTH - 5)
        layer = layers["final_layer"]
        whole = layer.adaLN_modulation(c.index_fill(1, torch.arange(WIDTH - 5, WIDTH), 0))
        with sliced(narrow, kept):
            torch.testing.assert_close(layer.adaLN_modulation(c), whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", SMALL_FAMILIES)
def test_every_family_of_blocks_takes_a_rank_and_loses_the_same_weights(family):
    layers = modulated_layers(build_network(family, SMALL_FAMILIES[family], device="meta"))
    sizes = [sum(p.numel() for p in layer.adaLN_modulation.parameters()) for layer in layers.values()]
    network = build_network(family, SMALL_FAMILIES[family] | {"condition_rank": 3}, device="meta")
    for size, layer in zip(sizes, modulated_layers(network).values(), strict=True):
        outputs = size // (WIDTH + 1)
        assert sum(p.numel() for p in layer.adaLN_modulation.parameters()) == 3 * WIDTH + 3 * outputs + outputs
    names = list(build_conditioner(family, SMALL_FAMILIES[family], device="meta").state_dict())
    assert names == list(build_conditioner(family, SMALL_FAMILIES[family] | {"condition_rank": 3}, device="meta").state_dict())


@pytest.mark.parametrize("rank", [0, WIDTH + 1])
def test_a_rank_beyond_the_width_is_refused(rank):
    with pytest.raises(UserError, match=f"condition_rank is {rank}: it must lie between 1 and hidden_size = {WIDTH}"):
        build_network("dit", SMALL_FAMILIES["dit"] | {"condition_rank": rank})
