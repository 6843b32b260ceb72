"""What sampling continues from."""

from dataclasses import asdict

from semantic_bottleneck.study.compress import load_compression

# Made by run_trunk for the baseline, by run_branch for pruned variants, by run_compressed and run_tabulated for the others.
LATENTS = "<results>/latents/{model}/{variant}/{shard}.parquet"
COMPRESSION = Refusing(refusing(load_compression, STUDY.source)(STUDY))
PRUNED = rf"(?!({any_of(['baseline', *(each.name for each in COMPRESSION.all)])})/)[a-z0-9.-]+"


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
    return file_of(rules.run_trunk.output.snapshots[number], model=wildcards.model, shard=wildcards.shard)
