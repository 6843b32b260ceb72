import hashlib
from dataclasses import replace

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.checkpoint_origin import carried, origin_of
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.models.weights import origin_of as origin_of_weights
from tests.sections import card_of, training_of
from tests.unit.training.cards import tiny_card


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "final.pt"
    path.write_bytes(bytes(range(256)) * 9000)  # more than one block
    return path


def files(*metadata):
    return {f"{number}.parquet": entries for number, entries in enumerate(metadata)}


def test_the_hash_is_the_files_own(weights):
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert origin_of(weights) == {"checkpoint_source": str(weights), "checkpoint_sha256": digest}
    half = weights.with_name("half")
    half.write_bytes(b"xy")
    assert file_sha256(half, weights) == hashlib.sha256(b"xy" + weights.read_bytes()).hexdigest()


def test_fetched_weights_are_called_by_the_cards_address_without_its_secrets(weights):
    files = [{"url": "https://me:secret@host.example/a.pt"}, {"url": "https://host.example/b.pt"}]
    card = {"name": "m", "family": "dit", "architecture": {}, "checkpoint": {"files": files, "container": "pt"}}
    trained = replace(card_of(card), training=training_of(tiny_card()["training"]))
    found = origin_of_weights(card_of(card), weights)
    assert found["checkpoint_source"] == "https://***@host.example/a.pt https://host.example/b.pt"
    assert found["checkpoint_sha256"] == file_sha256(weights)
    assert origin_of_weights(trained, weights) == origin_of(weights)


def test_what_shards_have_in_common_is_carried_on(weights):
    origin = origin_of(weights)
    shards = files(origin | {"evaluations": "3"}, origin | {"evaluations": "4"})
    assert carried(shards) == origin
    assert carried(files({}, {"model": "m"})) == {}
    assert carried({}) == {}


def test_shards_of_different_weights_make_no_result(weights):
    origin = origin_of(weights)
    paths = files(origin, origin, origin | {"checkpoint_sha256": "0" * 64})
    with pytest.raises(UserError, match=r"0\.parquet and 2\.parquet were made with different weights; delete them and run"):
        carried(paths)
    with pytest.raises(UserError, match="different weights"):
        carried(files(origin, {}))
