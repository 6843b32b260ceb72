"""What the report shows."""


def strip_figure():
    """The first figure of sampled pictures, which the strip of the first screen is made of; None without one."""
    for name in sound_figures():
        models = STUDY.config["figures"][name]["models"]
        if not any(map(STUDY.is_sound, models)) and not not_run(models, name):
            return name
    return None


def report_inputs(wildcards):
    """Everything the report shows, and the numbers its claims rest on."""
    tables, figures = STUDY.config["tables"], STUDY.config["figures"]
    shown = {name: exhibit_inputs(name) for name in [*tables, *figures]}
    numbers = ("geometry", "history", "scores", "variants")
    return {
        "tables": [
            *expand(rules.render_table.output.parquet, table=tables),
            rules.audit_published.output.parquet,
        ],
        "figures": expand(rules.render_figure.output.png, figure=figures),
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
