"""python -m tests.mutants [MODULE ...]: how many planted faults the unit tests notice, and which they do not.

Every mutant is one change of `operators.py` in one module, tried in a copy of the project on the tests named for that module
(TARGETS). A mutant that fails them, or that hangs, is killed. Survivors are printed, less those that `survivors.yaml` explains;
the exit code is 1 if fewer than 95 % of a module's others are killed.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import yaml

from tests.mutants.operators import mutants
from tests.mutants.trial import copy_project, gather, is_noticed

LIBRARY = "workflow_scripts/semantic_bottleneck"
SAMPLERS = ("sampling/test_official_arrays.py", "sampling/test_samplers.py")
TARGETS = {
    "study/pruning": ("studies/test_prunings_by_hand.py", "studies/test_types.py"),
    "geometry/measures": ("core/test_geometry.py",),
    "geometry/timestep_choice": ("core/test_timestep_choice.py",),
    "uncertainty/shares": ("uncertainty/test_shares.py",),
    "uncertainty/group_variance": ("uncertainty/test_group_variance.py",),
    "uncertainty/groups": ("uncertainty/test_jackknife_by_hand.py",),
    "uncertainty/jackknife": ("uncertainty/test_jackknife_by_hand.py",),
    "uncertainty/halves": ("uncertainty/test_halves_by_hand.py",),
    "uncertainty/scales": ("uncertainty/test_scales.py",),
    "uncertainty/student": ("uncertainty/test_scales.py",),
    "uncertainty/holm": ("uncertainty/test_holm.py",),
    "uncertainty/metric_interval": ("uncertainty/test_metric_interval.py",),
    "uncertainty/estimates": ("uncertainty/test_estimates.py",),
    "pruning/criteria": ("core/test_pruning.py",),
    "sampling/edits": ("sampling/test_branch_edits.py",),
    "study/windows": ("core/test_windows.py",),
    "study/localisation": ("studies/test_localised_variants.py",),
    "scores/localisation": ("scores/test_localised_scores.py",),
    "job/devices": ("core/test_device_claims.py", "core/test_devices.py"),
    "study/codehash": ("core/test_codehash.py",),
    "study/code_memory": ("core/test_code_memory.py",),
    "sampling/model_run": ("sampling/test_fingerprint.py", "sampling/test_condition_vectors.py"),
    "sampling/guidance": ("sampling/test_guidance.py",),
    "sampling/ddpm": SAMPLERS,
    "sampling/ddim": SAMPLERS,
    "sampling/repa": SAMPLERS,
    "sampling/lightningdit": SAMPLERS,
    "sampling/sit_ode": SAMPLERS,
    "sampling/sit_sde": SAMPLERS,
    "sampling/dpm_solver": SAMPLERS,
    "randomness/noise": ("sampling/test_noise.py",),
    "study/shards": ("sampling/test_plan.py",),
    "study/samplers": ("sampling/test_steps.py",),
    "study/respacing": ("sampling/test_schedules.py",),
    "reporting/core/claim": ("reporting/test_claim.py",),
    "reporting/core/verdicts": ("reporting/test_verdicts.py",),
    "reporting/paper/localised": ("reporting/test_localised.py", "reporting/test_localisation_claims.py"),
    "reporting/paper/trainings": ("reporting/test_trainings.py",),
    "reporting/paper/claims/geometry": ("reporting/test_geometry_claims.py",),
    "reporting/paper/claims/localisation": ("reporting/test_localisation_claims.py",),
    "reporting/paper/claims/pruned_model": ("reporting/test_pruned_model.py", "reporting/test_pruning_claims.py"),
    "reporting/paper/claims/pruning": ("reporting/test_pruning_claims.py", "reporting/test_pruned_model.py"),
    "reporting/paper/claims/training": ("reporting/test_training_claims.py",),
}
"""Module -> its tests, below tests/unit."""
ENOUGH = 0.95
PATIENCE = 20.0, 5.0
"""Seconds that tests may take on a mutant: the first, and the second for each that they take on the module as it is."""


def main() -> int:
    """Try the modules named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TARGETS))
    modules = parser.parse_args().modules or list(TARGETS)
    if unknown := [module for module in modules if module not in TARGETS]:
        parser.error(f"{unknown[0]} is no module of the list; choose from {', '.join(TARGETS)}.")
    explained = yaml.safe_load((Path(__file__).parent / "survivors.yaml").read_text(encoding="utf-8")) or {}
    poor = []
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder))
        for module in modules:
            killed, known, left = try_module(project, module, explained.get(module, []))
            share = killed / max(1, killed + left)
            print(f"{module}: {killed} killed, {left} survived, {known} explained; {100 * share:.0f} %", flush=True)
            if share < ENOUGH:
                poor.append(module)
    return int(bool(poor))


def try_module(project: Path, module: str, explained: list[dict[str, str]]) -> tuple[int, int, int]:
    """How many mutants of one module were killed, survive with an explanation, and survive without one (printed)."""
    path, tests = project / LIBRARY / f"{module}.py", [f"tests/unit/{test}" for test in TARGETS[module]]
    source, killed, known, left = path.read_text(encoding="utf-8"), 0, 0, 0
    lines, reasons = source.splitlines(), {(each["line"], each["change"]) for each in explained}
    gather(path, tests)
    start = time.monotonic()
    if is_noticed(tests, 600.0):
        raise SystemExit(f"The tests of {module} fail as it is; mend them first.")
    seconds = PATIENCE[0] + PATIENCE[1] * (time.monotonic() - start)
    for line, change, mutated in mutants(source):
        path.write_text(mutated, encoding="utf-8")
        if is_noticed(tests, seconds):
            killed += 1
        elif (text := lines[line - 1].strip(), change) in reasons:
            known += 1
        else:
            left += 1
            print(f"{module}, line {line}: {change}    in    {text}", flush=True)
    path.write_text(source, encoding="utf-8")
    return killed, known, left


if __name__ == "__main__":
    sys.exit(main())
