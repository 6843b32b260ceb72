"""All keys of studies and cards as one Markdown page, made from their schemas: `make docs` writes docs/config.md.

Only the standard library, PyYAML and jsonschema.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.schemas.plain import spelled
from semantic_bottleneck.schemas.sentences import allowed
from semantic_bottleneck.schemas.yaml_text import read_yaml

DOCUMENTS = {"study": "config/<study>.yaml", "model": "config/models/<name>.yaml", "asset": "config/assets/<name>.yaml",
             "data": "config/data/<name>.yaml"}  # fmt: skip
"""Schema -> what it describes, in the page's order."""
LENDER = "model"
"""The schema whose definitions stand in for those that another one lacks (an asset card's checkpoint)."""

INTRODUCTION = """# Configuration keys

Made from `config/schemas/*.schema.yaml` by `make docs`; do not edit. A key that is not listed is refused with one sentence.
`a.b` is the key `b` below the key `a`, `a[].b` that of every entry of a list, `a.<name>` any name. A default is what an absent
key is filled with; a key without one may be left out unless it is required.
"""


def reference(folder: str | Path) -> str:
    """The page, from the schemas in `folder`.

    Raises:
        UserError: a schema is absent or is no YAML.
        KeyError: a schema refers to a definition that no schema has.
    """
    schemas = {name: read_yaml(Path(folder) / f"{name}.schema.yaml") for name in DOCUMENTS}
    pages = [Document(name, schemas).page() for name in DOCUMENTS]
    return "\n".join([INTRODUCTION, *pages])


class Document:
    """One schema and where its definitions are shown."""

    def __init__(self, name: str, schemas: Mapping[str, Any]):
        self.name = name
        self.schemas = schemas
        self.schema = schemas[name]

    def page(self) -> str:
        """A chapter: the keys of the document, then one section for each mapping that several keys share."""
        title = _title(self.schema)
        chapter = [f"## {title}", f"`{DOCUMENTS[self.name]}`: {self.schema['description']}", *self._section(self.schema)]
        for name, node in self.schema.get("$defs", {}).items():
            if "properties" in node:
                chapter += [f"### {self._heading(name)}", *([node["description"]] if "description" in node else [])]
                chapter += self._section(node)
        return "\n\n".join(chapter) + "\n"

    def _section(self, node: Mapping[str, Any]) -> list[str]:
        rows = list(self._rows(node, ""))
        table = "\n".join(["| key | value | default | meaning |", "|---|---|---|---|", *rows])
        conditions = "\n".join(f"- {text}" for text in self._conditions(node))
        return [text for text in (table if rows else "No keys of its own beside `name`.", conditions) if text]

    def _rows(self, node: Mapping[str, Any], path: str) -> Iterator[str]:
        required = node.get("required", ())
        parts = {
            f"{path}{'.' if path else ''}{key}": (part, key in required) for key, part in node.get("properties", {}).items()
        }
        if isinstance(node.get("additionalProperties"), Mapping):
            parts[f"{path}{'.' if path else ''}<name>"] = (node["additionalProperties"], False)
        for key, (part, needed) in parts.items():
            if not part:  # the name that chose this section
                continue
            link, target = self._resolved(part)
            default = "required" if needed else f"`{_value(target['default'])}`" if "default" in target else ""
            yield _row(f"`{key}`", self._value(target, link), default, target.get("description", ""))
            yield from self._below(target, key) if not link else ()

    def _below(self, node: Mapping[str, Any], key: str) -> Iterator[str]:
        yield from self._rows(node, key)
        if "items" in node:
            link, target = self._resolved(node["items"])
            yield from self._rows(target, f"{key}[]") if not link else ()

    def _value(self, node: Mapping[str, Any], link: str) -> str:
        if link:
            return f"a mapping: {link}"
        text = allowed(node).replace("mapping of keys to values", "mapping")
        if "propertyNames" in node:
            text += f"; a name in it: {allowed({'type': 'string', **self._resolved(node['propertyNames'])[1]})}"
        if "items" in node:
            inner, target = self._resolved(node["items"])
            text += f"; each is {self._value(target, inner)}"
        return text + (", none twice" if node.get("uniqueItems") else "")

    def _resolved(self, node: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """(link to the section that shows it, or nothing; the node with what it refers to)."""
        if "$ref" not in node:
            return "", node
        name = node["$ref"].rpartition("/")[2]
        own = name in self.schema.get("$defs", {})
        lender = self if own else Document(LENDER, self.schemas)
        target = lender.schema["$defs"][name]
        heading = lender._heading(name)
        link = f"[{heading}](#{anchor(heading)})" if "properties" in target else ""
        return link, {**target, **{key: value for key, value in node.items() if key != "$ref"}}

    def _heading(self, name: str) -> str:
        words = self.schema["$defs"][name].get("title", name.replace("_", " ")).removeprefix("the ")
        return f"{_title(self.schema)}: {words}"

    def _conditions(self, node: Mapping[str, Any]) -> Iterator[str]:
        for part in (node, *node.get("allOf", ())):
            if "if" in part:
                when = _condition(part["if"])
                for words, branch in ((f"Where {when}", part["then"]), ("Otherwise", part.get("else"))):
                    if branch:
                        yield f"{words}: {'; '.join(self._consequences(branch))}."
        if "oneOf" in node:
            yield f"Exactly one of {_keys(option['required'][0] for option in node['oneOf'])} is given."
        for key, others in node.get("dependentRequired", {}).items():
            yield f"Where `{key}` is given: {_keys(others)} required."

    def _consequences(self, node: Mapping[str, Any]) -> Iterator[str]:
        if "$ref" in node:
            yield f"the keys of {self._resolved(node)[0]}"
        if "required" in node:
            yield f"{_keys(node['required'])} required"
        if "oneOf" in node:
            yield f"exactly one of {_keys(option['required'][0] for option in node['oneOf'])} is given"
        for key, part in node.get("properties", {}).items():
            link, target = self._resolved(part) if part else ("", {})
            empty = target.get("maxProperties") == 0
            yield f"no `{key}`" if not part or empty else f"`{key}` is {self._value(target, link)}"
        if "if" in node:
            yield f"where {_condition(node['if'])}, {'; '.join(self._consequences(node['then']))}"


def anchor(heading: str) -> str:
    """A heading's anchor, as Markdown renderers make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _title(schema: Mapping[str, Any]) -> str:
    return re.sub("^an? ", "", schema["title"], flags=re.IGNORECASE).capitalize()


def _condition(node: Mapping[str, Any]) -> str:
    if "properties" in node:
        return " and ".join(f"`{key}` is {allowed(part)}" for key, part in node["properties"].items())
    return f"{_keys(node['required'])} is given" if "required" in node else "it has any key"


def _keys(keys: Any) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(part) for part in value)}]"
    return "''" if value == "" else spelled(value)


def _row(*cells: str) -> str:
    return f"| {' | '.join(_text(cell) for cell in cells)} |"


def _text(words: str) -> str:
    """Words with a bar in a table's cell, and <name> outside of code."""
    parts = words.replace("|", "\\|").split("`")
    return "`".join(part if index % 2 else part.replace("<", "&lt;") for index, part in enumerate(parts))


if __name__ == "__main__":
    sys.stdout.write(reference(sys.argv[1]))
