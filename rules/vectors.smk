include: "inputs/vectors.smk"


rule vectors:
    input:
        partial(with_notice, target="vectors"),


rule pack_vectors:
    input:
        conditions=rules.extract_conditions.output.conditions[0],
    output:
        vectors="<results>/vectors/{model}.safetensors",
    params:
        family=lambda wildcards: STUDY.card(wildcards.model)["family"],
        code=code("pack_vectors.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/pack_vectors/{model}.log",
    benchmark:
        "<benchmarks>/pack_vectors/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/pack_vectors.py"


rule describe_vectors:
    input:
        vectors=packs,
    output:
        models="<results>/vectors/models.parquet",
        datasheet="<results>/vectors/datasheet.md",
    params:
        study=STUDY.config["study"],
        told=told_of_packs,
        not_packed=lambda wildcards: missing_of(VECTORS),
        data=training_data,
        code=code("describe_vectors.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/describe_vectors.log",
    benchmark:
        "<benchmarks>/describe_vectors.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/describe_vectors.py"
