include: "inputs/checkpoints.smk"


# A published checkpoint is read where it lies, by byte ranges; one that was trained here is on disk.
rule read_conditioner:
    output:
        tensors=["<results>/conditioners/{model}/final.safetensors"],
    wildcard_constraints:
        model=PUBLISHED_MODELS,
    params:
        card=card("name", "family", "architecture", "checkpoint", "training"),
        contents=contents(card("checkpoint")),
        checkpoints=["final"],
        code=model_code("read_conditioner.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=60,
        gpu=0,
        downloads=1,
    log:
        "<logs>/read_conditioner/{model}.log",
    benchmark:
        "<benchmarks>/read_conditioner/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/read_conditioner.py"


use rule read_conditioner as read_trained_conditioner with:
    input:
        checkpoints=trained_checkpoint,
    wildcard_constraints:
        model=TRAINED_MODELS,
    params:
        card=card("name", "family", "architecture", "checkpoint", "training"),
        checkpoints=["final"],
        code=model_code("read_conditioner.py"),
    resources:
        mem_mb=growing(2000),
        runtime=60,
        gpu=0,
    log:
        "<logs>/read_trained_conditioner/{model}.log",
    benchmark:
        "<benchmarks>/read_trained_conditioner/{model}.tsv"


use rule read_trained_conditioner as read_training_conditioners with:
    input:
        checkpoints=rules.train_model.output.steps,
    output:
        tensors=along_training("<results>/conditioners/{model}/{checkpoint}.safetensors"),
    params:
        card=card("name", "family", "architecture", "checkpoint", "training"),
        checkpoints=STUDY.training_steps(),
        code=model_code("read_conditioner.py"),
    log:
        "<logs>/read_training_conditioners/{model}.log",
    benchmark:
        "<benchmarks>/read_training_conditioners/{model}.tsv"


rule fetch_checkpoint:
    output:
        checkpoint="results/checkpoints/{model}.checkpoint",
    params:
        card=card("name", "checkpoint"),
        contents=contents(card("checkpoint")),
        code=code("fetch_checkpoint.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=600,
        gpu=0,
        downloads=1,
    log:
        "<logs>/fetch_checkpoint/{model}.log",
    benchmark:
        "<benchmarks>/fetch_checkpoint/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/fetch_checkpoint.py"


# A judge's published file as it is; how it is read, its asset card says.
use rule fetch_checkpoint as fetch_evaluator with:
    output:
        checkpoint="results/evaluators/{asset}.checkpoint",
    params:
        card=lambda wildcards: {"checkpoint": load_asset(wildcards.asset)["checkpoint"]},
        contents=contents(asset),
        code=code("fetch_checkpoint.py"),
    log:
        "<logs>/fetch_evaluator/{asset}.log",
    benchmark:
        "<benchmarks>/fetch_evaluator/{asset}.tsv"
    localrule: True


rule fetch_decoder:
    output:
        decoder="results/decoders/{asset}.safetensors",
    params:
        asset=partial(asset, kind="decoder"),
        contents=contents(asset),
        code=code("fetch_decoder.py"),
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=120,
        gpu=0,
        downloads=1,
    log:
        "<logs>/fetch_decoder/{asset}.log",
    benchmark:
        "<benchmarks>/fetch_decoder/{asset}.tsv"
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/fetch_decoder.py"


rule fetch_network:
    output:
        tensors="results/networks/{asset}.safetensors",
    params:
        asset=asset,
        contents=contents(asset),
        code=code("fetch_network.py"),
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=120,
        gpu=0,
        downloads=1,
    log:
        "<logs>/fetch_network/{asset}.log",
    benchmark:
        "<benchmarks>/fetch_network/{asset}.tsv"
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/fetch_network.py"
