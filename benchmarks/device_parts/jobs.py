"""Jobs that a part starts as processes of their own, each doing what a rule's job does."""

import hashlib
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.device_parts.scale import ROOT, Scale

JOBS = {"shard": "start:do_shard", "bytes": "same_bytes:do_bytes", "share": "sharing:do_share"}


def environment(scale: Scale) -> dict[str, str]:
    """With the repository and its library on the path, and a cache of compiled code that starts empty."""
    paths = [str(ROOT), str(ROOT / "workflow_scripts"), *filter(None, [os.environ.get("PYTHONPATH")])]
    cache = str(scale.scratch / "compiled")
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "TORCHINDUCTOR_CACHE_DIR": cache}


def start(job: str, scale: Scale, **options: Any) -> subprocess.Popen:
    """Start one of JOBS; it prints a line of JSON when it ends."""
    told = {"job": job, "device": scale.device, "tiny": scale.tiny, "scratch": str(scale.scratch), "began": time.time()}
    command = [sys.executable, "-m", "benchmarks.device_parts.jobs", json.dumps(told | options)]
    return subprocess.Popen(command, cwd=ROOT, env=environment(scale), stdout=subprocess.PIPE, text=True)


def result(process: subprocess.Popen) -> dict:
    """What a job printed; raises RuntimeError if it failed."""
    printed, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the job {process.args[-1]} ended with {process.returncode}; its message is above.")
    return json.loads(printed.splitlines()[-1])


def digest(array: Any) -> str:
    """sha256 of an array's bytes."""
    return hashlib.sha256(array.tobytes()).hexdigest()


def main() -> None:
    """Do the job and print what it found."""
    options = json.loads(sys.argv[1])
    scale = Scale(options["device"], options["tiny"], Path(options["scratch"]))
    module, _, function = JOBS[options["job"]].partition(":")
    do = getattr(importlib.import_module(f"benchmarks.device_parts.{module}"), function)
    print(json.dumps(do(scale, options)))


if __name__ == "__main__":
    main()
