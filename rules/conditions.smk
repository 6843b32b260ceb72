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
    wildcard_constraints:
        model=UNPACKED_MODELS,
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
    wildcard_constraints:
        model=TRAINED_MODELS,
    params:
        card=card("name", "family", "architecture", "conditioning"),
        checkpoints=STUDY.training_steps(),
        timesteps=1,
        code=model_code("extract_conditions.py"),
    log:
        "<logs>/extract_training_conditions/{model}.log",
    benchmark:
        "<benchmarks>/extract_training_conditions/{model}.tsv"


# A study that names a pack of vectors reads no checkpoint and encodes no condition for c, y and t.
rule unpack_conditions:
    input:
        vectors=packed_vectors,
    output:
        conditions="<results>/conditions/{model}/final.parquet",
    wildcard_constraints:
        model=PACKED_MODELS,
    params:
        card=card("name", "family", "architecture", "conditioning"),
        timesteps=STUDY.config["conditions"]["timesteps"],
        code=code("unpack_conditions.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/unpack_conditions/{model}.log",
    benchmark:
        "<benchmarks>/unpack_conditions/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/unpack_conditions.py"
