"""Markdown tables of what benchmarks/device.py measured; benchmarks/README.md holds those of benchmarks/measured/*.json.

python benchmarks/device_tables.py FILE.json ...
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from benchmarks.device_parts import PARTS  # noqa: E402

TERA = 1e12
PHASES = ("python", "imports", "load_weights", "compile_blocks", "fingerprint", "first micro-batch", "second micro-batch")
PHASES = (*PHASES, "write", "whole job")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ceilings(found: Mapping[str, Any]) -> str:
    """Products and copies."""
    rates = {name: f"{rate / TERA:.0f}" for name, rate in found["matmul"].items()}
    sheet = f"{found['data_sheet_bf16'] / TERA:.0f}" if found["data_sheet_bf16"] else "unknown"
    head = ("product of 8,192 × 8,192, TFLOP/s: fp32", "tf32", "bf16", "data sheet, dense bf16", "copy, read and written, TB/s")
    return table(head, [[*rates.values(), sheet, f"{found['copy'] / TERA:.2f}"]])


def sampling(found: Mapping[str, Any]) -> str:
    """Images per second of every side, against the official loop in fp32 and in TF32, its scripts' default."""
    official = {row["precision"]: row["images_per_second"] for row in found["rows"] if row["side"] == "official"}
    sheet = found["data_sheet_bf16"]

    def against(row: Mapping[str, Any], precision: str) -> str:
        return f"{row['images_per_second'] / official[precision]:.2f}" if precision in official else "–"

    def inside(row: Mapping[str, Any]) -> list[str]:
        if "network" not in row:
            return ["–", "–"]
        rate = row["network"]["operations_per_second"]
        return [f"{rate / TERA:.0f}", f"{rate / sheet:.2f} / {rate / found['matmul_bf16']:.2f}" if sheet else "–"]

    head = ("side", "precision", "micro-batch", "images/s", "÷ official fp32", "÷ official TF32", "network, TFLOP/s")
    head = (*head, "of the data sheet's / the measured bf16 product", "first steps, s", "peak MiB")
    rows = [
        [
            row["side"],
            row["precision"],
            str(row["micro_batch"]),
            f"{row['images_per_second']:.3g}",
            against(row, "fp32"),
            against(row, "tf32"),
            *inside(row),
            f"{row['first_steps_seconds']:.1f}",
            f"{row['peak_mib']:,}",
        ]
        for row in found["rows"]
    ]
    return table(head, rows)


def start(found: Mapping[str, Any]) -> str:
    """Seconds of the phases of a job."""
    rows = [[name, *(f"{job[phase]:.1f}" if phase in job else "–" for phase in PHASES)] for name, job in found["jobs"].items()]
    return table(("job, seconds", *PHASES), rows)


def same_bytes(found: Mapping[str, Any]) -> str:
    """Ways that gave the bytes of one shard."""
    ways = list(next(iter(found.values())))
    rows = [[precision, *(_plain(case[way]) for way in ways)] for precision, case in found.items()]
    return table(("same bytes as one shard", *ways), rows)


def judging(found: Mapping[str, Any]) -> str:
    """Images per second of each judge."""
    rates, peaks = found["images_per_second"], found["peak_mib"]
    rows = [[name, f"{rate:.0f}", f"{peaks[name]:,}"] for name, rate in rates.items()]
    return (
        table(("of pictures of 256 × 256", "images/s", "peak MiB"), rows) + f"\n\nOverlap of the parts: {found['overlap']:.2f}."
    )


def sharing(found: Mapping[str, Any]) -> str:
    """Two jobs against one."""
    one, two = (found["steps_per_second"][count] for count in "12")
    rows = [[f"{one[0]:.2f}", " + ".join(f"{rate:.2f}" for rate in two), f"{found['gain']:.2f}"]]
    return table(("one job, steps/s", "two jobs", "gain"), rows)


def slicing(found: Mapping[str, Any]) -> str:
    """Dense against sliced AdaLN at a third of the dimensions left."""
    rows = [
        [str(count), part, f"{share:.1f}", f"{1e6 * taken:.1f}"]
        for count, share, part, taken in zip(
            found["rows"], found["removed_share"], found["part"], found["seconds"], strict=True
        )
        if share in (0.0, 0.4, 0.7)
    ]
    return table(("rows", "part", "share removed", "microseconds"), rows)


def parity(found: Mapping[str, Any]) -> str:
    """Files that passed."""
    rows = [[name, case["error"], case["tolerance"], "passed" if case["passed"] else "failed"] for name, case in found.items()]
    return table(("file", "error", "tolerance", ""), rows)


def training(found: Mapping[str, Any]) -> str:
    """Speed of the glyph training."""
    rows = [[f"{found['updates_per_second']:.1f}", f"{found['pictures_per_second']:,.0f}", f"{found['peak_mib']:,}"]]
    return table(("updates/s", "pictures/s", "peak MiB"), rows)


TABLES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "ceilings": ceilings,
    "dit": sampling,
    "repa": sampling,
    "start": start,
    "same_bytes": same_bytes,
    "judging": judging,
    "sharing": sharing,
    "slicing": slicing,
    "parity": parity,
    "training": training,
}


def page(known: Mapping[str, Any]) -> str:
    """Everything one file holds, and what it lacks."""
    software = f"PyTorch {known['torch']}, CUDA {known['cuda']}, Python {known['python']}"
    parts = [f"{known['device']}, {software}; {known['note']}." if known.get("note") else f"{known['device']}, {software}."]
    lacking = []
    for part, title in PARTS.items():
        found = dict(known["parts"].get(part, {"failed": ""}))
        if "failed" in found:
            lacking.append(part)
            continue
        found.pop("took")
        parts.append(f"{title[0].upper()}{title[1:]}:\n\n{TABLES[part](found)}")
    if lacking:
        parts.append(f"Not run: {', '.join(lacking)}.")
    return "\n\n".join(parts) + "\n"


def _plain(value: Any) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def main() -> None:
    """Print the page of each file named."""
    for name in sys.argv[1:]:
        try:
            known = json.loads(Path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            sys.exit(f"{name} cannot be read as JSON ({error}); name a file that benchmarks/device.py wrote.")
        print(page(known))


if __name__ == "__main__":
    main()
