include: "inputs/report.smk"


rule render_report:
    input:
        unpack(report_inputs),
        published=PUBLISHED,
        templates=TEMPLATES,
    output:
        report=report(
            "<results>/report.html",
            caption="../report/verdicts.rst",
            category="Report",
            labels={"page": "verdicts, tables, figures, definitions, provenance"},
        ),
        metrics="<results>/metrics.json",
        provenance="<results>/provenance.json",
    params:
        facts=report_facts,
        config=STUDY.config,
        cards=STUDY.cards,
        code=code("render_report.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=30,
        gpu=0,
    log:
        "<logs>/render_report.log",
    benchmark:
        "<benchmarks>/render_report.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/render_report.py"


# The same page over several trainings of every model: claims and one table, in a folder of its own.
use rule render_report as render_trainings with:
    input:
        unpack(trainings_inputs),
        published=PUBLISHED,
        templates=TEMPLATES,
    output:
        report="<results>/trainings/report.html",
        metrics="<results>/trainings/metrics.json",
        provenance="<results>/trainings/provenance.json",
    params:
        facts=TRAININGS | {"not_run": {}, "strip": {}},
        config=STUDY.config,
        cards=STUDY.cards,
        code=code("render_report.py"),
    log:
        "<logs>/render_trainings.log",
    benchmark:
        "<benchmarks>/render_trainings.tsv"


# Without an output: it says what is there now, every time it is asked, also beside a run.
rule report_so_far:
    input:
        published=PUBLISHED,
        templates=TEMPLATES,
    params:
        exhibits=exhibits_planned,
        facts=lambda wildcards: REPORTING | {"not_run": not_run_anywhere()},
        planned=lambda wildcards: planned_shards(wildcards),  # of doctor.smk, which is read later
        page=so_far_page,
    log:
        "<logs>/report_so_far.log",
    conda:
        "../envs/report.yaml"
    localrule: True
    script:
        "../workflow_scripts/report_so_far.py"
