"""What a run says when some of what it shows is missing. Standard library only: the Snakefile says it too."""

from collections.abc import Mapping


def missing_sentence(reasons: Mapping[str, str]) -> str:
    """One sentence: which models are missing, why, and how to fill them in."""
    named = "; ".join(f"{model}: {reason.rstrip('.')}" for model, reason in reasons.items())
    return (
        f"what was made lacks {', '.join(reasons)}, and says why in its cells ({named}); "
        "mend that or wait, then run the same command again."
    )
