include: "inputs/dier.smk"


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
        downloads=1,
    log:
        "<logs>/fetch_dataset/{data}/{file}.log",
    benchmark:
        "<benchmarks>/fetch_dataset/{data}/{file}.tsv"
    conda:
        "../envs/torch.yaml"
    localrule: True
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


# Params that are not named again would be those of the rule that is used: a page is captioned as a whole.
use rule render_table as render_dier_tables with:
    input:
        measures=dier_measures,
        logs=dier_logs,
    output:
        parquet=expand("<results>/dier/tables/{table}.parquet", table=DIER_TABLES),
        markdown=report(
            expand("<results>/dier/tables/{table}.md", table=DIER_TABLES),
            caption="../report/dier.rst",
            category="DiER",
        ),
        csv=expand("<results>/dier/tables/{table}.csv", table=DIER_TABLES),
        latex=expand("<results>/dier/tables/{table}.tex", table=DIER_TABLES),
    params:
        page="dier",
        caption="",
        names=DIER_TABLES,
        facts=lambda wildcards: DIER.reporting(),
        folder=lambda wildcards, output: os.path.dirname(output.parquet[0]),
        code=exhibit_code("render_table.py", "dier", *DIER_TABLES),
    log:
        "<logs>/render_dier_tables.log",
    benchmark:
        "<benchmarks>/render_dier_tables.tsv"


use rule render_figure as render_dier_figures with:
    input:
        measures=dier_measures,
        logs=dier_logs,
    output:
        png=report(
            expand("<results>/dier/figures/{figure}.png", figure=DIER_FIGURES),
            caption="../report/dier.rst",
            category="DiER",
        ),
        svg=expand("<results>/dier/figures/{figure}.svg", figure=DIER_FIGURES),
    params:
        page="dier",
        caption="",
        names=DIER_FIGURES,
        facts=lambda wildcards: DIER.reporting(),
        code=exhibit_code("render_figure.py", "dier", *DIER_FIGURES),
    log:
        "<logs>/render_dier_figures.log",
    benchmark:
        "<benchmarks>/render_dier_figures.tsv"


# Beside the paper's targets, not part of `all`: it trains its own models for some 35 minutes on two cores.
rule dier:
    input:
        dier_page,
