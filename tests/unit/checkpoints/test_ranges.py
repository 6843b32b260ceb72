"""Bytes by position: parts, groups of ranges, and the file that is read from its end."""

import io
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_bottleneck.checkpoints import ranges, tail_file
from semantic_bottleneck.checkpoints.ranges import JoinedBytes, coalesce, read, read_spans
from semantic_bottleneck.checkpoints.tail_file import TailFile


class Memory:
    """Bytes in memory as a source that counts."""

    def __init__(self, content: bytes):
        self.name, self.size, self.identity, self.requests, self.transferred = "memory", len(content), {}, 0, 0
        self._content = content

    def read_into(self, start: int, buffer: memoryview) -> None:
        assert buffer
        self.requests += 1
        self.transferred += len(buffer)
        buffer[:] = self._content[start : start + len(buffer)]


SPANS = st.dictionaries(
    st.integers(0, 9), st.tuples(st.integers(0, 300), st.integers(0, 60)).map(lambda span: (span[0], sum(span)))
)


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, 400), max_size=5), spans=SPANS, gap=st.integers(0, 50), group=st.integers(1, 100))
def test_every_span_gets_its_bytes(cuts, spans, gap, group):
    content = bytes(position % 251 for position in range(400))
    edges = [0, *sorted(cuts), 400]
    source = JoinedBytes([Memory(content[start:stop]) for start, stop in pairwise(edges)])
    usual = ranges.GAP, ranges.GROUP
    ranges.GAP, ranges.GROUP = gap, group
    try:
        found = {key: bytes(piece) for key, piece in read_spans(source, spans)}
        groups = coalesce(spans)
    finally:
        ranges.GAP, ranges.GROUP = usual
    assert found == {key: content[start:stop] for key, (start, stop) in spans.items()}
    assert sorted(key for _, _, keys in groups for key in keys) == sorted(spans)
    longest = max((stop - start for start, stop in spans.values()), default=0)
    assert all(stop - start <= max(group, longest) for start, stop, _ in groups)


def test_neighbours_share_a_request():
    far = ranges.GAP + 101
    assert coalesce({"a": (0, 10), "b": (100, 200), "c": (far + 200, far + 210)}) == [
        (0, 200, ["a", "b"]),
        (far + 200, far + 210, ["c"]),
    ]


OPERATIONS = st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.integers(-700, 700), st.integers(0, 300)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(size=st.integers(0, 500), operations=OPERATIONS)
def test_tail_file_reads_like_a_file(size, operations):
    content = bytes(position % 251 for position in range(size))
    usual, tail_file.BLOCK = tail_file.BLOCK, 64
    try:
        ours, plain = TailFile(Memory(content)), io.BytesIO(content)
        for whence, offset, count in operations:
            try:
                plain.seek(max(0, offset) if whence == 0 else offset, whence)
            except (OSError, ValueError):
                continue
            ours.seek(plain.tell())
            assert ours.read(count) == plain.read(count)
            assert ours.tell() == plain.tell()
    finally:
        tail_file.BLOCK = usual


def test_the_end_of_a_file_costs_one_request():
    source = Memory(bytes(1_000_000))
    file = TailFile(source)
    for offset in (22, 65_000, 40, 100_000):
        file.seek(-offset, io.SEEK_END)
        file.read(20)
    assert source.requests == 1
    assert source.transferred == tail_file.BLOCK


def test_an_empty_range_needs_no_request():
    source = Memory(b"abc")
    assert read(source, 3, 3) == b""
    assert source.requests == 0
