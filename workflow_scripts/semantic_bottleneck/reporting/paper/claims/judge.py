"""Every claim, judged on one study's results."""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from semantic_bottleneck.reporting.core.claim import Claim
from semantic_bottleneck.reporting.core.facts import ReportFacts
from semantic_bottleneck.reporting.paper.claims import geometry as about_geometry
from semantic_bottleneck.reporting.paper.claims import pruning as about_pruning
from semantic_bottleneck.reporting.paper.claims import training as about_training


def judge_claims(geometry: pd.DataFrame, scores: pd.DataFrame, variants: pd.DataFrame, study: ReportFacts) -> list[Claim]:
    """All claims, those of the paper first.

    Args:
        geometry, scores, variants: rows of `inputs.read_*` of all models, checkpoints and variants; a claim whose inputs
            are absent is "not run".
    """
    return [
        about_geometry.extreme_similarity(geometry, study),
        about_geometry.few_dimensions(geometry, study),
        about_geometry.timestep_dominates(geometry, study),
        about_training.similarity_grows(geometry, study),
        about_training.sparsity_grows(geometry, study),
        about_pruning.tail_prunable(scores, variants, study),
        about_pruning.head_not_prunable(scores, variants, study),
        about_pruning.late_pruning_best(scores, variants, study),
        about_pruning.pruning_improves_quality(scores, variants, study),
        about_pruning.random_worse_than_tail(scores, variants, study),
        about_pruning.magnitude_ranks(scores, variants, study),
    ]


def claims_to_records(claims: Sequence[Claim]) -> list[dict]:
    """Plain values for JSON."""
    return [asdict(claim) for claim in claims]
