"""The plan of the study of training dynamics, and what its rules need."""

from semantic_bottleneck.study.dynamics import load_dynamics

DYNAMICS = Refusing(refusing(load_dynamics, STUDY.source)(STUDY.config, ROOT))

DYNAMICS_FACTS = {"study": STUDY.config["study"], "file": STUDY.file} | DYNAMICS.reporting(ROOT)
DYNAMICS_RUNS = [] if DYNAMICS_FACTS["missing"] else DYNAMICS.runs()
DYNAMICS_TABLES = names_of("dynamics", TABLES) if DYNAMICS_RUNS else []
DYNAMICS_FIGURES = DYNAMICS.config.get("figures", []) if DYNAMICS_RUNS else []


def encoding_inputs(wildcards=None):
    """The networks that turn pictures into latents and, where a study asks for it, into alignment features."""
    encode = DYNAMICS.config["encode"]
    weights = {"weights": file_of(rules.fetch_encoder.output.encoder, asset=encode["autoencoder"])}
    return weights | ({"alignment": rules.fetch_alignment.output.checkpoint} if "alignment" in encode else {})


def dynamics_code(wildcards):
    """The hash of the trainer and of the run's own family."""
    return family_code("train_dynamics.py", DYNAMICS.card(wildcards.run))


def dynamics_inputs(wildcards):
    """The data, where it is a folder of latents, and what aligned objectives on bundled images need."""
    if DYNAMICS.manifest:
        return {"data": local(DYNAMICS.manifest)}
    if DYNAMICS.aligned(wildcards.run):
        return {"classifier": rules.train_alignment.output.classifier}
    return {}


def dynamics_shown():
    """What the page is made of; nothing where nothing can run, which the page then says."""
    trained = rules.train_dynamics.output
    shown = {kind: files_of(trained[kind], run=DYNAMICS_RUNS) for kind in ("geometry", "metrics")}
    folder = "<results>/dynamics"
    tables = expand(f"{folder}/tables/{{table}}.parquet", table=DYNAMICS_TABLES)
    return shown | {
        "tables": tables,
        "figures": expand(f"{folder}/figures/{{figure}}.png", figure=DYNAMICS_FIGURES),
    }


def dynamics_page(wildcards):
    """The page; a study without the section stops with a sentence."""
    if not DYNAMICS.cards:
        raise Refusal(f"The study '{STUDY.config['study']}' has no section `dynamics`; add one.")
    return files_of(rules.render_page.output.page, page="dynamics")
