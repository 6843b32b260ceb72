include: "inputs/export.smk"


# Asked for by path, of any variant: what the official evaluators and other tools take.
rule export_npz:
    input:
        latents=all_latents,
        decoder=decoder_weights,
    output:
        samples="<results>/export/{model}/{variant}/samples.npz",
    params:
        card=card("name", "decoder"),
        micro_batch=GENERATION["micro_batch"],
        code=code("export_npz.py"),
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=720,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/export_npz/{model}/{variant}.log",
    benchmark:
        "<benchmarks>/export_npz/{model}/{variant}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/export_npz.py"


rule export_pngs:
    input:
        latents=all_latents,
        decoder=decoder_weights,
    output:
        folder=directory("<results>/export/{model}/{variant}/pngs"),
    params:
        card=card("name", "decoder"),
        micro_batch=GENERATION["micro_batch"],
        code=code("export_pngs.py"),
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=720,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/export_pngs/{model}/{variant}.log",
    benchmark:
        "<benchmarks>/export_pngs/{model}/{variant}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/export_pngs.py"
