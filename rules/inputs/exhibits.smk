"""What tables and figures are made of; tables.smk, figures.smk and report.smk share it."""

PARTS = {
    "geometry": rules.measure_geometry.output.geometry,
    "history": rules.measure_training_geometry.output.geometry,
    "conditions": rules.extract_conditions.output.conditions,
    "slicing": rules.measure_slicing.output.costs,
    "variants": rules.describe_variants.output.variants,
    "scores": rules.score_variant.output.scores,
    "images": rules.decode_examples.output.images,
}


def kind_of(name):
    """Under which key of the study an exhibit stands."""
    return "figures" if name.startswith("figure") else "tables"


def parts_of(name, models):
    """Result files that some models' part of a table or figure is made of, by kind of file."""
    variants = STUDY.wanted(kind_of(name), name).get("variants", [])
    return {part: expand(PARTS[part], model=models, variant=variants) for part in NEEDS[name]}


def exhibit_inputs(name):
    """What a table or figure is made of, by kind of file; models that cannot run are left out."""
    models = STUDY.wanted(kind_of(name), name)["models"]
    left_out = not_run(models, name)
    return parts_of(name, [model for model in models if model not in left_out])
