"""What is wrong with a value, in one sentence of words: where it stands, what is allowed there, what was given."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from jsonschema import ValidationError

from semantic_bottleneck.schemas.fitting import kind_of
from semantic_bottleneck.schemas.plain import spelled

LONGEST = 60
"""Characters of a text that a sentence quotes."""
FORBIDDEN = "forbidden"
"""What an error says of a key whose schema is `false`."""
SINGLE = {"boolean": "true or false", "null": "null"}


def sentence(error: ValidationError, source: str) -> str:
    """`source`: the file, as the user knows it. Where a pattern decides, the schema says in `words` what it means."""
    return f"{source}: {_complaint(error, '.'.join(str(part) for part in error.absolute_path))}"


def given(value: Any) -> str:
    """A value as the user wrote it, shortened."""
    kind = kind_of(value)
    if kind == "string":
        return repr(value if len(value) <= LONGEST else f"{value[:LONGEST]}...")
    if kind in ("array", "object"):
        return f"{'a list' if kind == 'array' else 'a mapping'} of {len(value)}" if value else f"an empty {_container(kind)}"
    return spelled(value)


def allowed(schema: Mapping[str, Any]) -> str:
    """What a schema allows, as it follows `must be`."""
    if "enum" in schema or "const" in schema:
        return _either([given(option) for option in schema.get("enum", [schema.get("const")])])
    kinds = schema["type"] if isinstance(schema.get("type"), list) else [schema.get("type", "object")]
    return _either([_of_kind(kind, schema) for kind in kinds])


def _complaint(error: ValidationError, where: str) -> str:
    schema, instance = error.schema, error.instance
    if error.validator == FORBIDDEN:
        return f"the key '{where}' is not for this kind; take it out."
    if "propertyNames" in error.schema_path:
        return f"the name {given(instance)} in '{where}' must be {_name_allowed(schema)}."
    match error.validator:
        case "additionalProperties":
            return _unknown(schema, instance, where)
        case "required":
            missing = next(key for key in error.validator_value if key not in instance)
            return f"the key '{_below(where, missing)}' is missing; add it{_allowed_of(schema, missing)}."
        case "dependentRequired":
            key, missing = next(
                (key, other) for key, others in error.validator_value.items() if key in instance for other in others
                if other not in instance
            )  # fmt: skip
            return f"'{_below(where, key)}' needs the key '{_below(where, missing)}' beside it; add it."
        case "oneOf" if all("required" in option for option in error.validator_value):
            options = ", ".join(option["required"][0] for option in error.validator_value)
            return f"{f'{where!r}' if where else 'the file'} needs exactly one of the keys {options}."
        case "uniqueItems":
            twice = next(item for index, item in enumerate(instance) if item in instance[:index])
            return f"the value of '{where}' holds {given(twice)} twice; keep one."
        case "maxItems" | "minItems" | "minProperties":
            return f"the value of '{where}' must be {allowed(schema)}, not {given(instance)}."
    return f"the value of '{where}' must be {allowed(schema)}, not {given(instance)}."


def _unknown(schema: Mapping[str, Any], instance: Mapping[str, Any], where: str) -> str:
    known = list(schema.get("properties", {}))
    unknown = next(key for key in instance if key not in known)
    near = difflib.get_close_matches(unknown, known, n=1)
    of = f" of {schema['title']}" if where and "title" in schema else ""
    hint = f"did you mean '{near[0]}'?" if near else f"known keys{of} are {', '.join(known)}."
    return f"unknown key {given(_below(where, unknown))}{of if near else ''}; {hint}"


def _below(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _allowed_of(schema: Mapping[str, Any], key: str) -> str:
    part = schema.get("properties", {}).get(key, {})
    return f": {allowed(part)}" if isinstance(part, Mapping) and part.keys() & {"type", "enum", "const"} else ""


def _name_allowed(schema: Mapping[str, Any]) -> str:
    return allowed({"type": "string", **schema})


def _of_kind(kind: str, schema: Mapping[str, Any]) -> str:
    if kind in ("integer", "number"):
        return ("a whole number" if kind == "integer" else "a number") + _range(schema)
    if kind == "string":
        if "pattern" in schema:
            return schema["words"]
        return "text that is not empty" if schema.get("minLength") else "text"
    if kind in ("array", "object"):
        return f"a {_container(kind)}{_size(schema, kind)}"
    return SINGLE[kind]


def _container(kind: str) -> str:
    return "list" if kind == "array" else "mapping of keys to values"


def _size(schema: Mapping[str, Any], kind: str) -> str:
    least, most = (schema.get(f"{end}{'Items' if kind == 'array' else 'Properties'}") for end in ("min", "max"))
    if least is not None and least == most:
        return f" of {least}"
    return (f" of at least {least}" if least else "") + (f" of at most {most}" if most is not None else "")


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        bounds = [f"from {low} to {high}"]
    else:
        bounds = [f"of at least {low}"] if low is not None else [f"of at most {high}"] if high is not None else []
    bounds += [f"above {schema['exclusiveMinimum']}"] if "exclusiveMinimum" in schema else []
    bounds += [f"below {schema['exclusiveMaximum']}"] if "exclusiveMaximum" in schema else []
    bounds += [f"that {schema['multipleOf']} divides"] if "multipleOf" in schema else []
    return f" {' and '.join(bounds)}" if bounds else ""


def _either(options: Sequence[str]) -> str:
    return options[0] if len(options) == 1 else f"{', '.join(options[:-1])} or {options[-1]}"
