"""What sampling continues from."""

from dataclasses import asdict

# Made by run_trunk for the baseline and by run_branch for every other variant.
LATENTS = "<results>/latents/{model}/{variant}/{shard}.parquet"


def weights(wildcards):
    return checkpoint_file(wildcards.model)


def sample_plan(wildcards):
    """What decides a model's samples beside its card, as plain data."""
    return asdict(STUDY.sample_plan(wildcards.model))


def snapshot(wildcards):
    """The baseline's snapshot that a variant continues from; nothing if it prunes from the first step on."""
    number = STUDY.fork(wildcards.model, wildcards.variant)
    if number is None:
        return []
    return rules.run_trunk.output.snapshots[number].format(model=wildcards.model, shard=wildcards.shard)
