"""The texts of the dynamics page."""

from semantic_bottleneck.reporting.dynamics.claims import LEARNED, SHARE

TITLE = "How the bottleneck arises: training dynamics"
LEAD = (
    "Diffusion transformers condition on c = y + t. The paper (arXiv 2602.21596) shows that over training these vectors become "
    "alike between classes while their energy gathers in few dimensions: the normalised participation ratio nPR falls.",
    "Here models are trained many times over, each time with one suspect changed or taken away, to see what the fall needs: "
    "t, y, AdamW, or the dead side of SiLU.",
)
DEFINITIONS = {
    "nPR": "(Σ|v|)² / (d Σv²) in percent, the mean over classes; 2/π = 64 % for Gaussian entries, as at initialisation.",
    "c, t, y, SiLU(c)": (
        "the conditional vectors of the running average of the weights, one per class at each point of a grid of timesteps. A "
        "number is the mean over the grid of what is found at each point; t is one vector there, so it has an nPR but no "
        "similarity between classes."
    ),
    "Timesteps mixed": ("the vectors of all classes at all points of the grid together, as a training batch mixes them."),
    "c below −4": "entries where SiLU is nearly flat and nearly zero: large, and without effect.",
    "Base": "the first variant, which the others are compared with.",
    "Verdicts": (
        f"a suspect is needed if less than {SHARE:.0%} of the base's fall is left without it. Intervals are 95 %, Student t "
        "over seeds, of differences paired by seed; a single seed decides nothing. A variant whose training loss exceeds "
        f"{LEARNED} times the base's is no witness."
    ),
}
