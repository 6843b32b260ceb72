"""The axes that the library's array types name are checked in every call that a test makes."""

import sys
from pathlib import Path
from typing import Any, get_args

import jaxtyping
from beartype import BeartypeConf, beartype

PACKAGE = "semantic_bottleneck"
ARRAYS = f"{PACKAGE}.arrays"


def check_shapes() -> None:
    """From now on; must be called before a test imports the library."""
    sys.modules[ARRAYS] = jaxtyping
    jaxtyping.install_import_hook(annotated_modules(), f"{__name__}.checked")


def annotated_modules() -> list[str]:
    """Names of the library's modules that use array types."""
    scripts = Path(__file__).resolve().parents[1] / "workflow_scripts"
    files = [path for path in scripts.rglob("*.py") if f"from {ARRAYS} import" in path.read_text(encoding="utf-8")]
    return sorted(".".join(path.relative_to(scripts).with_suffix("").parts) for path in files)


def checked(function):
    """`function` that looks at its arrays; what else it is given is mypy's to check, and often its own to refuse."""
    for name, hint in function.__annotations__.items():
        if not _holds_array(hint):
            function.__annotations__[name] = Any
    return beartype(conf=BeartypeConf(is_pep484_tower=True))(function)


def _holds_array(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, jaxtyping.AbstractArray):
        return True
    return any(_holds_array(part) for part in get_args(hint))
