include: "inputs/missing.smk"


rule name_missing:
    input:
        lambda wildcards: TARGETS[wildcards.target][0](wildcards),
    output:
        "<results>/missing/{target}",
    params:
        missing=lambda wildcards: unreachable_in(TARGETS[wildcards.target][1]),
    log:
        "<logs>/name_missing/{target}.log",
    conda:
        "../envs/report.yaml"
    localrule: True
    script:
        "../workflow_scripts/name_missing.py"
