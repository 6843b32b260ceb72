"""Which factors the figures of training dynamics show. Standard library only: the Snakefile reads it."""

FACTORS = {
    "figure43": ("timesteps",),
    "figure_ablations": ("learning rate", "weight decay", "width", "scale of t"),
    "figure_causes": ("optimiser", "weight decay", "modulation", "embedders"),
}
"""Figures that have a column of panels for each of these factors that some variant varies."""
