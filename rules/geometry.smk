rule measure_geometry:
    input:
        conditions="<results>/conditions/{model}/{checkpoint}.parquet",
    output:
        geometry="<results>/geometry/{model}/{checkpoint}.parquet",
    params:
        code=code("measure_geometry.py"),
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=0,
    log:
        "<logs>/measure_geometry/{model}/{checkpoint}.log",
    benchmark:
        "<benchmarks>/measure_geometry/{model}/{checkpoint}.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/measure_geometry.py"


rule describe_variants:
    input:
        conditions="<results>/conditions/{model}/final.parquet",
    output:
        variants="<results>/variants/{model}.parquet",
    params:
        variants=lambda wildcards: STUDY.variants_of(wildcards.model),
        generation=lambda wildcards: {"steps": STUDY.steps(wildcards.model), "last_share": GENERATION["last_share"]},
        code=code("describe_variants.py"),
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=0,
    log:
        "<logs>/describe_variants/{model}.log",
    benchmark:
        "<benchmarks>/describe_variants/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/describe_variants.py"
