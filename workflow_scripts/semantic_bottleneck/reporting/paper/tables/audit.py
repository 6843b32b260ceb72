"""An audit of the published tables: every arithmetic identity that can be checked, recomputed and flagged.

Needs nothing but the published numbers.
"""

import math
from collections.abc import Iterable, Iterator

import pandas as pd

from semantic_bottleneck.reporting.core.published import TITLES, Published, PublishedNumber
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.uncertainty.origins import COLUMNS as ORIGIN_COLUMNS
from semantic_bottleneck.uncertainty.origins import SEPARATOR, CellOrigin

COLUMNS = (
    *("check", "where", "table", "model", "variant", "identity"),
    *("printed", "recomputed", "difference", "status", "note"),
)
HOLDS = "holds"
TRUNCATED = "holds if truncated"
FAILS = "does not hold"
SUSPICIOUS = "suspicious"
SAMPLES = 5000
"""Behind the scores of the paper."""
EQUAL_FID = 0.002
"""Relative difference of FID below which two rows are of nearly the same pictures."""
FIRST = "tail-0.01-first"
TOLERATED = 2.0
"""Standard errors of a share by which nearly equal pictures may differ: far more than paired ones do."""


def build_audit(evidence: PaperEvidence) -> Table:
    """One row per identity: what is printed, what follows from other printed numbers, and whether they agree.

    holds                the recomputed value rounds to the printed one
    holds if truncated   it equals the printed one when cut off instead of rounded
    does not hold        neither
    suspicious           no contradiction, but equal numbers where different models should differ, or the reverse
    """
    published = evidence.published
    assert published is not None  # all that it is made from
    rows = [
        *_participation(published),
        *_removed_share(published),
        *_complement(published),
        *_repeated_geometry(published),
        *_repeated_scores(published),
        *_same_dimensions(published),
        *_same_pictures(published),
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    flagged = int((frame["status"] != HOLDS).sum())
    footnotes = (
        f"{len(frame)} identities checked, {flagged} flagged.",
        "Printed numbers carry a rounding error of half a unit of their last decimal; "
        "an identity holds where the interval that follows from it contains the printed number.",
    )
    origins = pd.DataFrame(rows, columns=list(ORIGIN_COLUMNS))
    return Table("audit", "Audit of the published tables", frame, footnotes, origins)


def _status(recomputed: float, slack: float, printed: PublishedNumber) -> str:
    """Judge `recomputed` (known to +- slack) against a printed number; a float fuzz covers decimal fractions."""
    fuzz = 1e-9 * max(1.0, abs(printed.value))
    if abs(recomputed - printed.value) <= printed.half_unit + slack + fuzz:
        return HOLDS
    if -slack - fuzz <= recomputed - printed.value < 2 * printed.half_unit + slack:
        return TRUNCATED
    return FAILS


def _row(check: str, table: str, model: str, variant: str, identity: str, printed: PublishedNumber, recomputed: float,
         status: str, note: str = "", using: Iterable[PublishedNumber | None] = ()) -> dict:  # fmt: skip
    """A row of the table and its origin; `using` are the printed numbers that the recomputed one follows from."""
    where = f"{table.replace('table', 'Table ')}, {TITLES.get(model, model)}" + (
        f", {variant}" if variant not in ("", "y+t") else ""
    )
    values = (
        check,
        where,
        table,
        model,
        variant,
        identity,
        printed.value,
        recomputed,
        recomputed - printed.value,
        status,
        note,
    )
    sources = dict.fromkeys(number.source for number in (printed, *using) if number)
    return dict(zip(COLUMNS, values, strict=True)) | CellOrigin(published=SEPARATOR.join(sources)).columns()


def _models(published: Published, table: str) -> list[str]:
    rows = published.frame[published.frame["table"] == table]
    return list(dict.fromkeys(rows["model"]))


def _participation(published: Published) -> Iterator[dict]:
    for model in _models(published, "table1"):
        ratio, dimension, printed = (
            published.lookup("table1", model, "y+t", metric)
            for metric in ("participation_ratio", "dimension", "normalized_participation_ratio_percent")
        )
        if ratio is None or dimension is None or printed is None:
            continue
        recomputed = 100 * ratio.value / dimension.value
        status = _status(recomputed, 100 * ratio.half_unit / dimension.value, printed)
        yield _row(
            "PR / d = nPR", "table1", model, "y+t", f"100 × {ratio.value:g} / {dimension.value:g}", printed, recomputed, status,
            using=[ratio, dimension, printed],
        )  # fmt: skip


def _removed(published: Published) -> Iterator[tuple[str, str, str, PublishedNumber, PublishedNumber]]:
    rows = published.frame[(published.frame["metric"] == "removed_dimensions") & (published.frame["value"] > 0)]
    for row in rows.itertuples():
        count = published.lookup(row.table, row.model, row.variant, "removed_dimensions")
        share = published.lookup(row.table, row.model, row.variant, "removed_percent")
        assert count is not None  # the row itself
        if share is not None:
            yield row.table, row.model, row.variant, count, share


def _removed_once(published: Published) -> Iterator[tuple[str, str, str, PublishedNumber, PublishedNumber]]:
    """As `_removed`, variants of the same numbers (one threshold, several windows) together."""
    together: dict[tuple, list] = {}
    for table, model, variant, count, share in _removed(published):
        together.setdefault((table, model, count.value, share.value), []).append((variant, count, share))
    for (table, model, *_), same in together.items():
        prefix, _, window = same[0][0].rpartition("-")
        windows = [variant.rpartition("-")[2] for variant, *_ in same]
        yield table, model, f"{prefix}-{window}" if len(same) == 1 else f"{prefix} ({', '.join(windows)})", *same[0][1:]


def _dimension_of(published: Published, model: str) -> PublishedNumber | None:
    return published.lookup("table1", model, "y+t", "dimension")


def _dimension(published: Published, model: str) -> float:
    number = _dimension_of(published, model)
    return number.value if number else math.nan


def _removed_share(published: Published) -> Iterator[dict]:
    for table, model, variant, count, share in _removed_once(published):
        dimension = _dimension(published, model)
        if math.isnan(dimension):
            continue
        recomputed = 100 * count.value / dimension
        status = _status(recomputed, 0.0, share)
        note = ""
        if status != HOLDS:
            mean = share.value * dimension / 100
            fits = math.floor(mean + share.half_unit * dimension / 100) == count.value
            note = f"the share means {mean:.1f} dimensions" + (": a mean over classes, printed cut off" if fits else "")
            status = TRUNCATED if fits else FAILS
        yield _row(
            "removed / d = share",
            table,
            model,
            variant,
            f"100 × {count.value:g} / {dimension:g}",
            share,
            recomputed,
            status,
            note,
            [count, _dimension_of(published, model)],
        )


def _complement(published: Published) -> Iterator[dict]:
    counts = {(model, variant): (count, share) for _, model, variant, count, share in _removed(published)}
    for (model, variant), (count, share) in counts.items():
        other = counts.get((model, variant.replace("tail-", "head-")))
        if not variant.startswith("tail-") or other is None:
            continue
        recomputed = 100 - other[1].value
        status = _status(recomputed, other[1].half_unit, share)
        total = count.value + other[0].value
        note = (
            f"{count.value:g} + {other[0].value:g} = {total:g} of {_dimension(published, model):g} dimensions: printed cut off"
        )
        yield _row("tail + head = all", "table2", model, variant, f"100 − {other[1].value:g}", share, recomputed, status, note,
                   [other[1]])  # fmt: skip


def _repeated_geometry(published: Published) -> Iterator[dict]:
    for table in ("table4", "table5"):
        for model in _models(published, table):
            for metric in ("cosine_similarity", "normalized_participation_ratio_percent"):
                first = published.lookup("table1", model, "y+t", metric)
                again = published.lookup(table, model, "y+t", metric)
                if first is None or again is None:
                    continue
                status = _status(first.value, 0.0, again)
                note = ""
                ratio, dimension = (
                    published.lookup("table1", model, "y+t", name) for name in ("participation_ratio", "dimension")
                )
                if status != HOLDS and metric.startswith("normalized") and ratio and dimension:
                    note = f"Table 1's PR of {ratio.value:g} gives {100 * ratio.value / dimension.value:.2f}"
                label = "nPR" if metric.startswith("normalized") else "cosine"
                yield _row(f"{label} as in Table 1", table, model, "y+t", f"{first.value:g}", again, first.value, status, note,
                           [first])  # fmt: skip


def _repeated_scores(published: Published) -> Iterator[dict]:
    rows = published.frame[published.frame["table"] == "table6"]
    for row in rows.itertuples():
        again = published.lookup("table6", row.model, row.variant, row.metric)
        assert again is not None  # the row itself
        for table in ("table2", "table3"):
            first = published.lookup(table, row.model, row.variant, row.metric)
            if first is not None:
                status = HOLDS if first.value == again.value else FAILS
                label = f"{row.metric} as in {table.replace('table', 'Table ')}"
                yield _row(label, "table6", row.model, row.variant, f"{first.value:g}", again, first.value, status,
                           using=[first])  # fmt: skip


def _same_dimensions(published: Published) -> Iterator[dict]:
    """Pruning at one threshold removes the same share of three models whose vectors differ."""
    removed = list(_removed_once(published))
    reference = {variants: share for table, model, variants, _, share in removed if (table, model) == ("table2", "repa")}
    for table, model, variants, _, share in removed:
        if table != "table3" or variants not in reference or reference[variants].value != share.value:
            continue
        ours, repas = (published.lookup("table1", name, "y+t", "participation_ratio") for name in (model, "repa"))
        note = "the two models' vectors differ"
        if ours is not None and repas is not None:
            note += f" (PR {ours.value:g} against {repas.value:g})"
        yield _row("removed share equals REPA's", table, model, variants, f"{reference[variants].value:g}", share,
                   reference[variants].value, SUSPICIOUS, note, [reference[variants]])  # fmt: skip


def _same_pictures(published: Published) -> Iterator[dict]:
    """Pruning the first step leaves the FID as it was; the precision of nearly the same pictures should stay, too."""
    metrics = ("fid", "clip_score", "precision")
    for model in _models(published, "table6"):
        pairs = [published.lookup("table6", model, variant, metric) for metric in metrics for variant in ("baseline", FIRST)]
        known = [number for number in pairs if number is not None]
        if len(known) < len(pairs) or abs(known[1].value / known[0].value - 1) > EQUAL_FID:
            continue
        fid, clip, precision = (known[place + 1].value - known[place].value for place in (0, 2, 4))
        before, after = known[4:]
        errors = abs(precision) / math.sqrt(before.value * (1 - before.value) / SAMPLES)
        note = (
            f"FID moves by {fid:+.4f}, CLIP by {clip:+.3f}, precision by {errors:.1f} standard errors of a share of "
            f"{SAMPLES:,} pictures"
        )
        yield _row("precision at an equal FID", "table6", model, FIRST, f"{before.value:g}", after, before.value,
                   SUSPICIOUS if errors > TOLERATED else HOLDS, note.replace("-", "−"), known)  # fmt: skip
