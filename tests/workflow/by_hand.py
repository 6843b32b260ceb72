"""The rules of generation and scoring as function calls in one process: what Snakemake would run, without its processes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from describe_variants import describe_variants
from embed_reference import embed_reference
from extract_conditions import extract_conditions
from extract_features import extract_features
from fetch_checkpoint import fetch_checkpoint
from fetch_decoder import fetch_decoder
from fetch_reference import fetch_reference
from read_conditioner import read_conditioner
from render_table import render_table
from run_branch import run_branch
from run_trunk import run_trunk
from sample_localisation import sample_localisation
from score_localisation import score_localisation
from score_variant import score_variant
from semantic_bottleneck.study.exhibits import LOCALISATION
from semantic_bottleneck.study.page_facts import report_facts
from semantic_bottleneck.study.study import Study
from tests.workflow.project import ROOT

FEATURES, LOGITS, SPATIAL = 8, 10, 5


def small_judge(images, samples, weights, batch, device, protocol, spatial) -> dict[str, np.ndarray]:
    """In Inception's place: fixed random views of small pictures."""
    rng = np.random.default_rng(7)
    flat = images.reshape(len(images), -1) / 127.5 - 1.0
    widths = {"features": FEATURES, "logits": LOGITS} | ({"spatial": SPATIAL} if spatial else {})
    views = {name: rng.standard_normal((flat.shape[1], width)) / 10 for name, width in widths.items()}
    return {name: (flat @ view).astype(np.float32) for name, view in views.items()}


class ByHand:
    """Steps of a study in `folder` (its project's), named and parametrised as the rules are."""

    def __init__(self, study: Study, folder: Path):
        self.study, self.folder, self.results = study, folder, folder / "results/by-hand"

    def judges(self) -> dict[str, list[str]]:
        """fetch_evaluator."""
        files = {"dinov2": []}
        for role, card in self.study.judges().items():
            path = self.folder / f"results/evaluators/{card['name']}.checkpoint"
            if not path.exists():
                fetch_checkpoint(card, self.folder, path)
            files[role] = [str(path)]
        return files

    def reference(self) -> dict[str, Path]:
        """fetch_reference, embed_reference."""
        files = {"reference": "reference.parquet", "statistics": "statistics.npz", "texts": "texts.parquet"}
        outputs = {name: self.results / "evaluators" / file for name, file in files.items()}
        evaluation = self.study.config["evaluation"]
        source, judging = evaluation.get("reference"), self.study.judging()
        fetched = self.results / "published.npz" if "url" in source else None
        if fetched:
            fetch_reference(source, self.folder, fetched)
        embed_reference(None, source, judging, evaluation["prompt"], self.judges(), self.folder, outputs, "cpu", fetched)
        return outputs

    def weights(self, model: str) -> Path:
        """fetch_checkpoint."""
        path = self.folder / f"results/checkpoints/{self.study.weights_of(model)}.checkpoint"
        if not path.exists():
            fetch_checkpoint(self.study.card(model), self.folder, path)
        return path

    def describe(self, model: str) -> None:
        """read_conditioner, extract_conditions, describe_variants."""
        card, tensors = self.study.card(model), self.results / f"conditioners/{model}.safetensors"
        read_conditioner(card, ["final"], [], self.folder, [tensors])
        conditions = self.results / f"conditions/{model}.parquet"
        extract_conditions(card, model, ["final"], 2, [tensors], None, [conditions])
        generation = {"steps": self.study.steps(model), "last_share": self.study.config["generation"]["last_share"]}
        output = self.results / f"variants/{model}.parquet"
        describe_variants(conditions, self.study.variants_of(model), generation, output)

    def generate(self, model: str, variant: str) -> list[Path]:
        """run_trunk or run_branch, all shards."""
        found, weights, card = [], self.weights(model), self.study.card(model)
        for shard, name in enumerate(self.study.shards(model)):
            latents = self.results / f"latents/{model}/{variant}/{name}.parquet"
            numbers = range(len(self.study.config["generation"]["snapshots"]))
            snapshots = [self.results / f"snapshots/{model}/{number}/{name}.parquet" for number in numbers]
            shared = {"plan": self.study.sample_plan(model), "parts": latents.with_suffix(""), "code": "", "device": "cpu"}
            if variant == "baseline":
                outputs = {"latents": latents, "snapshots": snapshots}
                run_trunk(
                    card, weights, None, shard, variant, snapshot_steps=self.study.snapshot_steps(model), **outputs, **shared
                )
            else:
                number = self.study.fork(model, variant)
                run_branch(
                    card,
                    weights,
                    None,
                    None if number is None else snapshots[number],
                    shard,
                    variant,
                    self.study.variant(variant),
                    list(self.study.window(model, variant)),
                    self.study.start_step(model, variant),
                    self.study.drawing_groups(variant),
                    self.study.ranking_timesteps(variant),
                    latents=latents,
                    **shared,
                )
            found.append(latents)
        return found

    def decoder(self, model: str) -> Path:
        """fetch_decoder."""
        asset = self.study.decoder(model)
        path = self.folder / f"results/decoders/{asset['name']}.safetensors"
        if not path.exists():
            fetch_decoder(asset, self.folder, path)
        return path

    def judge(self, model: str, variant: str) -> list[Path]:
        """extract_features, all shards."""
        found, card = [], self.study.card(model)
        micro_batch, judging = self.study.config["generation"]["micro_batch"], self.study.judging()
        for latents in self.generate(model, variant):
            output = self.results / f"features/{model}/{variant}/{latents.name}"
            extract_features(card, latents, self.decoder(model), micro_batch, judging, self.judges(), output, "cpu")
            found.append(output)
        return found

    def score(self, model: str, variants: list[str], reference: Mapping[str, Path]) -> dict[str, Path]:
        """score_variant, for the baseline (first) and variants."""
        outputs, evaluation = {}, self.study.config["evaluation"]
        replicates = {variant: self.results / f"replicates/{model}/{variant}.parquet" for variant in variants}
        for variant in variants:
            outputs[variant] = self.results / f"scores/{model}/{variant}.parquet"
            score_variant(
                model,
                variant,
                self.judge(model, variant),
                [] if variant == "baseline" else [replicates["baseline"]],
                classes=self.study.card(model)["conditioning"]["classes"],
                groups=evaluation["groups"],
                protocol=evaluation["protocol"],
                subsets=evaluation["subsets"],
                output=outputs[variant],
                replicates=replicates[variant],
                **reference,
            )
        return outputs

    def localise(self, model: str, reference: Mapping[str, Path]) -> Path:
        """sample_localisation (all shards), score_localisation."""
        study, groups, features = self.study, self.study.config["evaluation"]["groups"], []
        plan = study.localisation_plan(model)
        for shard in range(plan.shards):
            output = self.results / f"localisation/features/{model}/{shard:03d}.parquet"
            sample_localisation(
                study.card(model),
                self.weights(model),
                None,
                self.decoder(model),
                shard,
                plan,
                study.localisation_settings(model),
                groups,
                study.judging(),
                self.judges(),
                output.with_suffix(""),
                "",
                output,
                "cpu",
            )
            features.append(output)
        scores = self.results / f"localisation/{model}.parquet"
        classes, shift = study.card(model)["conditioning"]["classes"], study.config["localisation"]["shift"]
        score_localisation(model, features, reference["statistics"], reference["texts"], classes, True, groups, shift, scores)
        return scores

    def table(self, name: str) -> Path:
        """render_table."""
        asked = self.study.wanted("tables", name)
        files = {"variants": [str(self.results / f"variants/{model}.parquet") for model in asked["models"]]}
        pairs = [(model, variant) for model in asked["models"] for variant in asked.get("variants", [])]
        files["scores"] = [str(self.results / f"scores/{model}/{variant}.parquet") for model, variant in pairs]
        if name == LOCALISATION:
            files = {name: [str(self.results / f"localisation/{model}.parquet") for model in asked["models"]]}
        files["published"] = sorted(map(str, (ROOT / "config/published").glob("*.csv")))
        facts = report_facts(self.study) | {"exhibit": name, "asked": asked, "not_run": {}}
        render_table("paper", [name], files, facts, self.results / "tables")
        return self.results / f"tables/{name}.parquet"
