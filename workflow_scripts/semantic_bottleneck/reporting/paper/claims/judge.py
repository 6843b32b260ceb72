"""Every claim of the report, judged on one study's results."""

from semantic_bottleneck.reporting.core.claim import Claim
from semantic_bottleneck.reporting.paper.claims import geometry, localisation, pruning, training
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence

RULES = (
    geometry.EXTREME_SIMILARITY,
    geometry.FEW_DIMENSIONS,
    geometry.TIMESTEP_DOMINATES,
    training.SIMILARITY_GROWS,
    training.SPARSITY_GROWS,
    pruning.TAIL_PRUNABLE,
    pruning.HEAD_NOT_PRUNABLE,
    pruning.LATE_PRUNING_BEST,
    pruning.PRUNING_IMPROVES_QUALITY,
    pruning.RANDOM_WORSE_THAN_TAIL,
    pruning.MAGNITUDE_RANKS,
    localisation.CLASS_IN_HEAD,
    localisation.FEW_CLASS_DIMENSIONS,
    localisation.TAIL_IS_NOISE,
    localisation.MAGNITUDE_RANKS_CLASS,
    localisation.CLASS_IN_SHOULDER,
    localisation.SHOULDER_IS_A_PLACE,
    localisation.MASK_CARRIES_CLASS,
    localisation.HEAD_IS_TIME,
    localisation.HEAD_FATAL,
)


def judge_claims(evidence: PaperEvidence) -> list[Claim]:
    """All claims; one whose inputs are absent is "not run"."""
    return [rule.claim(evidence) for rule in RULES]
