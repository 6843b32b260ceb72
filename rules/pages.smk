include: "inputs/pages.smk"


# The pages beside the report: one question each, all laid out alike.
rule render_page:
    input:
        unpack(page_inputs),
        templates=TEMPLATES,
    output:
        page=report(
            "<results>/{page}.html",
            caption="../report/page.rst",
            category="Report",
            labels={"page": "{page}"},
        ),
    wildcard_constraints:
        page="compress|dier|dynamics|mechanism",
    params:
        facts=page_facts,
        code=lambda wildcards: code("render_page.py", *page_modules(wildcards.page)),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=30,
        gpu=0,
    log:
        "<logs>/render_page/{page}.log",
    benchmark:
        "<benchmarks>/render_page/{page}.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/render_page.py"
