"""What a run says when some of what it shows is missing. Standard library only: the Snakefile says it too."""

from collections.abc import Mapping


def missing_sentence(reasons: Mapping[str, str]) -> str:
    """One sentence: which models are missing, why (each reason once), and how to fill them in."""
    models: dict[str, list[str]] = {}
    for model, reason in reasons.items():
        models.setdefault(reason.rstrip("."), []).append(model)
    named = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in models.items())
    return f"The tables and figures lack what could not be had ({named}); mend that or wait, then run the same command again."
