"""What continuous models are conditioned on, and the pack of vectors that a study may name in place of all that."""

PACK = STUDY.config.get("vectors")
PACKED_MODELS = any_of(STUDY.config["models"] if PACK else [])
# Of any name, so that a model that the study lacks ends in a sentence.
UNPACKED_MODELS = rf"(?!(?:{PACKED_MODELS})/)[^/]+"


def packed_vectors(wildcards):
    """A model's file in the pack that the study names."""
    folder = PACK if os.path.isabs(PACK) else os.path.relpath(ROOT / PACK)
    held = {path.stem: path for path in Path(folder).glob("*.safetensors")}
    if not held:
        raise Refusal(
            f"vectors: {folder} is no folder of vectors; name one that the target `vectors` made, from the Snakefile's folder."
        )
    if wildcards.model not in held:
        raise Refusal(
            f"vectors: {folder} holds no {wildcards.model}, only {', '.join(sorted(held))}; name a pack that does, or take the "
            "model out."
        )
    return local(str(held[wildcards.model]))


def condition_inputs(wildcards):
    """What a continuous model is conditioned on, from the user's data; class labels need no file."""
    for reason in not_provided([wildcards.model]).values():
        raise Refusal(reason)
    is_class = STUDY.kind(wildcards.model) in ("class", "none")
    return [] if is_class else file_of(rules.prepare_inputs.output.inputs, model=wildcards.model)


def encoders_of(wildcards):
    """What of a card says which networks make its conditions."""
    conditioning = STUDY.card(wildcards.model)["conditioning"]
    return {key: conditioning.get(key) for key in ("kind", "encoders")}


def condition_encoders(wildcards):
    """The fetched networks that make a model's conditions; those in folders on this machine are read there."""
    sources = encoder_sources(STUDY.model(wildcards.model).conditioning, ROOT)
    return file_of(rules.fetch_condition_encoders.output.encoders, model=wildcards.model) if sources else []


def condition_memory(wildcards, attempt):
    """Megabytes, as `growing`: labels are small, features of a thousand poses are not, T5-XXL alone takes 19 GB in float32."""
    kind = STUDY.kind(wildcards.model)
    runs_t5 = kind == "pipeline" or STUDY.model(wildcards.model).family in POOLED_TOKENS
    megabytes = 24000 if runs_t5 else 2000 if kind in ("class", "none") else 12000
    return growing(megabytes)(wildcards, attempt)
