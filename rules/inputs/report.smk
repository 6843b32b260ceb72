"""What the report shows."""


def strip_figure():
    """The first figure of sampled pictures, which the strip of the first screen is made of; None without one."""
    for name in sound_figures():
        models = STUDY.config["figures"][name]["models"]
        if not any(map(STUDY.is_sound, models)) and not not_run(models, name):
            return name
    return None


def replicates_of(name):
    """What claims compare two variants by: the scores without each group of samples, of models judged by score_variant."""
    if "scores" not in EXHIBITS["paper"][name].needs:
        return []
    models = [model for model in asked(name)["models"] if model not in not_run(asked(name)["models"], name)]
    return files_of(
        PARTS["replicates"],
        model=[model for model in models if STUDY.kind(model) == "class"],
        variant=asked(name)["variants"],
    )


def trainings_inputs(wildcards):
    """The tables over all trainings, and the numbers that claims over trainings rest on."""
    tables, figures = STUDY.tables_of_trainings(), STUDY.figures_of_trainings()
    shown = [exhibit_inputs(name) for name in tables]
    parts = ("geometry", "history", "scores", "variants", "localisation")
    return {
        "tables": files_of(rules.render_table.output.parquet, table=tables),
        "figures": files_of(rules.render_figure.output.png, figure=figures),
        "conditions": [],
        "images": [],
        "replicates": replicates_of("trainings"),
        **{part: [file for files in shown for file in files.get(part, [])] for part in parts},
    }


def report_inputs(wildcards):
    """Everything the report shows, and the numbers its claims rest on."""
    tables, figures = STUDY.config["tables"], STUDY.config["figures"]
    shown = {name: exhibit_inputs(name) for name in [*tables, *figures]}
    numbers = ("geometry", "history", "scores", "variants", "localisation")
    return {
        "tables": [
            *files_of(rules.render_table.output.parquet, table=tables),
            rules.audit_published.output.parquet,
        ],
        "figures": files_of(rules.render_figure.output.png, figure=figures),
        "replicates": sorted({file for name in [*tables, *figures] for file in replicates_of(name)}),
        "conditions": shown["figure3"]["conditions"] if "figure3" in figures else [],
        "images": shown[strip_figure()]["images"] if strip_figure() else [],
        **{
            part: sorted({file for files in shown.values() for file in files.get(part, [])})
            for part in numbers
        },
    }


def report_facts(wildcards):
    """What the report has to know beside its files."""
    return REPORTING | {
        "not_run": not_run_anywhere(),
        "strip": asked(strip_figure()) if strip_figure() else {},
    }


def exhibits_planned(wildcards):
    """Every table and figure of the report: what was asked for, and the result files of each model that can be run."""
    audit = {"kind": TABLES, "asked": {}, "not_run": {}, "files": {}, "drawn": ""}
    return {name: exhibit_planned(name) for name in REPORTED} | {"audit": audit}


def exhibit_planned(name):
    shown, exhibit = asked(name), EXHIBITS["paper"][name]
    left_out = not_run(shown["models"], name)
    return {
        "kind": exhibit.kind,
        "asked": shown,
        "not_run": left_out,
        "files": {model: parts_of(name, [model]) for model in shown["models"] if model not in left_out},
        "drawn": file_of(rules.render_figure.output.png, figure=name) if exhibit.kind == FIGURES else "",
    }


def so_far_page(wildcards):
    """Beside the report."""
    return os.path.join(os.path.dirname(as_written(rules.render_report.output.report)), "report_so_far.html")
