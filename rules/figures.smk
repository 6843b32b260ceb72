rule render_figure:
    input:
        unpack(lambda wildcards: exhibit_inputs(wildcards.figure)),
        published=PUBLISHED,
    output:
        png=report(
            "<results>/figures/{figure}.png",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
        svg="<results>/figures/{figure}.svg",
    params:
        page="paper",
        names=lambda wildcards: [wildcards.figure],
        facts=lambda wildcards: exhibit_facts(wildcards.figure),
        caption=lambda wildcards: CAPTIONS[wildcards.figure],
        code=lambda wildcards: exhibit_code("render_figure.py", "paper", wildcards.figure),
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/render_figure/{figure}.log",
    benchmark:
        "<benchmarks>/render_figure/{figure}.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/render_figure.py"
