"""Names and shapes of the published checkpoints against the networks that have to hold them."""

import json
from pathlib import Path

import pytest

from semantic_bottleneck.models.registry import build_conditioner, build_network, conditioner_tensor_names
from tests.unit.models.architectures import OFFICIAL, OFFICIAL_CONDITIONERS

MANIFESTS = Path(__file__).resolve().parents[2] / "golden" / "manifests"


def manifest(name: str) -> dict[str, tuple]:
    entries = json.loads((MANIFESTS / f"{name}.json").read_text())
    return {key: (entry["shape"], entry["dtype"]) for key, entry in entries.items() if not key.startswith("_")}


def shapes(network) -> dict[str, tuple]:
    return {name: (list(t.shape), str(t.dtype).removeprefix("torch.")) for name, t in network.state_dict().items()}


@pytest.mark.parametrize("name", OFFICIAL)
def test_network_equals_the_published_one(name: str) -> None:
    family, architecture = OFFICIAL[name]
    assert shapes(build_network(family, architecture, device="meta")) == manifest(name)
    assert set(conditioner_tensor_names(family, architecture)) < set(manifest(name))


@pytest.mark.parametrize("name", OFFICIAL_CONDITIONERS)
def test_conditioner_is_part_of_the_published_network(name: str) -> None:
    family, architecture = OFFICIAL_CONDITIONERS[name]
    published = manifest(name)
    for tensor, (shape, _) in shapes(build_conditioner(family, architecture, device="meta")).items():
        assert published[tensor][0] == shape


def test_class_models_need_five_tensors() -> None:
    assert sorted(conditioner_tensor_names(*OFFICIAL["repa-sit-xl-2"])) == [
        "t_embedder.mlp.0.bias",
        "t_embedder.mlp.0.weight",
        "t_embedder.mlp.2.bias",
        "t_embedder.mlp.2.weight",
        "y_embedder.embedding_table.weight",
    ]
