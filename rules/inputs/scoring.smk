"""What judges samples, and what is scored together."""

import hashlib

from semantic_bottleneck.redaction import redacted

# Made by score_pairs for models that are conditioned on poses, by score_variant for all others.
SCORES = "<results>/scores/{model}/{variant}.parquet"
EXTRACTOR = registered(SCRIPTS, f"{LIBRARY}.features.registry", "EXTRACTORS", EVALUATION["extractor"])

# Regular expressions of the sets of samples that come from files, and of what can be a model: none of those.
GIVEN_SETS = any_of(STUDY.config.get("given", {}))
OWN_MODELS = rf"(?!(?:{GIVEN_SETS})/)[a-z0-9-]+(\.s[0-9]+)?"

REFERENCE = EVALUATION.get("reference")


def published_reference():
    """What is fetched of a published reference, once for all studies that read the same of it; none of one's own pictures."""
    if "url" not in (REFERENCE or {}):
        return []
    read = {**REFERENCE, "url": redacted(REFERENCE["url"]), "mirrors": []}
    digest = hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()[:12]
    return [f"results/references/{digest}.npz"]


PUBLISHED_REFERENCE = published_reference()


def evaluators(wildcards):
    """The networks that judge the samples, by role: trained here, or fetched once for all studies."""
    clip = rules.train_clip.output
    trained = {
        "extractor": [rules.train_classifier.output.classifier],
        "clip": [clip.config, clip.weights],
        "dinov2": [],
    }
    fetched = {
        role: files_of(rules.fetch_evaluator.output.checkpoint, asset=judge["name"])
        for role, judge in JUDGES.items()
    }
    return trained | fetched


def features(wildcards):
    """The features of all shards of a variant, in sample order."""
    shards = STUDY.shards(wildcards.model)
    pattern = rules.extract_features.output.features
    return files_of(pattern, model=wildcards.model, variant=wildcards.variant, shard=shards)


def baseline_replicates(wildcards):
    """What paired differences need of the baseline, which is scored once."""
    if wildcards.variant == "baseline":
        return []
    return [file_of(rules.score_variant.output.replicates, model=wildcards.model, variant="baseline")]
