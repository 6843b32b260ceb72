rule render_table:
    input:
        unpack(table_inputs),
        published=PUBLISHED,
    output:
        parquet="<results>/tables/{table}.parquet",
        markdown="<results>/tables/{table}.md",
        csv="<results>/tables/{table}.csv",
        latex="<results>/tables/{table}.tex",
    log:
        "<logs>/render_table/{table}.log",
    benchmark:
        "<benchmarks>/render_table/{table}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=0,
    params:
        study=REPORTING,
        wanted=lambda wildcards: STUDY.wanted("tables", wildcards.table),
        not_run=lambda wildcards: not_run(STUDY.wanted("tables", wildcards.table)["models"]),
        folder=subpath(output.parquet, parent=True),
        code=code("render_table.py"),
    script:
        "../workflow_scripts/render_table.py"


rule audit_published:
    input:
        published=PUBLISHED,
    output:
        parquet="<results>/tables/audit.parquet",
        markdown="<results>/tables/audit.md",
        csv="<results>/tables/audit.csv",
        latex="<results>/tables/audit.tex",
    log:
        "<logs>/audit_published.log",
    benchmark:
        "<benchmarks>/audit_published.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    params:
        folder=subpath(output.parquet, parent=True),
        code=code("audit_published.py"),
    script:
        "../workflow_scripts/audit_published.py"
