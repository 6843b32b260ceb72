include: "inputs/dynamics.smk"


rule fetch_encoder:
    output:
        encoder="results/encoders/{asset}.safetensors",
    params:
        asset=partial(asset, kind="decoder"),
        contents=contents(asset),
        code=code("fetch_encoder.py"),
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=120,
        gpu=0,
    log:
        "<logs>/fetch_encoder/{asset}.log",
    benchmark:
        "<benchmarks>/fetch_encoder/{asset}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/fetch_encoder.py"


if DYNAMICS.encodes(ROOT):

    rule encode_images:
        input:
            weights=rules.fetch_encoder.output.encoder.format(asset=DYNAMICS.config["encode"]["autoencoder"]),
        output:
            manifest=DYNAMICS.manifest,
        params:
            images=DYNAMICS.config["encode"]["images"],
            settings={name: value for name, value in DYNAMICS.config["encode"].items() if name != "images"},
            contents=contents(DYNAMICS.config["encode"]),
            folder=subpath(output.manifest, parent=True),
            code=code("encode_images.py"),
        threads: 1
        resources:
            mem_mb=growing(16000),
            runtime=2880,
            gpu=GPU,
        log:
            "<logs>/encode_images.log",
        benchmark:
            "<benchmarks>/encode_images.tsv"
        conda:
            "../envs/torch.yaml"
        script:
            "../workflow_scripts/encode_images.py"


rule train_dynamics:
    input:
        unpack(dynamics_inputs),
    output:
        geometry="<results>/dynamics/runs/{run}/geometry.parquet",
        metrics="<results>/dynamics/runs/{run}/metrics.parquet",
        conditions=expand(
            "<results>/dynamics/runs/{run}/conditions/step-{step}.parquet",
            step=[f"{step:06d}" for step in DYNAMICS.checkpoints],
            allow_missing=True,
        ),
    wildcard_constraints:
        run=r"[a-z0-9.-]+\.s[0-9]+",
    params:
        card=lambda wildcards: {
            key: DYNAMICS.card(wildcards.run)[key]
            for key in ("name", "family", "architecture", "conditioning", "training")
        },
        data=DYNAMICS.data,
        contents=contents({} if DYNAMICS.encodes(ROOT) else {"data": DYNAMICS.data}),
        seed=lambda wildcards: DYNAMICS.seed(wildcards.run),
        checkpoints=DYNAMICS.checkpoints,
        timesteps=DYNAMICS.config.get("timesteps"),
        folder=subpath(output.geometry, parent=True),
        code=dynamics_code,
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=2880,
        gpu=DYNAMICS.config.get("gpus", 0),
    log:
        "<logs>/train_dynamics/{run}.log",
    benchmark:
        "<benchmarks>/train_dynamics/{run}.tsv"
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/train_dynamics.py"


rule draw_dynamics:
    input:
        geometry=expand(rules.train_dynamics.output.geometry, run=DYNAMICS_RUNS),
        metrics=expand(rules.train_dynamics.output.metrics, run=DYNAMICS_RUNS),
    output:
        png=report(
            "<results>/dynamics/figures/{figure}.png",
            caption="../report/dynamics.rst",
            category="Training dynamics",
        ),
        svg="<results>/dynamics/figures/{figure}.svg",
    params:
        described=DYNAMICS.described(),
        code=code("draw_dynamics.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/draw_dynamics/{figure}.log",
    benchmark:
        "<benchmarks>/draw_dynamics/{figure}.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/draw_dynamics.py"


rule tabulate_dynamics:
    input:
        geometry=expand(rules.train_dynamics.output.geometry, run=DYNAMICS_RUNS),
        metrics=expand(rules.train_dynamics.output.metrics, run=DYNAMICS_RUNS),
    output:
        ablations="<results>/dynamics/tables/ablations.parquet",
        trajectory="<results>/dynamics/tables/trajectory.parquet",
        forms=expand(
            "<results>/dynamics/tables/{name}.{form}",
            name=["ablations", "trajectory"],
            form=["csv", "md", "tex"],
        ),
    params:
        described=DYNAMICS.described(),
        study=REPORTING,
        folder=subpath(output.ablations, parent=True),
        code=code("tabulate_dynamics.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=10,
        gpu=0,
    log:
        "<logs>/tabulate_dynamics.log",
    benchmark:
        "<benchmarks>/tabulate_dynamics.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/tabulate_dynamics.py"


rule render_dynamics:
    input:
        geometry=expand(rules.train_dynamics.output.geometry, run=DYNAMICS_RUNS),
        metrics=expand(rules.train_dynamics.output.metrics, run=DYNAMICS_RUNS),
        figures=expand(rules.draw_dynamics.output.png, figure=DYNAMICS_FIGURES),
        tables=(
            [rules.tabulate_dynamics.output.ablations, rules.tabulate_dynamics.output.trajectory]
            if DYNAMICS_RUNS
            else []
        ),
        templates=TEMPLATES,
    output:
        page="<results>/dynamics.html",
    params:
        described=DYNAMICS.described(),
        missing=DYNAMICS_MISSING,
        study=REPORTING,
        facts={
            "data": DYNAMICS.data,
            "seeds": len(DYNAMICS.seeds),
            "checkpoints": list(DYNAMICS.checkpoints),
            "note": DYNAMICS.config.get("note", ""),
        },
        code=code("render_dynamics.py"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=30,
        gpu=0,
    log:
        "<logs>/render_dynamics.log",
    benchmark:
        "<benchmarks>/render_dynamics.tsv"
    conda:
        "../envs/report.yaml"
    script:
        "../workflow_scripts/render_dynamics.py"


rule dynamics:
    input:
        dynamics_page,
