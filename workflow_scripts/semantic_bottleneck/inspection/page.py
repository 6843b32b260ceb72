"""What `snakemake inspect` found, for a person to read: Markdown that also reads well on a console."""

from collections.abc import Mapping
from typing import Any

ROWS = {
    "cosine_similarity": ("cosine similarity of two classes", "{:.4f}"),
    "normalized_participation_ratio_percent": ("nPR, %", "{:.2f}"),
    "participation_ratio": ("participation ratio", "{:.1f}"),
    "norm_mean": ("length", "{:.3g}"),
}


def inspection_page(found: Mapping[str, Any]) -> str:
    """The network, the geometry of c (or what is missing for it), the card, and what to run next."""
    lines = [f"# {found['name']}: {found['what']}", ""]
    lines += [f"- {sentence}" for sentence in found["facts"]]
    lines += ["", *(_geometry(found["geometry"]) if found["geometry"] else ["## The geometry of c", "", found["missing"]])]
    lines += ["", "## The card", "", *(f"- {sentence}" for sentence in found["written"])]
    if found["unverified"]:
        lines += ["", "Nobody could check:", "", *(f"- {sentence}" for sentence in found["unverified"])]
    return "\n".join([*lines, "", "## Next", "", *(f"    {command}" for command in found["next"])]) + "\n"


def _geometry(found: Mapping[str, Any]) -> list[str]:
    first, last = found["timesteps"]
    names = {"c": f"c at t = {first:g}", "y": "y", "t": f"t = {first:g}"} | (
        {"c_last": f"c at t = {last:g}"} if "c_last" in found["sets"] else {}
    )
    lines = [
        "## The geometry of c",
        "",
        f"{found['dimensions']} dimensions, {found['conditions']} classes; 95 % intervals over classes.",
        "",
        f"| | {' | '.join(names.values())} |",
        f"|---|{'---|' * len(names)}",
    ]
    for metric, (title, form) in ROWS.items():
        cells = [_cell(found["sets"][name].get(metric), form) for name in names]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    variance = found["variance"]
    ranking = ", ".join(
        f"{each['dimension']} ({100 * each['share']:.1f} %, rank {each['magnitude_rank']} by |c|)" for each in found["ranking"]
    )
    return [
        *lines,
        "",
        f"- head: {_listed(found['head'], '|c| > {}')}",
        f"- tail: {_listed(found['tail'], '|c| < {}')}",
        "- σ of the tail: "
        + ", ".join(f"{sigma:.4f} up to the quantile {share}" for share, sigma in found["tail_sigma"].items())
        + " (one number for a normal distribution; DiT's label table starts with 0.02)",
        f"- class variance: 1 % of the dimensions hold {100 * variance['variance_share_top_1_percent']:.1f} % of it, 10 % hold "
        f"{100 * variance['variance_share_top_10_percent']:.1f} %, {variance['variance_dimensions_90_percent']:.0f} hold 90 %",
        f"- ranked by class variance: {ranking}",
    ]


def _cell(interval: Mapping[str, float | None] | None, form: str) -> str:
    if interval is None:
        return ""
    value, low, high = (interval[key] for key in ("value", "low", "high"))
    return form.format(value) + (f" ({form.format(low)} to {form.format(high)})" if low is not None else "")


def _listed(shares: Mapping[str, float], condition: str) -> str:
    return ", ".join(f"{share:.1f} % with {condition.format(threshold)}" for threshold, share in shares.items())
