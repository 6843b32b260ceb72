rule render_figure:
    input:
        unpack(figure_inputs),
        published=PUBLISHED,
    output:
        png="<results>/figures/{figure}.png",
        svg="<results>/figures/{figure}.svg",
    log:
        "<logs>/render_figure/{figure}.log",
    benchmark:
        "<benchmarks>/render_figure/{figure}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=0,
    params:
        study=REPORTING,
        wanted=lambda wildcards: STUDY.wanted("figures", wildcards.figure),
        code=code("render_figure.py"),
    script:
        "../workflow_scripts/render_figure.py"
