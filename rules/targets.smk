"""What can be asked for by name: the files of a target, and the tables and figures that they show."""


def all_files(wildcards):
    return [
        *table_files(wildcards, names=STUDY.config["tables"]),
        *figure_files(wildcards),
        *training_files(wildcards),
        *sound_folders(wildcards),
        "<results>/report.html",
    ]


def report_file(wildcards):
    return ["<results>/report.html"]


EXHIBITS = [*STUDY.config["tables"], *STUDY.config["figures"]]
TARGETS = {
    "all": (all_files, EXHIBITS),
    "figures": (figure_files, list(STUDY.config["figures"])),
    "sounds": (sound_folders, sound_figures()),
    "report": (report_file, EXHIBITS),
} | {
    table: (partial(table_files, names=[table]), [table] if table in STUDY.config["tables"] else [])
    for table in (f"table{number}" for number in range(1, 8))
}


def with_notice(wildcards, target):
    """The files of a target and, where models are missing from them, the job that says so when all else is done."""
    files, names = TARGETS[target]
    missing = gone_from(names)
    return [*files(wildcards), f"<results>/missing/{target}"] if missing else files(wildcards)
