"""The tables of the DiER study; every LPA stands beside the untrained encoder's and the pixels'."""

import math
from collections.abc import Callable, Mapping

import pandas as pd

from semantic_bottleneck.geometry.timestep_choice import CRITERIA, PRIMARY, given_up
from semantic_bottleneck.reporting.core.table import Table
from semantic_bottleneck.reporting.dier.cells import INTERVALS, cell, table_of
from semantic_bottleneck.reporting.dier.measured import INPUTS, MIDDLE, Measured, over_replicates
from semantic_bottleneck.uncertainty.estimates import Estimate
from semantic_bottleneck.uncertainty.origins import joined, origins_in

CRITERION_TITLES = {
    "loss_gap": "loss gap, another's v minus own",
    "relative_loss_gap": "loss gap over own loss",
    "spectral_participation_ratio": "participation ratio of the covariance of v",
    "normalized_participation_ratio_percent": "mean nPR of v",
}
OWN_DETAIL = {"normalized_participation_ratio_percent": "v"}


def lpa_table(measured: Measured) -> Table:
    """LPA of the headline variant at every timestep, beside the untrained encoder, the pixels and k-NN."""
    cells = []
    for data in measured.data():
        variant, best = measured.headline(data), measured.best(data, measured.headline(data))
        section = f"{measured.title(data)}, {measured.variant_title(variant)}, {measured.seeds(data, variant)}"
        pixels = measured.estimate(data, INPUTS, "lpa", detail="pixels")
        for t in measured.timesteps(data, variant):
            row = f"t = {t} (highest)" if t == best else f"t = {t}"
            numbers = {
                "lpa": measured.estimate(data, variant, "lpa", t),
                "lpa_images": measured.over_images(data, variant, "lpa", t),
                "lpa_untrained": measured.estimate(data, variant, "lpa_untrained", t),
                "gain_untrained": measured.estimate(data, variant, "gain_untrained", t),
                "lpa_pixels": pixels,
                "knn": measured.estimate(data, variant, "knn", t),
            }
            cells += [cell("dier_lpa", section, row, data, variant, name, value) for name, value in numbers.items()]
    footnotes = [
        "LPA: a linear classifier (logistic regression, L2 with C = 1) on standardised v_t of training images, scored on "
        "held-out images; v_t from averaged weights. k-NN: majority of the 20 nearest by cosine.",
        "Untrained encoder: the same network with its starting weights, probed in the same way at the same t.",
        INTERVALS,
        "No accuracy of DiER is published in a form we could read, so none stands beside.",
    ]
    return table_of("dier_lpa", "Linear probe accuracy against the timestep", cells, footnotes, measured)


def baselines_table(measured: Measured) -> Table:
    """The headline variant among what it has to beat, and below what the same encoder reaches with labels."""
    cells = []
    grids: list[str] = []
    for data in measured.data():
        variant = measured.headline(data)
        for row, source, t, detail, quantity in baseline_rows(measured, data, grids):
            numbers = {
                "lpa": measured.estimate(data, source, quantity, t, detail),
                "lpa_images": measured.over_images(data, source, quantity, t, detail),
                "knn": measured.estimate(data, source, "knn", t, detail) if quantity == "lpa" else Estimate(),
            }
            title = f"{measured.title(data)}, width of the vectors {measured.embedding(data, variant)}"
            cells += [cell("dier_baselines", title, row, data, source, name, value) for name, value in numbers.items()]
    footnotes = [
        "“Best t” and “best of the grid” are chosen with the labels of the same test images, so they flatter; t = "
        f"{MIDDLE} was fixed before these runs.",
        *grids,
        INTERVALS,
    ]
    return table_of("dier_baselines", "DiER among its baselines", cells, footnotes, measured)


def baseline_rows(measured: Measured, data: str, grids: list[str]) -> list[tuple[str, str, int, str, str]]:
    """(row, variant, timestep, detail, quantity) of the table of baselines; the grid of internal features goes to `grids`."""
    variant = measured.headline(data)
    best, middle, width = measured.best(data, variant), measured.middle(data, variant), measured.embedding(data, variant)
    title = measured.variant_title(variant)
    rows = [
        (f"{title}, best t ({best})", variant, best, "", "lpa"),
        (f"{title}, t = {middle}", variant, middle, "", "lpa"),
        (f"untrained encoder, t = {middle}", variant, middle, "", "lpa_untrained"),
        (f"principal components ({width})", INPUTS, -1, f"pca-{width}", "lpa"),
        ("pixels", INPUTS, -1, "pixels", "lpa"),
    ]
    known = measured.study["variants"]
    for name in measured.study["runs"][data]:
        kind, label = known[name]["kind"], known[name]["title"]
        if kind == "backbone":
            means = measured.rows(data, name, "lpa").groupby(["detail", "timestep"])["value"].mean()
            detail, t = means.idxmax()
            rows.append((f"{label}, {detail} at t = {t} (best of the grid)", name, int(t), detail, "lpa"))
            listed = "; ".join(f"{block} t {step}: {100 * value:.1f} %" for (block, step), value in means.items())
            grids.append(f"{measured.title(data)}, {label}: mean-pooled tokens of x_t, {listed}.")
        elif kind != "dier":
            rows.append((label, name, -1, "", "lpa"))
    return rows


def ablations_table(measured: Measured) -> Table:
    """Every DiER variant at both ends of the chain, in the middle and at its best timestep, with its denoising loss."""
    cells = []
    for data in measured.data():
        pixels = measured.estimate(data, INPUTS, "lpa", detail="pixels")
        for variant in measured.variants(data, role="ablation"):
            timesteps, middle = measured.timesteps(data, variant), measured.middle(data, variant)
            loss = measured.rows(data, variant, "loss").groupby("replicate")["value"].mean()
            swapped = measured.rows(data, variant, "loss_swapped").groupby("replicate")["value"].mean()
            numbers = {
                "lpa_first": measured.estimate(data, variant, "lpa", timesteps[0]),
                "lpa": measured.estimate(data, variant, "lpa", middle),
                "lpa_last": measured.estimate(data, variant, "lpa", timesteps[-1]),
                "best_timestep": Estimate(measured.best(data, variant), origins=measured.origins(data, variant, "lpa")),
                "lpa_untrained": measured.estimate(data, variant, "lpa_untrained", middle),
                "gain_untrained": measured.estimate(data, variant, "gain_untrained", middle),
                "lpa_pixels": pixels,
                "denoising_loss": over_replicates(loss, measured.origins(data, variant, "loss")),
                "swapped_loss": over_replicates(swapped, measured.origins(data, variant, "loss_swapped")),
            }
            row = f"{measured.variant_title(variant)} ({measured.seeds(data, variant)})"
            cells += [cell("dier_ablations", measured.title(data), row, data, variant, *entry) for entry in numbers.items()]
    footnotes = [
        f"LPA, untrained encoder and gain at t = {MIDDLE}. Denoising loss: held-out images, mean over the probed timesteps; "
        "beside it the loss when each image is denoised with the vector of another one.",
        INTERVALS,
    ]
    return table_of("dier_ablations", "Width of v_t, and who sees t", cells, footnotes, measured)


def learning_rate_table(measured: Measured, logs: Mapping[tuple[str, str], list[pd.DataFrame]]) -> Table:
    """Short runs at several learning rates: loss, gradient that reaches the encoder, likeness of v_t, LPA."""
    cells = []
    for data in measured.data():
        pixels = measured.estimate(data, INPUTS, "lpa", detail="pixels")
        for variant in measured.variants(data, role="learning-rate"):
            middle = measured.middle(data, variant)
            ends = [log.tail(max(1, len(log) // 10)) for log in logs.get((data, variant), [])]
            files = joined(*map(origins_in, ends))
            numbers = {
                "denoising_loss": over_replicates((end["loss"].mean() for end in ends), files),
                "encoder_gradient_norm": over_replicates((end["encoder_gradient_norm"].median() for end in ends), files),
                "cosine_similarity": measured.estimate(data, variant, "cosine_similarity", middle, "v"),
                "lpa": measured.estimate(data, variant, "lpa", middle),
                "lpa_untrained": measured.estimate(data, variant, "lpa_untrained", middle),
                "lpa_pixels": pixels,
            }
            stopped = any(not log["loss"].notna().all() for log in logs.get((data, variant), []))
            collapsed = math.isnan(numbers["cosine_similarity"].value)
            end = ", diverged" if stopped else ", collapsed to zero" if collapsed else ""
            row = f"learning rate {measured.variant_title(variant)}{end}"
            cells += [cell("dier_learning_rate", measured.title(data), row, data, variant, *entry) for entry in numbers.items()]
    footnotes = [
        "Short runs, one replicate each unless there are intervals: they ask where training breaks, not how good it gets. "
        "Loss: training loss of the last tenth of the steps; gradient norm: median there; cosine of v_t and LPA at t = "
        f"{MIDDLE}.",
    ]
    return table_of("dier_learning_rate", "Learning rates", cells, footnotes, measured)


def timestep_table(measured: Measured) -> Table:
    """Criteria that choose t without labels, scored by the LPA they give up against the best timestep."""
    cells = []
    for data in measured.data():
        variant = measured.headline(data)
        for criterion in (*CRITERIA, "fixed"):
            choices, losses = choices_of(measured, data, variant, criterion)
            name = CRITERION_TITLES.get(criterion, f"always t = {measured.middle(data, variant)}")
            row = f"{name}{' (primary)' if criterion == PRIMARY else ''}: {', '.join(map(str, choices))}"
            files = measured.origins(data, variant, "lpa")
            numbers = {
                "lpa_given_up": over_replicates(losses, files),
                "chosen_timestep": Estimate(float(pd.Series(choices).median()), origins=files),
            }
            cells += [cell("dier_timestep", measured.title(data), row, data, variant, *entry) for entry in numbers.items()]
    footnotes = [
        "A criterion takes the timestep at which it is largest, on held-out images without their labels; behind the colon the "
        "choice of each replicate, in the last column their median. LPA given up: highest LPA of the replicate over all "
        "timesteps minus LPA at the chosen one; the highest is found with the test labels, so chance overstates the loss.",
        "The primary criterion was fixed before any was scored; the others are exploratory.",
        INTERVALS,
    ]
    return table_of("dier_timestep", "Choosing the timestep without labels", cells, footnotes, measured)


def choices_of(measured: Measured, data: str, variant: str, criterion: str) -> tuple[list[int], list[float]]:
    """Per replicate the chosen timestep and the LPA given up; `fixed` always takes the middle."""
    choices, losses = [], []
    accuracy = measured.rows(data, variant, "lpa")
    for replicate, rows in accuracy.groupby("replicate"):
        curve = dict(zip(rows["timestep"].tolist(), rows["value"], strict=True))
        if criterion == "fixed":
            scores = {t: float(t == measured.middle(data, variant)) for t in curve}
        else:
            found = measured.rows(data, variant, criterion, detail=OWN_DETAIL.get(criterion, ""))
            found = found[found["replicate"] == replicate]
            scores = dict(zip(found["timestep"].tolist(), found["value"], strict=True))
        chosen, lost = given_up(curve, scores)
        choices.append(chosen)
        losses.append(lost)
    return choices, losses


BUILDERS: dict[str, Callable[[Measured], Table]] = {
    "dier_lpa": lpa_table,
    "dier_baselines": baselines_table,
    "dier_ablations": ablations_table,
    "dier_timestep": timestep_table,
}
