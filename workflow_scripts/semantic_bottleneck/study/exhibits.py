"""The tables and figures of every page: what each is made of and which function makes it. Standard library only: the Snakefile
reads it.

A new table or figure is an entry here, a function in the module that it names, and a caption in `report/captions/`.
"""

from dataclasses import dataclass

TABLES, FIGURES = "tables", "figures"

LOCALISATION = "localisation"
"""A table, and the kind of result files that it is made of."""
LOCALISATION_TRAININGS = "localisation_trainings"
"""The same table over the trainings of the section `trainings`."""
FIGURE_LOCALISATION_TRAININGS = "figure_localisation_trainings"
"""That table as a figure."""
INITIALISATION = "initialisation"
"""The table of the same parts from the vectors alone."""
NOISE = "figure_noise"
"""The figure of the variants with noise."""
SCORED = ("scores", "variants")
SAMPLES = ("images", "scores", "variants")
RUNS = ("geometry", "metrics")
ARMS = ("geometry", "scores", "losses")
COMPRESSED = ("errors", "footprints", "differences", "scores")

EXAMPLES = 10
"""Pictures kept of each variant that a figure shows, where it does not name its samples."""


@dataclass(frozen=True)
class Exhibit:
    """One table or figure.

    Attributes:
        name: of its files, and under `kind` of a study's configuration.
        page: the folder of `reporting/` that makes it.
        kind: TABLES or FIGURES.
        needs: the kinds of result files that it is made of. Of the report: geometry (of the final checkpoint), history (of
            every training checkpoint), conditions, starts (conditions before the first update), scores, variants, images (of a
            few samples), slicing (what pruning would save), localisation (scores of its variants).
        build: "module:function" below the page's folder; a table's function takes the page's evidence, a figure's also the
            paths that it writes.
    """

    name: str
    page: str
    kind: str
    needs: tuple[str, ...]
    build: str

    @property
    def module(self) -> str:
        """The module of `build`, dotted, below the package."""
        return f"reporting.{self.page}.{self.build.split(':')[0]}"

    @property
    def function(self) -> str:
        return self.build.split(":")[1]


def _page(page: str, kind: str, *entries: tuple[str, tuple[str, ...], str]) -> dict[str, Exhibit]:
    return {name: Exhibit(name, page, kind, needs, build) for name, needs, build in entries}


EXHIBITS: dict[str, dict[str, Exhibit]] = {
    "paper": _page(
        "paper",
        TABLES,
        ("table1", ("geometry",), "tables.conditions:build_table1"),
        ("table2", SCORED, "tables.pruning:build_pruning_table"),
        ("table3", SCORED, "tables.pruning:build_pruning_table"),
        ("table4", ("geometry",), "tables.conditions:build_table4"),
        ("table5", ("geometry",), "tables.conditions:build_table5"),
        ("table6", SCORED, "tables.pruning:build_pruning_table"),
        ("table7", SCORED, "tables.pruning:build_pruning_table"),
        ("atlas", ("geometry", "conditions"), "tables.atlas:build_atlas"),
        ("seeds", ("geometry", *SCORED), "tables.seeds:build_seeds_table"),
        ("error_budget", SCORED, "tables.error_budget:build_error_budget"),
        ("trainings", ("geometry", "history", *SCORED), "tables.seeds:build_seeds_table"),
        ("given", ("scores",), "tables.given:build_given"),
        (LOCALISATION, (LOCALISATION,), "tables.localisation:build_localisation"),
        (LOCALISATION_TRAININGS, (LOCALISATION,), "tables.localisation:build_localisation"),
        (INITIALISATION, ("conditions", "starts"), "tables.initialisation:build_initialisation"),
        ("audit", (), "tables.audit:build_audit"),
    )
    | _page(
        "paper",
        FIGURES,
        ("figure1", ("geometry",), "figures.figure1:draw_figure1"),
        ("figure3", ("conditions",), "figures.figure3:draw_figure3"),
        ("figure4", ("conditions",), "figures.figure4:draw_figure4"),
        ("figure5", ("conditions",), "figures.figure5:draw_figure5"),
        ("figure6", ("conditions",), "figures.figure6:draw_figure6"),
        ("figure7", SAMPLES, "figures.grids:draw_grid"),
        ("figure8", SAMPLES, "figures.grids:draw_grid"),
        ("figure9", ("conditions", "variants"), "figures.figure9:draw_figure9"),
        ("figure10", SAMPLES, "figures.grids:draw_grid"),
        ("figure11", ("geometry",), "figures.figure11:draw_figure11"),
        ("figure12", ("history",), "figures.figure12:draw_figure12"),
        ("figure13", ("conditions", "variants"), "figures.figure13:draw_figure13"),
        *((f"figure{number}", SAMPLES, "figures.grids:draw_grid") for number in range(34, 42)),
        ("figure42", ("slicing",), "figures.figure42:draw_figure42"),
        ("figure_pruning", SCORED, "figures.figure_pruning:draw_figure_pruning"),
        ("figure_seeds", SCORED, "figures.figure_seeds:draw_figure_seeds"),
        ("figure_localisation", (LOCALISATION,), "figures.figure_localisation:draw_figure_localisation"),
        (FIGURE_LOCALISATION_TRAININGS, (LOCALISATION,), "figures.figure_localisation:draw_figure_localisation"),
        (NOISE, (LOCALISATION,), "figures.figure_noise:draw_figure_noise"),
        ("figure_sounds", ("images", "variants"), "figures.figure_sounds:draw_figure_sounds"),
    ),
    "dier": _page(
        "dier",
        TABLES,
        ("dier_lpa", ("measures",), "tables:build_dier_lpa"),
        ("dier_baselines", ("measures",), "tables:build_dier_baselines"),
        ("dier_ablations", ("measures",), "tables:build_dier_ablations"),
        ("dier_learning_rate", ("measures", "logs"), "tables:build_dier_learning_rate"),
        ("dier_timestep", ("measures",), "tables:build_dier_timestep"),
        ("dier_sparsity", ("measures",), "tables:build_dier_sparsity"),
    )
    | _page(
        "dier",
        FIGURES,
        ("figure_dier_lpa", ("measures",), "figures.figure_dier_lpa:draw_figure_dier_lpa"),
        ("figure_dier_ablations", ("measures", "logs"), "figures.figure_dier_ablations:draw_figure_dier_ablations"),
        ("figure_dier_geometry", ("measures",), "figures.figure_dier_geometry:draw_figure_dier_geometry"),
        ("figure_dier_pruning", ("measures",), "figures.figure_dier_pruning:draw_figure_dier_pruning"),
        ("figure_dier_sparsity", ("measures",), "figures.figure_dier_sparsity:draw_figure_dier_sparsity"),
    ),
    "dynamics": _page(
        "dynamics",
        TABLES,
        ("ablations", RUNS, "tables:build_ablations"),
        ("trajectory", RUNS, "tables:build_trajectory"),
    )
    | _page(
        "dynamics",
        FIGURES,
        ("figure12", RUNS, "figures.dynamics_history:draw_figure12"),
        ("figure43", RUNS, "figures.dynamics_factors:draw_figure43"),
        ("figure_ablations", RUNS, "figures.dynamics_factors:draw_figure_ablations"),
        ("figure_causes", RUNS, "figures.dynamics_factors:draw_figure_causes"),
        ("figure_changes", RUNS, "figures.dynamics_changes:draw_figure_changes"),
    ),
    "mechanism": _page(
        "mechanism",
        TABLES,
        ("mechanism_arms", ARMS, "tables:build_mechanism_arms"),
        ("mechanism_pruning", ARMS, "tables:build_mechanism_pruning"),
    )
    | _page(
        "mechanism",
        FIGURES,
        ("figure_mechanism", ARMS, "figures.figure_mechanism:draw_figure_mechanism"),
        ("figure_mechanism_samples", ("images",), "figures.figure_mechanism_samples:draw_figure_mechanism_samples"),
    ),
    "compress": _page(
        "compress",
        TABLES,
        ("compress_error", COMPRESSED, "tables:build_compress_error"),
        ("compress_samples", COMPRESSED, "tables:build_compress_samples"),
        ("compress_memory", COMPRESSED, "tables:build_compress_memory"),
    ),
}
"""Page -> name -> exhibit, in the order of the page. The report itself makes its table of controls, and the comparison of two
runs is one table with a rule of its own."""


def names_of(page: str, kind: str) -> list[str]:
    """The tables or figures of a page, in order."""
    return [name for name, exhibit in EXHIBITS[page].items() if exhibit.kind == kind]
