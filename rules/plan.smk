include: "inputs/plan.smk"


rule calibrate_device:
    output:
        calibration="<results>/plan/calibration.json",
    params:
        cards=partial(sampled_cards, keys=("name", "family", "architecture", "decoder")),
        numerics=lambda wildcards: {model: STUDY.numerics(model) for model in sampled()},
        rows=2 * GENERATION["micro_batch"],
        budget=CALIBRATION_SECONDS,
        code=code("calibrate_device.py"),
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=15,
        gpu=GPU,
    log:
        "<logs>/calibrate_device.log",
    benchmark:
        "<benchmarks>/calibrate_device.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/calibrate_device.py"


rule write_plan:
    input:
        calibration=rules.calibrate_device.output.calibration,
        lock=checkpoint_lock,
    output:
        data="<results>/plan/plan.json",
        markdown="<results>/plan/plan.md",
    params:
        study=STUDY.config["study"],
        generation=lambda wildcards: STUDY.generated(sampled()),
        cards=partial(
            sampled_cards,
            keys=("name", "family", "architecture", "checkpoint", "sampler", "guidance", "decoder"),
        ),
        fetched=lambda wildcards: [model for model in sampled() if is_fetched(model)],
        assets=planned_assets,
        not_run=lambda wildcards: not_provided(STUDY.sampled_models()),
        evaluation=EVALUATION,
        code=plan_code,
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/write_plan.log",
    benchmark:
        "<benchmarks>/write_plan.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/write_plan.py"


# Without an output, so that it prints every time it is asked for.
rule plan:
    input:
        rules.write_plan.output.markdown,
    log:
        "<logs>/plan.log",
    conda:
        "../envs/report.yaml"
    localrule: True
    shell:
        "cat {input} | tee {log}"
