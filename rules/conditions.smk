include: "inputs/conditions.smk"


rule fetch_condition_encoders:
    output:
        encoders=directory("results/condition_encoders/{model}"),
    params:
        conditioning=encoders_of,
        contents=contents(encoders_of),
        code=code("fetch_condition_encoders.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=240,
        gpu=0,
        downloads=1,
    log:
        "<logs>/fetch_condition_encoders/{model}.log",
    benchmark:
        "<benchmarks>/fetch_condition_encoders/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/fetch_condition_encoders.py"


rule prepare_inputs:
    input:
        encoders=condition_encoders,
    output:
        inputs="<results>/inputs/{model}.parquet",
    params:
        card=card("name", "family", "conditioning"),
        contents=contents(card("conditioning")),
        code=code("prepare_inputs.py"),
    threads: 1
    resources:
        mem_mb=condition_memory,
        runtime=120,
        gpu=GPU,
    log:
        "<logs>/prepare_inputs/{model}.log",
    benchmark:
        "<benchmarks>/prepare_inputs/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/prepare_inputs.py"


rule extract_conditions:
    input:
        conditioners=rules.read_conditioner.output.tensors,
        inputs=condition_inputs,
    output:
        conditions=["<results>/conditions/{model}/final.parquet"],
    params:
        card=card("name", "family", "architecture", "conditioning"),
        checkpoints=["final"],
        timesteps=STUDY.config["conditions"]["timesteps"],
        code=model_code("extract_conditions.py"),
    threads: 1
    resources:
        mem_mb=condition_memory,
        runtime=30,
        gpu=0,
    log:
        "<logs>/extract_conditions/{model}.log",
    benchmark:
        "<benchmarks>/extract_conditions/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/extract_conditions.py"


use rule extract_conditions as extract_training_conditions with:
    input:
        conditioners=rules.read_training_conditioners.output.tensors,
        inputs=condition_inputs,
    output:
        conditions=along_training("<results>/conditions/{model}/{checkpoint}.parquet"),
    params:
        card=card("name", "family", "architecture", "conditioning"),
        checkpoints=STUDY.training_steps(),
        timesteps=1,
        code=model_code("extract_conditions.py"),
    log:
        "<logs>/extract_training_conditions/{model}.log",
    benchmark:
        "<benchmarks>/extract_training_conditions/{model}.tsv"
