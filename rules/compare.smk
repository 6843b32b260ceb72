include: "inputs/compare.smk"


rule compare:
    input:
        compared_pages,


# The two folders are params: as inputs, files of a study known here would be made anew instead of read as they are.
rule render_comparison:
    input:
        templates=TEMPLATES,
    output:
        html="results/compare/{pair}.html",
        markdown="results/compare/{pair}.md",
        numbers="results/compare/{pair}.parquet",
    wildcard_constraints:
        pair=r"[A-Za-z0-9._-]+",
    params:
        left=lambda wildcards: COMPARED["left"],
        right=lambda wildcards: COMPARED["right"],
        contents=compared_contents,
        code=code("render_comparison.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "results/compare/logs/{pair}.log",
    benchmark:
        "results/compare/benchmarks/{pair}.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/render_comparison.py"
