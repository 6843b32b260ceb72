"""What can be asked for by name: the files of a target, and the tables and figures that they show."""

REPORTED = [*STUDY.config["tables"], *STUDY.config["figures"]]


def table_files(wildcards, names):
    """The rendered forms of tables; one that the study does not define stops with a sentence."""
    for name in names:
        STUDY.wanted("tables", name)
    rendered = rules.render_table.output
    return files_of([rendered.html, rendered.markdown, rendered.csv, rendered.latex], table=names)


def figure_files(wildcards, names):
    """Pictures of figures; one that the study does not define stops with a sentence."""
    for name in names:
        STUDY.wanted("figures", name)
    return files_of(rules.render_figure.output.png, figure=names)


def sound_figures():
    """The figures that show samples, of which some are sounds."""
    return [name for name in STUDY.config["figures"] if "images" in EXHIBITS["paper"][name].needs]


def sound_folders(wildcards):
    """Folders of sounds to listen to: the examples of every model of sound that a figure shows."""
    shown = {
        model: STUDY.wanted("figures", name)["variants"]
        for name in sound_figures()
        for model in STUDY.wanted("figures", name)["models"]
        if STUDY.is_sound(model) and not not_run([model], name)
    }
    folder = rules.write_sounds.output.sounds
    return [file for model in shown for file in files_of(folder, model=model, variant=shown[model])]


def training_files(wildcards):
    """Grids of samples along the training of the models whose training is a figure."""
    shown = STUDY.config["figures"].get("figure12", {}).get("models", [])
    return files_of(rules.draw_training_samples.output.png, model=shown)


def report_file(wildcards):
    return [rules.render_report.output.report]


def given_files(wildcards):
    """What a study without that section asks for ends in a sentence."""
    return table_files(wildcards, names=["given"])


def trainings_files(wildcards):
    """What a study without that section asks for ends in a sentence."""
    tables = table_files(wildcards, names=STUDY.tables_of_trainings())
    figures = figure_files(wildcards, names=STUDY.figures_of_trainings())
    return [*tables, *figures, *rules.render_trainings.output]


def all_files(wildcards):
    return [
        *table_files(wildcards, names=STUDY.config["tables"]),
        *figure_files(wildcards, names=STUDY.config["figures"]),
        *training_files(wildcards),
        *sound_folders(wildcards),
        *report_file(wildcards),
    ]


def with_notice(wildcards, target):
    """The files of a target and, where models are missing from them, the job that says so when all else is done."""
    files, names = TARGETS[target]
    notice = file_of(rules.name_missing.output[0], target=target)
    return [*files(wildcards), notice] if unreachable_in(names) else files(wildcards)


# Under the paper's numbers.
NUMBERED = [name for name in names_of("paper", FIGURES) if name.removeprefix("figure").isdigit()]

# It has models and needs, as a table has: the vectors of all models.
VECTORS = "vectors"

TARGETS = (
    {
        "all": (all_files, REPORTED),
        "figures": (
            partial(figure_files, names=list(STUDY.config["figures"])),
            list(STUDY.config["figures"]),
        ),
        "sounds": (sound_folders, sound_figures()),
        "report": (report_file, REPORTED),
        VECTORS: (
            lambda wildcards: vectors_files(wildcards),
            [VECTORS],
        ),  # of vectors.smk, which is read later
    }
    | {
        table: (partial(table_files, names=[table]), [table] if table in STUDY.config["tables"] else [])
        for table in [*(f"table{number}" for number in range(1, 8)), "atlas", LOCALISATION]
    }
    | {
        figure: (partial(figure_files, names=[figure]), [figure] if figure in STUDY.config["figures"] else [])
        for figure in NUMBERED
    }
)
