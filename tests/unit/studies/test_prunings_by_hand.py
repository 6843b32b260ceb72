"""Prunings that a line of Python makes: the keys of a study's variants with its defaults, and one sentence for a wrong one."""

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.pruning import DEFAULTS, Fraction, Pruning, Ranks, Tau
from semantic_bottleneck.study.validation import load_schema
from semantic_bottleneck.study.windows import Window
from tests.sections import STUDY_SCHEMA


def test_defaults_are_those_of_a_study():
    keys = load_schema(STUDY_SCHEMA)["$defs"]["variant"]["properties"]
    assert {key: schema["default"] for key, schema in keys.items() if "default" in schema} == DEFAULTS


def test_each_side_has_a_name_and_takes_any_key():
    tail = Pruning.tail(tau=0.1, window="last", last_steps=3)
    assert (tail.side, tail.criterion, tail.ranks) == ("tail", Tau(0.1), "tail")
    assert (tail.window, tail.shift, tail.seed, tail.branch) == (Window("last", 3), 1, 0, "both")
    assert Pruning.head(fraction=0.5, seed=4).side == "head"
    assert Pruning.between(2, 9).criterion == Ranks((2, 9))
    drawn = Pruning.random("head", fraction=0.5)
    assert (drawn.side, drawn.criterion, drawn.ranks) == ("random", Fraction(0.5), "head")


@pytest.mark.parametrize(
    ("ends", "dimensions", "places"),
    [
        ((1, 3), 8, [0, 1, 2]),
        ((3, 3), 8, [2]),
        ((7, 20), 8, [6, 7]),
        ((0.0, 0.25), 8, [0, 1]),
        ((0.25, 1.0), 8, [2, 3, 4, 5, 6, 7]),
        ((0.25, 0.5), 16, [4, 5, 6, 7]),
    ],
)
def test_ranks_count_from_one_and_include_the_last_and_shares_end_where_the_next_begin(ends, dimensions, places):
    assert list(Ranks(ends).among(dimensions)) == places


@pytest.mark.parametrize(
    ("keys", "words"),
    [({"tau": 1, "tua": 1.0}, "no key tua"), ({}, "exactly one"), ({"tau": 1, "count": 2}, "exactly one")],
)
def test_a_wrong_pruning_is_one_sentence(keys, words):
    with pytest.raises(UserError, match=words):
        Pruning.tail(**keys)
