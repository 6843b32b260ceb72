"""What the table `localisation` is scored from."""


def localisation_features(wildcards):
    """The features of all its variants, of all shards in sample order."""
    shards = [f"{shard:03d}" for shard in range(STUDY.localisation_plan(wildcards.model).shards)]
    return files_of(rules.sample_localisation.output.features, model=wildcards.model, shard=shards)
