"""What is measured of pose-conditioned models."""

# A regular expression of the models that are scored against photographs.
POSE_MODELS = any_of(STUDY.models_of_kind("pose"))


def inception_weights(wildcards):
    """The network behind the Fréchet distance of pose models."""
    return file_of(rules.fetch_evaluator.output.checkpoint, asset=EVALUATION["extractor"])


def measured_pairs(wildcards, variant=None):
    """What was measured in the pictures of all shards of a pose model's variant, in sample order."""
    model, variant = wildcards.model, variant or wildcards.variant
    return files_of(
        rules.measure_pairs.output.measured, model=model, variant=variant, shard=STUDY.shards(model)
    )
