rule read_conditioner:
    input:
        checkpoint=local_checkpoint,
    output:
        tensors="<results>/conditioners/{model}/{checkpoint}.safetensors",
    log:
        "<logs>/read_conditioner/{model}/{checkpoint}.log",
    benchmark:
        "<benchmarks>/read_conditioner/{model}/{checkpoint}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
        gpu=0,
    params:
        card=card("name", "family", "architecture", "checkpoint", "training"),
        lock=str(ROOT / "config/checkpoints.lock.json"),
        root=str(ROOT),
        code=model_code("read_conditioner.py"),
    script:
        "../workflow_scripts/read_conditioner.py"


rule fetch_checkpoint:
    output:
        checkpoint="results/checkpoints/{model}.checkpoint",
    log:
        "<logs>/fetch_checkpoint/{model}.log",
    benchmark:
        "<benchmarks>/fetch_checkpoint/{model}.tsv"
    retries: 2
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=600,
        gpu=0,
    params:
        card=card("name", "checkpoint"),
        lock=str(ROOT / "config/checkpoints.lock.json"),
        root=str(ROOT),
        code=code("fetch_checkpoint.py"),
    script:
        "../workflow_scripts/fetch_checkpoint.py"
