include: "inputs/compress.smk"


rule compress_model:
    input:
        weights=weights,
    output:
        checkpoints=expand(f"{COMPRESSED_FILE}.safetensors", variant=FACTORISED, allow_missing=True),
        cards=expand(f"{COMPRESSED_FILE}.yaml", variant=FACTORISED, allow_missing=True),
        errors="<results>/compress/{model}/errors.parquet",
    params:
        card=lambda wildcards: STUDY.card(wildcards.model),
        compressed=[asdict(each) for each in COMPRESSION.factorised],
        ranks=COMPRESSION.config.get("ranks", []),
        folds=COMPRESSION.config.get("folds"),
        seed=STUDY.config["seed"],
        code=model_code("compress_model.py", sampler=True),
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=120,
        gpu=0,
    log:
        "<logs>/compress_model/{model}.log",
    benchmark:
        "<benchmarks>/compress_model/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/compress_model.py"


# A compressed model is sampled by the full one's own script, with its own card and checkpoint.
use rule run_trunk as run_compressed with:
    input:
        weights=factorised_weights,
        inputs=[],
    output:
        latents=LATENTS,
    wildcard_constraints:
        variant=any_of(FACTORISED),
    params:
        card=factorised_card,
        plan=sample_plan,
        snapshot_steps=[],
        parts=subpath(output.latents, strip_suffix=".parquet"),
        code=model_code("run_trunk.py", sampler=True),
    log:
        "<logs>/run_compressed/{model}/{variant}/{shard}.log",
    benchmark:
        "<benchmarks>/run_compressed/{model}/{variant}/{shard}.tsv"


rule run_tabulated:
    input:
        weights=weights,
    output:
        latents=LATENTS,
    wildcard_constraints:
        variant=any_of(TABULATED),
    params:
        card=card(
            "name", "family", "architecture", "checkpoint", "training", "conditioning", "sampler", "guidance"
        ),
        plan=sample_plan,
        parts=subpath(output.latents, strip_suffix=".parquet"),
        code=model_code("run_tabulated.py", sampler=True),
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=1440,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/run_tabulated/{model}/{variant}/{shard}.log",
    benchmark:
        "<benchmarks>/run_tabulated/{model}/{variant}/{shard}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/run_tabulated.py"


rule measure_footprint:
    input:
        weights=weights,
        checkpoints=best_checkpoints,
    output:
        footprint="<results>/compress/{model}/footprint.parquet",
    params:
        card=lambda wildcards: STUDY.card(wildcards.model),
        compressed=[asdict(each) for each in COMPRESSION.best],
        batches=COMPRESSION.config.get("batches"),
        code=model_code("measure_footprint.py", sampler=True),
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=60,
        gpu=GPU,
    log:
        "<logs>/measure_footprint/{model}.log",
    benchmark:
        "<benchmarks>/measure_footprint/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/measure_footprint.py"


rule compare_samples:
    input:
        latents=compressed_samples(LATENTS),
        features=compressed_samples(rules.extract_features.output.features),
    output:
        differences="<results>/compress/{model}/differences.parquet",
    params:
        are_pixels=lambda wildcards: STUDY.model(wildcards.model).decoder.name == "identity",
        code=code("compare_samples.py"),
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=30,
        gpu=0,
    log:
        "<logs>/compare_samples/{model}.log",
    benchmark:
        "<benchmarks>/compare_samples/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/compare_samples.py"


use rule render_table as render_compress_tables with:
    input:
        unpack(compress_measures),
    output:
        parquet=expand("<results>/compress/tables/{table}.parquet", table=COMPRESS_TABLES),
        markdown=report(
            expand("<results>/compress/tables/{table}.md", table=COMPRESS_TABLES),
            caption="../report/compress.rst",
            category="Compression",
        ),
        csv=expand("<results>/compress/tables/{table}.csv", table=COMPRESS_TABLES),
        latex=expand("<results>/compress/tables/{table}.tex", table=COMPRESS_TABLES),
    params:
        page="compress",
        caption="",
        names=COMPRESS_TABLES,
        facts=COMPRESS_FACTS,
        folder=lambda wildcards, output: os.path.dirname(output.parquet[0]),
        code=exhibit_code("render_table.py", "compress", *COMPRESS_TABLES),
    log:
        "<logs>/render_compress_tables.log",
    benchmark:
        "<benchmarks>/render_compress_tables.tsv"


# Beside the paper's targets, not part of `all`: it samples every model a dozen times over.
rule compress:
    input:
        compress_page,
