"""The paper's claims are judged model by model."""

from collections.abc import Callable

from semantic_bottleneck.reporting.core.claim import Finding
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence


def each_model(judge: Callable[[PaperEvidence, str], Finding]) -> Callable[[PaperEvidence], list[Finding]]:
    """One finding for each model that claims are judged on."""
    return lambda evidence: [judge(evidence, model) for model in evidence.facts.judged()]
