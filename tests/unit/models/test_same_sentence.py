"""A tensor that does not fit is told in the same words by the conditioner's reading and by the whole network's."""

import pytest
import torch

from read_conditioner import read_conditioner
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.models.weights import load_weights
from tests.sections import card_of, excerpt
from tests.unit.models.architectures import SMALL_FAMILIES

ARCHITECTURE = SMALL_FAMILIES["dit"]
WEIGHT, TABLE = "t_embedder.mlp.0.weight", "y_embedder.embedding_table.weight"
COPY = "results/checkpoints/own.checkpoint"


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in build_network("dit", ARCHITECTURE).state_dict().items()}


@pytest.fixture
def sentences(tmp_path, monkeypatch):
    """What the two readings of a file with this content say."""
    monkeypatch.chdir(tmp_path)

    def read(content: object, **checkpoint) -> tuple[str, str]:
        for file in ("data/own.pt", COPY):
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            torch.save(content, tmp_path / file)
        checkpoint = {"files": [{"url": "data/own.pt"}], "container": "pt", "keys": ["ema"]} | checkpoint
        card = {"name": "own", "family": "dit", "architecture": ARCHITECTURE, "checkpoint": checkpoint}
        with pytest.raises(UserError) as conditioner:
            read_conditioner(excerpt(card), ["final"], [], tmp_path, ["out.safetensors"])
        with pytest.raises(UserError) as network:
            load_weights(card_of(card), COPY, "cpu")
        assert not (tmp_path / "out.safetensors").exists()
        return str(conditioner.value), str(network.value)

    return read


def test_one_bad_tensor(sentences, state):
    bad = {
        f"Tensor {WEIGHT} is missing in": {name: tensor for name, tensor in state.items() if name != WEIGHT},
        f"Tensor {WEIGHT} in": state | {WEIGHT: state[WEIGHT].long()},
        f"Tensor {TABLE} in": state | {TABLE: torch.ones(3, 24)},
    }
    for begin, content in bad.items():
        conditioner, network = sentences({"ema": content})
        assert conditioner.startswith(f"{begin} data/own.pt (model card own)")
        assert network == conditioner.replace("data/own.pt", f"data/own.pt (copied to {COPY})")
    assert "shape [3, 24] where [6, 24] is expected: check architecture.num_classes or hidden_size of the card." in network


@pytest.mark.parametrize(
    ("prefixes", "fix"),
    [
        (["ema_model."], "write checkpoint.prefix: ema_model. in the card."),
        (["ema_model.", "raw."], "write checkpoint.prefix: ema_model. or raw. in the card."),
        (["module.net."], "write checkpoint.prefix: module.net. in the card."),
        (["layer"], "correct checkpoint.keys or checkpoint.prefix of the card."),
    ],
)
def test_all_tensors_under_other_names(sentences, state, prefixes, fix):
    content = {f"{prefix}{name}": tensor for prefix in prefixes for name, tensor in state.items()}
    for sentence in sentences(content):
        assert " is missing in data/own.pt" in sentence
        assert "model card own" in sentence
        assert "architecture" not in sentence
        assert sentence.endswith(fix)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"ema": {"x": torch.tensor([float("nan")])}}, "missing"),
        ({"model": None, "step": 3}, "has no state dict under ema: it holds model, step"),
        (["a"], "it holds a list"),
    ],
)
def test_whatever_is_wrong_the_cards_own_address_is_named(sentences, content, said):
    for sentence in sentences(content):
        assert "data/own.pt" in sentence
        assert said in sentence or "holds NaN" in sentence


def test_an_unexpected_tensor_names_address_and_card(tmp_path, monkeypatch, state):
    monkeypatch.chdir(tmp_path)
    torch.save(state | {"head.bias": torch.ones(1)}, "own.pt")
    checkpoint = {"files": [{"url": "https://host/own.pt"}], "container": "pt"}
    card = {"name": "own", "family": "dit", "architecture": ARCHITECTURE, "checkpoint": checkpoint}
    message = r"Tensor head\.bias in https://host/own\.pt \(copied to own\.pt\) \(model card own\) has no place"
    with pytest.raises(UserError, match=message):
        load_weights(card_of(card), "own.pt", "cpu")
    load_weights(card_of(card | {"checkpoint": checkpoint | {"ignore": ["head.*"]}}), "own.pt", "cpu")
