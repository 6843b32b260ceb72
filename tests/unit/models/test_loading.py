"""Strict loading, and the sentences it ends with."""

import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.loading import load_conditioner, load_network, load_strict
from semantic_bottleneck.models.registry import build_network
from tests.unit.models.architectures import SMALL_FAMILIES

WHERE = {"file": "last.pt", "card": "tiny"}


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    return {
        name: torch.randn(tensor.shape, generator=random) if tensor.is_floating_point() else tensor
        for name, tensor in build_network("mdt", SMALL_FAMILIES["mdt"]).state_dict().items()
    }


def test_loads_without_a_second_copy_and_in_any_float_type(tensors: dict) -> None:
    network = load_network("mdt", SMALL_FAMILIES["mdt"], tensors, **WHERE)
    assert network.pos_embed.data_ptr() == tensors["pos_embed"].data_ptr()
    assert not network.training
    half = {name: t.half() if t.is_floating_point() else t for name, t in tensors.items()}
    network = load_network("mdt", SMALL_FAMILIES["mdt"], half, **WHERE)
    assert network.pos_embed.dtype == torch.float32
    x = torch.zeros(1, 4, 8, 8)
    assert torch.isfinite(network(x, torch.tensor([0]), torch.tensor([0]))).all()


def test_copies_into_a_network_that_has_memory(tensors: dict) -> None:
    network = build_network("mdt", SMALL_FAMILIES["mdt"])
    load_strict(network, tensors, **WHERE)
    assert torch.equal(network.pos_embed, tensors["pos_embed"])
    assert network.pos_embed.data_ptr() != tensors["pos_embed"].data_ptr()


def test_conditioner_takes_only_its_tensors(tensors: dict) -> None:
    part = {name: t for name, t in tensors.items() if name.startswith(("t_embedder.", "y_embedder."))}
    conditioner = load_conditioner("mdt", SMALL_FAMILIES["mdt"], part, **WHERE)
    assert conditioner.condition(torch.tensor([999]), torch.tensor([2])).c.shape == (1, 24)


def test_ignored_tensors_may_be_present(tensors: dict) -> None:
    given = tensors | {"ema.decay": torch.ones(1)}
    load_network("mdt", SMALL_FAMILIES["mdt"], given, ignore=["ema.*"], **WHERE)
    with pytest.raises(UserError, match=r"Tensor ema\.decay .*checkpoint\.ignore"):
        load_network("mdt", SMALL_FAMILIES["mdt"], given, **WHERE)


def broken(tensors: dict, name: str, kind: str) -> dict:
    tensor = tensors[name]
    if kind == "missing":
        return {key: value for key, value in tensors.items() if key != name}
    changed = {
        "misshaped": torch.zeros(3, *tensor.shape),
        "not-a-number": tensor.clone().fill_(float("nan")),
        "infinite": tensor.clone().fill_(float("inf")),
        "integer": torch.zeros(tensor.shape, dtype=torch.int64),
    }
    return tensors | {name: changed[kind]}


@pytest.mark.parametrize("kind", ["missing", "misshaped", "not-a-number", "infinite", "integer"])
@pytest.mark.parametrize("name", ["pos_embed", "en_inblocks.0.attn.qkv.weight", "t_embedder.mlp.0.bias"])
def test_a_bad_tensor_is_one_sentence_and_changes_nothing(tensors: dict, name: str, kind: str) -> None:
    network = build_network("mdt", SMALL_FAMILIES["mdt"])
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(UserError) as caught:
        load_strict(network, broken(tensors, name, kind), **WHERE)
    sentence = str(caught.value)
    assert name in sentence
    assert "last.pt" in sentence
    assert "model card tiny" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"learn_sigma": False}, "learn_sigma"),
        ({"num_classes": 7}, "num_classes"),
        ({"input_size": 16}, "input_size"),
        ({"depth": 2}, "depth"),
        ({"depth": 6}, "depth"),
        ({"projector_dims": [3]}, "projector_dims"),
    ],
)
def test_a_wrong_architecture_names_its_key(change: dict, word: str) -> None:
    tensors = build_network("dit", SMALL_FAMILIES["dit"]).state_dict()
    architecture = {**SMALL_FAMILIES["dit"], **change, "projection_depth": 1}
    with pytest.raises(UserError, match=rf"architecture\.[a-z_, ]*(or )?{word}|architecture\.{word}"):
        load_network("dit", architecture, tensors, **WHERE)
