rule measure_geometry:
    input:
        conditions=rules.extract_conditions.output.conditions,
    output:
        geometry="<results>/geometry/{model}/final.parquet",
    params:
        code=code("measure_geometry.py"),
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/measure_geometry/{model}.log",
    benchmark:
        "<benchmarks>/measure_geometry/{model}.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/measure_geometry.py"


use rule measure_geometry as measure_training_geometry with:
    input:
        conditions=rules.extract_training_conditions.output.conditions,
    output:
        geometry="<results>/geometry/{model}/training.parquet",
    log:
        "<logs>/measure_training_geometry/{model}.log",
    benchmark:
        "<benchmarks>/measure_training_geometry/{model}.tsv"


rule describe_variants:
    input:
        conditions=rules.extract_conditions.output.conditions[0],
    output:
        variants="<results>/variants/{model}.parquet",
    params:
        variants=lambda wildcards: STUDY.variants_of(wildcards.model),
        generation=lambda wildcards: {
            "steps": STUDY.steps(wildcards.model),
            "last_share": GENERATION["last_share"],
        },
        code=code("describe_variants.py"),
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/describe_variants/{model}.log",
    benchmark:
        "<benchmarks>/describe_variants/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/describe_variants.py"
