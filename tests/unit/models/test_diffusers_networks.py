"""Transformers of diffusers as networks of ours: one step with c changed by hand is that of the library's own class."""

import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.condition_rows import ConditionRows
from semantic_bottleneck.models.layouts import LAYOUTS
from semantic_bottleneck.models.loading import load_network
from semantic_bottleneck.models.registry import TRANSFORMERS, build_conditioner, build_network
from semantic_bottleneck.planning.calibration import flops_per_evaluation
from semantic_bottleneck.sampling.guidance import guided
from tests.sections import card_of, guidance_of
from tests.unit.models.diffusers_cases import CASES, TOKENS, N

SAMPLED = [name for name, case in CASES.items() if case.family in TRANSFORMERS]
WIDE = {"in_channels": 16}
"""Flux with four channels in 2 x 2 latents."""


def built(name):
    """Diffusers' own module, and the architecture of a card."""
    case = CASES[name]
    flux = case.family == "flux"
    config = case.config | (WIDE if flux else {})
    module = type(case)(**vars(case) | {"config": config}).build()
    architecture = LAYOUTS[case.family].architecture({key: tuple(each.shape) for key, each in module.state_dict().items()})
    return module, architecture | {"network": config, "input_size": 8, "in_channels": 4}


def loaded(name):
    module, architecture = built(name)
    family = CASES[name].family
    return module, load_network(family, architecture, module.state_dict(), file="a file", card="a card")


def given(name):
    """x, t and what the network is conditioned on."""
    case = CASES[name]
    x = torch.randn(N, 4, 8, 8, generator=torch.Generator().manual_seed(3))
    t = torch.full((N,), float(case.time))
    if case.family == "dit-diffusers":
        return x, t, case.inputs["class_labels"]
    rows = {"tokens": case.inputs["encoder_hidden_states"], "mask": torch.tensor([[1.0] * 3 + [0.0] * 2, [1.0] * TOKENS])}
    if "pooled_projections" in case.inputs:
        rows["text"] = case.inputs["pooled_projections"]
    return x, t, ConditionRows(rows)


def own_output(name, module, x, t, y):
    """Of diffusers' class, with its arguments written out by hand."""
    case, arguments = CASES[name], CASES[name].inputs | {"hidden_states": x, "timestep": t}
    if case.family == "pixart":
        arguments["encoder_attention_mask"] = y["mask"]
    if case.family != "flux":
        return module(**arguments)[0]
    tokens = torch.stack([x[:, :, i : i + 2, j : j + 2].flatten(1) for i in range(0, 8, 2) for j in range(0, 8, 2)], dim=1)
    places = torch.tensor([[0.0, i, j] for i in range(4) for j in range(4)])
    output = module(**arguments | {"hidden_states": tokens, "img_ids": places})[0]
    picture = torch.empty_like(x)
    for number, token in enumerate(output.unbind(1)):
        i, j = 2 * (number // 4), 2 * (number % 4)
        picture[:, :, i : i + 2, j : j + 2] = token.unflatten(1, (4, 2, 2))
    return picture


@pytest.mark.parametrize("name", SAMPLED)
@torch.inference_mode()
def test_a_step_with_c_changed_by_hand(name):
    module, network = loaded(name)
    x, t, y = given(name)
    torch.testing.assert_close(network(x, t, y), own_output(name, module, x, t, y), atol=0, rtol=0)
    kept = torch.ones(network.hidden_size)
    kept[::3] = 0
    makers = [part for path, part in module.named_modules() if path.endswith(("norm1.emb", "adaln_single.emb", "text_embed"))]
    for maker in makers:
        made = maker.forward
        maker.forward = lambda *args, made=made, **named: made(*args, **named) * kept
    expected = own_output(name, module, x, t, y)
    edited = network(x, t, y, edit=lambda c: c * kept)
    torch.testing.assert_close(edited, expected, atol=0, rtol=0)
    assert float((edited - network(x, t, y)).abs().max()) > 1e-3


@pytest.mark.parametrize("name", SAMPLED)
@torch.inference_mode()
def test_c_is_what_the_layers_take(name):
    _, network = loaded(name)
    x, t, y = given(name)
    taken = []
    network(x, t, y, edit=lambda c: taken.append(c) or c)
    c = network.condition(t, y).c
    for each in taken:
        torch.testing.assert_close(each, c, atol=1e-5, rtol=1e-5)
    assert len(taken) == (3 if name == "dit" else 1)


@pytest.mark.parametrize("name", SAMPLED)
def test_weights_have_memory_only_once_they_are_loaded(name):
    _, architecture = built(name)
    empty = build_network(CASES[name].family, architecture)
    assert all(parameter.is_meta for parameter in empty.parameters())
    family = {"name": "x", "family": CASES[name].family, "architecture": architecture}
    assert flops_per_evaluation(card_of(family)) > 10_000
    conditioner = build_conditioner(CASES[name].family, architecture, device="meta").state_dict()
    assert conditioner.keys() <= empty.state_dict().keys()


@torch.inference_mode()
def test_the_null_rows_of_prompts_are_those_that_were_given():
    _, network = loaded("sd3")
    x, t, y = given("sd3")
    null = {name: torch.zeros(1, *tensor.shape[1:]) for name, tensor in y.items()}
    rows = ConditionRows(y | {f"null.{name}": tensor.expand(N, *tensor.shape[1:]) for name, tensor in null.items()})
    predicted = guided(network, rows, guidance_of({"scale": 2.5}), samples=range(N))(x, 700.0)
    conditional = network(x, t, y)
    unconditional = network(x, t, ConditionRows({name: tensor.expand(N, *tensor.shape[1:]) for name, tensor in null.items()}))
    torch.testing.assert_close(predicted, unconditional + 2.5 * (conditional - unconditional), atol=1e-5, rtol=1e-5)


def test_values_that_diffusers_refuses_are_one_sentence():
    _, architecture = built("dit")
    with pytest.raises(UserError, match=r"architecture\.network is refused by diffusers \(.*heads.*transformer/config\.json"):
        build_network("dit-diffusers", architecture | {"network": {"heads": 3}})
    written = architecture | {"network": architecture["network"] | {"_class_name": "DiTTransformer2DModel"}}
    assert build_network("dit-diffusers", written).null_label == 10
