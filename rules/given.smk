include: "inputs/given.smk"


rule extract_given_features:
    input:
        unpack(evaluators),
    output:
        features="<results>/features/{model}/samples/000.parquet",
    wildcard_constraints:
        model=GIVEN_SETS,
    params:
        given=given_set,
        contents=contents(given_set),
        judging=STUDY.judging(),
        code=code("extract_given_features.py", EXTRACTOR),
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=720,
        gpu=GPU,
        gpu_slots=SLOTS,
    log:
        "<logs>/extract_given_features/{model}.log",
    benchmark:
        "<benchmarks>/extract_given_features/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/extract_given_features.py"


use rule score_variant as score_given with:
    input:
        features=[rules.extract_given_features.output.features],
        baseline=[],
        reference=rules.embed_reference.output.reference,
        statistics=rules.embed_reference.output.statistics,
        texts=rules.embed_reference.output.texts,
    output:
        scores=SCORES.replace("{variant}", "{variant,samples}"),
        replicates="<results>/replicates/{model}/{variant}.parquet",
    wildcard_constraints:
        model=GIVEN_SETS,
    params:
        groups=EVALUATION["groups"],
        protocol=EVALUATION["protocol"],
        subsets=EVALUATION["subsets"],
        classes=lambda wildcards: given_set(wildcards)["classes"],
        judged=True,
        code=code("score_variant.py"),
