"""The parity files, made by the official implementations on a CPU, against this library on the device in float32."""

import re
import subprocess
import sys

from benchmarks.device_parts.jobs import environment
from benchmarks.device_parts.scale import ROOT, Scale

LINE = re.compile(r"(\S+\.npz)\s+(?:error\s+(\S+)\s+tolerance\s+(\S+)\s+)?(PASS|FAIL)(.*)")
FILES = sorted(path.name for path in (ROOT / "tests/golden").glob("*.npz"))


def measure(scale: Scale) -> dict:
    """File -> largest relative error, its tolerance and whether it passed."""
    files = [str(ROOT / "tests/golden" / name) for name in (["dit_model.npz"] if scale.tiny else FILES)]
    command = [sys.executable, "-m", "tests.parity", "--device", scale.device, *files]
    printed = subprocess.run(command, cwd=ROOT, env=environment(scale), capture_output=True, text=True, check=False).stdout
    return {
        name: {"error": error, "tolerance": tolerance, "passed": verdict == "PASS", "said": said.strip()}
        for name, error, tolerance, verdict, said in LINE.findall(printed)
    }
