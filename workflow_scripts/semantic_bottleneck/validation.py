"""YAML checked against a JSON schema: defaults filled in, and one sentence when a key is wrong.

Only the standard library, PyYAML and jsonschema, which every Snakemake installation has.
"""

import difflib
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

from semantic_bottleneck.errors import UserError


def load_yaml(path: str | Path) -> dict[str, Any]:
    """A YAML mapping.

    Raises:
        UserError: the file is absent, is not YAML or is not a mapping.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; check the name.") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} must hold a mapping of keys to values.")
    return content


def validated(instance: Mapping[str, Any], schema: Mapping[str, Any], source: str) -> dict[str, Any]:
    """A copy of `instance` with the schema's defaults filled in.

    Raises:
        UserError: one sentence naming `source`, the key and what is allowed there.
    """
    result = deepcopy(dict(instance))
    errors = sorted(
        _DefaultingValidator(schema).iter_errors(result), key=lambda error: (len(error.absolute_path), str(error.path))
    )
    if errors:
        raise UserError(_sentence(_deepest(errors[0]), source))
    return result


def _fill_defaults(validator_class):
    properties_of = validator_class.VALIDATORS["properties"]

    def fill(validator, properties, instance, schema):
        if isinstance(instance, dict):
            for name, subschema in properties.items():
                if "default" in subschema:
                    instance.setdefault(name, deepcopy(subschema["default"]))
        yield from properties_of(validator, properties, instance, schema)

    return validators.extend(validator_class, {"properties": fill})


_DefaultingValidator = _fill_defaults(Draft202012Validator)


def _deepest(error: ValidationError) -> ValidationError:
    """The branch of an anyOf/oneOf that came closest, which is the one the user meant."""
    while error.context and error.validator in ("anyOf", "oneOf") and any(part.path for part in error.context):
        error = max(error.context, key=lambda part: len(part.path))
    return error


def _sentence(error: ValidationError, source: str) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        unknown = next(key for key in error.instance if key not in known)
        key = f"{where}.{unknown}" if where else str(unknown)
        near = difflib.get_close_matches(str(unknown), known, n=1)
        return f"{source}: unknown key '{key}'; " + (
            f"did you mean '{near[0]}'?" if near else f"known keys are {', '.join(known)}."
        )
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        return f"{source}: the key '{f'{where}.{missing}' if where else missing}' is missing; add it."
    if error.validator == "oneOf" and all("required" in option for option in error.validator_value):
        options = ", ".join(option["required"][0] for option in error.validator_value)
        place = f"'{where}'" if where else "the file"
        return f"{source}: {place} needs exactly one of the keys {options}."
    message = error.message if len(error.message) < 200 else f"{error.message[:200]}..."
    return f"{source}: the value of '{where}' is not allowed: {message}."
