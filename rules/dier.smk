include: "inputs/dier.smk"


wildcard_constraints:
    data=r"[a-z0-9-]+",
    dier_variant=r"[a-z0-9-]+",
    replicate=r"[0-9]+",


rule fetch_dataset:
    output:
        file="results/datasets/{data}/{file}",
    params:
        card=dier_card,
        contents=contents(dier_addresses),
        code=code("fetch_dataset.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=240,
        gpu=0,
    log:
        "<logs>/fetch_dataset/{data}/{file}.log",
    benchmark:
        "<benchmarks>/fetch_dataset/{data}/{file}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/fetch_dataset.py"


rule train_dier:
    input:
        data=dier_files,
    output:
        weights="<results>/dier/runs/{data}/{dier_variant}.s{replicate}.pt",
        log="<results>/dier/runs/{data}/{dier_variant}.s{replicate}.loss.parquet",
    params:
        card=dier_card,
        contents=contents(dier_named),
        run=dier_run("run"),
        work=subpath(output.weights, strip_suffix=".pt"),
        code=code("train_dier.py"),
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=1440,
        gpu=DIER_GPU,
    log:
        "<logs>/train_dier/{data}/{dier_variant}.s{replicate}.log",
    benchmark:
        "<benchmarks>/train_dier/{data}/{dier_variant}.s{replicate}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/train_dier.py"


rule probe_dier:
    input:
        data=dier_files,
        weights=rules.train_dier.output.weights,
    output:
        measures="<results>/dier/measures/{data}/{dier_variant}.s{replicate}.parquet",
        embeddings="<results>/dier/embeddings/{data}/{dier_variant}.s{replicate}.parquet",
    params:
        card=dier_card,
        contents=contents(dier_named),
        run=dier_run("measured"),
        code=code("probe_dier.py"),
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=240,
        gpu=DIER_GPU,
    log:
        "<logs>/probe_dier/{data}/{dier_variant}.s{replicate}.log",
    benchmark:
        "<benchmarks>/probe_dier/{data}/{dier_variant}.s{replicate}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/probe_dier.py"


rule probe_inputs:
    input:
        data=dier_files,
    output:
        measures="<results>/dier/measures/{data}/inputs.s{replicate}.parquet",
    params:
        card=dier_card,
        contents=contents(dier_named),
        run=lambda wildcards: {
            "variant": "inputs",
            "replicate": int(wildcards.replicate),
            "folds": DIER.section["folds"],
        },
        components=lambda wildcards: DIER.components(wildcards.data),
        code=code("probe_inputs.py"),
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=120,
        gpu=0,
    log:
        "<logs>/probe_inputs/{data}/inputs.s{replicate}.log",
    benchmark:
        "<benchmarks>/probe_inputs/{data}/inputs.s{replicate}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/probe_inputs.py"


ruleorder: probe_inputs > probe_dier


rule render_dier_tables:
    input:
        measures=dier_measures,
        logs=dier_logs,
    output:
        parquet=expand("<results>/dier/tables/{name}.parquet", name=DIER_TABLES),
        markdown=report(
            expand("<results>/dier/tables/{name}.md", name=DIER_TABLES),
            caption="../report/dier.rst",
            category="DiER",
        ),
        csv=expand("<results>/dier/tables/{name}.csv", name=DIER_TABLES),
        latex=expand("<results>/dier/tables/{name}.tex", name=DIER_TABLES),
    params:
        study=lambda wildcards: DIER.reporting(),
        folder=lambda wildcards, output: os.path.dirname(output.parquet[0]),
        code=code("render_dier_tables.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/render_dier_tables.log",
    benchmark:
        "<benchmarks>/render_dier_tables.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/render_dier_tables.py"


rule render_dier_figures:
    input:
        measures=dier_measures,
        logs=dier_logs,
    output:
        png=report(
            expand("<results>/dier/figures/{name}.png", name=DIER_FIGURES),
            caption="../report/dier.rst",
            category="DiER",
        ),
        svg=expand("<results>/dier/figures/{name}.svg", name=DIER_FIGURES),
    params:
        study=lambda wildcards: DIER.reporting(),
        folder=lambda wildcards, output: os.path.dirname(output.png[0]),
        code=code("render_dier_figures.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/render_dier_figures.log",
    benchmark:
        "<benchmarks>/render_dier_figures.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/render_dier_figures.py"


rule render_dier_page:
    input:
        measures=dier_measures,
        tables=rules.render_dier_tables.output.parquet,
        figures=rules.render_dier_figures.output.png,
        templates=TEMPLATES,
    output:
        page="<results>/dier.html",
    params:
        study=lambda wildcards: DIER.reporting(),
        code=code("render_dier_page.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=30,
        gpu=0,
    log:
        "<logs>/render_dier_page.log",
    benchmark:
        "<benchmarks>/render_dier_page.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/render_dier_page.py"


# Beside the paper's targets, not part of `all`: it trains its own models for a quarter of an hour on two cores.
rule dier:
    input:
        dier_page,
