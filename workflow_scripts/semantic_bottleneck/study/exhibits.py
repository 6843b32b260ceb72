"""Which kinds of result files each table and figure is made of. Standard library only: the Snakefile reads it."""

NEEDS: dict[str, tuple[str, ...]] = {
    "table1": ("geometry",),
    "table2": ("scores", "variants"),
    "table3": ("scores", "variants"),
    "table4": ("geometry",),
    "table5": ("geometry",),
    "table6": ("scores", "variants"),
    "table7": ("scores", "variants"),
    "seeds": ("geometry", "scores", "variants"),
    "figure1": ("geometry",),
    "figure3": ("conditions",),
    "figure4": ("conditions",),
    "figure5": ("conditions",),
    "figure6": ("conditions",),
    "figure7": ("images", "scores", "variants"),
    "figure8": ("images", "scores", "variants"),
    "figure9": ("conditions", "variants"),
    "figure10": ("images", "scores", "variants"),
    "figure11": ("geometry",),
    "figure12": ("history",),
    "figure13": ("conditions", "variants"),
    "figure34": ("images", "scores", "variants"),
    "figure35": ("images", "scores", "variants"),
    "figure36": ("images", "scores", "variants"),
    "figure37": ("images", "scores", "variants"),
    "figure38": ("images", "scores", "variants"),
    "figure39": ("images", "scores", "variants"),
    "figure40": ("images", "scores", "variants"),
    "figure41": ("images", "scores", "variants"),
    "figure42": ("slicing",),
    "figure_pruning": ("scores", "variants"),
    "figure_seeds": ("scores", "variants"),
    "figure_sounds": ("images", "variants"),
}
"""geometry: of the final checkpoint; history: of every training checkpoint; images: of a few samples; slicing:
what pruning would save."""

EXAMPLES = 10
"""Pictures kept of each variant that a figure shows, where it does not name its samples."""
