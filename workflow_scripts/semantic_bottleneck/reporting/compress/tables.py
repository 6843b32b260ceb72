"""Tables of the compression page: how far off the maps are, what becomes of the samples, what is saved."""

from dataclasses import dataclass
from typing import Any

from semantic_bottleneck.reporting.compress.evidence import FULL, CompressEvidence
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.study.compressed import ADDITIVE, OPTIMAL, PRECOMPUTED, Compressed
from semantic_bottleneck.uncertainty.estimates import ABSENT, Estimate

METHODS = {
    OPTIMAL: "optimal",
    "pca": "PCA of SiLU(c)",
    "columns": "columns",
    "random": "random",
    PRECOMPUTED: "computed beforehand",
    ADDITIVE: "t + y table",
}
"""Method -> how rows call it."""
LEFT_OUT = {"classes": "compress_error_classes", "timesteps": "compress_error_timesteps"}
SCORED = ("class_agreement", "fid")
CHANGED = ("classes_changed", "pictures_changed", "largest_difference", "rms_difference")
MEGA = 1e-6
SIZES = {"parameters": MEGA, "adaln": MEGA, "bytes": MEGA, "peak_bytes": MEGA, "seconds": 1e3}
"""Column of the footprints -> factor to what the table shows."""


def title_of(form: Compressed) -> str:
    """What a row calls a form."""
    return METHODS[form.method] if form.rank is None else f"{METHODS[form.method]}, rank {form.rank}"


def build_compress_error(evidence: CompressEvidence) -> Table:
    """Centred error of the modulations against rank, of every method, and of the optimal one on what its fit left out."""
    maker, cells = CellMaker("compress_error"), []
    for model, section in evidence.models.items():
        own = evidence.errors.only(model=model)
        for (method, rank), found in own.only(rows="fitted").frame.groupby(["method", "rank"], sort=False):
            form, origins = Compressed(method, rank if rank > 0 else None), own.origins(method=method, rank=rank)
            shown = {
                "compress_error": Estimate(float(found["value"].iloc[0]), origins=origins),
                "compress_error_worst": Estimate(float(found["worst"].iloc[0]), origins=origins),
            }
            shown |= {column: _spread(own.only(method=method, rank=rank, rows=rows)) for rows, column in LEFT_OUT.items()}
            row = _Row(section, title_of(form), model, form.name)
            cells += [row.cell(maker, metric, estimate) for metric, estimate in shown.items()]
    footnotes = [
        "Norm of the change of all modulation vectors, divided by that of the vectors minus their mean; mean over layers, and "
        "the worst layer. Left out: the fit did not see these rows; mean over the sets that were left out in turn, with the "
        "smallest and the largest in brackets.",
        *(_needed(evidence, model) for model in evidence.models),
    ]
    return maker.table_of("How far the modulations are off", cells, footnotes)


def _spread(folds: Measures) -> Estimate:
    """Mean over folds, with the smallest and largest for ends."""
    if not len(folds):
        return ABSENT
    values = folds.frame["value"]
    return Estimate(float(values.mean()), float(values.min()), float(values.max()), len(values), origins=folds.origins())


def _needed(evidence: CompressEvidence, model: str) -> str:
    needed = evidence.needed[model]
    ranks = " and ".join(f"{rank} for {float(error):.0%}" for error, rank in needed["needed_ranks"].items())
    return (
        f"{evidence.models[model]}: {needed['rows']:,} rows (timestep, condition); optimal rank in the worst layer {ranks}; "
        f"the factors hold fewer numbers than the maps up to rank {needed['break_even_rank']}."
    )


def build_compress_samples(evidence: CompressEvidence) -> Table:
    """Scores of every form with paired differences to the full model, and what changed sample by sample."""
    maker, cells = CellMaker("compress_samples"), []
    for row in _rows(evidence):
        keys = {"model": row.model, "variant": row.variant}
        for metric in SCORED:
            value, difference = (
                evidence.scores.select(**keys, metric=metric, quantity=quantity) for quantity in ("value", "difference")
            )
            cells.append(row.cell(maker, metric, value, difference))
        cells += [row.cell(maker, quantity, evidence.differences.select(**keys, quantity=quantity)) for quantity in CHANGED]
    footnotes = [
        "All forms of a model share labels and noise. Δ is the paired difference to the full model. Changed: the share of "
        "samples to which the classifier gives another class than to the full model's, with Wilson's 95 % interval; of "
        "pictures that have a pixel more than 16 of 255 grey levels off. Largest and "
        "root-mean-square difference of the latents."
    ]
    return maker.table_of("What becomes of the samples", cells, footnotes)


def build_compress_memory(evidence: CompressEvidence) -> Table:
    """Numbers, bytes, peak memory and time of every form that was measured."""
    maker, cells = CellMaker("compress_memory"), []
    for row in _rows(evidence):
        own = evidence.footprints.only(model=row.model, variant=row.variant)
        if not len(own):
            continue
        batches = [int(batch) for batch in sorted(own.frame["batch"].unique())]
        for quantity, factor in SIZES.items():
            by_batch = quantity in ("peak_bytes", "seconds")
            for batch in batches if by_batch else batches[:1]:
                value = own.select(batch=batch, quantity=quantity).scaled(factor)
                group = f"batch {batch}" if by_batch else "on the device"
                cells.append(row.cell(maker, f"footprint_{quantity}", value, group=group))
    footnotes = [
        "Numbers that must be on the device; computed beforehand: without AdaLN and embedders, with the modulations of one "
        "class's trajectory (and of the null row) in their place. Peak: the most that the device's allocator held while the "
        "weights were put there and one evaluation ran. Time is that of the fastest of several evaluations on this machine: "
        "the gain is memory, and no difference in time is claimed. "
        "Factors of other methods have the sizes of the optimal ones of their rank."
    ]
    return maker.table_of("What is saved", cells, footnotes)


@dataclass(frozen=True)
class _Row:
    section: str
    title: str
    model: str
    variant: str

    def cell(
        self, maker: CellMaker, metric: str, value: Estimate, difference: Estimate = ABSENT, group: str = ""
    ) -> dict[str, Any]:
        return maker.cell(
            section=self.section,
            row=self.title,
            model=self.model,
            variant=self.variant,
            metric=metric,
            estimate=value,
            difference=difference,
            group=group,
        )


def _rows(evidence: CompressEvidence) -> list[_Row]:
    """The full model and every form, model by model."""
    return [
        _Row(section, title, model, variant)
        for model, section in evidence.models.items()
        for variant, title in ((FULL, "full"), *((form.name, title_of(form)) for form in evidence.forms))
    ]
