"""Values that people and YAML put where others belong, and the keys of documents and schemas where they can stand."""

import datetime
import math
from collections.abc import Iterator, Mapping
from typing import Any

NUMBERS = [0, 1, -1, 2, 7, 10**6, 10**19, -(10**30), 0.0, -0.0, 0.5, 5000.0, 1e300, math.nan, math.inf, -math.inf]
TEXTS = ["", " ", "many", "baseline", "Sit ", "sit\n", "a" * 300, "../evil", "/etc/passwd", "a\0b", "\ud800", "½", "٣"]
NUMBERS_IN_TEXT = ["5000", "5000.0", "5e3", "5_000", "1e400", "1e-4", "-5", "0x10", "nan", "null", "true"]
CONTAINERS = [[], [1], ["x"], [[]], [None], {}, {"x": 1}, {1: 2}, {None: 1}, {True: 1}, {"": 1}, {"a", "b"}, (1, 2)]
DATES = [datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1, 12)]
VALUES: list[Any] = [None, True, False, b"x", *NUMBERS, *TEXTS, *NUMBERS_IN_TEXT, *CONTAINERS, *DATES]


def paths(document: Any, path: tuple = ()) -> Iterator[tuple]:
    """The path of every value below the top of a document, items of lists included."""
    items = document.items() if isinstance(document, Mapping) else enumerate(document) if isinstance(document, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from paths(value, (*path, key))


def schema_parts(
    schema: Any, root: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The path and the schema of every key that a schema names; `*` stands for a name of the user's and for an item."""
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema:
        target: Any = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        yield from schema_parts(target, root, path)
    for key, part in schema.get("properties", {}).items():
        if isinstance(part, Mapping):
            yield (*path, key), part
            yield from schema_parts(part, root, (*path, key))
    for keyword in ("additionalProperties", "items"):
        if isinstance(schema.get(keyword), Mapping):
            yield (*path, "*"), schema[keyword]
            yield from schema_parts(schema[keyword], root, (*path, "*"))
    for part in (*schema.get("allOf", ()), schema.get("then"), schema.get("else")):
        yield from schema_parts(part, root, path)


def put(document: Any, path: tuple, value: Any) -> None:
    """Set the value at a path in place; keys on the way that are absent become mappings."""
    *parents, last = path
    for parent in parents:
        document = document.setdefault(parent, {}) if isinstance(document, dict) else document[parent]
    document[last] = value
