"""The tables of the DiER study; every LPA stands beside the untrained encoder's and the pixels'."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from semantic_bottleneck.geometry.timestep_choice import CRITERIA, PRIMARY
from semantic_bottleneck.reporting.core.table import CellMaker, Table
from semantic_bottleneck.reporting.dier.choices import CRITERION_TITLES, choices_of
from semantic_bottleneck.reporting.dier.evidence import INPUTS, MIDDLE, DierEvidence
from semantic_bottleneck.uncertainty.estimates import Estimate
from semantic_bottleneck.uncertainty.origins import joined, origins_in
from semantic_bottleneck.uncertainty.scales import DIFFERENCE_OF_SHARES

INTERVALS = (
    "Intervals are over replicates (Student t, 95 %): each has its own training seed and, on data without an official test "
    "part, its own held-out fold, on which it never trained; since the training parts of such folds overlap, their variance is "
    "s² (1/J + 1/(folds − 1)) instead of s²/J (Nadeau and Bengio). Shares have their intervals on the logit scale. Only the "
    "column “all test images” pools the replicates' images (Wilson)."
)

COSTS = (
    "Encoder's memory: its weights five times (gradient, AdamW's two moments, running average) and what a training step on one "
    "batch of the run keeps for its backward pass. Training: operations of matrix products and convolutions in all updates, "
    "forward and backward. Both follow from the shapes, on any machine."
)
COST_COLUMNS = ("encoder_parameters", "encoder_megabytes", "training_teraflops")


def build_dier_lpa(evidence: DierEvidence) -> Table:
    """LPA of the headline variant at every timestep, beside the untrained encoder, the pixels and k-NN."""
    cells = []
    for data in evidence.data():
        variant, best = evidence.headline(data), evidence.best(data, evidence.headline(data))
        section = f"{evidence.title(data)}, {evidence.variant_title(variant)}, {evidence.seeds(data, variant)}"
        pixels = evidence.estimate(data, INPUTS, "lpa", detail="pixels")
        for t in evidence.timesteps(data, variant):
            row = f"t = {t} (highest)" if t == best else f"t = {t}"
            numbers = {
                "lpa": evidence.estimate(data, variant, "lpa", t),
                "lpa_images": evidence.over_images(data, variant, "lpa", t),
                "lpa_untrained": evidence.estimate(data, variant, "lpa_untrained", t),
                "gain_untrained": evidence.estimate(data, variant, "gain_untrained", t),
                "lpa_pixels": pixels,
                "knn": evidence.estimate(data, variant, "knn", t),
            }
            cells += _row(section, row, data, variant, numbers)
    footnotes = [
        "LPA: a linear classifier (logistic regression, L2 with C = 1) on standardised v_t of training images, scored on "
        "held-out images; v_t from averaged weights. k-NN: majority of the 20 nearest by cosine.",
        "Untrained encoder: the same network with its starting weights, probed in the same way at the same t.",
        INTERVALS,
        "No accuracy of DiER is published in a form we could read, so none stands beside.",
    ]
    return _table("dier_lpa", "Linear probe accuracy against the timestep", cells, footnotes, evidence)


def build_dier_baselines(evidence: DierEvidence) -> Table:
    """The headline variant among what it has to beat, and below what the same encoder reaches with labels."""
    cells = []
    grids: list[str] = []
    for data in evidence.data():
        variant = evidence.headline(data)
        for row, source, t, detail, quantity in baseline_rows(evidence, data, grids):
            numbers = {
                "lpa": evidence.estimate(data, source, quantity, t, detail),
                "lpa_images": evidence.over_images(data, source, quantity, t, detail),
                "knn": evidence.estimate(data, source, "knn", t, detail) if quantity == "lpa" else Estimate(),
                **_costs(evidence, data, source),
            }
            title = f"{evidence.title(data)}, width of the vectors {evidence.embedding(data, variant)}"
            cells += _row(title, row, data, source, numbers)
    footnotes = [
        "“Best t” and “best of the grid” are chosen with the labels of the same test images, so they flatter; t = "
        f"{MIDDLE} was fixed before these runs.",
        "Self-supervised baselines have the same encoder without t, the same training images and, where their claim compares "
        "them, as many images seen; VICReg sees each in two views: moved by up to an eighth of the side, resized by up to a "
        "quarter, with noise of 0.1.",
        COSTS,
        *grids,
        INTERVALS,
    ]
    return _table("dier_baselines", "DiER among its baselines", cells, footnotes, evidence)


def baseline_rows(evidence: DierEvidence, data: str, grids: list[str]) -> list[tuple[str, str, int, str, str]]:
    """(row, variant, timestep, detail, quantity) of the table of baselines; the grid of internal features goes to `grids`."""
    variant = evidence.headline(data)
    best, middle, width = evidence.best(data, variant), evidence.middle(data, variant), evidence.embedding(data, variant)
    title = evidence.variant_title(variant)
    rows = [
        (f"{title}, best t ({best})", variant, best, "", "lpa"),
        (f"{title}, t = {middle}", variant, middle, "", "lpa"),
        (f"untrained encoder, t = {middle}", variant, middle, "", "lpa_untrained"),
        (f"principal components ({width})", INPUTS, -1, f"pca-{width}", "lpa"),
        ("pixels", INPUTS, -1, "pixels", "lpa"),
    ]
    for name in evidence.study["runs"][data]:
        kind, label = evidence.study["variants"][name]["kind"], evidence.variant_title(name)
        if kind == "backbone":
            means = evidence.rows(data, name, "lpa").groupby(["detail", "timestep"])["value"].mean()
            detail, t = means.idxmax()
            rows.append((f"{label}, {detail} at t = {t} (best of the grid)", name, int(t), detail, "lpa"))
            grid = "; ".join(f"{block} t {step}: {100 * value:.1f} %" for (block, step), value in means.items())
            grids.append(f"{evidence.title(data)}, {label}: mean-pooled tokens of x_t, {grid}.")
        elif kind != "dier":
            rows.append((label, name, -1, "", "lpa"))
    return rows


def build_dier_ablations(evidence: DierEvidence) -> Table:
    """Every DiER variant at both ends of the chain, in the middle and at its best timestep, with its denoising loss."""
    cells = []
    for data in evidence.data():
        pixels = evidence.estimate(data, INPUTS, "lpa", detail="pixels")
        for variant in evidence.variants(data, role="ablation"):
            timesteps, middle = evidence.timesteps(data, variant), evidence.middle(data, variant)
            loss = evidence.rows(data, variant, "loss").groupby("replicate")["value"].mean()
            swapped = evidence.rows(data, variant, "loss_swapped").groupby("replicate")["value"].mean()
            numbers = {
                "lpa_first": evidence.estimate(data, variant, "lpa", timesteps[0]),
                "lpa": evidence.estimate(data, variant, "lpa", middle),
                "lpa_last": evidence.estimate(data, variant, "lpa", timesteps[-1]),
                "best_timestep": Estimate(evidence.best(data, variant), origins=evidence.origins(data, variant, "lpa")),
                "lpa_untrained": evidence.estimate(data, variant, "lpa_untrained", middle),
                "gain_untrained": evidence.estimate(data, variant, "gain_untrained", middle),
                "lpa_pixels": pixels,
                "denoising_loss": evidence.mean(data, loss, evidence.origins(data, variant, "loss")),
                "swapped_loss": evidence.mean(data, swapped, evidence.origins(data, variant, "loss_swapped")),
                **_costs(evidence, data, variant),
            }
            row = f"{evidence.variant_title(variant)} ({evidence.seeds(data, variant)})"
            cells += _row(evidence.title(data), row, data, variant, numbers)
    footnotes = [
        f"LPA, untrained encoder and gain at t = {MIDDLE}. Denoising loss: held-out images, mean over the probed timesteps; "
        "beside it the loss when each image is denoised with the vector of another one.",
        COSTS,
        INTERVALS,
    ]
    return _table("dier_ablations", "Width of v_t, and who sees t", cells, footnotes, evidence)


def build_dier_learning_rate(evidence: DierEvidence) -> Table:
    """Short runs at several learning rates: loss, gradient that reaches the encoder, likeness of v_t, LPA."""
    cells = []
    for data in evidence.data():
        pixels = evidence.estimate(data, INPUTS, "lpa", detail="pixels")
        for variant in evidence.variants(data, role="learning-rate"):
            middle = evidence.middle(data, variant)
            ends = [log.tail(max(1, len(log) // 10)) for log in evidence.logs.get((data, variant), [])]
            files = joined(*map(origins_in, ends))
            numbers = {
                "denoising_loss": evidence.mean(data, (end["loss"].mean() for end in ends), files),
                "encoder_gradient_norm": evidence.mean(data, (end["encoder_gradient_norm"].median() for end in ends), files),
                "cosine_similarity": evidence.estimate(data, variant, "cosine_similarity", middle, "v"),
                "lpa": evidence.estimate(data, variant, "lpa", middle),
                "lpa_untrained": evidence.estimate(data, variant, "lpa_untrained", middle),
                "lpa_pixels": pixels,
            }
            stopped = any(not log["loss"].notna().all() for log in evidence.logs.get((data, variant), []))
            collapsed = math.isnan(numbers["cosine_similarity"].value)
            end = ", diverged" if stopped else ", collapsed to zero" if collapsed else ""
            row = f"learning rate {evidence.variant_title(variant)}{end}"
            cells += _row(evidence.title(data), row, data, variant, numbers)
    footnotes = [
        "Short runs, one replicate each unless there are intervals: they ask where training breaks, not how good it gets. "
        "Loss: training loss of the last tenth of the steps; gradient norm: median there; cosine of v_t and LPA at t = "
        f"{MIDDLE}.",
    ]
    return _table("dier_learning_rate", "Learning rates", cells, footnotes, evidence)


def build_dier_timestep(evidence: DierEvidence) -> Table:
    """Criteria that choose t without labels, scored by the LPA they give up against the best timestep."""
    cells = []
    for data in evidence.data():
        variant = evidence.headline(data)
        for criterion in (*CRITERIA, "fixed"):
            choices, losses = choices_of(evidence, data, variant, criterion)
            name = CRITERION_TITLES.get(criterion, f"always t = {evidence.middle(data, variant)}")
            row = f"{name}{' (primary)' if criterion == PRIMARY else ''}: {', '.join(map(str, choices))}"
            files = evidence.origins(data, variant, "lpa")
            numbers = {
                "lpa_given_up": evidence.mean(data, losses, files, DIFFERENCE_OF_SHARES),
                "chosen_timestep": Estimate(float(pd.Series(choices).median()), origins=files),
            }
            cells += _row(evidence.title(data), row, data, variant, numbers)
    footnotes = [
        "A criterion takes the timestep at which it is largest, on held-out images without their labels; behind the colon the "
        "choice of each replicate, in the last column their median. LPA given up: highest LPA of the replicate over all "
        "timesteps minus LPA at the chosen one; the highest is found with the test labels, so chance overstates the loss.",
        "The primary criterion was fixed before any was scored; the others are exploratory.",
        INTERVALS,
    ]
    return _table("dier_timestep", "Choosing the timestep without labels", cells, footnotes, evidence)


def build_dier_sparsity(evidence: DierEvidence) -> Table:
    """How much of the pictures is lit, where their vectors are read best, and whether one goes with the other."""
    cells = []
    for data in evidence.data():
        variant = evidence.headline(data)
        peaks = evidence.rows(data, variant, "lpa").pivot(index="timestep", columns="replicate", values="value").idxmax()
        lit = evidence.values(data, variant, "lit_share")
        numbers = {
            "lit_share": Estimate(float(lit.mean()), origins=evidence.origins(data, variant, "lit_share")),
            "best_timestep": evidence.mean(data, peaks, evidence.origins(data, variant, "lpa")),
            "sparsity_correlation": evidence.estimate(data, variant, "sparsity_correlation", detail="all images"),
            "sparsity_correlation_within": evidence.estimate(data, variant, "sparsity_correlation", detail="within classes"),
        }
        row = f"{evidence.variant_title(variant)} ({evidence.seeds(data, variant)})"
        cells += _row(evidence.title(data), row, data, variant, numbers)
    footnotes = [
        "Lit: brighter than half way between black and white, held-out images. Best t: that of the highest LPA, for each "
        "replicate. ρ: Spearman's rank correlation, over held-out images, of the share of lit pixels with the t at which the "
        "probe finds the image's own class most likely; within classes each rank is taken less its class's mean rank.",
        INTERVALS,
    ]
    return _table("dier_sparsity", "Lit pixels and the best timestep", cells, footnotes, evidence)


def _costs(evidence: DierEvidence, data: str, variant: str) -> dict[str, Estimate]:
    """What a run's encoder and its training cost, the same for every replicate; nothing for what has none."""
    found = {name: evidence.values(data, variant, name) for name in COST_COLUMNS}
    return {
        name: Estimate(float(values.iloc[0]), origins=evidence.origins(data, variant, name)) if len(values) else Estimate()
        for name, values in found.items()
    }


def _row(section: str, row: str, data: str, variant: str, numbers: Mapping[str, Estimate]) -> list[dict]:
    """One row of a table, by column; nothing is published beside it."""
    return [
        {"section": section, "row": row, "model": data, "variant": variant, "metric": column, "estimate": estimate}
        for column, estimate in numbers.items()
    ]


def _table(name: str, title: str, cells: Sequence[dict], footnotes: Sequence[str], evidence: DierEvidence) -> Table:
    """Cells and, for each data set that was not run, a row that says why."""
    maker = CellMaker(name, evidence.not_run)
    columns = list(dict.fromkeys(cell["metric"] for cell in cells)) or ["lpa"]
    absent = [
        {"section": evidence.title(data), "row": "any", "model": data, "variant": "", "metric": column}
        for data in evidence.not_run
        for column in columns
    ]
    return maker.table_of(title, [maker.cell(**cell) for cell in [*cells, *absent]], footnotes)
