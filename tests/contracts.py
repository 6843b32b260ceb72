"""The contracts of docs/design.md, read from its tables, and what is wrong with the Parquet files of a results folder."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
DESIGN = ROOT / "docs/design.md"
NAMES = {"double": "float64", "float": "float32"}
KEY = re.compile(r"`([\w-]+)`( \(optional\))?")
UNSAID = {"shapes", "ARROW:schema"}


@dataclass(frozen=True)
class Contract:
    """One section: path patterns, rules, column -> (types, may it be absent), metadata key -> may it be absent."""

    name: str
    paths: tuple[str, ...]
    rules: tuple[str, ...]
    columns: dict[str, tuple[tuple[str, ...], bool]]
    metadata: dict[str, bool]

    def matches(self, path: str) -> bool:
        return any(re.fullmatch(re.sub("<[a-z]+>", "[^/]+", pattern), path) for pattern in self.paths)

    def complaints(self, path: str, schema: pa.Schema) -> list[str]:
        """What a file's schema and the section say differently."""
        metadata = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        shapes = json.loads(metadata["shapes"])
        found = {field.name: type_of(field.type, len(shapes.get(field.name, ()))) for field in schema}
        said = [f"{path}: the column {name} is not documented" for name in found if name not in self.columns]
        for name, (types, optional) in self.columns.items():
            if name not in found and not optional:
                said.append(f"{path}: the documented column {name} is absent")
            if name in found and found[name] not in types:
                said.append(f"{path}: the column {name} is {found[name]}, documented as {' or '.join(types)}")
        keys = set(metadata) - UNSAID
        said += [f"{path}: the metadata key {key} is not documented" for key in sorted(keys - set(self.metadata))]
        required = {key for key, optional in self.metadata.items() if not optional}
        return said + [f"{path}: the documented metadata key {key} is absent" for key in sorted(required - keys)]


def contracts() -> list[Contract]:
    """Every section of the chapter Contracts, in its order."""
    chapter, found = _chapter(), []
    origin = " ".join(re.findall(r"^\| \*origin\*: (.+?) \|", chapter, flags=re.MULTILINE))
    for section in re.split(r"^### ", chapter, flags=re.MULTILINE)[1:]:
        name, _, body = section.partition("\n")
        head, _, rest = body.partition("\n| column |")
        table, _, metadata = rest.partition("\nMetadata: ")
        paths = re.findall(r"`([^`]+\.parquet)`", head)
        rules = re.findall("`([a-z_]+)`", re.search(r"Rules?\s(.*?)\.(\s|$)", head, flags=re.DOTALL)[1])
        keys = {key: bool(optional) for key, optional in KEY.findall(metadata.replace("*origin*", origin))}
        found.append(Contract(name, tuple(paths), tuple(rules), columns_of(table), keys))
    return found


def explained_keys() -> set[str]:
    """The metadata keys that the chapter's own table explains."""
    introduction = _chapter().partition("\n### ")[0]
    rows = re.findall(r"^\| (?:\*origin\*: )?(`.+?) \|", introduction, flags=re.MULTILINE)
    return {key for row in rows for key, _ in KEY.findall(row)}


def _chapter() -> str:
    text = DESIGN.read_text()
    return text[text.index("## Contracts") :]


def columns_of(table: str) -> dict[str, tuple[tuple[str, ...], bool]]:
    columns = {}
    for name, kind in re.findall(r"^\| `(\w+)` \| (.+?) \|", table, flags=re.MULTILINE):
        kind, optional = kind.removesuffix(", optional"), kind.endswith(", optional")
        columns[name] = (tuple(re.sub(r"\w[\w ]*(?=[],])", "*", part) for part in kind.split(" or ")), optional)
    return columns


def type_of(kind: pa.DataType, axes: int) -> str:
    """As the page writes it, with an asterisk for every axis."""
    if pa.types.is_fixed_size_list(kind):
        return f"{type_of(kind.value_type, 0)}[{', '.join('*' * axes)}]"
    if pa.types.is_list(kind):
        return f"list of {type_of(kind.value_type, 0)}"
    return NAMES.get(str(kind), str(kind))


def contract_of(path: str) -> list[Contract]:
    """The contracts of a path: one that names it, or else those that have its pattern; one, if the page is right."""
    known = contracts()
    return [contract for contract in known if path in contract.paths] or [
        contract for contract in known if contract.matches(path)
    ]


def complaints(results: Path) -> list[str]:
    """What the Parquet files below a study's results folder and the contracts say differently."""
    said = []
    for file in sorted(results.rglob("*.parquet")):
        path = file.relative_to(results).as_posix()
        found = contract_of(path)
        said += found[0].complaints(path, pq.read_schema(file)) if len(found) == 1 else [f"{path}: {len(found)} contracts"]
    return said
