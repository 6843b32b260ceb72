"""All that this project claims about a GPU, measured in one run of a few minutes.

    python benchmarks/device.py [OUTPUT.json] [--yardsticks FOLDER] [--parts NAME ...] [--budget SECONDS] [--note TEXT] [--tiny]

FOLDER holds checkouts of facebookresearch/DiT as DiT/ and of sihyun-yu/REPA as REPA/; without it the official loops are left
out and said to be. Parts run one after the other, most valuable first, each in a process of its own; OUTPUT.json (by default
benchmarks/measured/<card>.json) is written after every part, and a run that finds it goes on with the parts it lacks. A part
that fails leaves its reason there, and the run ends with 1. `python benchmarks/device_tables.py OUTPUT.json` makes the tables
of benchmarks/README.md from it. --tiny runs the same code at toy size on any machine.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workflow_scripts")]

from benchmarks.device_parts import PARTS  # noqa: E402
from semantic_bottleneck.files.atomic import write_text  # noqa: E402

BUDGET = 480.0
LEAST = 5.0
"""Seconds: a part is not begun with less left."""


def describe(device: str) -> dict[str, Any]:
    """What the numbers were measured on and with."""
    cuda = device == "cuda"
    return {
        "device": torch.cuda.get_device_name() if cuda else f"cpu, {torch.get_num_threads()} threads",
        "memory_gib": round(torch.cuda.get_device_properties(0).total_memory / 2**30, 1) if cuda else None,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "python": platform.python_version(),
    }


def run_part(part: str, device: str, tiny: bool, yardsticks: Path | None, seconds: float) -> dict[str, Any]:
    """The part's numbers, or {"failed": reason}."""
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "numbers.json"
        options = {"device": device, "tiny": tiny, "scratch": scratch, "output": str(output)}
        options |= {"yardsticks": str(yardsticks.resolve()) if yardsticks else None}
        command = [sys.executable, "-m", "benchmarks.device_parts", part, json.dumps(options)]
        paths = [str(ROOT), str(ROOT / "workflow_scripts"), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "TQDM_DISABLE": "1"}
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment, timeout=seconds, stderr=subprocess.PIPE, text=True)
        except subprocess.TimeoutExpired:
            return {"failed": f"not done after {seconds:.0f} s"}
        sys.stderr.write(done.stderr)
        if done.returncode:
            return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1]}
        return json.loads(output.read_text(encoding="utf-8"))


def main() -> int:
    """Measure what is not measured yet; 1 if a part failed or found no time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path, nargs="?", help="JSON file of the numbers")
    parser.add_argument("--yardsticks", type=Path, help="folder with the official repositories")
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds for all parts (default %(default)s)")
    parser.add_argument("--note", default="", help="what the file should say about itself, such as the commit")
    parser.add_argument("--tiny", action="store_true", help="toy size, on any machine")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.tiny:
        parser.error("PyTorch sees no GPU here; add --tiny to try the code on this machine.")
    described = describe(device)
    output = options.output or ROOT / f"benchmarks/measured/{described['device'].split()[1].lower()}.json"
    known = described | {"note": options.note, "parts": {}}
    if output.exists():
        try:
            known = json.loads(output.read_text(encoding="utf-8"))
        except ValueError as error:
            parser.error(f"{output} is not JSON ({error}); delete it or name another file.")
    if {key: known[key] for key in described} != described:
        parser.error(f"{output} was measured on {known['device']} with PyTorch {known['torch']}; name another file.")
    started = time.monotonic()
    for part in options.parts:
        left = options.budget - (time.monotonic() - started)
        if "failed" not in known["parts"].get(part, {"failed": ""}) or left < LEAST:
            continue
        began = time.monotonic()
        found = run_part(part, device, options.tiny, options.yardsticks, left)
        known["parts"][part] = found | {"took": round(time.monotonic() - began, 1)}
        write_text(output, json.dumps(known, indent=1) + "\n")
        print(f"{part}: {found.get('failed', 'done')} ({known['parts'][part]['took']} s)", flush=True)
    lacking = [part for part in options.parts if "failed" in known["parts"].get(part, {"failed": ""})]
    if lacking:
        print(f"Not measured: {', '.join(lacking)}; run again with the same file to go on.")
    return int(bool(lacking))


if __name__ == "__main__":
    sys.exit(main())
