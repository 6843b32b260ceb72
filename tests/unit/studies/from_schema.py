"""Values that a schema allows, as hypothesis draws them: every option, every end of a range."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

NAMES = (
    "sit-nano",
    "dit-nano",
    "repa-nano",
    "sit",
    "sd3-2b",
    "baseline",
    "tail-39-last",
    "digits",
    "inception",
    "identity",
    "x",
)
"""What text may name, beside what its pattern gives."""
TEXTS = ("x", "a photo of a {}", "data/none", "https://example.org/x.pt", "latents:data/none", "training.steps")
WIDE = 12
"""How far from the lowest value numbers without an upper bound go."""


def values(schema: Mapping[str, Any], root: Mapping[str, Any]) -> st.SearchStrategy:
    """Values of a part of the schema `root`."""
    if "$ref" in schema:
        target: Any = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return values(target, root)
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    kinds = schema.get("type", "object")
    drawn = [_of_kind(kind, schema, root) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    return st.one_of(drawn)


def _of_kind(kind: str, schema: Mapping[str, Any], root: Mapping[str, Any]) -> st.SearchStrategy:
    match kind:
        case "integer":
            low, high, step = schema.get("minimum", 0), schema.get("maximum"), schema.get("multipleOf", 1)
            near = st.integers(low, low + WIDE if high is None else min(low + WIDE, high))
            return (near if high is None else near | st.sampled_from([high])).map(lambda number: -(-number // step) * step)
        case "number":
            low, high = (
                schema.get("minimum", schema.get("exclusiveMinimum", 0)),
                schema.get("maximum", schema.get("exclusiveMaximum")),
            )
            open_ends = {"exclude_min": "exclusiveMinimum" in schema, "exclude_max": "exclusiveMaximum" in schema}
            return st.floats(low, low + WIDE if high is None else high, **open_ends)
        case "string":
            texts = st.sampled_from(NAMES + TEXTS)
            return texts | st.from_regex(schema["pattern"], fullmatch=True) if "pattern" in schema else texts
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "array":
            most = min(schema.get("maxItems", 4), schema.get("minItems", 0) + 4)
            return st.lists(
                values(schema.get("items", {"type": "string"}), root), min_size=schema.get("minItems", 0), max_size=most
            )
    return _mappings(schema, root)


def _mappings(schema: Mapping[str, Any], root: Mapping[str, Any]) -> st.SearchStrategy:
    if isinstance(schema.get("additionalProperties"), Mapping):
        part = values(schema["additionalProperties"], root)
        return st.dictionaries(st.sampled_from(NAMES), part, min_size=schema.get("minProperties", 0), max_size=3)
    kinds = [part for part in schema.get("allOf", ()) if "then" in part]
    if not kinds:
        return _one_mapping(schema, root)
    return st.sampled_from(kinds).flatmap(lambda part: _of_branch(schema, part, root))


def _of_branch(schema: Mapping[str, Any], part: Mapping[str, Any], root: Mapping[str, Any]) -> st.SearchStrategy:
    """Mappings of the kind that one `if` of a schema's `allOf` describes, with what its `then` adds."""
    then = part["then"]
    while "$ref" in then:
        then = root["$defs"][then["$ref"].rpartition("/")[2]]
    known = {**schema.get("properties", {}), **then.get("properties", {})}
    chosen = part["if"].get("properties", {})
    required = [*schema.get("required", ()), *then.get("required", ())]
    return _one_mapping({"properties": {**known, **chosen}, "required": required}, root)


def _one_mapping(schema: Mapping[str, Any], root: Mapping[str, Any]) -> st.SearchStrategy:
    parts = {key: values(part, root) for key, part in schema.get("properties", {}).items() if isinstance(part, Mapping)}
    required = {key: part for key, part in parts.items() if key in schema.get("required", ())}
    return st.fixed_dictionaries(required, optional={key: part for key, part in parts.items() if key not in required})
