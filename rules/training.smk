include: "inputs/training.smk"


rule train_classifier:
    output:
        classifier="<results>/evaluators/classifier.pt",
    params:
        data=STUDY.config.get("data"),
        seed=STUDY.config["seed"],
        code=code("train_classifier.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=30,
        gpu=0,
    log:
        "<logs>/train_classifier.log",
    benchmark:
        "<benchmarks>/train_classifier.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/train_classifier.py"


# REPA aligns its tokens with a network of its own, so that no model is trained towards the judge of its samples.
use rule train_classifier as train_alignment with:
    output:
        classifier="<results>/checkpoints/alignment.pt",
    params:
        data=STUDY.config.get("data"),
        seed=STUDY.alignment_seed,
        code=code("train_classifier.py"),
    log:
        "<logs>/train_alignment.log",
    benchmark:
        "<benchmarks>/train_alignment.tsv"


rule train_clip:
    output:
        config="<results>/evaluators/clip/open_clip_config.json",
        weights="<results>/evaluators/clip/open_clip_model.safetensors",
    params:
        data=STUDY.config.get("data"),
        seed=STUDY.config["seed"],
        folder=subpath(output.config, parent=True),
        code=code("train_clip.py"),
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=30,
        gpu=0,
    log:
        "<logs>/train_clip.log",
    benchmark:
        "<benchmarks>/train_clip.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/train_clip.py"


rule train_model:
    input:
        unpack(training_inputs),
    output:
        final="<results>/checkpoints/{model}/final.pt",
        steps=along_training("<results>/checkpoints/{model}/{checkpoint}.pt"),
        loss="<results>/checkpoints/{model}/loss.parquet",
    params:
        card=card("name", "family", "architecture", "training"),
        seed=lambda wildcards: STUDY.training_seed(wildcards.model),
        steps=STUDY.config["conditions"]["checkpoints"],
        data=STUDY.config.get("data"),
        folder=subpath(output.final, parent=True),
        code=model_code("train_model.py"),
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=240,
        gpu=0,
    log:
        "<logs>/train_model/{model}.log",
    benchmark:
        "<benchmarks>/train_model/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/train_model.py"


rule draw_training_samples:
    input:
        steps=rules.train_model.output.steps,
    output:
        png=report(
            "<results>/figures/training/{model}.png",
            caption="../report/training.rst",
            category="Training",
            labels={"model": "{model}"},
        ),
    params:
        card=card("name", "family", "architecture", "conditioning", "training", "sampler", "guidance"),
        steps=STUDY.config["conditions"]["checkpoints"],
        seed=STUDY.config["seed"],
        code=model_code("draw_training_samples.py", sampler=True),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=30,
        gpu=0,
    log:
        "<logs>/draw_training_samples/{model}.log",
    benchmark:
        "<benchmarks>/draw_training_samples/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/draw_training_samples.py"
