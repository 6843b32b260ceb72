"""Criteria that choose a timestep without labels, and what their choices cost."""

from semantic_bottleneck.geometry.timestep_choice import given_up
from semantic_bottleneck.reporting.dier.evidence import DierEvidence

CRITERION_TITLES = {
    "loss_gap": "loss gap, another's v minus own",
    "relative_loss_gap": "loss gap over own loss",
    "spectral_participation_ratio": "participation ratio of the covariance of v",
    "normalized_participation_ratio_percent": "mean nPR of v",
}
OWN_DETAIL = {"normalized_participation_ratio_percent": "v"}


def choices_of(evidence: DierEvidence, data: str, variant: str, criterion: str) -> tuple[list[int], list[float]]:
    """Per replicate the chosen timestep and the LPA given up; `fixed` always takes the middle."""
    choices, losses = [], []
    accuracy = evidence.rows(data, variant, "lpa")
    for replicate, rows in accuracy.groupby("replicate"):
        curve = dict(zip(rows["timestep"].tolist(), rows["value"], strict=True))
        if criterion == "fixed":
            scores = {t: float(t == evidence.middle(data, variant)) for t in curve}
        else:
            measured = evidence.rows(data, variant, criterion, detail=OWN_DETAIL.get(criterion, ""))
            measured = measured[measured["replicate"] == replicate]
            scores = dict(zip(measured["timestep"].tolist(), measured["value"], strict=True))
        choice, lost = given_up(curve, scores)
        choices.append(choice)
        losses.append(lost)
    return choices, losses
