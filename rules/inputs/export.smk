"""What is exported."""


def all_latents(wildcards):
    """The latents of all shards of a variant, in sample order."""
    shards = STUDY.shards(wildcards.model)
    return expand(LATENTS, model=wildcards.model, variant=wildcards.variant, shard=shards)
