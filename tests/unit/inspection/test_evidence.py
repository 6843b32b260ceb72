"""What is decided by weights, tensors and names, what is asked for, and that nothing is overwritten."""

import pytest
import torch
from torch.nn import Linear
from torch.nn.functional import silu

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.conventions import convention_of
from semantic_bottleneck.inspection.facts import Questions
from semantic_bottleneck.inspection.inspect_checkpoint import inspect_checkpoint
from semantic_bottleneck.inspection.time_scale import time_scale
from semantic_bottleneck.models.embedders import TimestepEmbedder
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.study.cards import load_card
from tests.field._lib.own import ARCHITECTURE, state
from tests.golden.recipe import fill_state_dict


def trained_embedder(factor: float, decay: float = 0.0) -> TimestepEmbedder:
    """An embedder that learned some functions of u in 0..1 from t = factor u, from DiT's starting values, with AdamW."""
    random = torch.Generator().manual_seed(0)
    embedder, head = TimestepEmbedder(32), Linear(32, 4)
    for layer in (embedder.mlp[0], embedder.mlp[2]):
        torch.nn.init.normal_(layer.weight, std=0.02, generator=random)
        torch.nn.init.zeros_(layer.bias)
    torch.nn.init.normal_(head.weight, std=0.1, generator=random)
    torch.nn.init.zeros_(head.bias)
    optimiser = torch.optim.AdamW([*embedder.parameters(), *head.parameters()], lr=3e-3, weight_decay=decay)
    for _ in range(200):
        u = torch.rand(64, generator=random)
        wanted = torch.stack([torch.sin(3 * u), u**2, 1 - u, torch.cos(5 * u)], dim=1)
        loss = (head(silu(embedder(factor * u))) - wanted).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return embedder


@pytest.mark.parametrize(("factor", "decay", "expected"), [(1, 0, "unit"), (1, 0.05, "unit"), (1000, 0, "thousand")])
def test_an_embedder_shows_which_times_it_was_trained_on(factor, decay, expected):
    layer = trained_embedder(factor, decay).mlp[0]
    assert time_scale(layer.weight.detach().numpy(), layer.bias.detach().numpy()) == expected


def test_random_and_untrained_weights_show_nothing():
    random = torch.Generator().manual_seed(0)
    weight = 0.02 * torch.randn(64, 256, generator=random)
    assert time_scale(weight.numpy(), torch.zeros(64).numpy()) is None
    assert time_scale(weight.numpy(), torch.randn(64, generator=random).numpy()) is None


REPA = {"projectors.0.0.weight": (2048, 8)}


@pytest.mark.parametrize(
    ("shapes", "sigma", "scale", "file", "expected"),
    [
        ({}, True, "thousand", "x.pt", ("dit", False, False)),
        ({}, True, "unit", "x.pt", ("sit", False, False)),
        (REPA, False, None, "x.pt", ("repa", False, False)),
        (REPA, False, "thousand", "x.pt", ("repa", False, True)),
        ({}, False, "unit", "SiT-XL-2-MG.pt", ("mg", True, False)),
        ({}, False, "unit", "my-sit.pt", ("sit", True, False)),
        ({}, False, "thousand", "runs/repa/ema.pt", ("repa", True, True)),
        ({}, True, None, "DiT/models/256.pt", ("dit", True, False)),
    ],
)
def test_the_convention_follows_from_evidence(shapes, sigma, scale, file, expected):
    questions = Questions({})
    found = convention_of(shapes, sigma, scale, [file], questions)
    assert (found.name, found.thin, found.scaled) == expected
    assert questions.open == {}


@pytest.mark.parametrize(
    ("sigma", "scale", "file", "left"),
    [
        (True, None, "x.pt", "dit or sit"),
        (False, "unit", "x.pt", "sit or repa or mg"),
        (False, "unit", "dit.pt", "sit or repa or mg"),  # the name says what the weights deny
        (False, "thousand", "x.pt", "dit or sit or repa or mg"),
        (True, None, "sit-or-dit.pt", "dit or sit"),
    ],
)
def test_what_evidence_leaves_open_is_asked_for(sigma, scale, file, left):
    questions = Questions({})
    convention_of({}, sigma, scale, [file], questions)
    with pytest.raises(UserError, match=rf"add --config convention=\w+ \({left}: "):
        questions.require_answers("x.pt")


def own(root, **given):
    return inspect_checkpoint({"checkpoint": "own.pt"} | given, root)


@pytest.fixture
def weights(root):
    torch.save(state(), root / "own.pt")
    return root


def test_all_that_is_missing_is_asked_for_at_once(weights):
    with pytest.raises(UserError) as caught:
        own(weights)
    sentence = str(caught.value)
    assert (
        "add --config heads=N (attention heads, a divisor of the width 16; no tensor tells them) convention=dit (" in sentence
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"heads": "many"}, "--config heads=many: give a whole number above 0."),
        ({"heads": 3, "convention": "sit"}, "architecture.num_heads is 3|num_heads"),
        ({"heads": 2, "convention": "edm"}, "--config convention=edm: choose one of dit, sit, repa, mg."),
    ],
)
def test_wrong_answers_are_refused(weights, given, sentence):
    with pytest.raises(UserError, match=sentence):
        own(weights, **given)
    assert not (weights / "config/own.yaml").exists()


def test_nothing_is_overwritten(weights):
    own(weights, heads=2, convention="sit")
    before = (weights / "config/models/own.yaml").read_text()
    with pytest.raises(UserError, match=r"config/models/own.yaml is there already .* name=own-2"):
        own(weights, heads=2, convention="dit")
    assert (weights / "config/models/own.yaml").read_text() == before


def test_a_tensor_too_many_leaves_the_geometry(weights):
    torch.save(state() | {"blocks.0.attn.extra": torch.zeros(2)}, weights / "own.pt")
    found = own(weights, heads=2, convention="sit")
    assert any("blocks.0.attn.extra has no place" in sentence for sentence in found["facts"])
    assert "sampler" not in load_card(weights / "config/models/own.yaml")


def test_a_compressed_checkpoint_is_a_model_like_any_other(weights):
    network = build_network("dit", ARCHITECTURE | {"condition_rank": 4})
    torch.save(fill_state_dict(network.state_dict()), weights / "own.pt")
    own(weights, heads=2, convention="sit")
    card = load_card(weights / "config/models/own.yaml")
    assert card["architecture"]["condition_rank"] == 4
    assert card["sampler"]["name"] == "sit-sde"


def test_wrappers_and_prefixes_are_seen_through(weights):
    raw = {f"net.{name}": tensor for name, tensor in state(1).items()}
    averaged = {f"ema_net.{name}": tensor for name, tensor in state(2).items()}
    torch.save({"state_dict": raw | averaged, "step": 3}, weights / "own.pt")
    own(weights, heads=2, convention="sit")
    checkpoint = load_card(weights / "config/models/own.yaml")["checkpoint"]
    assert (checkpoint["keys"], checkpoint["prefix"]) == (["state_dict"], "ema_net.")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("hf://Acme/My_Model-XL/transformer/diffusion_pytorch_model.safetensors.index.json@main", "my-model-xl"),
        ("https://a.b/DiT-XL-2-256x256.pt?dl=1", "dit-xl-2-256x256"),
        ("results/mine/checkpoints/sit-nano/final.pt", "sit-nano"),
        ("0400000.pt", "model"),
    ],
)
def test_the_name_comes_from_the_telling_part_of_an_address(path, name):
    from semantic_bottleneck.inspection.inspect_checkpoint import name_of

    assert name_of(path) == name
