"""A hash of the code that a script really uses, so that a change reruns exactly what depends on it.

Snakemake watches only the text of the script a rule names. Here the script's imports are followed through the library
(by syntax, nothing is imported), and the syntax of every module found is hashed: comments, docstrings, formatting and the
names of files count for nothing. Standard library only: the Snakefile calls it.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from semantic_bottleneck.errors import UserError

PACKAGE = "semantic_bottleneck"


def code_hash(scripts: Path, script: str, *modules: str) -> str:
    """Hash of the library modules that `script` imports, directly or not; the same on every Python.

    Args:
        scripts: the folder that holds the entry points and the package.
        script: an entry point's file name.
        modules: further modules (dotted, below the package) which the script loads by name at run time.
    """
    digests = sorted({module_hash(scripts, path) for path in closure(scripts, script, *modules)})
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:16]


@cache
def module_hash(scripts: Path, path: Path) -> str:
    """Hash of one module, in which what it imports from the library counts by the code it comes from, not by its address."""
    imports = sorted(f"{_own_hash(target)} {name} {alias}" for target, name, alias in _imported(scripts, path))
    return hashlib.sha256("\n".join([_own_hash(path), *imports]).encode()).hexdigest()


def closure(scripts: Path, script: str, *modules: str) -> set[Path]:
    """Files of the package reachable from `script` and `modules` through import statements."""
    found: set[Path] = set()
    waiting = [scripts / script] + [path for module in modules for path in _files(scripts, module)]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting.extend(_imports(scripts, path))
    return found - {scripts / script}


@cache
def registered(scripts: Path, module: str, table: str, key: str) -> str:
    """The module that a registry (a literal dict of "module:attribute" strings) names for `key`, without importing it.

    Raises:
        UserError: the registry has no such key.
    """
    (path,) = [file for file in _files(scripts, module) if file.name != "__init__.py"]
    for node in _tree(path).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if isinstance(target, ast.Name) and target.id == table:
            entries = ast.literal_eval(node.value)
            if key not in entries:
                raise UserError(f"'{key}' is unknown; choose one of {', '.join(entries)}.")
            return entries[key].split(":")[0]
    raise LookupError(f"{path} defines no dict {table}")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def _own_hash(path: Path) -> str:
    """Hash of a module's syntax without its imports from the library."""
    return hashlib.sha256("\0".join(_syntax(_tree(path))).encode()).hexdigest()


def _syntax(node: object) -> Iterator[str]:
    """The nodes and values of a syntax tree, without what says nothing: strings that stand alone (docstrings), imports from
    the library, and fields that are empty, which other versions of Python have more or fewer of."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            yield str(len(part))
            waiting += part
        elif isinstance(part, ast.AST):
            yield type(part).__name__
            for name in part._fields:
                value = getattr(part, name, None)
                if isinstance(value, list):
                    value = [entry for entry in value if not _says_nothing(entry)] or None
                if value is not None:
                    yield name
                    waiting.append(value)
        else:
            yield repr(part)


def _says_nothing(node: object) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return isinstance(node, ast.Import | ast.ImportFrom) and len(_names_of(node)) == len(node.names)


def _names_of(node: ast.Import | ast.ImportFrom) -> list[tuple[str, str | None]]:
    """(dotted name, name it gets) of each import from the library in a statement."""
    if isinstance(node, ast.Import):
        pairs = [(alias.name, alias.asname) for alias in node.names]
    else:
        pairs = [(f"{node.module}.{alias.name}", alias.asname) for alias in node.names] if node.level == 0 else []
    return [(name, alias) for name, alias in pairs if name.split(".")[0] == PACKAGE]


@cache
def _library_imports(path: Path) -> tuple[tuple[str, str | None], ...]:
    nodes = (node for node in ast.walk(_tree(path)) if isinstance(node, ast.Import | ast.ImportFrom))
    return tuple(pair for node in nodes for pair in _names_of(node))


def _imported(scripts: Path, path: Path) -> Iterator[tuple[Path, str, str | None]]:
    """(module, what is taken from it or "" for the module itself, the name it gets) of every import from the library."""
    for name, alias in _library_imports(path):
        target = _files(scripts, name)[-1]
        known = target.parent if target.name == "__init__.py" else target.with_suffix("")
        rest = name.split(".")[len(known.relative_to(scripts).parts) :]
        # A module taken by its own name is used by that name, wherever it lies.
        yield target, ".".join(rest), alias or name.split(".")[-1]


@cache
def _imports(scripts: Path, path: Path) -> tuple[Path, ...]:
    return tuple(file for name, _ in _library_imports(path) for file in _files(scripts, name))


@cache
def _files(scripts: Path, name: str) -> tuple[Path, ...]:
    """The module files along a dotted name; a trailing attribute is ignored."""
    parts, files = name.split("."), []
    for end in range(1, len(parts) + 1):
        base = scripts.joinpath(*parts[:end])
        files += [path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()]
    return tuple(files)
