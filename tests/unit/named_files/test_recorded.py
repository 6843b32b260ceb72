"""A record made on first use changes nothing; one that is replaced or taken away does."""

from semantic_bottleneck.named_files.recorded import read_lock, read_versions, versions, write_versions

ADDRESS = "https://host/own.pt"


def follow(*records):
    """The version after each state of the lock file."""
    remembered, found = {}, []
    for record in records:
        remembered = versions([ADDRESS], {ADDRESS: record} if record else {}, remembered)
        found.append(remembered[ADDRESS]["version"])
    return found


def test_recording_on_first_use_and_more_tensors_change_nothing():
    assert set(follow(None, {"size": 5}, {"size": 5, "tensors": {"a": "1"}}, {"size": 5, "tensors": {"a": "1", "b": "2"}})) == {
        ""
    }


def test_another_hash_or_a_forgotten_record_is_a_new_version():
    first, second, third, fourth, fifth = follow({"sha256": "1"}, {"sha256": "2"}, {"sha256": "2"}, None, {"sha256": "3"})
    assert first == ""
    assert second == third != first
    assert fourth not in (first, second)
    assert fifth == fourth


def test_an_index_stands_for_its_shards():
    index, shard = "hf://owner/repository/m.safetensors.index.json@main", "hf://owner/repository/m-1.safetensors@main"
    before = versions([index], {shard: {"size": 1}}, {})
    assert shard in before
    assert versions([index], {shard: {"size": 2}}, before)[shard]["version"] != ""


def test_versions_are_remembered_beside_those_of_other_addresses(tmp_path):
    path = tmp_path / "recorded.json"
    for address in ("a", "b"):
        write_versions(path, versions([address], {address: {"size": 1}}, {}))
    assert set(read_versions(path)) == {"a", "b"}
    path.write_text("[")
    assert read_lock(path) == {}
