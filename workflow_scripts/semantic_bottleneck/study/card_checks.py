"""Contradictions in a model card that its schema cannot say. Standard library only: the Snakefile reads cards."""

from collections.abc import Mapping
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.sizes import check_sizes

CONDITIONED_ONLY = ("uvit", "sd3", "audioldm")
"""Families of which only the part that makes c exists here."""
TRAINABLE = ("dit",)
SPLITTING = ("ddpm", "ddim", "dpm-solver++")
"""Samplers that take the predicted noise out of twice as many channels; the others need as many as the latent has."""


def check_card(card: Mapping[str, Any]) -> None:
    """Do the values of a card that fits its schema also fit each other?

    Raises:
        UserError: one sentence naming the key.
    """
    family, architecture, conditioning = card["family"], card["architecture"], card["conditioning"]
    check_sizes(family, architecture)
    if "classes" in conditioning and conditioning["classes"] != architecture["num_classes"]:
        raise UserError(
            f"conditioning.classes is {conditioning['classes']} and architecture.num_classes {architecture['num_classes']}; "
            "both count the classes without the null row, so make them equal."
        )
    if "training" in card:
        _check_training(card)
    if "sampler" in card:
        _check_sampled(card)


def _check_training(card: Mapping[str, Any]) -> None:
    training, architecture = card["training"], card["architecture"]
    if card["family"] not in TRAINABLE:
        raise UserError(f"family is '{card['family']}', but only {', '.join(TRAINABLE)} is trained here; give a checkpoint.")
    if architecture["learn_sigma"] and not architecture.get("drop_sigma"):
        raise UserError("architecture.learn_sigma is true, but no objective trains a variance; set it to false.")
    micro_batch = training.get("micro_batch") or training["batch_size"]
    if training["batch_size"] % micro_batch:
        raise UserError(
            f"training.micro_batch is {micro_batch}, which does not divide batch_size = {training['batch_size']}; "
            "choose a divisor."
        )
    objective = training["objective"]["name"]
    if objective == "aligned-velocity" and not architecture.get("projector_dims"):
        raise UserError("training.objective aligned-velocity needs architecture.projector_dims, such as [64]; add it.")
    dropped = training["label_dropout"] > 0 or objective == "guided-velocity"
    if dropped and not architecture.get("null_class", True):
        raise UserError("architecture.null_class is false, but training drops labels; set training.label_dropout to 0.")


def _check_sampled(card: Mapping[str, Any]) -> None:
    sampler, guidance, architecture = card["sampler"]["name"], card["guidance"], card["architecture"]
    if card["family"] in CONDITIONED_ONLY:
        raise UserError(f"sampler is given, but of family '{card['family']}' only what makes c is built here; take it out.")
    if architecture["learn_sigma"] and not architecture.get("drop_sigma") and sampler not in SPLITTING:
        raise UserError(
            f"sampler.name is {sampler}, which needs as many output channels as the latent has, but architecture.learn_sigma "
            f"doubles them; set it to false{', or drop_sigma to true' if card['family'] == 'dit' else ''}."
        )
    low, high = guidance["interval"] or (0, 0)
    if low > high:
        raise UserError(f"guidance.interval is [{low}, {high}]; give the lower time first.")
    if guidance["scale"] > 1 and not architecture.get("null_class", True):
        raise UserError("guidance.scale is above 1, but architecture.null_class is false; set guidance.scale to 1.")
