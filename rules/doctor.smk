include: "inputs/doctor.smk"


# Neither has an output: they say what is so now, every time they are asked.
rule doctor:
    params:
        study=STUDY.config["study"],
        needs=study_needs,
        pins=pinned_packages,
        folders=lambda wildcards: ["results", ".snakemake", tempfile.gettempdir()],
        plan=as_written(rules.write_plan.output.data),
        gpu=bool(GPU or DIER_GPU),
        form=FORM,
    log:
        "<logs>/doctor.log",
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/doctor.py"


rule progress:
    params:
        study=STUDY.config["study"],
        planned=planned_shards,
        form=FORM,
    log:
        "<logs>/progress.log",
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/progress.py"
