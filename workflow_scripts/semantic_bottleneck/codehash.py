"""A hash of the code that a script really uses, so that editing a module reruns exactly what depends on it.

Snakemake watches only the text of the script a rule names. Here the script's imports are followed through the library
(by syntax, nothing is imported), and every module found is hashed. Standard library only: the Snakefile calls it.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

from semantic_bottleneck.errors import UserError

PACKAGE = "semantic_bottleneck"


def code_hash(scripts: Path, script: str, *modules: str) -> str:
    """Hash of the library modules that `script` imports, directly or not.

    Args:
        scripts: the folder that holds the entry points and the package.
        script: an entry point's file name.
        modules: further modules (dotted, below the package) which the script loads by name at run time.
    """
    digest = hashlib.sha256()
    for path in sorted(closure(scripts, script, *modules)):
        digest.update(path.relative_to(scripts).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


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
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == table:
            entries = ast.literal_eval(node.value)
            if key not in entries:
                raise UserError(f"'{key}' is unknown; choose one of {', '.join(entries)}.")
            return entries[key].split(":")[0]
    raise LookupError(f"{path} defines no dict {table}")


@cache
def _imports(scripts: Path, path: Path) -> tuple[Path, ...]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(file for name in names if name.split(".")[0] == PACKAGE for file in _files(scripts, name))


def _files(scripts: Path, name: str) -> list[Path]:
    """The module files along a dotted name; a trailing attribute is ignored."""
    parts, files = name.split("."), []
    for end in range(1, len(parts) + 1):
        base = scripts.joinpath(*parts[:end])
        files += [path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()]
    return files
