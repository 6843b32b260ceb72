rule render_table:
    input:
        unpack(lambda wildcards: exhibit_inputs(wildcards.table)),
        published=PUBLISHED,
    output:
        parquet="<results>/tables/{table}.parquet",
        html=report(
            "<results>/tables/{table}.html",
            caption="../report/table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        markdown="<results>/tables/{table}.md",
        csv="<results>/tables/{table}.csv",
        latex="<results>/tables/{table}.tex",
    params:
        page="paper",
        names=lambda wildcards: [wildcards.table],
        facts=lambda wildcards: exhibit_facts(wildcards.table),
        caption=lambda wildcards: CAPTIONS[wildcards.table],
        folder=subpath(output.parquet, parent=True),
        code=lambda wildcards: exhibit_code("render_table.py", "paper", wildcards.table),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/render_table/{table}.log",
    benchmark:
        "<benchmarks>/render_table/{table}.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/render_table.py"


# Every study has it, whatever its configuration asks for: it needs the published numbers alone.
use rule render_table as audit_published with:
    input:
        published=PUBLISHED,
    output:
        parquet="<results>/tables/audit.parquet",
        html=report(
            "<results>/tables/audit.html",
            caption="../report/audit.rst",
            category="Tables",
            labels={"table": "audit of the published tables"},
        ),
        markdown="<results>/tables/audit.md",
        csv="<results>/tables/audit.csv",
        latex="<results>/tables/audit.tex",
    params:
        page="paper",
        names=["audit"],
        facts=REPORTING | {"not_run": {}},
        caption=CAPTIONS["audit"],
        folder=subpath(output.parquet, parent=True),
        code=exhibit_code("render_table.py", "paper", "audit"),
    log:
        "<logs>/audit_published.log",
    benchmark:
        "<benchmarks>/audit_published.tsv"
