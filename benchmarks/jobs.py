"""What do a study's jobs cost, and how much of it is importing? From the benchmark files that Snakemake leaves for every job.

    python benchmarks/jobs.py results/miniature [--against OLD/results/miniature] [--times 2]

Prints per rule the jobs, their CPU-seconds (user and system, children included), and the share that goes into starting
Python and importing what the rule's script imports, measured here: `python -c "import <script>"` in a fresh interpreter, the
least of `--times`. With `--against` a second table has the CPU-seconds of another run of the study and the ratio to it; only
runs of the same machine, equally busy, can be compared. Snakemake reads the time twice a second in a job's first 15 seconds
and every 30 seconds after that, so the end of a long job is not in it; a job too short to be read counts with its wall time.
"""

import argparse
import csv
import os
import re
import resource
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "workflow_scripts"


@dataclass(frozen=True)
class Cost:
    """How many jobs a rule had, and their CPU-seconds in all."""

    jobs: int
    seconds: float


def costs(folder: Path) -> dict[str, Cost]:
    """Rule -> cost of its jobs in a results folder."""
    seconds = defaultdict(list)
    for path in sorted((folder / "benchmarks").rglob("*.tsv")):
        with path.open(newline="", encoding="utf-8") as stream:
            (row,) = csv.DictReader(stream, delimiter="\t")
        # <rule>/<wildcards>.tsv, or <rule>.tsv where the rule has none
        rule = path.relative_to(folder / "benchmarks").parts[0].removesuffix(".tsv")
        seconds[rule].append(float(row["s" if row["cpu_time"] == "NA" else "cpu_time"]))
    return {rule: Cost(len(values), sum(values)) for rule, values in seconds.items()}


def inherited(files: Iterable[Path]) -> dict[str, str]:
    """Rules that use another rule's script, perhaps through a third rule -> the rule that has the script's name."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    bases = {rule: base for base, rule in re.findall(r"^ *use rule (\w+) as (\w+) with:", text, flags=re.M)}
    for rule in bases:
        while bases[rule] in bases:
            bases[rule] = bases[bases[rule]]
    return bases


def import_seconds(script: str, scripts: Path = SCRIPTS, times: int = 2) -> float:
    """CPU-seconds of a fresh interpreter that imports a script and its imports.

    Raises:
        SystemExit: it cannot be imported.
    """
    environment = os.environ | {"PYTHONPATH": str(scripts)}
    seconds = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", f"import {script}"], env=environment, capture_output=True, text=True, check=False
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise SystemExit(f"Error: {scripts / script}.py cannot be imported: {done.stderr.strip().splitlines()[-1]}")
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(seconds)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; numbers stand right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def whole(found: dict[str, Cost]) -> Cost:
    """The cost of all rules."""
    return Cost(sum(cost.jobs for cost in found.values()), sum(cost.seconds for cost in found.values()))


def import_table(found: dict[str, Cost], imports: dict[str, float]) -> str:
    """Rules by cost, with the seconds that each of their jobs spends on importing; the sum last."""
    rows = []
    for rule, cost in sorted(found.items(), key=lambda item: -item[1].seconds):
        share = f"{imports[rule] * cost.jobs / cost.seconds:.2f}"
        rows.append([rule, str(cost.jobs), f"{cost.seconds:.1f}", f"{imports[rule]:.2f}", share])
    total, importing = whole(found), sum(imports[rule] * cost.jobs for rule, cost in found.items())
    mean = f"{importing / total.jobs:.2f}"
    rows.append(["all", str(total.jobs), f"{total.seconds:.1f}", mean, f"{importing / total.seconds:.2f}"])
    return table(["rule", "jobs", "CPU s", "importing, s a job", "share of importing"], rows)


def ratio_table(before: dict[str, Cost], after: dict[str, Cost]) -> str:
    """Rules by what they cost before, with what they cost after; the sum last."""
    nothing, rows = Cost(0, 0.0), []
    for rule in sorted(before | after, key=lambda rule: -before.get(rule, nothing).seconds):
        rows.append((rule, before.get(rule, nothing), after.get(rule, nothing)))
    rows.append(("all", whole(before), whole(after)))
    lines = [
        [rule, f"{old.jobs}", f"{new.jobs}", f"{old.seconds:.1f}", f"{new.seconds:.1f}", _ratio(old.seconds, new.seconds)]
        for rule, old, new in rows
    ]
    return table(["rule", "jobs before", "after", "CPU s before", "after", "after : before"], lines)


def _ratio(before: float, after: float) -> str:
    return f"{after / before:.2f}" if before else ""


def main(arguments: Sequence[str] | None = None, scripts: Path = SCRIPTS) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a study's results")
    parser.add_argument("--against", type=Path, help="results of another run of the study")
    parser.add_argument("--times", type=int, default=2, help="how often each import is measured")
    given = parser.parse_args(arguments)
    sides = {folder: costs(folder) for folder in (given.folder, given.against) if folder}
    for folder, found in sides.items():
        if not found:
            raise SystemExit(
                f"Error: {folder / 'benchmarks'} holds no benchmark files; give the results of a study that was run."
            )
    bases = inherited((ROOT / "rules").glob("*.smk"))
    names = {rule: bases.get(rule, rule) for rule in sides[given.folder]}
    measured = {name: import_seconds(name, scripts, given.times) for name in sorted(set(names.values()))}
    print(import_table(sides[given.folder], {rule: measured[name] for rule, name in names.items()}))
    if given.against:
        print(f"\n{ratio_table(sides[given.against], sides[given.folder])}")


if __name__ == "__main__":
    main()
