"""python -m tests.parity FILE.npz ...: compare this library with stored official arrays.

The start of a file's name tells its kind (`dit_model.npz`, `dit_model-2.npz`). One line per file: name,
largest error, tolerance, PASS or FAIL; the exit code is 1 if any file fails or is of no known kind.
With --verbose every compared array has its line.
"""

import argparse
import importlib
import importlib.util
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch

from tests.parity.comparison import Comparison
from tests.parity.networks import DEVICE

MODULES = ("models", "lightningdit", "masked_models", "conditioners", "decoders", "inputs", "samplers", "metrics")

Kind = Callable[[Mapping[str, np.ndarray], dict], Iterator[Comparison]]


def gather_kinds() -> dict[str, Kind]:
    """Stem of a parity file -> the function that compares it."""
    kinds: dict[str, Kind] = {}
    for name in MODULES:
        if importlib.util.find_spec(f"tests.parity.{name}"):
            kinds.update(importlib.import_module(f"tests.parity.{name}").KINDS)
    return kinds


def kind_of(stem: str, kinds: Mapping[str, Kind]) -> str | None:
    """The longest kind the stem begins with."""
    return max((kind for kind in kinds if stem.startswith(kind)), key=len, default=None)


def run_file(path: Path, kinds: Mapping[str, Kind]) -> list[Comparison]:
    """Every comparison of one file; raises ValueError where the name tells no known kind."""
    kind = kind_of(path.stem, kinds)
    if kind is None:
        raise ValueError(f"unknown kind: the name must begin with one of {', '.join(sorted(kinds))}")
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    config = json.loads(str(arrays.pop("config"))) if "config" in arrays else {}
    comparisons = list(kinds[kind](arrays, config))
    if not comparisons:
        raise ValueError("the file holds nothing to compare")
    return comparisons


def worst(comparisons: list[Comparison]) -> Comparison:
    """The comparison nearest to, or furthest over, its tolerance."""
    return max(comparisons, key=lambda c: (not c.passed, c.error / c.tolerance if c.tolerance else 0.0))


def report(path: Path, kinds: Mapping[str, Kind], verbose: bool) -> bool:
    """Print the line of one file; whether it passed."""
    try:
        comparisons = run_file(path, kinds)
    except Exception as error:
        logging.getLogger(__name__).debug("traceback of %s", path, exc_info=True)
        print(f"{path.name:32s} FAIL  {type(error).__name__}: {error}")
        return False
    if verbose:
        for c in comparisons:
            print(f"  {c.name:36s} error {c.error:9.2e}  tolerance {c.tolerance:7.0e}  {'PASS' if c.passed else 'FAIL'}")
    passed, shown = all(c.passed for c in comparisons), worst(comparisons)
    verdict = "PASS" if passed else "FAIL"
    print(
        f"{path.name:32s} error {shown.error:9.2e}  tolerance {shown.tolerance:7.0e}  {verdict}"
        f"  ({len(comparisons)} arrays, worst {shown.name})"
    )
    return passed


def main(arguments: list[str] | None = None) -> int:
    """Compare the files named on the command line; 0 if all pass."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.npz")
    parser.add_argument("--device", default="cpu", help="cpu (what the files were made on) or cuda")
    parser.add_argument("--verbose", action="store_true", help="one line per array, and tracebacks")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.WARNING)
    DEVICE["name"] = options.device
    torch.backends.cudnn.allow_tf32 = False  # float32 means float32, as for matrix products
    kinds = gather_kinds()
    passed = [report(path, kinds, options.verbose) for path in options.files]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    library = str(Path(__file__).resolve().parents[2] / "workflow_scripts")
    if library not in sys.path:
        sys.path.insert(0, library)
    sys.exit(main())
