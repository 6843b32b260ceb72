"""What compressed models are made of, and what is measured on them."""

from semantic_bottleneck.study.compressed import compressed_card

FACTORISED = [each.name for each in COMPRESSION.factorised]
TABULATED = [each.name for each in COMPRESSION.all if each.name not in FACTORISED]
COMPRESS_FACTS = COMPRESSION.reporting(STUDY)
COMPRESS_TABLES = names_of("compress", TABLES)
COMPRESSED_FILE = "<results>/compress/{model}/{model}-{variant}"


def factorised_weights(wildcards):
    """The checkpoint of a factorised model."""
    (pattern,) = (
        path
        for path in rules.compress_model.output.checkpoints
        if path.endswith(f"-{wildcards.variant}.safetensors")
    )
    return file_of(pattern, model=wildcards.model)


def best_checkpoints(wildcards):
    """The checkpoints whose memory is measured: those of other methods have the same shapes."""
    pattern = f"{COMPRESSED_FILE}.safetensors"
    return expand(pattern, model=wildcards.model, variant=[each.name for each in COMPRESSION.best])


def factorised_card(wildcards):
    """The parts of its card that sampling depends on."""
    keys = ("name", "family", "architecture", "checkpoint", "conditioning", "sampler", "guidance")
    full = STUDY.card(wildcards.model)
    own = compressed_card(full, COMPRESSION.find(wildcards.variant), factorised_weights(wildcards))
    return {key: own[key] for key in keys} | {"name": full["name"]}


def compressed_samples(pattern):
    """Files of all shards of all forms of a model, the full one first."""
    names = ["baseline", *(each.name for each in COMPRESSION.all)]
    return lambda wildcards: files_of(
        pattern, model=wildcards.model, variant=names, shard=STUDY.shards(wildcards.model)
    )


def compress_measures(wildcards=None):
    """The numbers that the page's tables and claims are made from."""
    models, names = COMPRESSION.models, ["baseline", *(each.name for each in COMPRESSION.all)]
    return {
        "errors": files_of(rules.compress_model.output.errors, model=models),
        "footprints": files_of(rules.measure_footprint.output.footprint, model=models),
        "differences": files_of(rules.compare_samples.output.differences, model=models),
        "scores": files_of(rules.score_variant.output.scores, model=models, variant=names),
    }


def compress_shown():
    """The numbers, and the page's tables."""
    tables = expand("<results>/compress/tables/{table}.parquet", table=COMPRESS_TABLES)
    return compress_measures() | {"tables": tables, "figures": []}


def compress_downloads():
    """What is fetched for it."""
    fetched = {}
    for model in COMPRESSION.models:
        fetched |= {} if STUDY.is_trained_here(model) else {checkpoint_file(model): None}
        fetched |= decoding_assets(model) | judging_assets(model)
    return [*fetched, *PUBLISHED_REFERENCE] if fetched else []


def compress_page(wildcards):
    """The page; a study without the section stops with a sentence."""
    if not COMPRESSION.models:
        raise Refusal(f"The study '{STUDY.config['study']}' has no section `compress`; add one.")
    return files_of(rules.render_page.output.page, page="compress")
