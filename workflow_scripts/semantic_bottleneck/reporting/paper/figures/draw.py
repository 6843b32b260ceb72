"""Which function draws which figure, from which result files."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from semantic_bottleneck.files import parquet
from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.core.inputs import read_geometry, read_images, read_scores, variants_of
from semantic_bottleneck.reporting.core.published import load_published
from semantic_bottleneck.reporting.core.wording import grid_title, variant_title
from semantic_bottleneck.reporting.paper.figures.figure1 import draw_figure1
from semantic_bottleneck.reporting.paper.figures.figure3 import draw_figure3
from semantic_bottleneck.reporting.paper.figures.figure4 import draw_figure4
from semantic_bottleneck.reporting.paper.figures.figure5 import draw_figure5
from semantic_bottleneck.reporting.paper.figures.figure6 import draw_figure6
from semantic_bottleneck.reporting.paper.figures.figure9 import draw_figure9
from semantic_bottleneck.reporting.paper.figures.figure11 import draw_figure11
from semantic_bottleneck.reporting.paper.figures.figure12 import draw_figure12
from semantic_bottleneck.reporting.paper.figures.figure13 import draw_figure13
from semantic_bottleneck.reporting.paper.figures.figure42 import draw_figure42
from semantic_bottleneck.reporting.paper.figures.figure_pruning import draw_figure_pruning
from semantic_bottleneck.reporting.paper.figures.figure_seeds import draw_figure_seeds
from semantic_bottleneck.reporting.paper.figures.figure_sounds import draw_figure_sounds
from semantic_bottleneck.reporting.paper.figures.grids import draw_samples
from semantic_bottleneck.study.exhibits import EXAMPLES


def draw(
    name: str,
    models: Sequence[str],
    wanted: Mapping[str, Any],
    files: Mapping[str, Sequence[str]],
    published: Sequence[str],
    facts: ReportFacts,
    outputs: Sequence[str],
) -> None:
    """Draw one figure of the models that were run."""
    names = wanted.get("variants", [])
    conditions = {parquet.read_metadata(path)["model"]: path for path in files.get("conditions", [])}
    scores, variants = read_scores(files.get("scores", [])), variants_of(files)
    geometry = read_geometry([*files.get("geometry", []), *files.get("history", [])])
    match name:
        case "figure1":
            draw_figure1(geometry, models, facts, load_published(published), outputs)
        case "figure3":
            draw_figure3(conditions, facts, outputs)
        case "figure4":
            draw_figure4(conditions, facts, outputs)
        case "figure5":
            draw_figure5(conditions, facts, outputs)
        case "figure6":
            draw_figure6(conditions, facts, outputs)
        case "figure9":
            draw_figure9(conditions, variants, facts, outputs)
        case "figure11":
            draw_figure11(geometry, models, facts, outputs)
        case "figure12":
            draw_figure12(geometry, groups_of(models, facts), facts, outputs)
        case "figure13":
            draw_figure13(conditions, tail_thresholds(variants, models), facts, outputs)
        case "figure42":
            draw_figure42({parquet.read_metadata(path)["model"]: path for path in files["slicing"]}, facts, outputs)
        case "figure_pruning":
            draw_figure_pruning(scores, variants, models, facts, outputs)
        case "figure_seeds":
            draw_figure_seeds(scores, variants, models, names, facts, outputs)
        case "figure_sounds":
            pictures = pictures_of(names, files.get("images", []), variants)
            draw_figure_sounds(pictures, f"{facts.title(models[0])}: the same clips under pruning", outputs)
        case _:  # figures 7, 8, 10 and 34 to 41
            draw_grid(models[0], names, files["images"], scores, variants, facts, outputs, wanted.get("samples"))


def draw_grid(
    model: str,
    names: Sequence[str],
    images: Sequence[str],
    scores: pd.DataFrame,
    variants: pd.DataFrame,
    study: ReportFacts,
    outputs: Sequence[str],
    samples: Sequence[int] | None = None,
) -> None:
    """Samples of a model (by default the first EXAMPLES) under each variant, one row per variant."""
    samples = samples or np.sort(parquet.read(images[0], ["sample"])["sample"])[:EXAMPLES].tolist()
    variants = variants[variants["model"] == model]
    titles = {row["variant"]: variant_title(row) for _, row in variants.iterrows()}
    chosen = (scores["model"] == model) & (scores["metric"] == "class_agreement") & (scores["quantity"] == "value")
    agreement = scores[chosen].set_index("variant")["value"]
    found = [read_images([path], samples) for path in images]
    pictures = {titles[name]: pixels for name, (pixels, _) in zip(names, found, strict=True)}
    said = {titles[name]: float(agreement[name]) for name in names if name in agreement}
    shown = variants[variants["variant"].isin(names)]
    title = f"{study.title(model)}: the same samples {grid_title(shown)}"
    draw_samples(pictures, found[0][1], title, outputs, said)


def pictures_of(names: Sequence[str], images: Sequence[str], variants: pd.DataFrame) -> dict[str, np.ndarray]:
    """Caption of a variant -> pictures of its example samples, in sample order."""
    titles = {row["variant"]: variant_title(row) for _, row in variants.iterrows()}
    found = {}
    for name, path in zip(names, images, strict=True):
        samples = np.sort(parquet.read(path, ["sample"])["sample"])
        found[titles[name]] = read_images([path], samples)[0]
    return found


def groups_of(models: Sequence[str], study: ReportFacts) -> list[list[str]]:
    """Models in their order, replicates of one together."""
    together = {name: first for first, group in study.replicates.items() for name in group}
    groups: dict[str, list[str]] = {}
    for model in models:
        groups.setdefault(together.get(model, model), []).append(model)
    return list(groups.values())


def tail_thresholds(variants: pd.DataFrame, models: Sequence[str]) -> dict[str, float]:
    """Per model the largest tail threshold on |c| that still leaves a third of the dimensions."""
    rows = variants[(variants["side"] == "tail") & (variants["magnitude"] == "c") & (variants["removed_percent"] <= 67)]
    return {model: float(rows.loc[rows["model"] == model, "threshold"].max()) for model in models}
