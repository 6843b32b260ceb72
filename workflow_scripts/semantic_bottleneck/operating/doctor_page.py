"""What `snakemake doctor` found, for a person to read: Markdown that also reads well on a console."""

from collections.abc import Mapping, Sequence
from typing import Any

GIB = 1 << 30


def doctor_page(found: Mapping[str, Any]) -> str:
    """The machine, what is still to be fetched, and each target: ready, or what it lacks and where to get that."""
    reasons: dict[str, int] = {}
    title = f"# Is this machine ready for the study '{found['study']}'?"
    lines = [title, "", *_machine(found), "", *_sources(found["sources"], reasons), "", *_targets(found["targets"], reasons)]
    if reasons:
        lines += ["", "## What is missing", "", *(f"{number}. {reason}" for reason, number in reasons.items())]
    if found["faults"]:
        lines += ["", "## To be mended first", "", *(f"- {sentence}" for sentence in found["faults"])]
    return "\n".join(lines) + "\n"


def verdict(found: Mapping[str, Any]) -> str:
    """One sentence on what is not ready."""
    lacking = [target for target, reasons in found["targets"].items() if reasons]
    parts = [f"{len(found['faults'])} fault(s) of this machine"] if found["faults"] else []
    parts += [f"{len(lacking)} of {len(found['targets'])} targets lack something ({', '.join(lacking)})"] if lacking else []
    return f"Not ready: {' and '.join(parts)}; what it is and where to get it is said above."


def _machine(found: Mapping[str, Any]) -> list[str]:
    torch, logins, packages = found["torch"], found["logins"], found["packages"]
    gpus = ", ".join(f"{gpu['name']} ({gpu['bytes'] / GIB:.0f} GiB)" for gpu in torch["gpus"]) or "none that torch can use"
    built = f"CUDA {torch['cuda']}" if torch["cuda"] else "the CPU"
    lines = [f"- GPUs: {gpus}{'' if torch['error'] else f'; torch is built for {built}'}"]
    lines += [] if found["uses_gpu"] else ["- the study computes on the CPU alone (generation.device)"]
    lines.append(f"- {found['cpus']} CPUs, {found['memory'] / GIB:.1f} GiB of memory")
    for each in found["places"]:
        lines.append(f"- {each['folder']}: {each['free'] / GIB:.1f} GiB free, {each['fault'] or 'can be written, locks hold'}")
    planned = found["disk_planned"]
    lines.append(f"- disk for results: {f'{planned / GIB:.1f} GiB by the plan' if planned else '`snakemake plan` counts it'}")
    pins = packages["pins"]
    other = ", ".join(f"{name} {here} instead of {pins[name]}" for name, here in packages["other"].items())
    lines.append(f"- packages: {len(pins) - len(packages['absent'])} of {len(pins)} here, {other or 'as pinned'}")
    there = ", ".join(f"{name} ({path})" for name, path in found["programs"].items() if path)
    lines.append(f"- conda, containers, Slurm: {there or 'none found, none needed on one machine'}")
    hub, netrc = logins["hub"] or "none (only gated repositories need one)", logins["netrc"] or "no ~/.netrc"
    return [*lines, f"- token of the model hub: {hub}; logins of other servers: {netrc}"]


def _sources(sources: Sequence[Mapping[str, Any]], reasons: dict[str, int]) -> list[str]:
    if not sources:
        return ["## Sources", "", "Nothing is left to be fetched."]
    lines = ["## Sources", "", "Asked for their first bytes; nothing was downloaded.", ""]
    states = {f"{source['what'] or 'checkpoint: '}{source['address']}": source["missing"] for source in sources}
    return lines + [f"- {name}: {_numbers([missing], reasons) if missing else 'answers'}" for name, missing in states.items()]


def _targets(targets: Mapping[str, Mapping[str, Sequence[str]]], reasons: dict[str, int]) -> list[str]:
    lines = ["## Targets", ""]
    for target, lacking in targets.items():
        alike: dict[str, list[str]] = {}
        for model, why in lacking.items():
            alike.setdefault(_numbers(why, reasons), []).append(model)
        said = "; ".join(f"{', '.join(models)} {numbers}" for numbers, models in alike.items())
        lines.append(f"- {target}: {f'lacks {said}' if said else 'ready'}")
    return lines


def _numbers(said: Sequence[str], reasons: dict[str, int]) -> str:
    """`(1, 3)`: the places of some reasons among all, to which new ones are added."""
    return f"({', '.join(str(reasons.setdefault(reason, len(reasons) + 1)) for reason in said)})"
