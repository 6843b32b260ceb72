include: "inputs/repair.smk"


# Of all studies in results/, since they share checkpoints and networks.
rule repair:
    params:
        results="results",
        inputs=recorded_inputs,
        code=code("remove_damaged.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=240,
        gpu=0,
    log:
        "<logs>/repair.log",
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/remove_damaged.py"
