"""Counter-based noise and class draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.randomness.noise import LABELS, generator, standard_normal
from semantic_bottleneck.sampling.class_protocol import labels_of

KEYS = st.tuples(st.integers(0, 2**63), st.integers(0, 2**40), st.integers(0, 1000))


@given(KEYS, KEYS)
@settings(max_examples=60, deadline=None)
def test_distinct_keys_give_distinct_streams(first, second):
    a, b = (generator(*key).standard_normal(16) for key in (first, second))
    assert np.array_equal(a, b) == (first == second)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6, unique=True), st.integers(0, 300), st.randoms())
@settings(max_examples=40, deadline=None)
def test_a_row_does_not_depend_on_the_batch(samples, draw, order):
    alone = {sample: standard_normal(7, [sample], draw, (2, 3))[0] for sample in samples}
    order.shuffle(samples)
    together = standard_normal(7, samples, draw, (2, 3))
    assert together.dtype == np.float64
    for sample, row in zip(samples, together, strict=True):
        assert np.array_equal(row, alone[sample])


def test_draws_of_one_sample_are_uncorrelated_and_standard():
    draws = np.stack([standard_normal(0, [5], draw, (4000,))[0] for draw in range(4)])
    assert np.abs(draws.mean(axis=1)).max() < 0.06
    assert np.abs(np.corrcoef(draws) - np.eye(4)).max() < 0.06


def test_labels_and_noise_use_different_streams():
    assert generator(1, 2, 0).integers(2**60) != generator(1, 2, 0, LABELS).integers(2**60)


def test_a_negative_seed_is_refused():
    with pytest.raises(UserError, match="seed -1"):
        standard_normal(-1, [0], 0, (2,))


def test_balanced_classes_repeat():
    assert labels_of(range(8, 13), 5).tolist() == [3, 4, 0, 1, 2]


def test_random_classes_depend_on_the_sample_only():
    whole = labels_of(range(3000), 10, "random", seed=3)
    assert np.array_equal(labels_of([2999, 17], 10, "random", seed=3), whole[[2999, 17]])
    assert np.bincount(whole, minlength=10).min() > 240
    assert not np.array_equal(whole, labels_of(range(3000), 10, "random", seed=4))


def test_an_unknown_protocol_is_refused():
    with pytest.raises(UserError, match="'uniform'"):
        labels_of([0], 10, "uniform")


@pytest.mark.parametrize(("stream", "word"), [({}, 0), ({"stream": LABELS}, 1)])
def test_a_draw_is_the_philox_stream_of_its_key_and_counter(stream, word):
    """Stored results hang on these numbers: another key or counter is another study."""
    philox = np.random.Philox(key=np.array([1, 2], dtype=np.uint64), counter=np.array([0, 0, word, 3], dtype=np.uint64))
    expected = np.random.Generator(philox).standard_normal(5)
    assert np.array_equal(generator(1, 2, 3, **stream).standard_normal(5), expected)
    if not stream:
        assert np.array_equal(standard_normal(1, [2], 3, (5,))[0], expected)


@pytest.mark.parametrize("position", range(3))
def test_64_bits_are_used_to_the_last(position):
    for value in (0, 2**64 - 1):
        generator(*[value if place == position else 1 for place in range(3)]).random()
    for value in (-1, 2**64):
        with pytest.raises(UserError, match=("seed", "sample", "draw")[position]):
            generator(*[value if place == position else 1 for place in range(3)])
