rule embed_reference:
    input:
        evaluators=evaluators,
    output:
        reference="<results>/evaluators/reference.parquet",
        texts="<results>/evaluators/texts.parquet",
    params:
        data=STUDY.config.get("data"),
        evaluation=EVALUATION,
        code=code("embed_reference.py"),
    threads: 1
    resources:
        mem_mb=8000,
        runtime=120,
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
        images="<results>/images/{model}/{variant}/{shard}.parquet",
        evaluators=evaluators,
    output:
        features="<results>/features/{model}/{variant}/{shard}.parquet",
    params:
        evaluation=EVALUATION,
        code=code("extract_features.py"),
    threads: 1
    resources:
        mem_mb=8000,
        runtime=240,
        gpu=GPU,
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
        baseline=partial(features, variant="baseline"),
        reference="<results>/evaluators/reference.parquet",
        texts="<results>/evaluators/texts.parquet",
    output:
        scores="<results>/scores/{model}/{variant}.parquet",
    params:
        groups=EVALUATION["groups"],
        classes=lambda wildcards: STUDY.card(wildcards.model)["conditioning"].get("classes"),
        code=code("score_variant.py"),
    threads: 1
    resources:
        mem_mb=16000,
        runtime=120,
        gpu=0,
    log:
        "<logs>/score_variant/{model}/{variant}.log",
    benchmark:
        "<benchmarks>/score_variant/{model}/{variant}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/score_variant.py"
