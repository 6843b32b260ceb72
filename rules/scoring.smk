include: "inputs/scoring.smk"


if PUBLISHED_REFERENCE:

    rule fetch_reference:
        output:
            reference=PUBLISHED_REFERENCE[0],
        params:
            source=REFERENCE,
            contents=contents(REFERENCE),
            code=code("fetch_reference.py"),
        threads: 1
        resources:
            mem_mb=growing(3000),
            runtime=240,
            gpu=0,
            downloads=1,
        log:
            "<logs>/fetch_reference.log",
        benchmark:
            "<benchmarks>/fetch_reference.tsv"
        conda:
            "../envs/torch.yaml"
        localrule: True
        script:
            "../workflow_scripts/fetch_reference.py"


rule embed_reference:
    input:
        unpack(evaluators),
        fetched=PUBLISHED_REFERENCE,
    output:
        reference="<results>/evaluators/reference.parquet",
        statistics="<results>/evaluators/statistics.npz",
        texts="<results>/evaluators/texts.parquet",
    params:
        data=STUDY.config.get("data"),
        source=REFERENCE,
        contents=contents({} if PUBLISHED_REFERENCE else REFERENCE),
        judging=STUDY.judging(),
        prompt=EVALUATION["prompt"],
        code=code("embed_reference.py", EXTRACTOR),
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=720,
        gpu=GPU,
    log:
        "<logs>/embed_reference.log",
    benchmark:
        "<benchmarks>/embed_reference.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/embed_reference.py"


rule extract_features:
    input:
        unpack(evaluators),
        latents=LATENTS,
        decoder=decoder_weights,
    output:
        features="<results>/features/{model}/{variant}/{shard}.parquet",
    wildcard_constraints:
        model=OWN_MODELS,
    params:
        card=card("name", "decoder"),
        micro_batch=GENERATION["micro_batch"],
        judging=STUDY.judging(),
        code=code("extract_features.py", EXTRACTOR),
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=720,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/extract_features/{model}/{variant}/{shard}.log",
    benchmark:
        "<benchmarks>/extract_features/{model}/{variant}/{shard}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/extract_features.py"


rule score_variant:
    input:
        features=features,
        baseline=baseline_replicates,
        reference=rules.embed_reference.output.reference,
        statistics=rules.embed_reference.output.statistics,
        texts=rules.embed_reference.output.texts,
    output:
        scores=SCORES,
        replicates="<results>/replicates/{model}/{variant}.parquet",
    wildcard_constraints:
        model=OWN_MODELS,
    params:
        groups=EVALUATION["groups"],
        protocol=EVALUATION["protocol"],
        subsets=EVALUATION["subsets"],
        classes=lambda wildcards: STUDY.model(wildcards.model).labels,
        judged=lambda wildcards: STUDY.are_labels_judged(wildcards.model),
        code=code("score_variant.py"),
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=60,
        gpu=0,
    log:
        "<logs>/score_variant/{model}/{variant}.log",
    benchmark:
        "<benchmarks>/score_variant/{model}/{variant}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/score_variant.py"
