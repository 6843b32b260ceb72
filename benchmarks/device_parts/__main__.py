"""python -m benchmarks.device_parts PART OPTIONS: run one part and write its numbers; started by benchmarks/device.py."""

import importlib
import json
import sys
from pathlib import Path

from benchmarks.device_parts.scale import Scale

FUNCTIONS = {"dit": "sampling:measure_dit", "repa": "sampling:measure_repa"}


def main() -> None:
    """Measure, and write JSON to the file of the options."""
    part, options = sys.argv[1], json.loads(sys.argv[2])
    yardsticks = Path(options["yardsticks"]) if options["yardsticks"] else None
    scale = Scale(options["device"], options["tiny"], Path(options["scratch"]), yardsticks)
    module, _, function = FUNCTIONS.get(part, f"{part}:measure").partition(":")
    found = getattr(importlib.import_module(f"benchmarks.device_parts.{module}"), function)(scale)
    Path(options["output"]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
