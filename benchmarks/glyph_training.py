"""A training of repa-b2's shape on glyphs, minutes long on a GPU: does the pattern of the big models appear by itself?

    python benchmarks/glyph_training.py OUTPUT.json [--size whole|small|tiny]

12 blocks of width 768 learn the plain velocity of 259 characters (data/glyphs.py), with t and y learned and nothing
confined. Along the way: similarity and nPR of c, and the judge's agreement after head, tail, random and class-mean pruning.
At the end the same samples are drawn in float32, the official default, and in compiled bfloat16, and scored by the Fréchet
distance in the judge's features. small is 128 wide with 50 classes, a quarter of an hour on one CPU; tiny is a tenth of the
width and a few updates.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workflow_scripts")]

from semantic_bottleneck.conditioning.vectors import conditional_vectors  # noqa: E402
from semantic_bottleneck.data.glyphs import glyphs  # noqa: E402
from semantic_bottleneck.data.image_data import ImageData  # noqa: E402
from semantic_bottleneck.decoding.quantise import half_floor  # noqa: E402
from semantic_bottleneck.files.atomic import write_text  # noqa: E402
from semantic_bottleneck.geometry.measures import cosine_matrix, pairwise, participation_ratio  # noqa: E402
from semantic_bottleneck.models.loading import load_conditioner, load_network  # noqa: E402
from semantic_bottleneck.models.registry import conditioner_tensor_names  # noqa: E402
from semantic_bottleneck.sampling.edits import edit_at  # noqa: E402
from semantic_bottleneck.sampling.model_run import ConditionVectors  # noqa: E402
from semantic_bottleneck.sampling.precision import compile_blocks, set_precision  # noqa: E402
from semantic_bottleneck.sampling.registry import build_sampler  # noqa: E402
from semantic_bottleneck.sampling.trajectory import Generation, run_branch  # noqa: E402
from semantic_bottleneck.scores.frechet import frechet_deletions_of_rows, prepare_reference  # noqa: E402
from semantic_bottleneck.study.card import Card  # noqa: E402
from semantic_bottleneck.study.card_checks import check_card  # noqa: E402
from semantic_bottleneck.study.cards import SCHEMA, load_card  # noqa: E402
from semantic_bottleneck.study.pruning import Pruning  # noqa: E402
from semantic_bottleneck.study.typed import required, typed  # noqa: E402
from semantic_bottleneck.study.validation import load_schema, validated  # noqa: E402
from semantic_bottleneck.training.classifier import DigitClassifier, train_classifier  # noqa: E402
from semantic_bottleneck.training.run import TrainingRun  # noqa: E402
from semantic_bottleneck.training.team import Alone  # noqa: E402
from semantic_bottleneck.uncertainty.groups import stratified_groups  # noqa: E402
from semantic_bottleneck.uncertainty.jackknife import jackknife  # noqa: E402

SIZE = 12
WHOLE = {
    **{"ranked_by": "magnitude", "mask": "per-vector", "replacement": "zero", "shift": 1, "noise": None},
    **{"window": "every", "branch": "both", "seed": 0},
}
VARIANTS: dict[str, dict[str, Any]] = {
    "unpruned": {},
    "tail 39 %": {"side": "tail", "fraction": 0.39},
    "tail 66 %": {"side": "tail", "fraction": 0.66},
    "random 39 %": {"side": "random", "like": "tail", "mask": "shared", "fraction": 0.39},
    "head 2": {"side": "head", "count": 2},
    "head 8": {"side": "head", "count": 8},
    "head 24": {"side": "head", "count": 24},
    "head 8 to class mean": {"side": "head", "count": 8, "replacement": "class-mean", "null": False},
    "tail 66 % to class mean": {"side": "tail", "fraction": 0.66, "replacement": "class-mean", "null": False},
}
"""Of 768 dimensions, each vector by its own ranks; 24 of them are the share that 8 are of 256. Class means replace the
conditional branch only, so that t stays."""


PRECISIONS = (("fp32", False), ("tf32", False), ("bf16", True))
"""tf32 is what the official scripts of DiT and REPA sample in; the first is what the others are compared with."""


@dataclass(frozen=True)
class Plan:
    """How long and how large: fixed before the run."""

    width: int = 768
    depth: int = 12
    heads: int = 12
    classes: int = 259
    copies: int = 16
    updates: int = 1500
    batch: int = 512
    learning_rate: float = 5e-4
    geometry_every: int = 50
    sampled_every: int = 300
    pruned_at: tuple[int, ...] = (300, 1500)
    per_class: int = 2
    scored_per_class: int = 5
    judge_epochs: int = 2
    sampler_steps: int = 20
    seed: int = 0


SMALL = Plan(
    width=128,
    depth=4,
    heads=4,
    classes=50,
    copies=8,
    updates=2000,
    batch=64,
    learning_rate=2e-3,
    geometry_every=100,
    sampled_every=500,
    pruned_at=(2000,),
    per_class=4,
    scored_per_class=20,
)
TINY = Plan(76, 12, 4, 12, 1, 6, 16, 4e-3, 3, 3, (6,), 1, 5, 1, 3)


SIZES = {"whole": Plan(), "small": SMALL, "tiny": TINY}


def card_of(plan: Plan) -> Card:
    """repa-b2's card with the plan's sizes: no alignment, nothing frozen, bfloat16 as on its own data."""
    card = load_card(ROOT / "config/models/repa-b2.yaml")
    projectors = ("projector_dims", "projector_width", "projection_depth")
    architecture = {key: value for key, value in card["architecture"].items() if key not in projectors}
    sizes = {"input_size": SIZE, "in_channels": 1, "hidden_size": plan.width, "depth": plan.depth, "num_heads": plan.heads}
    training = {
        "objective": {"name": "velocity", "noise_time": 1},
        "steps": plan.updates,
        "batch_size": plan.batch,
        "micro_batch": None,
        "learning_rate": plan.learning_rate,
        "warmup_steps": min(200, plan.updates // 3),
        "final_learning_rate": 0.05,
        "ema_decay": 0.999,
        "log_every": 1,
    }
    changed = card | {
        "name": "glyph-b2",
        "architecture": architecture | sizes | {"num_classes": plan.classes},
        "training": card["training"] | training,
        "conditioning": card["conditioning"] | {"classes": plan.classes},
        "sampler": {"name": "repa-ode", "steps": plan.sampler_steps},
        "guidance": {"scale": 1.5},
    }
    whole = typed(Card, validated(changed, load_schema(SCHEMA), "the glyph training"))
    check_card(whole)
    return whole


def geometry(run: TrainingRun) -> dict[str, float]:
    """c, y and t of the averaged weights at t = 1, the start of sampling."""
    card, state = run.card, run.average.state_dict()
    names = conditioner_tensor_names(card.family, card.architecture)
    tensors = {name: state[name].cpu() for name in names}
    conditioner = load_conditioner(card.family, card.architecture, tensors, file="glyphs", card=card.name)
    found = conditional_vectors(conditioner, [1.0], torch.arange(required(card.classes)))
    c, y, t = found["c"][0], found["y"], found["t"][0]
    width = c.shape[1]
    return {
        "cosine of c": float(pairwise(cosine_matrix(c)).mean()),
        "cosine of y": float(pairwise(cosine_matrix(y)).mean()),
        **{
            f"nPR of {name}, %": float(100 * participation_ratio(v).mean() / width)
            for name, v in (("c", c), ("y", y), ("t", t))
        },
        "norm of t": float(np.linalg.norm(t)),
        "norm of y": float(np.linalg.norm(y, axis=1).mean()),
    }


class Judged:
    """Samples of the averaged weights as the judge sees them."""

    def __init__(self, run: TrainingRun, judge: DigitClassifier, plan: Plan):
        self.run, self.judge, self.plan, self.device = run, judge, plan, str(run.team.device)

    def agreement(self, name: str) -> float:
        """Share of the samples of a variant in which the judge sees the intended class."""
        samples = self.plan.classes * self.plan.per_class
        return self._agreement(self._look(self._draw(samples, name, "bf16", False)))

    def precisions(self, held_out: ImageData) -> dict[str, dict[str, Any]]:
        """The same samples in every precision: Fréchet distance in the judge's features, agreement and images per second.

        Distances have 95 % intervals, and so have their paired differences from float32's.
        """
        samples = self.plan.classes * self.plan.scored_per_class
        real = self._look(held_out.images)["features"].astype(np.float64)
        reference = prepare_reference(real.mean(axis=0), np.cov(real, rowvar=False))
        groups, found, first = stratified_groups(np.arange(samples), self.plan.classes, 20), {}, None
        for precision, compiled in PRECISIONS:
            self._draw(self.plan.classes, "unpruned", precision, compiled)  # compiles, chooses kernels
            start = time.perf_counter()
            looked = self._look(self._draw(samples, "unpruned", precision, compiled))
            took = time.perf_counter() - start
            deletions = frechet_deletions_of_rows(looked["features"].astype(np.float64), groups.member, reference)
            deletions = replace(deletions, strata=groups.strata)
            first = first or deletions
            whole, difference = jackknife(deletions), jackknife(deletions - first)
            found[f"{precision}{', compiled' if compiled else ''}"] = {
                "distance": [whole.value, whole.low, whole.high],
                "difference": [difference.value, difference.low, difference.high],
                "agreement": self._agreement(looked),
                "images_per_second": samples / took,
                "samples": samples,
            }
        return found

    def _agreement(self, looked: dict[str, np.ndarray]) -> float:
        drawn = looked["logits"].argmax(1)
        return float((drawn == np.arange(len(drawn)) % self.plan.classes).mean())

    def _draw(self, samples: int, name: str, precision: str, compiled: bool) -> np.ndarray:
        card, pruning = self.run.card, Pruning.from_plain(WHOLE | VARIANTS[name])
        conditioning = required(card.conditioning)
        network = set_precision(self._copy(), precision, self.device)
        if compiled:
            compile_blocks(network)
        vectors = ConditionVectors(network, conditioning, None, self.device)
        steps = range(self.plan.sampler_steps)
        with tempfile.TemporaryDirectory() as parts:
            generation = Generation(
                network=network,
                sampler=build_sampler(required(card.sampler)),
                guidance=card.guidance,
                labels_of=lambda rows: torch.tensor([row % self.plan.classes for row in rows]),
                latent_shape=card.latent_shape,
                seed=self.plan.seed,
                micro_batch=self.plan.classes,
                parts=Path(parts),
                fingerprint="glyphs",
                device=self.device,
                variant=name,
            )
            draws = np.zeros(samples, dtype=np.int64)
            edit = edit_at(network, vectors, [conditioning.initial_timestep], pruning, steps, draws)
            return run_branch(generation, range(samples), edit).latents

    def _copy(self) -> torch.nn.Module:
        card = self.run.card
        state = {name: tensor.clone() for name, tensor in self.run.average.state_dict().items()}
        return load_network(card.family, card.architecture, state, file="glyphs", card=card.name)

    @torch.no_grad()
    def _look(self, images: np.ndarray) -> dict[str, np.ndarray]:
        pictures = half_floor(images).astype(np.float32) / 127.5 - 1.0
        features = torch.cat([self.judge.features(part.to(self.device)) for part in torch.from_numpy(pictures).split(2000)])
        return {"features": features.cpu().numpy(), "logits": self.judge.output(features).cpu().numpy()}


def train(plan: Plan, device: str) -> Iterator[dict[str, Any]]:
    """What is known so far, after every measurement: settings, curves, and at the end the precisions."""
    clock = time.perf_counter()
    train_data, held_out = (glyphs(SIZE, plan.classes, plan.copies, seed) for seed in (1, 2))
    judge, accuracy = train_classifier(train_data, held_out, plan.seed, plan.judge_epochs, device)
    run = TrainingRun(card_of(plan), train_data, None, plan.seed, Alone(device))
    found: dict[str, Any] = {
        "plan": vars(plan),
        "judge_accuracy": accuracy,
        "pictures": len(train_data),
        "seconds_before_training": time.perf_counter() - clock,
        "geometry": [],
        "agreement": [],
    }
    judged, trained = Judged(run, judge, plan), 0.0
    while True:
        if run.step % plan.geometry_every == 0 or run.step == plan.updates:
            recent = run.log["loss"][-plan.geometry_every :]
            found["geometry"].append({"update": run.step, "loss": float(np.mean(recent)) if recent else None, **geometry(run)})
        if run.step and run.step % plan.sampled_every == 0:
            names = VARIANTS if run.step in plan.pruned_at else list(VARIANTS)[:1]
            found["agreement"].append({"update": run.step} | {name: judged.agreement(name) for name in names})
            yield found
        if run.step == plan.updates:
            break
        start = time.perf_counter()
        run.update()
        trained += time.perf_counter() - start
    found["updates_per_second"] = plan.updates / trained
    found["precisions"] = judged.precisions(held_out)
    found["seconds"] = time.perf_counter() - clock
    yield found


def main() -> None:
    """Train, and keep what is known in OUTPUT.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--size", choices=list(SIZES), default="whole")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for found in train(SIZES[options.size], device):
        name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
        write_text(options.output, json.dumps({"device": name, **found}, indent=1) + "\n")
        last = found["geometry"][-1]
        shares = ", ".join(f"{name} {share:.2f}" for name, share in found["agreement"][-1].items())
        print(f"loss {last['loss']:.3f}, cosine of c {last['cosine of c']:.4f}, nPR {last['nPR of c, %']:.1f} %; {shares}")


if __name__ == "__main__":
    main()
