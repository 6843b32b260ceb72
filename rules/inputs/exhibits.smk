"""What the report's tables and figures are made of; tables.smk, figures.smk and report.smk share it."""

PARTS = {
    "geometry": rules.measure_geometry.output.geometry,
    "history": rules.measure_training_geometry.output.geometry,
    "conditions": rules.extract_conditions.output.conditions,
    # Of the checkpoint before the first update, where the study keeps one.
    "starts": [file for file in rules.extract_training_conditions.output.conditions if "step-000000" in file],
    "slicing": rules.measure_slicing.output.costs,
    "variants": rules.describe_variants.output.variants,
    "scores": rules.score_variant.output.scores,
    "replicates": rules.score_variant.output.replicates,
    "images": rules.decode_examples.output.images,
    "localisation": rules.score_localisation.output.scores,
}


def asked(name):
    """What the study asks for of a table or figure: its models, perhaps variants and samples; a name that it does not define
    stops with a sentence."""
    if name == VECTORS:
        return {"models": STUDY.config["models"]}
    return STUDY.wanted(FIGURES if name.startswith("figure") else TABLES, name)


def missing_of(name):
    """The models of a table or figure that cannot run, and why; samples from files have no model."""
    return {} if name == "given" else not_run(asked(name)["models"], name)


def needs_of(name):
    """The kinds of result files that a table or figure is made of."""
    return ("conditions",) if name == VECTORS else EXHIBITS["paper"][name].needs


def parts_of(name, models):
    """Result files that some models' part of a table or figure is made of, by kind of file."""
    variants = asked(name).get("variants", [])

    def models_of(part):
        """Starting values are known of models trained here."""
        if part != "starts":
            return models
        return [model for model in models if STUDY.is_trained_here(model) and not PACK]

    return {part: files_of(PARTS[part], model=models_of(part), variant=variants) for part in needs_of(name)}


def exhibit_inputs(name):
    """What a table or figure is made of, by kind of file; models that cannot run are left out."""
    models = asked(name)["models"]
    left_out = missing_of(name)
    return parts_of(name, [model for model in models if model not in left_out])


def exhibit_facts(name):
    """What a table or figure has to know beside its files."""
    others = dict.fromkeys([*STUDY.tables_of_trainings(), *STUDY.figures_of_trainings()], TRAININGS)
    reporting = (others | {"given": GIVEN}).get(name, REPORTING)
    return reporting | {"exhibit": name, "asked": asked(name), "not_run": missing_of(name)}
