"""Programs of the machine that tests use where there are any: which one, and why there is none."""

import os
import shutil
from collections.abc import Sequence


def executable(variable: str, names: Sequence[str]) -> str | None:
    """The program that an environment variable names, else the first of `names` on PATH, if any."""
    named = os.environ.get(variable)
    return shutil.which(named) if named else next(filter(None, map(shutil.which, names)), None)


def missing(variable: str, otherwise: str) -> str:
    """Why there is none, and what to do about it; `otherwise`: where the variable names none."""
    named = os.environ.get(variable)
    return (
        f"the environment variable {variable} names {named}, which is no program: correct or unset it" if named else otherwise
    )
