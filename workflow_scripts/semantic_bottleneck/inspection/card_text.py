"""Cards and studies as commented YAML."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from semantic_bottleneck.inspection.facts import Fact

WIDTH = 10_000
"""Of a line before YAML folds it: never."""


def yaml_text(content: Mapping[str, Any], indent: int = 0) -> str:
    """Nested mappings of `Fact`s as YAML, one key a line, the evidence behind it as a comment; plain values in flow style."""
    lines = []
    for key, value in content.items():
        lead = "  " * indent
        if isinstance(value, Mapping):
            lines.append(f"{lead}{key}:\n{yaml_text(value, indent + 1)}".rstrip("\n"))
            continue
        fact = value if isinstance(value, Fact) else Fact(value)
        why = f" # {fact.why}" if fact.why else ""
        lines.append(f"{lead}{key}: {_flow(fact.value)}{why}")
    return "\n".join(lines) + "\n"


def comment(sentences: Sequence[str]) -> str:
    """Sentences as comment lines, none of which can end the comment."""
    return "".join(f"# {' '.join(sentence.split())}\n" for sentence in sentences)


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=WIDTH, sort_keys=False, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...").strip()
