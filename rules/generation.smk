include: "inputs/generation.smk"


rule run_trunk:
    input:
        weights=weights,
        inputs=condition_inputs,
    output:
        latents=LATENTS.replace("{variant}", "baseline"),
        snapshots=expand(
            "<results>/snapshots/{model}/{number}/{shard}.parquet",
            number=range(len(GENERATION["snapshots"])),
            allow_missing=True,
        ),
    params:
        card=card(
            "name", "family", "architecture", "checkpoint", "training", "conditioning", "sampler", "guidance"
        ),
        plan=sample_plan,
        snapshot_steps=lambda wildcards: STUDY.snapshot_steps(wildcards.model),
        parts=subpath(output.latents, strip_suffix=".parquet"),
        code=model_code("run_trunk.py", sampler=True),
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=1440,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/run_trunk/{model}/{shard}.log",
    benchmark:
        "<benchmarks>/run_trunk/{model}/{shard}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/run_trunk.py"


rule run_branch:
    input:
        weights=weights,
        inputs=condition_inputs,
        snapshot=snapshot,
    output:
        latents=LATENTS,
    wildcard_constraints:
        variant=PRUNED,
    params:
        card=card(
            "name", "family", "architecture", "checkpoint", "training", "conditioning", "sampler", "guidance"
        ),
        plan=sample_plan,
        variant=lambda wildcards: STUDY.variant(wildcards.variant),
        pruned_steps=lambda wildcards: list(STUDY.window(wildcards.model, wildcards.variant)),
        start_step=lambda wildcards: STUDY.start_step(wildcards.model, wildcards.variant),
        groups=lambda wildcards: STUDY.drawing_groups(wildcards.variant),
        timesteps=lambda wildcards: STUDY.ranking_timesteps(wildcards.variant),
        parts=subpath(output.latents, strip_suffix=".parquet"),
        code=model_code("run_branch.py", sampler=True),
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=1440,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/run_branch/{model}/{variant}/{shard}.log",
    benchmark:
        "<benchmarks>/run_branch/{model}/{variant}/{shard}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/run_branch.py"


# Only the pictures that figures show are written; those that are scored go from latents to features in memory.
rule decode_examples:
    input:
        latents=LATENTS.replace("{shard}", "000"),
        decoder=decoder_weights,
    output:
        images="<results>/examples/{model}/{variant}.parquet",
    params:
        card=card("name", "decoder"),
        first=STUDY.examples(),
        code=code("decode_examples.py"),
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=60,
        gpu=lambda wildcards: 0 if STUDY.model(wildcards.model).decoder.name == "identity" else GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/decode_examples/{model}/{variant}.log",
    benchmark:
        "<benchmarks>/decode_examples/{model}/{variant}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/decode_examples.py"


rule write_sounds:
    input:
        examples=rules.decode_examples.output.images,
    output:
        sounds=directory("<results>/sounds/{model}/{variant}"),
    params:
        code=code("write_sounds.py"),
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/write_sounds/{model}/{variant}.log",
    benchmark:
        "<benchmarks>/write_sounds/{model}/{variant}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/write_sounds.py"
