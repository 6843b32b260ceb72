"""What the rules of training dynamics share; common.smk comes first."""

from semantic_bottleneck.dynamics_plan import load_dynamics

DYNAMICS = Refusing(refusing(load_dynamics, STUDY.source)(STUDY.config, ROOT))

DYNAMICS_MISSING = DYNAMICS.missing(ROOT) if DYNAMICS.cards else None
DYNAMICS_RUNS = [] if DYNAMICS_MISSING else DYNAMICS.runs()
DYNAMICS_FIGURES = DYNAMICS.config.get("figures", []) if DYNAMICS_RUNS else []


def dynamics_code(wildcards):
    """The hash of the trainer and of the run's own family."""
    family = DYNAMICS.card(wildcards.run)["family"]
    tables = ("FAMILIES", "CONDITIONERS")
    used = [registered(SCRIPTS, f"{LIBRARY}.models.registry", table, family) for table in tables]
    return code("train_dynamics.py", *used)


def dynamics_inputs(wildcards):
    """The data, where it is a folder of latents, and what aligned objectives on bundled images need."""
    if DYNAMICS.manifest:
        return {"data": DYNAMICS.manifest}
    return {"classifier": "<results>/evaluators/classifier.pt"} if DYNAMICS.aligned(wildcards.run) else {}


def dynamics_page(wildcards):
    """The page; a study without the section stops with a sentence."""
    if not DYNAMICS.cards:
        raise Refusal(f"The study '{STUDY.config['study']}' has no section `dynamics`; add one.")
    return "<results>/dynamics.html"
