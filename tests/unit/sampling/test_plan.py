"""Shards of whole micro-batches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.shards import micro_batches, shard_samples


@given(st.integers(1, 200), st.integers(1, 20), st.data())
def test_shards_are_all_samples_in_whole_micro_batches(total, micro_batch, data):
    shards = data.draw(st.integers(1, -(-total // micro_batch)))
    parts = [shard_samples(total, micro_batch, shards, shard) for shard in range(shards)]
    assert [sample for part in parts for sample in part] == list(range(total))
    whole = micro_batches(range(total), micro_batch)
    assert [batch for part in parts for batch in micro_batches(part, micro_batch)] == whole
    assert all(len(part) for part in parts)


def test_too_many_shards_and_absent_shards_are_refused():
    with pytest.raises(UserError, match="lower the number of shards to 3"):
        shard_samples(10, 4, 4, 0)
    with pytest.raises(UserError, match="shard 3"):
        shard_samples(10, 4, 3, 3)


@pytest.mark.parametrize("samples", [range(1, 5), [0, 2], [4, 3]])
def test_other_sets_of_samples_are_refused(samples):
    with pytest.raises(UserError, match="whole micro-batches"):
        micro_batches(samples, 2)


def test_micro_batches_of_a_shard_are_ranges_of_its_samples():
    assert micro_batches(range(6, 13), 3) == [range(6, 9), range(9, 12), range(12, 13)]


def test_no_samples_are_no_micro_batches():
    assert micro_batches([], 4) == []
