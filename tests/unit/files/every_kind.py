"""Writes one file of every kind that the workflow leaves, with the functions that the workflow writes them with.

python -m tests.unit.files.every_kind FOLDER
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import torch

from extract_conditions import extract_conditions
from fetch_network import fetch_network
from measure_geometry import measure_geometry
from read_conditioner import read_conditioner
from render_comparison import render_comparison
from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.conditioning.feature_cache import cached_rows
from semantic_bottleneck.data.latent_shards import _save as save_shard
from semantic_bottleneck.files import conditions_file, parquet, row_groups, tensors_file
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.files.containers import save_checkpoint
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.references.statistics import Statistics, save_statistics
from semantic_bottleneck.reporting.core.elements import read_captions
from semantic_bottleneck.reporting.core.inputs import read_geometry, read_scores, read_variants
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.provenance import library_versions
from semantic_bottleneck.reporting.core.published import load_published
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.core.write import write_page, write_table
from semantic_bottleneck.reporting.paper.claims.judge import judge_claims
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.figures.figure1 import draw_figure1
from semantic_bottleneck.reporting.paper.figures.figure_pruning import draw_figure_pruning
from semantic_bottleneck.reporting.paper.heatmaps import heatmaps_of
from semantic_bottleneck.reporting.paper.metrics_json import write_metrics
from semantic_bottleneck.reporting.paper.report import report_page
from semantic_bottleneck.reporting.paper.tables.conditions import build_table1
from semantic_bottleneck.reporting.paper.tables.pruning import build_pruning_table
from semantic_bottleneck.sampling.parts import save_part
from semantic_bottleneck.training.classifier import DigitClassifier, save_classifier
from semantic_bottleneck.training.clip_training import MODEL_CONFIG, save_clip
from semantic_bottleneck.training.previews import _draw_grid as draw_previews
from tests.sections import checkpoint_of, completed, excerpt
from tests.unit.checkpoints.server import FileServer, Served
from tests.unit.reporting import synthetic
from tests.unit.training.cards import tiny_card
from write_sounds import write_sounds

ROOT = Path(__file__).resolve().parents[3]
ARCHITECTURE = tiny_card()["architecture"]
CARD = {"name": "own", "family": "dit", "architecture": ARCHITECTURE, "conditioning": tiny_card()["conditioning"]}


def main(folder: Path) -> None:
    """Write below `folder`, which does not exist."""
    folder.mkdir()
    os.chdir(folder)
    weights(folder)
    arrays(folder)
    reports(Path())  # a result file names others as it was given them


def weights(folder: Path) -> None:
    """Checkpoints: trained here, downloaded, read by ranges and copied."""
    torch.manual_seed(0)
    state = {name: torch.randn(tensor.shape) for name, tensor in build_network("dit", ARCHITECTURE).state_dict().items()}
    save_checkpoint(folder / "plain.pt", None, state, state, 3, {})
    save_checkpoint(folder / "ema.pt", "ema", state, state, 3, {"lr": 0.1, "names": ["a", "b"]})
    save_classifier(DigitClassifier(), folder / "classifier.pt")
    save_clip(open_clip.CLIP(**MODEL_CONFIG, output_dict=False), folder / "clip")
    metadata = {name: name for name in ("one", "two", "three", "four", "five", "six", "seven")}
    kinds = {"half": torch.ones(3).half(), "whole": torch.arange(5), "odd": torch.ones(3, dtype=torch.bool)}
    tensors_file.write(folder / "tensors.safetensors", kinds | state, metadata)
    with FileServer({"o/r/resolve/main/a.pt": Served((folder / "ema.pt").read_bytes())}) as server:
        os.environ["HF_ENDPOINT"] = server.address
        checkpoint = completed("checkpoint", {"files": [{"url": "hf://o/r/a.pt"}], "container": "pt", "keys": ["ema"]})
        card = excerpt(CARD | {"checkpoint": checkpoint})
        fetch_checkpoint(
            checkpoint_of(checkpoint), folder / "checkpoints/own.checkpoint", lock=folder / "lock.json", base=folder
        )
        read_conditioner(card, ["final"], [], folder, [folder / "conditioners/final.safetensors"])
        read_conditioner(card, ["final"], ["checkpoints/own.checkpoint"], folder, [folder / "conditioners/local.safetensors"])
        extract_conditions(card, "own", ["final"], 2, ["conditioners/final.safetensors"], None, ["conditions/final.parquet"])
        measure_geometry(["conditions/final.parquet"], "geometry/final.parquet")
        asset = {"name": "network", "kind": "vocoder", "checkpoint": checkpoint, "architecture": {}}
        fetch_network(asset, folder, folder / "networks/vocoder.safetensors")
    with FileServer({"o/r/resolve/main/a.pt": Served((folder / "plain.pt").read_bytes(), ranges=False)}) as server:
        os.environ["HF_ENDPOINT"] = server.address
        read_tensors(checkpoint_of({"files": [{"url": "hf://o/r/a.pt"}]}), None, base=folder, cache=folder / "cache")
    fetch_checkpoint(
        checkpoint_of({"files": [{"url": "plain.pt"}]}), folder / "checkpoints/copy.checkpoint", lock=None, base=folder
    )


def arrays(folder: Path) -> None:
    """Parquet, npz, npy and sounds."""
    random = np.random.default_rng(0)
    values = random.standard_normal((40, 3, 2)).astype(np.float32)
    columns = {"sample": np.arange(40), "latent": values, "name": [f"n{number}" for number in range(40)]}
    metadata = {"model": "m", "seed": "0", "variant": "v", "evaluations": "3"}
    parquet.write(folder / "columns.parquet", columns, metadata)
    row_groups.write_row_groups(folder / "rows.parquet", {"sample": np.arange(40), "latent": values}, metadata)
    c, y, t = values[:2, :3, :].repeat(3, 1)[:, :5], values[:5, 0], values[:2, 0]
    conditions_file.write(folder / "conditions.parquet", c, y, t, np.array([0.0, 0.5]), np.arange(5), metadata)
    save_statistics(folder / "statistics.npz", {"features": Statistics(np.zeros(3), np.eye(3))})
    save_part(folder / "part.npz", {"latents": values, "samples": np.arange(40)})
    save_shard(folder / "latents-000.npy", values)
    cached_rows(folder / "features", 5, 2, lambda rows: {"tokens": values[rows.start : rows.stop]})
    sounds = {"sample": np.arange(2), "sound": random.integers(-9, 9, (2, 50), dtype=np.int16)}
    parquet.write(folder / "examples.parquet", sounds, {"sample_rate": "16000"})
    write_sounds(folder / "examples.parquet", folder / "sounds")
    draw_previews({0: values[:3, :1, None, :].repeat(2, 2), 5: values[3:6, :1, None, :].repeat(2, 2)}, ("0", "1", "2"), "p.png")


def reports(folder: Path) -> None:
    """Tables, figures, the page and what stands beside it, and a comparison."""
    inputs = synthetic.write(folder / "study")
    study, published = inputs.study, load_published([ROOT / "config/published/hidden_semantic_bottleneck.csv"])
    evidence = PaperEvidence(
        study,
        published,
        geometry=Measures(read_geometry(inputs.geometry)),
        scores=Measures(read_scores(inputs.scores)),
        variants=read_variants(inputs.variants),
    )
    pruned = replace(evidence, exhibit="table2", models=["sit-mini", "dit-mini"], variant_names=list(synthetic.VARIANTS))
    tables = [build_table1(replace(evidence, models=synthetic.MODELS)), build_pruning_table(pruned)]
    for table in tables:
        write_table(table, folder / "tables")
        write_page(table, folder / f"tables/{table.name}.html")
    forms = [[folder / f"{name}.{form}" for form in ("png", "svg", "pdf")] for name in ("figure1", "figure_pruning")]
    draw_figure1(replace(evidence, models=["dit-mini", "sit-mini"]), forms[0])
    draw_figure_pruning(replace(evidence, models=["sit-mini"]), forms[1])
    claims = judge_claims(evidence)
    provenance = {"study": {"seed": 0}, "versions": library_versions(), "config": {}, "cards": {}}
    captions, heatmaps = (
        read_captions(ROOT / "report/captions"),
        heatmaps_of({"sit-mini": inputs.conditions["sit-mini"]}, study),
    )
    drawings = [read_drawing(paths[0]) for paths in forms]
    page = report_page(study, tables, drawings, claims, provenance, captions, ROOT / "report", heatmaps)
    for side in ("a", "b"):
        write_text(folder / side / "report.html", page)
        write_metrics(folder / side / "metrics.json", study, tables, claims)
        write_text(folder / side / "provenance.json", json.dumps(provenance))
    render_comparison("a", "b", ROOT / "report/compare.html.j2", "both.html", "both.md", "both.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
