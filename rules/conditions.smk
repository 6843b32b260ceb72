rule prepare_inputs:
    output:
        inputs="<results>/inputs/{model}.parquet",
    log:
        "<logs>/prepare_inputs/{model}.log",
    benchmark:
        "<benchmarks>/prepare_inputs/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=120,
        gpu=GPU,
    params:
        card=card("name", "family", "conditioning"),
        root=str(ROOT),
        code=code("prepare_inputs.py"),
    script:
        "../workflow_scripts/prepare_inputs.py"


rule extract_conditions:
    input:
        conditioner="<results>/conditioners/{model}/{checkpoint}.safetensors",
        inputs=condition_inputs,
    output:
        conditions="<results>/conditions/{model}/{checkpoint}.parquet",
    log:
        "<logs>/extract_conditions/{model}/{checkpoint}.log",
    benchmark:
        "<benchmarks>/extract_conditions/{model}/{checkpoint}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=0,
    params:
        card=card("name", "family", "architecture", "conditioning"),
        timesteps=STUDY.config["conditions"]["timesteps"],
        code=model_code("extract_conditions.py"),
    script:
        "../workflow_scripts/extract_conditions.py"
