"""The texts of the mechanism page."""

TITLE = "The mechanism: what makes c alike, sparse and prunable"
LEAD = (
    "Conditional vectors c = y + t of big diffusion transformers are almost alike between classes, a few large dimensions hold "
    "most of them, most small ones can go and the large ones cannot (arXiv 2602.21596). Which part of the way c is made "
    "brings that about?",
    "Here small transformers that differ in one thing about t and y are trained several times over, sampled, scored and "
    "pruned. What was expected was written down before: docs/mechanism.md.",
)
DEFINITIONS = {
    "Agreement": "share of samples that the judge, a classifier of real pictures, gives the intended class.",
    "Cost": "points of agreement that pruning loses, at every step, each vector by its own ranks.",
    "nPR": "(Σ|v|)² / (d Σv²) in percent, the mean over classes; 2/π = 64 % for Gaussian entries.",
    "Cosine": "mean over pairs of classes at t = 1, the noisiest step.",
    "to the class mean": "in the conditional branch alone: what all classes share, and so t, stays.",
    "Verdicts": "from 95 % intervals, Student t over trainings, of differences paired by seed; one training decides nothing.",
}
