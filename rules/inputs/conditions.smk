"""What continuous models are conditioned on."""


def condition_inputs(wildcards):
    """What a continuous model is conditioned on, from the user's data; class labels need no file."""
    for reason in not_provided([wildcards.model]).values():
        raise Refusal(reason)
    is_class = STUDY.kind(wildcards.model) in ("class", "none")
    return [] if is_class else rules.prepare_inputs.output.inputs.format(model=wildcards.model)


def encoders_of(wildcards):
    """What of a card says which networks make its conditions."""
    conditioning = STUDY.card(wildcards.model)["conditioning"]
    return {key: conditioning.get(key) for key in ("kind", "encoders")}


def condition_encoders(wildcards):
    """The fetched networks that make a model's conditions; those in folders on this machine are read there."""
    sources = encoder_sources(STUDY.model(wildcards.model).conditioning, ROOT)
    return rules.fetch_condition_encoders.output.encoders.format(model=wildcards.model) if sources else []


def condition_memory(wildcards, attempt):
    """Megabytes, as `growing`: class labels are small, token features of a thousand poses are not."""
    is_class = STUDY.kind(wildcards.model) in ("class", "none")
    return growing(2000 if is_class else 12000)(wildcards, attempt)
