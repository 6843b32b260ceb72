"""The plan of the DiER study, and what its rules need."""

from dataclasses import asdict

from semantic_bottleneck.study.data_cards import DOWNLOADS
from semantic_bottleneck.study.dier import load_plan

DIER = refusing(load_plan, STUDY.source)(STUDY.config, STUDY.file, ROOT)
DIER = DIER and Refusing(DIER)
DIER_TABLES, DIER_FIGURES = names_of("dier", TABLES), names_of("dier", FIGURES)
DIER_GPU = 0 if DIER is None or DIER.section["device"] == "cpu" else 1


def dier_run(method):
    """A run's parameters; `method` is `run` (what training depends on) or `measured` (and what is measured)."""
    return lambda wildcards: getattr(DIER, method)(
        wildcards.data, wildcards.dier_variant, int(wildcards.replicate)
    )


def dier_card(wildcards):
    return asdict(DIER.cards[wildcards.data])


def is_own(path):
    """Whether a file is the user's own, not one that `fetch_dataset` leaves."""
    return not Path(path).is_relative_to(DOWNLOADS)


def dier_files(wildcards):
    """What a data set is read from; the user's own files rerun by what they hold, not by their times."""
    return [local(ancient(path)) if is_own(path) else path for path in DIER.files(wildcards.data)]


def dier_named(wildcards):
    """The user's own files among them."""
    return {"files": list(filter(is_own, DIER.files(wildcards.data)))}


def dier_addresses(wildcards):
    """Where the file that is fetched may come from."""
    return [asdict(file) for file in DIER.cards[wildcards.data].published if file.name == wildcards.file]


def of_all_runs(pattern):
    """One file for each training on each data set."""
    runs = [(data, *run.rpartition(".s")[::2]) for data in DIER.data() for run in DIER.runs(data)]
    return [
        file_of(pattern, data=data, dier_variant=variant, replicate=replicate)
        for data, variant, replicate in runs
    ]


def dier_measures(wildcards):
    """Every run's measures, and those of the baselines that need no training."""
    baselines = [
        file_of(rules.probe_inputs.output.measures, data=data, replicate=replicate)
        for data in DIER.data()
        for replicate in DIER.replicates(data)
    ]
    return of_all_runs(rules.probe_dier.output.measures) + baselines


def dier_logs(wildcards):
    return of_all_runs(rules.train_dier.output.log)


def dier_shown(wildcards):
    """What the page is made of."""
    tables, figures = rules.render_dier_tables.output.parquet, rules.render_dier_figures.output.png
    return {"measures": dier_measures(wildcards), "tables": tables, "figures": figures}


def dier_page(wildcards):
    """The page and all that stands on it; a study without a `dier` section stops with a sentence."""
    if DIER is None:
        study = STUDY.config["study"]
        raise Refusal(
            f"The study '{study}' has no dier section; add one to its configuration or choose another study."
        )
    tables = rules.render_dier_tables.output
    shown = [*tables.markdown, *tables.csv, *tables.latex, *rules.render_dier_figures.output.png]
    return [*shown, *files_of(rules.render_page.output.page, page="dier")]
