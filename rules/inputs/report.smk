"""What the report shows."""


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
        **{
            part: sorted({file for files in shown.values() for file in files.get(part, [])})
            for part in numbers
        },
    }
