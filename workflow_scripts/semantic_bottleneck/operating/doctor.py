"""All that `snakemake doctor` finds out, as plain data, and what of it stands in the way of a run."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.checkpoints.tokens import hub_token, withheld
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.operating.machine import driver_gpus, memory, place, programs, torch_devices
from semantic_bottleneck.operating.packages import deviations
from semantic_bottleneck.operating.readiness import Needs, shortcomings, source_states


def examine(
    study: str, needs: Needs, pins: Mapping[str, str], folders: Sequence[Path], plan: Path, gpu: bool
) -> dict[str, Any]:
    """Everything about this machine that a study depends on.

    Args:
        needs: see `readiness.Needs`.
        pins: package -> version.
        folders: where files are written and locked.
        plan: the study's plan as JSON, which knows the disk it needs; may be absent.
        gpu: whether the study uses a GPU where there is one.
    """
    sources = source_states(needs, Path.cwd())
    missing = {str(source["file"]): source["missing"] for source in sources if source["missing"]}
    absent, other = deviations(pins)
    found: dict[str, Any] = {
        "study": study,
        "torch": torch_devices(),
        "driver": driver_gpus(),
        "uses_gpu": gpu,
        "cpus": len(os.sched_getaffinity(0)),
        "memory": memory(),
        "places": [place(folder) for folder in folders],
        "disk_planned": planned_disk(plan),
        "packages": {"pins": dict(pins), "absent": absent, "other": other},
        "programs": programs(),
        "logins": logins(),
        "sources": sources,
        "targets": shortcomings(needs, missing),
    }
    found["faults"] = faults(found)
    return found | {"ready": not found["faults"] and not any(found["targets"].values())}


def planned_disk(plan: Path) -> int | None:
    """Bytes of the results, from the plan; None before there is one."""
    try:
        return sum(json.loads(plan.read_text(encoding="utf-8"))["disk"].values())
    except (OSError, ValueError, KeyError):
        return None


def logins() -> dict[str, str | None]:
    """Where a login was found, never the login: the model hub's token and the file of all other servers' (None: nowhere)."""
    try:
        token = hub_token()
        hub = token.source if token else None
    except UserError as error:
        hub = str(error)
    netrc = Path(os.environ.get("NETRC") or os.path.expanduser("~/.netrc"))
    return {"hub": "withheld by the environment" if withheld() else hub, "netrc": str(netrc) if netrc.is_file() else None}


def faults(found: Mapping[str, Any]) -> list[str]:
    """What of the machine itself keeps jobs from running, one sentence each with its remedy."""
    said, torch, packages, results = [], found["torch"], found["packages"], found["places"][0]
    if packages["absent"]:
        said.append(f"Packages are absent: {', '.join(packages['absent'])}; run make, or install envs/requirements.txt.")
    elif torch["error"]:
        said.append(f"torch cannot be imported ({torch['error']}); install envs/constraints.txt anew.")
    elif found["uses_gpu"] and found["driver"] and not torch["gpus"]:
        built = f"CUDA {torch['cuda']}" if torch["cuda"] else "the CPU alone"
        said.append(
            f"The driver lists GPUs ({'; '.join(found['driver'])}), but torch, built for {built}, can use none; update the "
            "driver or install a build of torch for it (profiles/README.md)."
        )
    for each in found["places"]:
        if each["fault"]:
            said.append(f"{each['folder']}: {each['fault']}; make results/ a link to a local disk, or set TMPDIR.")
    if found["disk_planned"] and results["free"] < found["disk_planned"]:
        said.append(
            f"{results['folder']} has {results['free']:,} bytes free and the plan needs {found['disk_planned']:,}; free some, "
            "or make results/ a link to a larger disk."
        )
    return said
