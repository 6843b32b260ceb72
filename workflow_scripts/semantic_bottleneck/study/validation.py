"""Cards and studies checked against a JSON schema: values of its types, defaults filled in, one sentence for a wrong key.

Only the standard library, PyYAML and jsonschema, which every Snakemake installation has.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.schemas.fitting import fitted
from semantic_bottleneck.schemas.plain import plain
from semantic_bottleneck.schemas.sentences import FORBIDDEN, sentence
from semantic_bottleneck.schemas.yaml_text import read_yaml

CONFIG = Path(__file__).resolve().parents[3] / "config"
"""The folder of studies, cards and schemas."""


def load_yaml(path: str | Path) -> dict[str, Any]:
    """A YAML mapping.

    Raises:
        UserError: the file is absent, cannot be read, is not YAML, gives a key twice or is not a mapping.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise UserError(f"{path} must hold a mapping of keys to values.")
    return content


@cache
def load_schema(path: Path) -> dict[str, Any]:
    """A schema's file, read once."""
    return load_yaml(path)


def validated(instance: Mapping[str, Any], schema: Mapping[str, Any], source: str) -> dict[str, Any]:
    """A copy of `instance` with the schema's defaults filled in, and its values of the schema's types: see `fitted`.

    Raises:
        UserError: one sentence naming `source`, the key, what is allowed there and what was given.
    """
    validator = _Validator(schema)
    result = fitted(plain(instance, source), schema, validator)
    errors = sorted(validator.iter_errors(result), key=lambda error: (len(error.absolute_path), str(error.path)))
    if errors:
        raise UserError(sentence(errors[0], source))
    return result


def _pattern(validator, pattern, instance, schema):
    # In a JSON schema `$` is the end; Python's also stands before a last line break.
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _properties(validator, properties, instance, schema):
    # The library's own error about the schema `false` does not say at which key it stands.
    others = {key: part for key, part in properties.items() if part is not False}
    yield from Draft202012Validator.VALIDATORS["properties"](validator, others, instance, schema)
    if isinstance(instance, Mapping):
        forbidden = (key for key in properties if key not in others and key in instance)
        yield from (ValidationError("is not for this kind", validator=FORBIDDEN, path=[key]) for key in forbidden)


_Validator = validators.extend(
    Draft202012Validator,
    {"pattern": _pattern, "properties": _properties},
    # `fitted` made whole numbers of what means one; the float 1e300 does not.
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda checker, value: type(value) is int),
)
