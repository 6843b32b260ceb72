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
        downloads=1,
    log:
        "<logs>/fetch_encoder/{asset}.log",
    benchmark:
        "<benchmarks>/fetch_encoder/{asset}.tsv"
    conda:
        "../envs/torch.yaml"
    localrule: True
    script:
        "../workflow_scripts/fetch_encoder.py"


if "alignment" in DYNAMICS.config.get("encode", {}):

    use rule fetch_checkpoint as fetch_alignment with:
        output:
            checkpoint="<results>/dynamics/alignment.checkpoint",
        params:
            card={"checkpoint": DYNAMICS.config["encode"]["alignment"]["checkpoint"]},
            contents=contents(DYNAMICS.config["encode"]["alignment"]),
            code=code("fetch_checkpoint.py"),
        log:
            "<logs>/fetch_alignment.log",
        benchmark:
            "<benchmarks>/fetch_alignment.tsv"
        localrule: True


if DYNAMICS.encodes(ROOT):

    rule encode_images:
        input:
            unpack(encoding_inputs),
        output:
            manifest=local(DYNAMICS.manifest),
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


if DYNAMICS_RUNS:

    use rule render_figure as render_dynamics_figures with:
        input:
            geometry=files_of(rules.train_dynamics.output.geometry, run=DYNAMICS_RUNS),
            metrics=files_of(rules.train_dynamics.output.metrics, run=DYNAMICS_RUNS),
        output:
            png=report(
                expand("<results>/dynamics/figures/{figure}.png", figure=DYNAMICS_FIGURES),
                caption="../report/dynamics.rst",
                category="Training dynamics",
            ),
            svg=expand("<results>/dynamics/figures/{figure}.svg", figure=DYNAMICS_FIGURES),
        params:
            page="dynamics",
            caption="",
            names=DYNAMICS_FIGURES,
            facts=DYNAMICS_FACTS,
            code=exhibit_code("render_figure.py", "dynamics", *DYNAMICS_FIGURES),
        log:
            "<logs>/render_dynamics_figures.log",
        benchmark:
            "<benchmarks>/render_dynamics_figures.tsv"

    use rule render_table as render_dynamics_tables with:
        input:
            geometry=files_of(rules.train_dynamics.output.geometry, run=DYNAMICS_RUNS),
            metrics=files_of(rules.train_dynamics.output.metrics, run=DYNAMICS_RUNS),
        output:
            parquet=expand("<results>/dynamics/tables/{table}.parquet", table=DYNAMICS_TABLES),
            markdown=expand("<results>/dynamics/tables/{table}.md", table=DYNAMICS_TABLES),
            csv=expand("<results>/dynamics/tables/{table}.csv", table=DYNAMICS_TABLES),
            latex=expand("<results>/dynamics/tables/{table}.tex", table=DYNAMICS_TABLES),
        params:
            page="dynamics",
            caption="",
            names=DYNAMICS_TABLES,
            facts=DYNAMICS_FACTS,
            folder=lambda wildcards, output: os.path.dirname(output.parquet[0]),
            code=exhibit_code("render_table.py", "dynamics", *DYNAMICS_TABLES),
        log:
            "<logs>/render_dynamics_tables.log",
        benchmark:
            "<benchmarks>/render_dynamics_tables.tsv"


rule dynamics:
    input:
        dynamics_page,
