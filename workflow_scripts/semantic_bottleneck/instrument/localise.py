"""Where in c the class is, of a network in memory: what the target `localisation` asks of the models of a study."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.instrument.calls import Half
from semantic_bottleneck.instrument.networks import Given, conditioner_of, conditions_for, layout_for, network_of
from semantic_bottleneck.instrument.pruned import pruned
from semantic_bottleneck.instrument.vectors import GivenVectors
from semantic_bottleneck.scores.localisation import class_agreements, compared_rows
from semantic_bottleneck.study.localisation import BASELINE, Localisation, prunings
from semantic_bottleneck.study.pruning import DEFAULTS
from semantic_bottleneck.uncertainty.groups import balanced_samples, stratified_groups

GROUPS = 20
"""As in a study that says nothing of `evaluation.groups`."""


def localise(
    network: Any,
    sample: Callable[[np.ndarray], Any],
    judge: Callable[[Any], Any],
    labels: Sequence[int],
    localisation: Localisation | None = None,
    *,
    variants: Sequence[str] | None = None,
    groups: int = GROUPS,
    steps: int | None = None,
    last_share: float = 0.1,
    conditions: Given = None,
    unconditional: Half = None,
    **architecture: Any,
) -> list[dict[str, Any]]:
    """Change one part of c after another, sample, and count how often a judge still sees the class.

    Args:
        network: a diffusers pipeline, its transformer, or a network of ours.
        sample: labels int64 (n,) -> samples of any kind, from the same noise in every call; it runs the network over whole
            trajectories, one batch of samples after another in the order of the labels.
        judge: samples -> the class that each shows, whole numbers (n,).
        labels: class of each sample. Where text enters c, its prompt among `conditions`, and sample i must have prompt
            i modulo their number.
        localisation: which parts and replacements, and at which steps; `Localisation.of(...)`.
        variants: names out of `localisation.variants`, for fewer runs; the baseline always runs.
        groups: of samples that the jackknife leaves out in turn, each with a random choice of dimensions of its own.
        steps, last_share, conditions, unconditional, architecture: see `pruned`.

    Returns:
        Dicts of variant, against, metric (class_agreement, other_class_agreement), quantity (value or difference), value, low,
        high, standard_error, method, n and note: the rows of a study's `localisation/<model>.parquet`, with the same
        delete-group jackknife.

    Raises:
        UserError: an unknown network or variant; a network into whose c no condition enters; labels, or what the judge says,
            that are no classes of the samples; what `pruned` refuses.
    """
    meant, module, own_labels = localisation or Localisation.of(), network_of(network), np.asarray(labels, dtype=np.int64)
    classes = _classes(module, own_labels, conditions, architecture)
    window: dict[str, Any] = {"steps": steps, "last_share": last_share, "unconditional": unconditional}
    split = stratified_groups(balanced_samples(own_labels, classes), classes, groups)
    found = {}
    for name, pruning in _chosen(meant, variants).items():
        if pruning is None:
            samples = sample(own_labels)
        else:
            with pruned(module, pruning, conditions=conditions, draws=split.member, **window, **architecture):
                samples = sample(own_labels)
        drawn = np.asarray(judge(samples))
        if drawn.shape != own_labels.shape or drawn.dtype.kind not in "iu":
            raise UserError(
                f"Of {len(own_labels)} samples the judge returned {drawn.dtype} {drawn.shape}; return a class for each."
            )
        found[name] = class_agreements(drawn, own_labels, classes, meant.shift, split)
    return compared_rows(found)


def _classes(module: Any, labels: np.ndarray, conditions: Given, architecture: dict[str, Any]) -> int:
    """How many conditions there are to tell apart."""
    layout, conditioner = layout_for(module), conditioner_of(module, **architecture)
    enters = "the condition" if layout is None else layout.enters
    if not enters:
        raise UserError("Into c of this network no condition enters, so no class is in it.")
    labelled = getattr(conditioner, "num_classes", None) is not None
    rows = conditions_for(conditioner, None if labelled else conditions, enters)
    count = GivenVectors(conditioner, rows, enters).count
    if labels.ndim != 1 or not len(labels) or labels.min() < 0 or labels.max() >= count:
        raise UserError(f"labels must be one whole number from 0 to {count - 1} for each sample.")
    if not labelled and not np.array_equal(labels, np.arange(len(labels)) % count):
        raise UserError(f"Where text enters c, sample i has condition i: give labels 0 to {count - 1}, over and over.")
    return count


def _chosen(localisation: Localisation, names: Sequence[str] | None) -> dict[str, Any]:
    every = prunings(localisation.variants(DEFAULTS))
    if unknown := set(names or ()) - every.keys():
        raise UserError(f"localise has no variant {', '.join(sorted(unknown))}; it has {', '.join(every)}.")
    return {name: pruning for name, pruning in every.items() if names is None or name in (BASELINE, *names)}
