"""Values as a schema wants them: its defaults filled in, and numbers of the type that it asks for."""

import math
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from jsonschema.protocols import Validator

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
LONGEST = 100
"""Characters of a number in text."""
EXACT = 2**53
"""Beyond this a float no longer names one whole number."""
BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def fitted(value: Any, schema: Any, validator: Validator) -> Any:
    """`value` (changed in place where it is a mapping or a list) as `schema`, a part of the validator's schema, wants it.

    Where the type given is not allowed and means one that is, it becomes that one: 5000.0, "5e3" (which YAML takes for text)
    and "5000" (as all values of nested `--config` are) are the whole number 5000, "1e-4" is a number, "true" a boolean and
    "null" null. Whole numbers stay whole where any number is allowed. What does not fit stays as it is.
    """
    if not isinstance(schema, Mapping):
        return value
    if "$ref" in schema:
        target = _target(validator.schema, schema["$ref"])
        value = fitted(value, _without_defaults(target) if schema.get("partial") else target, validator)
    value = _converted(value, schema)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name, part in known.items():
            if isinstance(part, Mapping) and "default" in part:
                value.setdefault(name, deepcopy(part["default"]))
        for name in value:
            value[name] = fitted(value[name], known.get(name, schema.get("additionalProperties")), validator)
    if isinstance(value, list):
        value[:] = [fitted(part, schema.get("items"), validator) for part in value]
    for part in schema.get("allOf", ()):
        value = fitted(value, part, validator)
    if "if" in schema:
        branch = "then" if validator.evolve(schema=schema["if"]).is_valid(value) else "else"
        value = fitted(value, schema.get(branch), validator)
    return value


def kind_of(value: Any) -> str | None:
    """JSON schema's name of a value's type; whole numbers are of type integer, other numbers of type number."""
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null", list: "array", dict: "object"}
    return kinds.get(type(value))


def _target(root: Mapping[str, Any], reference: str) -> Any:
    for name in reference.removeprefix("#/").split("/"):
        root = root[name]
    return root


def _without_defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    parts = {name: {word: part[word] for word in part if word != "default"} for name, part in schema["properties"].items()}
    return {**schema, "properties": parts}


def _converted(value: Any, schema: Mapping[str, Any]) -> Any:
    options = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None
    if options is not None:
        as_options = ((_as(value, kind_of(option)), option) for option in options)
        return next((option for found, option in as_options if type(found) is type(option) and found == option), value)
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return _as_one_of(value, kinds)


def _as_one_of(value: Any, kinds: Sequence[str]) -> Any:
    if value == "null" and "null" in kinds:
        return None
    own = kind_of(value)
    if own in kinds or (own == "integer" and "number" in kinds):
        return value
    return next((found for kind in kinds if (found := _as(value, kind)) is not value), value)


def _as(value: Any, kind: str | None) -> Any:
    """`value` as one of the type `kind`, or the very same value where it does not mean one."""
    if kind in ("integer", "number"):
        number = _number(value)
        whole = isinstance(number, int) or (isinstance(number, float) and number.is_integer() and abs(number) <= EXACT)
        if number is None or (kind == "integer" and not whole):
            return value
        return int(number) if kind == "integer" else number
    if isinstance(value, str) and kind == "boolean":
        return BOOLEANS.get(value.lower(), value)
    return None if value == "null" and kind == "null" else value


def _number(value: Any) -> int | float | None:
    if isinstance(value, str) and len(value) < LONGEST and NUMBER.fullmatch(value.strip()):
        number = int(value) if WHOLE.fullmatch(value.strip()) else float(value)
        return number if math.isfinite(number) else None
    return value if kind_of(value) in ("integer", "number") else None
