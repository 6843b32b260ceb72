"""python -m tests.mutants [MODULE ...]: how many planted faults the unit tests notice, and which they do not.

Every mutant is one change of `operators.py` in one module, tried in a copy of the project on the tests named for that module
(TARGETS). A mutant that fails them, or that hangs, is killed. Survivors are printed, less those that `survivors.yaml` explains;
the exit code is 1 if fewer than 95 % of a module's others are killed.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import yaml

from tests.mutants.operators import mutants

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "workflow_scripts/semantic_bottleneck"
TARGETS = {
    "pruning/criteria": ("core/test_pruning.py", "sampling/test_branch_edits.py"),
    "study/pruning": ("studies/test_types.py", "core/test_pruning.py"),
    "study/sample_plan": ("studies/test_types.py",),
    "study/windows": ("core/test_windows.py", "sampling/test_steps.py"),
    "geometry/measures": ("core/test_geometry.py",),
    "job/devices": ("core/test_devices.py",),
    "study/codehash": ("core/test_codehash.py",),
    "study/code_memory": ("core/test_code_memory.py",),
    "sampling/model_run": ("sampling/test_fingerprint.py", "generation/test_continuous_conditions.py"),
    "sampling/guidance": ("sampling/test_guidance.py", "sampling/test_closed_form.py"),
    "study/shards": ("sampling/test_plan.py", "sampling/test_byte_independence.py"),
    "study/sampler_steps": ("sampling/test_steps.py",),
    "study/respacing": ("sampling/test_schedules.py", "sampling/test_steps.py"),
    "sampling/ddpm": ("sampling/test_closed_form.py", "sampling/test_samplers.py"),
    "sampling/ddim": ("sampling/test_closed_form.py", "sampling/test_samplers.py"),
    "sampling/repa": ("sampling/test_closed_form.py", "sampling/test_samplers.py"),
    "uncertainty/shares": ("dier/test_probes.py",),
    "uncertainty/jackknife": ("scores/test_jackknife.py",),
    "uncertainty/group_variance": ("scores/test_jackknife.py", "scores/test_halves.py"),
}
"""Module -> its tests, below tests/unit."""
ENOUGH, PATIENCE = 0.95, 120.0
COPIED = ("workflow_scripts", "tests", "config", "pyproject.toml", "Snakefile", "rules", "envs", "report")


def try_out(project: Path, tests: list[str]) -> bool:
    """Whether the tests notice: pytest in a child that inherits what this process has imported."""
    child = os.fork()
    if child == 0:
        os.chdir(project)
        sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != ROOT]
        for name in [name for name in sys.modules if name.split(".")[0] == "tests"]:
            del sys.modules[name]
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        import pytest

        code = 1
        try:
            code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
        finally:
            os._exit(min(code, 1))
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return True


def main() -> int:
    """Try the modules named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TARGETS))
    modules = parser.parse_args().modules or list(TARGETS)
    if unknown := [module for module in modules if module not in TARGETS]:
        parser.error(f"{unknown[0]} is no module of the list; choose from {', '.join(TARGETS)}.")
    # A mutant of the same size in the same second would be taken for its predecessor's compiled file.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    # Not the library, of which every child imports its own copy.
    import numpy  # noqa: F401
    import scipy.stats  # noqa: F401
    import torch

    torch.set_num_threads(1)
    explained = yaml.safe_load((Path(__file__).parent / "survivors.yaml").read_text(encoding="utf-8")) or {}
    poor = []
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / name, project / name)
        for module in modules:
            killed, known, left = try_module(project, module, explained.get(module, {}))
            share = killed / max(1, killed + len(left))
            print(f"{module}: {killed} killed, {len(left)} survived, {known} explained; {100 * share:.0f} %", flush=True)
            for line, change in left:
                print(f"    line {line}: {change}", flush=True)
            if share < ENOUGH:
                poor.append(module)
    return int(bool(poor))


def try_module(project: Path, module: str, explained: dict[str, str]) -> tuple[int, int, list[tuple[int, str]]]:
    """(killed, survivors that are explained, the others as (line, change)) of one module."""
    path, tests = project / LIBRARY / f"{module}.py", [f"tests/unit/{test}" for test in TARGETS[module]]
    source, killed, known, left = path.read_text(encoding="utf-8"), 0, 0, []
    if try_out(project, tests):
        raise SystemExit(f"The tests of {module} fail as it is; mend them first.")
    for line, change, text in mutants(source):
        path.write_text(text, encoding="utf-8")
        if try_out(project, tests):
            killed += 1
        elif change in explained:
            known += 1
        else:
            left.append((line, change))
    path.write_text(source, encoding="utf-8")
    return killed, known, left


if __name__ == "__main__":
    sys.exit(main())
