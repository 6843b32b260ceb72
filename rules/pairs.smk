include: "inputs/pairs.smk"


# Pose-conditioned models are scored against photographs: the true picture of each pair, and the training pictures.
ruleorder: score_pairs > score_variant


rule measure_pairs:
    input:
        latents=LATENTS,
        decoder=decoder_weights,
        inception=inception_weights,
        alexnet=file_of(rules.fetch_network.output.tensors, asset="lpips-alexnet"),
    output:
        measured="<results>/pairs/{model}/{variant}/{shard}.parquet",
    wildcard_constraints:
        model=POSE_MODELS,
    params:
        card=card("conditioning", "decoder"),
        contents=contents(card("conditioning")),
        micro_batch=GENERATION["micro_batch"],
        batch=EVALUATION["batch"],
        code=code("measure_pairs.py"),
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=240,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/measure_pairs/{model}/{variant}/{shard}.log",
    benchmark:
        "<benchmarks>/measure_pairs/{model}/{variant}/{shard}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/measure_pairs.py"


rule embed_training_pictures:
    input:
        inception=inception_weights,
    output:
        reference="<results>/evaluators/{model}.training-pictures.parquet",
    wildcard_constraints:
        model=POSE_MODELS,
    params:
        card=card("conditioning"),
        contents=contents(card("conditioning")),
        batch=EVALUATION["batch"],
        code=code("embed_training_pictures.py"),
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=720,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/embed_training_pictures/{model}.log",
    benchmark:
        "<benchmarks>/embed_training_pictures/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/embed_training_pictures.py"


rule score_pairs:
    input:
        measured=measured_pairs,
        baseline=partial(measured_pairs, variant="baseline"),
        reference=rules.embed_training_pictures.output.reference,
    output:
        scores=SCORES,
    wildcard_constraints:
        model=POSE_MODELS,
    params:
        groups=EVALUATION["groups"],
        code=code("score_pairs.py"),
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=60,
        gpu=0,
    log:
        "<logs>/score_pairs/{model}/{variant}.log",
    benchmark:
        "<benchmarks>/score_pairs/{model}/{variant}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/score_pairs.py"
