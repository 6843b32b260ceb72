"""What continuous models are conditioned on."""


def condition_inputs(wildcards):
    """What a continuous model is conditioned on, from the user's data; class labels need no file."""
    for reason in not_provided([wildcards.model]).values():
        raise Refusal(reason)
    is_class = STUDY.card(wildcards.model)["conditioning"]["kind"] == "class"
    return [] if is_class else rules.prepare_inputs.output.inputs.format(model=wildcards.model)


def condition_memory(wildcards, attempt):
    """Megabytes, as `growing`: class labels are small, token features of a thousand poses are not."""
    is_class = STUDY.card(wildcards.model)["conditioning"]["kind"] == "class"
    return growing(2000 if is_class else 12000)(wildcards, attempt)
