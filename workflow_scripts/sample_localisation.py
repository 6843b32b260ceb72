"""Rule sample_localisation: what the judges see in the samples of a shard when one part of c after another is changed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from semantic_bottleneck.decoding.pictures import build_decoder, decode
from semantic_bottleneck.features.judges import Judges, blocks
from semantic_bottleneck.files import parquet
from semantic_bottleneck.sampling import trajectory
from semantic_bottleneck.sampling.class_protocol import drawing_groups
from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.sampling.model_run import ConditionVectors, labels_for_file, prepare
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.localisation import BASELINE, prunings
from semantic_bottleneck.study.sample_plan import SamplePlan
from semantic_bottleneck.study.typed import required, typed


def sample_localisation(
    card: Mapping,
    weights: str | Path,
    decoder: str | Path | None,
    shard: int,
    plan: SamplePlan,
    variants: Mapping[str, Mapping],
    windows: Mapping[str, Sequence[int]],
    groups: int,
    judging: Mapping,
    evaluators: Mapping[str, Sequence[str]],
    parts: str | Path,
    code: str,
    output: str | Path,
    device: str,
) -> None:
    """Write features, logits and image-text features of every variant's samples, one row per variant and sample.

    All variants share the network, the noise and, before their first changed step, the unpruned trajectory; no picture is kept.

    Args:
        card: of a model whose conditions are classes.
        decoder: weights of the card's decoder; None for pixel models.
        variants: by name, the baseline first. windows: the steps at which each changes c.
        groups: of samples that share a random choice of dimensions.
        judging, evaluators: see `Judges`.
        parts: folder for finished micro-batches; `code` keeps those of another version of the code from being reused.
    """
    model, samples = typed(Card, card), plan.shard(shard)
    conditioning, settings = required(model.conditioning), {"variants": variants, "windows": windows, "code": code}
    trunk = prepare(model, weights, None, plan, parts, device, BASELINE, settings | {"groups": groups})
    vectors = ConditionVectors(trunk.network, conditioning, None, device)
    network, judges = build_decoder(required(model.decoder), decoder, device), Judges(judging, evaluators, device)
    draws = drawing_groups(plan.samples, model.classes, groups)
    first = min(steps[0] for steps in windows.values() if steps)
    unpruned = trajectory.run_trunk(trunk, samples, [first] if first else [])
    index, labels = unpruned.samples, labels_for_file(model, plan, samples)
    columns: dict[str, list[np.ndarray]] = {}
    for name, pruning in prunings(variants).items():
        result = unpruned
        if pruning is not None:
            run = trunk.named(name)
            edit = edit_at(run.network, vectors, [conditioning.initial_timestep], pruning, windows[name], draws)
            result = trajectory.run_branch(run, samples, edit, first, unpruned.snapshots.get(first))
        for rows in blocks(index, plan.micro_batch, judging["batch"]):
            pictures = [decode(result.latents[rows][part], network) for part in blocks(index[rows], plan.micro_batch)]
            seen = judges.look_at(np.concatenate(pictures), index[rows])
            kept = {key: seen[key] for key in ("features", "logits", "clip")}
            own = {"variant": np.full(len(index[rows]), name), "sample": index[rows], "label": labels[rows]}
            for column, values in (own | kept).items():
                columns.setdefault(column, []).append(values)
    metadata = {"model": model.name, **(trunk.origin.result() if trunk.origin else {})}
    parquet.write(output, {name: np.concatenate(values) for name, values in columns.items()}, metadata)
    shutil.rmtree(parts, ignore_errors=True)


if __name__ == "__main__":
    sample_localisation(
        card=snakemake.params.card,
        weights=snakemake.input.weights,
        decoder=snakemake.input.decoder or None,
        shard=int(snakemake.wildcards.shard),
        plan=SamplePlan(**snakemake.params.plan),
        variants=snakemake.params.variants,
        windows=snakemake.params.windows,
        groups=snakemake.params.groups,
        judging=snakemake.params.judging,
        evaluators={role: list(snakemake.input[role]) for role in ("extractor", "clip", "dinov2")},
        parts=snakemake.params.parts,
        code=snakemake.params.code,
        output=snakemake.output.features,
        device=device,
    )
