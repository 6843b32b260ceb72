# Without an output: card and study become files of the user's, who may edit or remove them.
rule inspect:
    params:
        given=INSPECTED,
        form=FORM,
    log:
        "<logs>/inspect.log",
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/inspect_checkpoint.py"
