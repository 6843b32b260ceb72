"""Which sizes of a network must fit each other: networks ask here, and so do cards. Standard library only."""

import math
from collections.abc import Mapping
from typing import Any

from semantic_bottleneck.errors import UserError

PROJECTION_DEPTH = 8
"""Blocks before REPA's projectors, as officially."""

CONDITION_RANK = "condition_rank"
"""The architecture key of a network whose AdaLN is factorised: the width between the two maps of every modulation."""

NETWORK = "network"
"""The architecture key that holds a transformer's values in diffusers, without which of its families only c is made."""


ADALN, TOKENS, CROSS_ATTENTION = "adaln", "tokens", "cross-attention"
"""Values of the architecture key `condition_by`: how c enters the network."""


def check_sizes(family: str, sizes: Mapping[str, Any]) -> None:
    """Do the constructor values of a network of `family` fit each other?

    Raises:
        UserError: one sentence naming the key that does not fit.
    """
    if family == "uvit":
        _check(sizes["hidden_size"] % 2 == 0, "hidden_size", sizes, "must be even")
    if "patch_size" in sizes and "num_heads" in sizes:
        _check_division(sizes)
    width, heads = sizes["hidden_size"], sizes.get("num_heads")
    check_rank(sizes)
    if family == "dit":
        _check(width % 4 == 0, "hidden_size", sizes, f"must be a multiple of 4 and of num_heads = {heads}")
        if sizes.get("projector_dims"):
            _check_block("projection_depth", {"projection_depth": PROJECTION_DEPTH, **sizes})
        _check_condition(sizes)
    if family == "lightningdit":
        _check(width // heads % 4 == 0, "num_heads", sizes, f"must leave heads of a multiple of 4 of hidden_size = {width}")
    if family in ("xmdpt", "mdsgen"):
        _check_block("decode_layer", sizes)
    if family == "mdt":
        encoder = sizes["depth"] - sizes["decode_layer"]
        words = f"must leave an even part of depth = {sizes['depth']}"
        _check(encoder > 0 and encoder % 2 == 0 and sizes["decode_layer"] > 0, "decode_layer", sizes, words)


def check_rank(sizes: Mapping[str, Any]) -> None:
    """Does the rank of a factorised AdaLN, where there is one, fit the width?

    Raises:
        UserError: it does not.
    """
    if CONDITION_RANK in sizes:
        words = f"must lie between 1 and hidden_size = {sizes['hidden_size']}"
        _check(1 <= sizes[CONDITION_RANK] <= sizes["hidden_size"], CONDITION_RANK, sizes, words)


def condition_size(sizes: Mapping[str, Any]) -> int:
    """Width of c, from a network's constructor values."""
    return sizes.get("condition_size") or sizes["hidden_size"]


def _check_condition(sizes: Mapping[str, Any]) -> None:
    width, rank = condition_size(sizes), sizes.get("embedding_rank")
    _check((rank or 0) <= width, "embedding_rank", sizes, f"exceeds the width of c, {width}")
    _check((sizes.get("t_dimensions") or 0) <= (rank or width), "t_dimensions", sizes, f"must not exceed {rank or width}")
    way = sizes.get("condition_by", ADALN)
    if way != ADALN:
        _check(way in (TOKENS, CROSS_ATTENTION), "condition_by", sizes, f"must be {ADALN}, {TOKENS} or {CROSS_ATTENTION}")
        tokens = {"condition_size": width}
        _check(width % sizes["hidden_size"] == 0, "condition_size", tokens, f"must be whole tokens of {sizes['hidden_size']}")
    _check(way != ADALN or not sizes.get("t_apart"), "t_apart", sizes, f"needs condition_by {TOKENS} or {CROSS_ATTENTION}")
    grid = sizes.get("label_grid")
    _check(
        not grid or math.prod(grid) == sizes["num_classes"],
        "label_grid",
        sizes,
        f"must count num_classes = {sizes.get('num_classes')}",
    )


def _check_division(sizes: Mapping[str, Any]) -> None:
    sides, patch = sizes["input_size"], sizes["patch_size"]
    sides = list(sides) if isinstance(sides, list | tuple) else [sides]
    shown = sides if len(sides) > 1 else sides[0]
    _check(all(side % patch == 0 for side in sides), "patch_size", sizes, f"must divide input_size = {shown}")
    _check(
        sizes["hidden_size"] % sizes["num_heads"] == 0, "num_heads", sizes, f"must divide hidden_size = {sizes['hidden_size']}"
    )


def _check_block(key: str, sizes: Mapping[str, Any]) -> None:
    _check(1 <= sizes[key] <= sizes["depth"], key, sizes, f"must lie between 1 and depth = {sizes['depth']}")


def _check(good: bool, key: str, sizes: Mapping[str, Any], words: str) -> None:
    if not good:
        raise UserError(f"architecture.{key} is {sizes[key]}: it {words}; change one of them.")
