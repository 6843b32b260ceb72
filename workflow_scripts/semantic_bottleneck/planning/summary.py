"""The plan of a study: its numbers as plain data, and the page that shows them."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from semantic_bottleneck.planning.storage import Download
from semantic_bottleneck.planning.tree import (
    BASELINE,
    Cost,
    Pair,
    Trunk,
    added,
    cost_of,
    pairs_of,
    wasted_steps,
)
from semantic_bottleneck.study.exhibits import LOCALISATION

HOUR = 3600.0
UNITS = ("B", "kB", "MB", "GB", "TB")
HEADER = ["", "models × variants", "evaluations, each variant by itself", "planned", "planned / naive"]


def hours_of(
    pairs: Sequence[Pair], trunks: Mapping[str, Trunk], calibration: Mapping[str, Any], decoders: Mapping[str, str]
) -> float:
    """Hours of sampling and decoding on the calibrated device; `decoders`: model -> decoder."""
    models = dict.fromkeys(model for model, _ in pairs)
    costs = {model: cost_of([pair for pair in pairs if pair[0] == model], trunks) for model in models}
    return sum(_hours_of(model, cost, calibration, decoders) for model, cost in costs.items())


def _hours_of(model: str, cost: Cost, calibration: Mapping[str, Any], decoders: Mapping[str, str]) -> float:
    seconds = cost.planned * calibration["evaluations"][model]["seconds"]
    if decoders[model] in calibration["decoders"]:
        seconds += cost.images * calibration["decoders"][decoders[model]]["seconds"]
    return seconds / HOUR


def summarise(
    wanted: Mapping[str, Mapping[str, Sequence[str]]],
    trunks: Mapping[str, Trunk],
    localised: Mapping[str, Cost],
    calibration: Mapping[str, Any],
    decoders: Mapping[str, str],
) -> dict[str, Any]:
    """The evaluations and hours of each table (or figure) by itself and of all together.

    Args:
        wanted: table -> models and variants; models without a trunk must have been taken out.
        localised: model -> cost of its part of the table `localisation`, whose samples no other table shares.
    """

    def row(pairs: Sequence[Pair]) -> dict[str, Any]:
        return _plain(cost_of(pairs, trunks)) | {"hours": hours_of(pairs, trunks, calibration, decoders)}

    parts = {name: pairs_of(part) for name, part in wanted.items()}
    everything = list(dict.fromkeys(pair for pairs in parts.values() for pair in pairs))
    shared = total = row(everything)
    tables = {name: row(pairs) for name, pairs in parts.items()}
    if localised:
        hours = sum(_hours_of(model, cost, calibration, decoders) for model, cost in localised.items())
        tables[LOCALISATION] = _plain(added(localised.values())) | {"hours": hours}
        cost = added([cost_of(everything, trunks), *localised.values()])
        total = _plain(cost) | {"hours": shared["hours"] + hours}
    alone = sum(table["naive"] for name, table in tables.items() if name.startswith("table"))
    return {
        "tables": tables,
        "total": total,
        "tables_alone": alone,
        "planned_over_tables_alone": shared["planned"] / alone if alone else None,
        "adaptive": [model for model, trunk in trunks.items() if trunk.evaluations is None],
        "wasted_steps": [
            {"model": model, "variant": variant, "steps": steps}
            for (model, variant), steps in wasted_steps(everything, trunks).items()
        ],
    }


def unit_of(calibration: Mapping[str, Any]) -> str:
    """What an hour of the calibrated device is called."""
    return "CPU-hours" if calibration["device"].startswith("CPU") else "GPU-hours"


def page(study: str, plan: Mapping[str, Any]) -> str:
    """The plan as Markdown."""
    total, lines = plan["total"], [f"# What the study '{study}' will run", ""]
    rows = [[name, *_cells(table)] for name, table in plan["tables"].items()]
    rows.append(["everything, each variant once", *_cells(total)])
    lines += _table([*HEADER, unit_of(plan["calibration"])], rows)
    if plan["tables_alone"]:
        lines += [
            f"The tables one by one, each variant from noise, would take {_count(plan['tables_alone'])} evaluations; "
            f"planned are {plan['planned_over_tables_alone']:.2f} of that, because a sample shared between tables is made "
            "once and a variant that prunes only the last steps continues from the baseline's snapshot.",
            "",
        ]
    lines += [
        "One evaluation is one latent through the network once: a guided call counts two, a step outside the guidance "
        f"interval one. Every row includes the {BASELINE}, with which its scores are compared.",
        "",
    ]
    for model in plan["adaptive"]:
        lines += [f"{model}: an adaptive solver, whose evaluations only a run can tell; they are missing above.", ""]
    for late in plan["wasted_steps"]:
        lines += [
            f"{late['model']}, {late['variant']}: repeats {late['steps']} unpruned steps, since no entry of "
            "generation.snapshots falls on its first pruned step.",
            "",
        ]
    for model, reason in plan["not_run"].items():
        lines += [f"Not counted: {model}. {reason}", ""]
    return "\n".join(lines + _storage(plan) + _time(plan)) + "\n"


def _storage(plan: Mapping[str, Any]) -> list[str]:
    rows = [[file.what, _bytes(file.size), file.source] for file in plan["downloads"]]
    known = sum(file.size or 0 for file in plan["downloads"])
    unknown = sum(file.size is None for file in plan["downloads"])
    rows.append(["together", _bytes(known), f"and {unknown} of unknown size" if unknown else ""])
    disk = [[kind, _bytes(size)] for kind, size in plan["disk"].items()]
    disk.append(["together", _bytes(sum(plan["disk"].values()))])
    return [
        *["## Downloads", ""],
        *_table(["file", "size", "source of the size"], rows),
        *["## Disk", "", "Uncompressed, beside the downloads; decoded images stay in memory.", ""],
        *_table(["kind", "size"], disk),
    ]


def _time(plan: Mapping[str, Any]) -> list[str]:
    calibration = plan["calibration"]
    named = {**calibration["evaluations"], **{f"{name}, an image": found for name, found in calibration["decoders"].items()}}
    rows = [
        [
            name,
            f"{found['seconds']:.4g}",
            f"{found['flops'] / 1e9:.4g}",
            f"{found['flops'] / found['seconds'] / 1e12:.3g}",
            "measured" if found["measured"] else "from its operations and the speed of the last one measured",
        ]
        for name, found in named.items()
    ]
    return [
        *["## Time", ""],
        f"Calibrated in {calibration['took']:.0f} s on {calibration['device']}, {calibration['rows_per_call']} latents per "
        f"call: {_hours(plan['total']['hours'])} {unit_of(calibration)} in all, without features, scores and training. "
        "On another machine delete the calibration and ask again.",
        "",
        *_table(["one evaluation of", "seconds", "GFLOP", "TFLOP/s", ""], rows),
    ]


def _plain(cost: Cost) -> dict[str, Any]:
    ratio = None if isnan(cost.ratio) else cost.ratio
    return {"pairs": cost.pairs, "naive": cost.naive, "planned": cost.planned, "ratio": ratio, "images": cost.images}


def _cells(row: Mapping[str, Any]) -> list[str]:
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.3f}"
    return [str(row["pairs"]), _count(row["naive"]), _count(row["planned"]), ratio, _hours(row["hours"])]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines] + [""]


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:.3g}"


def _count(number: int) -> str:
    return f"{number:,}"


def _bytes(size: int | None) -> str:
    if size is None:
        return "unknown"
    power = 0
    while size >= 1000 ** (power + 1) and power < len(UNITS) - 1:
        power += 1
    return f"{size / 1000**power:.4g} {UNITS[power]}"


def plain_downloads(downloads: Sequence[Download]) -> list[dict[str, Any]]:
    """For the JSON file."""
    return [{"what": file.what, "size": file.size, "source": file.source} for file in downloads]
