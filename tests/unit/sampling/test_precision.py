"""The network's precision is a choice around its calls; c, the sampler's state and the process stay as they were."""

import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.sampling.guidance import guided
from semantic_bottleneck.sampling.precision import PRECISIONS, compile_blocks, set_precision
from semantic_bottleneck.sampling.registry import build_sampler
from tests.golden.recipe import fill_state_dict
from tests.sections import guidance_of, sampler_of
from tests.unit.models.architectures import SMALL_FAMILIES

CLASS_FAMILIES = ("dit", "mdt", "lightningdit")


def network_of(family: str) -> torch.nn.Module:
    network = build_network(family, SMALL_FAMILIES[family])
    fill_state_dict({name: tensor for name, tensor in network.state_dict().items() if "freqs" not in name})
    return network.eval()


def inputs():
    generator = torch.Generator().manual_seed(3)
    return torch.randn(4, 4, 8, 8, generator=generator), torch.tensor([0.1, 0.3, 0.5, 0.9]), torch.tensor([0, 1, 2, 5])


@pytest.fixture
def seen():
    """Conditional vectors as an edit receives them."""
    return []


def call(network, seen):
    with torch.inference_mode():
        return network(*inputs(), edit=lambda c: seen.append(c) or c)


@pytest.mark.parametrize("family", CLASS_FAMILIES)
def test_bfloat16_rounds_the_network_and_leaves_the_conditional_vector(family, seen):
    exact = call(network_of(family), seen)
    rounded = call(set_precision(network_of(family), "bf16"), seen)
    assert seen[0].dtype == seen[1].dtype == torch.float32
    assert torch.equal(seen[0], seen[1])
    difference = (rounded.float() - exact).norm() / exact.norm()
    assert 1e-4 < difference < 0.05
    call(set_precision(network_of(family), "bf16-autocast"), seen)
    assert not torch.equal(seen[0], seen[2].float())


@pytest.mark.parametrize("family", CLASS_FAMILIES)
@pytest.mark.parametrize("precision", ["bf16", "bf16-autocast"])
def test_weights_rounded_once_give_the_bits_of_weights_rounded_at_every_call(family, precision, seen):
    network = set_precision(network_of(family), precision)
    rounded = call(network, seen)
    assert {linear.weight.dtype for linear in network.modules() if isinstance(linear, torch.nn.Linear)} == {
        torch.bfloat16,
        torch.float32,
    }
    exact = network_of(family)
    for mine, theirs in zip(network.modules(), exact.modules(), strict=True):
        if isinstance(mine, torch.nn.Linear):
            mine.to(torch.float32).load_state_dict(theirs.state_dict())
    assert torch.equal(rounded, call(network, seen))


def test_the_kernel_that_adds_gelu_to_a_product_is_gelu_of_the_product():
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(64, 24, generator=generator).to(torch.bfloat16)
    linear = torch.nn.Linear(24, 96).to(torch.bfloat16)
    with torch.inference_mode():
        fused = torch._addmm_activation(linear.bias, x, linear.weight.t(), use_gelu=True)
        exact = torch.nn.functional.linear(x.double(), linear.weight.double(), linear.bias.double())
        expected = torch.nn.functional.gelu(exact, approximate="tanh")
    torch.testing.assert_close(fused.double(), expected, rtol=2**-7, atol=2**-8)


@pytest.mark.parametrize("family", CLASS_FAMILIES)
@pytest.mark.parametrize("precision", ["fp32", "tf32"])
def test_on_a_cpu_the_float32_choices_are_the_same(family, precision, seen):
    assert torch.equal(call(set_precision(network_of(family), precision), seen), call(network_of(family), seen))


def settings():
    return torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32, torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.filterwarnings("ignore:CUDA is not available")
def test_the_process_keeps_its_settings(precision):
    before, inside = settings(), []

    class Watched(torch.nn.Module):
        def forward(self):
            inside.append(settings())
            raise KeyboardInterrupt

    for device in ("cuda", "cpu"):
        with pytest.raises(KeyboardInterrupt):
            set_precision(Watched(), precision, device)()
        assert settings() == before
    on_gpu, on_cpu = inside
    assert on_gpu[:2] == (("high", True) if precision == "tf32" else ("highest", False))
    assert on_cpu == (*before[:2], precision.startswith("bf16"))


@pytest.mark.parametrize("name", ["repa-sde", "sit-sde"])
def test_the_samplers_state_keeps_its_own_precision(name):
    sampler = build_sampler(sampler_of({"name": name, "steps": 3}))
    predict = guided(
        set_precision(network_of("dit"), "bf16"), torch.tensor([1, 2]), guidance_of({"scale": 1.5, "channels": None})
    )
    noise = torch.zeros(2, 4, 8, 8, dtype=torch.float64)
    with torch.inference_mode():
        output = predict(noise.to(sampler.dtype), 0.5)
        assert output.dtype == sampler.dtype


def test_another_precision_is_refused():
    with pytest.raises(UserError, match=r"generation\.precision 'fp16' is unknown"):
        set_precision(network_of("dit"), "fp16")


@pytest.mark.parametrize("family", CLASS_FAMILIES)
def test_compiled_blocks_take_every_call_and_give_the_same_numbers(family, seen):
    compiled = set_precision(compile_blocks(network_of(family), backend="eager"), "tf32")
    torch.testing.assert_close(call(compiled, seen), call(network_of(family), seen), rtol=1e-5, atol=1e-6)
    changed = compiled(*inputs(), edit=torch.zeros_like)
    torch.testing.assert_close(changed, network_of(family)(*inputs(), edit=torch.zeros_like), rtol=1e-5, atol=1e-6)
