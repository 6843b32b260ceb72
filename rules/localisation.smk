include: "inputs/localisation.smk"


# All variants of a model in one job: they are small pieces of work, and a job takes seconds to start.
rule sample_localisation:
    input:
        unpack(evaluators),
        weights=weights,
        inputs=condition_inputs,
        decoder=decoder_weights,
    output:
        features="<results>/localisation/features/{model}/{shard}.parquet",
    params:
        card=card(
            *("name", "family", "architecture", "checkpoint", "training", "conditioning"),
            *("sampler", "guidance", "decoder"),
        ),
        plan=lambda wildcards: asdict(STUDY.localisation_plan(wildcards.model)),
        settings=lambda wildcards: STUDY.localisation_settings(wildcards.model),
        groups=EVALUATION["groups"],
        judging=STUDY.judging(),
        parts=subpath(output.features, strip_suffix=".parquet"),
        code=lambda wildcards: family_code(
            "sample_localisation.py", STUDY.card(wildcards.model), True, EXTRACTOR
        ),
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=1440,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/sample_localisation/{model}/{shard}.log",
    benchmark:
        "<benchmarks>/sample_localisation/{model}/{shard}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/sample_localisation.py"


rule score_localisation:
    input:
        features=localisation_features,
        statistics=rules.embed_reference.output.statistics,
        texts=rules.embed_reference.output.texts,
    output:
        scores="<results>/localisation/{model}.parquet",
    params:
        groups=EVALUATION["groups"],
        classes=lambda wildcards: STUDY.model(wildcards.model).labels,
        judged=lambda wildcards: STUDY.are_labels_judged(wildcards.model),
        shift=STUDY.config["localisation"]["shift"],
        code=code("score_localisation.py"),
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=60,
        gpu=0,
    log:
        "<logs>/score_localisation/{model}.log",
    benchmark:
        "<benchmarks>/score_localisation/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/score_localisation.py"
