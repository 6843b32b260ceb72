rule render_report:
    input:
        unpack(report_inputs),
        published=PUBLISHED,
        templates=TEMPLATES,
    output:
        report="<results>/report.html",
        metrics="<results>/metrics.json",
        provenance="<results>/provenance.json",
    log:
        "<logs>/render_report.log",
    benchmark:
        "<benchmarks>/render_report.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
        gpu=0,
    params:
        study=REPORTING,
        config=STUDY.config,
        cards=STUDY.cards,
        code=code("render_report.py"),
    script:
        "../workflow_scripts/render_report.py"
