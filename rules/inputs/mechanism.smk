"""What the page of the mechanism is made of."""

MECHANISM_RUNS = [run for runs in STUDY.arms.values() for run in runs]
MECHANISM_FACTS = mechanism_facts(STUDY)
MECHANISM_TABLES = names_of("mechanism", TABLES) if MECHANISM_RUNS else []
MECHANISM_FIGURES = names_of("mechanism", FIGURES) if MECHANISM_RUNS else []


def mechanism_measures():
    """The numbers of all arms, by kind of file."""
    variants = MECHANISM_FACTS["variants"]
    return {
        "geometry": files_of(rules.measure_geometry.output.geometry, model=MECHANISM_RUNS),
        "scores": files_of(rules.score_variant.output.scores, model=MECHANISM_RUNS, variant=variants),
        "losses": files_of(rules.train_model.output.loss, model=MECHANISM_RUNS),
    }


def mechanism_images():
    """Example samples of every arm's first training."""
    return files_of(
        rules.decode_examples.output.images, model=list(STUDY.arms), variant=MECHANISM_FACTS["shown"]
    )


def mechanism_shown():
    """What the page is made of."""
    folder = "<results>/mechanism"
    return mechanism_measures() | {
        "tables": expand(f"{folder}/tables/{{table}}.parquet", table=MECHANISM_TABLES),
        "figures": expand(f"{folder}/figures/{{figure}}.png", figure=MECHANISM_FIGURES),
    }


def mechanism_page(wildcards):
    """The page; a study without the section stops with a sentence."""
    if not STUDY.arms:
        raise Refusal(
            f"The study '{STUDY.config['study']}' has no section `mechanism`; add one, or add "
            "--configfile=config/mechanism.yaml."
        )
    return files_of(rules.render_page.output.page, page="mechanism")
