include: "inputs/mechanism.smk"


# The arms themselves are made by the rules of any other model.
if MECHANISM_RUNS:

    use rule render_figure as render_mechanism_figures with:
        input:
            **mechanism_measures(),
            images=mechanism_images(),
        output:
            png=report(
                expand("<results>/mechanism/figures/{figure}.png", figure=MECHANISM_FIGURES),
                caption="../report/mechanism.rst",
                category="Mechanism",
            ),
            svg=expand("<results>/mechanism/figures/{figure}.svg", figure=MECHANISM_FIGURES),
        params:
            page="mechanism",
            caption="",
            names=MECHANISM_FIGURES,
            facts=MECHANISM_FACTS,
            code=exhibit_code("render_figure.py", "mechanism", *MECHANISM_FIGURES),
        log:
            "<logs>/render_mechanism_figures.log",
        benchmark:
            "<benchmarks>/render_mechanism_figures.tsv"

    use rule render_table as render_mechanism_tables with:
        input:
            **mechanism_measures(),
        output:
            parquet=expand("<results>/mechanism/tables/{table}.parquet", table=MECHANISM_TABLES),
            markdown=expand("<results>/mechanism/tables/{table}.md", table=MECHANISM_TABLES),
            csv=expand("<results>/mechanism/tables/{table}.csv", table=MECHANISM_TABLES),
            latex=expand("<results>/mechanism/tables/{table}.tex", table=MECHANISM_TABLES),
        params:
            page="mechanism",
            caption="",
            names=MECHANISM_TABLES,
            facts=MECHANISM_FACTS,
            folder=lambda wildcards, output: os.path.dirname(output.parquet[0]),
            code=exhibit_code("render_table.py", "mechanism", *MECHANISM_TABLES),
        log:
            "<logs>/render_mechanism_tables.log",
        benchmark:
            "<benchmarks>/render_mechanism_tables.tsv"


rule mechanism:
    input:
        mechanism_page,
