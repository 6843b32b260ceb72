include: "inputs/slicing.smk"


rule measure_slicing:
    input:
        conditions=rules.extract_conditions.output.conditions[0],
    output:
        costs="<results>/slicing/{model}.parquet",
    params:
        card=timed_card,
        variants=lambda wildcards: STUDY.variants_of(wildcards.model),
        code=model_code("measure_slicing.py"),
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=15,
        gpu=GPU,
    log:
        "<logs>/measure_slicing/{model}.log",
    benchmark:
        "<benchmarks>/measure_slicing/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/measure_slicing.py"
