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
from typing import Any

import numpy as np

from semantic_bottleneck.decoding.pictures import build_decoder, decode
from semantic_bottleneck.features.judges import Judges, blocks
from semantic_bottleneck.files import parquet
from semantic_bottleneck.sampling import trajectory
from semantic_bottleneck.sampling.class_protocol import drawing_groups
from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.sampling.model_run import ConditionVectors, guided_by, labels_for_file, prepare
from semantic_bottleneck.sampling.trajectory import Generation, Trajectories
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.localisation import BASELINE, prunings
from semantic_bottleneck.study.sample_plan import SamplePlan
from semantic_bottleneck.study.typed import required, typed


def sample_localisation(
    card: Mapping,
    weights: str | Path,
    inputs: str | Path | None,
    decoder: str | Path | None,
    shard: int,
    plan: SamplePlan,
    settings: Mapping[str, Mapping[str, Any]],
    groups: int,
    judging: Mapping,
    evaluators: Mapping[str, Sequence[str]],
    parts: str | Path,
    code: str,
    output: str | Path,
    device: str,
) -> None:
    """Write features, logits and image-text features of every variant's samples, one row per setting, variant and sample.

    All share the network and the noise and, at one guidance and before their first changed step, the unpruned trajectory; no
    picture is kept.

    Args:
        card: of a model whose conditions are classes or prompts.
        inputs: prepared prompts; None for classes.
        decoder: weights of the card's decoder; None for pixel models.
        settings: name -> `guidance` (a scale, None for the card's), `variants` by name, the baseline first, and `windows`, the
            steps at which each changes c.
        groups: of samples that share a random choice of dimensions.
        judging, evaluators: see `Judges`.
        parts: folder for finished micro-batches; `code` keeps those of another version of the code from being reused.
    """
    model, samples = typed(Card, card), plan.shard(shard)
    conditioning, decisive = required(model.conditioning), {"settings": settings, "groups": groups, "code": code}
    generation = prepare(model, weights, inputs, plan, parts, device, BASELINE, decisive)
    vectors = ConditionVectors(generation.network, conditioning, inputs, device)
    network, judges = build_decoder(required(model.decoder), decoder, device), Judges(judging, evaluators, device)
    draws = drawing_groups(plan.samples, model.labels, groups)
    index, labels = np.array(samples, dtype=np.int64), labels_for_file(model, plan, samples)
    starts = {steps[0] for each in settings.values() for steps in each["windows"].values() if steps} - {0}
    trunks: dict[float | None, tuple[Generation, Trajectories]] = {}
    columns: dict[str, list[np.ndarray]] = {}
    for setting, asked in settings.items():
        scale, windows = asked["guidance"], asked["windows"]
        if scale not in trunks:
            guided = generation if scale is None else guided_by(generation, scale).named(setting)
            trunks[scale] = guided, trajectory.run_trunk(guided, samples, starts)
        trunk, unpruned = trunks[scale]
        for name, pruning in prunings(asked["variants"]).items():
            result = unpruned
            if pruning is not None:
                run, first = trunk.named(f"{setting}-{name}"), windows[name][0]
                edit = edit_at(run.network, vectors, [conditioning.initial_timestep], pruning, windows[name], draws)
                result = trajectory.run_branch(run, samples, edit, first, unpruned.snapshots.get(first))
            for rows in blocks(index, plan.micro_batch, judging["batch"]):
                pictures = [decode(result.latents[rows][part], network) for part in blocks(index[rows], plan.micro_batch)]
                seen = judges.look_at(np.concatenate(pictures), index[rows])
                kept = {key: seen[key] for key in ("features", "logits", "clip")}
                count = len(index[rows])
                own = {"setting": np.full(count, setting), "variant": np.full(count, name)}
                own |= {"sample": index[rows], "label": labels[rows]}
                for column, values in (own | kept).items():
                    columns.setdefault(column, []).append(values)
    metadata = {"model": model.name, **(generation.origin.result() if generation.origin else {})}
    parquet.write(output, {name: np.concatenate(values) for name, values in columns.items()}, metadata)
    shutil.rmtree(parts, ignore_errors=True)


if __name__ == "__main__":
    sample_localisation(
        card=snakemake.params.card,
        weights=snakemake.input.weights,
        inputs=snakemake.input.inputs or None,
        decoder=snakemake.input.decoder or None,
        shard=int(snakemake.wildcards.shard),
        plan=SamplePlan(**snakemake.params.plan),
        settings=snakemake.params.settings,
        groups=snakemake.params.groups,
        judging=snakemake.params.judging,
        evaluators={role: list(snakemake.input[role]) for role in ("extractor", "clip", "dinov2")},
        parts=snakemake.params.parts,
        code=snakemake.params.code,
        output=snakemake.output.features,
        device=device,
    )
