rule render_table:
    input:
        unpack(lambda wildcards: exhibit_inputs(wildcards.table)),
        published=PUBLISHED,
    output:
        parquet="<results>/tables/{table}.parquet",
        page=report(
            "<results>/tables/{table}.html",
            caption="../report/table.rst",
            category="Tables",
            labels={"table": "{table}"},
        ),
        markdown="<results>/tables/{table}.md",
        csv="<results>/tables/{table}.csv",
        latex="<results>/tables/{table}.tex",
    params:
        study=REPORTING,
        wanted=lambda wildcards: STUDY.wanted("tables", wildcards.table),
        not_run=lambda wildcards: not_run(STUDY.wanted("tables", wildcards.table)["models"], wildcards.table),
        caption=lambda wildcards: CAPTIONS[wildcards.table],
        folder=subpath(output.parquet, parent=True),
        code=code("render_table.py"),
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


rule audit_published:
    input:
        published=PUBLISHED,
    output:
        parquet="<results>/tables/audit.parquet",
        page=report(
            "<results>/tables/audit.html",
            caption="../report/audit.rst",
            category="Tables",
            labels={"table": "audit of the published tables"},
        ),
        markdown="<results>/tables/audit.md",
        csv="<results>/tables/audit.csv",
        latex="<results>/tables/audit.tex",
    params:
        caption=CAPTIONS["audit"],
        folder=subpath(output.parquet, parent=True),
        code=code("audit_published.py"),
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/audit_published.log",
    benchmark:
        "<benchmarks>/audit_published.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/audit_published.py"
