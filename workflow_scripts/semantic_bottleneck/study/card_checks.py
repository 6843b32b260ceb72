"""Contradictions in a model card that its schema cannot say. Standard library only: the Snakefile reads cards."""

from collections.abc import Mapping
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.card import Card, Guidance
from semantic_bottleneck.study.conditioning import TextConditioning, TokenEncoder
from semantic_bottleneck.study.samplers import SamplerSpec
from semantic_bottleneck.study.sizes import CONDITION_RANK, NETWORK, check_sizes
from semantic_bottleneck.study.training import GuidedVelocityObjective, Training
from semantic_bottleneck.study.typed import required

CONDITIONED_ONLY = (
    *("uvit", "audioldm", "dit-diffusers", "pixart", "sd3", "flux", "auraflow", "sana", "lumina2", "lumina-next", "cogvideox"),
    *("ltx", "wan", "hunyuandit", "hunyuanvideo", "hidream", "kandinsky5", "mochi"),
)
"""Families of which only the part that makes c exists here; of some diffusers has the rest, where a card describes it."""
OF_DIFFUSERS = ("dit-diffusers", "pixart", "sd3", "flux")
"""Families whose network is diffusers' own, where a card has `architecture.network`."""
TRAINABLE = ("dit",)
POOLED_TOKENS = {"hunyuandit": "t5-padded", "mochi": "t5", "lumina-next": "gemma"}
"""Family that pools tokens -> kind of the encoder that they come from."""
SPLITTING = ("ddpm", "ddim", "dpm-solver++", "diffusers")
"""Samplers that take the predicted noise out of twice as many channels; the others need as many as the latent has."""


def check_card(card: Card) -> None:
    """Do the values of a card that fits its schema also fit each other?

    Raises:
        UserError: one sentence naming the key.
    """
    check_sizes(card.family, card.architecture)
    if card.classes is not None and card.classes != card.architecture["num_classes"]:
        raise UserError(
            f"conditioning.classes is {card.classes} and architecture.num_classes {card.architecture['num_classes']}; "
            "both count the classes without the null row, so make them equal."
        )
    if isinstance(card.conditioning, TextConditioning):
        _check_tokens(card, card.conditioning)
    if card.training is not None:
        _check_training(card, card.training)
    if card.sampler is not None and card.guidance is not None:
        _check_sampled(card, card.sampler, card.guidance)


def is_conditioned_only(family: str, architecture: Mapping[str, Any]) -> bool:
    """Whether only the part that makes c can be built."""
    return family in CONDITIONED_ONLY and NETWORK not in architecture


def _check_tokens(card: Card, conditioning: TextConditioning) -> None:
    encoder = conditioning.encoders[0]
    if not isinstance(encoder, TokenEncoder):
        return
    wanted = POOLED_TOKENS[card.family]
    if encoder.kind != wanted:
        raise UserError(
            f"conditioning.encoders.0.kind is {encoder.kind}, but family '{card.family}' pools tokens of {wanted}; correct it."
        )
    tokens = card.architecture.get("tokens", encoder.tokens)
    if encoder.tokens != tokens:
        raise UserError(
            f"conditioning.encoders.0.tokens is {encoder.tokens} and architecture.tokens {tokens}; both count the tokens that "
            "are pooled, so make them equal."
        )


def _check_training(card: Card, training: Training) -> None:
    architecture = card.architecture
    if card.family not in TRAINABLE:
        raise UserError(f"family is '{card.family}', but only {', '.join(TRAINABLE)} is trained here; give a checkpoint.")
    if CONDITION_RANK in architecture:
        raise UserError(
            "architecture.condition_rank is of checkpoints that `snakemake compress` made, and nothing is trained with it; "
            "take it out, or give a checkpoint."
        )
    if architecture["learn_sigma"] and not architecture.get("drop_sigma"):
        raise UserError("architecture.learn_sigma is true, but no objective trains a variance; set it to false.")
    if training.parts * (training.micro_batch or training.batch_size) != training.batch_size:
        raise UserError(
            f"training.micro_batch is {training.micro_batch}, which does not divide batch_size = {training.batch_size}; "
            "choose a divisor."
        )
    if training.aligned and not architecture.get("projector_dims"):
        raise UserError("training.objective aligned-velocity needs architecture.projector_dims, such as [64]; add it.")
    dropped = training.label_dropout > 0 or isinstance(training.objective, GuidedVelocityObjective)
    if dropped and not architecture.get("null_class", True):
        raise UserError("architecture.null_class is false, but training drops labels; set training.label_dropout to 0.")


def _check_sampled(card: Card, sampler: SamplerSpec, guidance: Guidance) -> None:
    architecture = card.architecture
    if is_conditioned_only(card.family, architecture):
        more = f", or add architecture.{NETWORK}" if card.family in OF_DIFFUSERS else ""
        raise UserError(f"sampler is given, but of family '{card.family}' only what makes c is built here; take it out{more}.")
    if NETWORK in architecture and required(card.conditioning).kind not in ("class", "pipeline"):
        raise UserError(
            f"conditioning.kind is {required(card.conditioning).kind}, which is enough to make c, but not to sample; make it "
            "pipeline."
        )
    if architecture.get("learn_sigma") and not architecture.get("drop_sigma") and sampler.name not in SPLITTING:
        raise UserError(
            f"sampler.name is {sampler.name}, which needs as many output channels as the latent has, but "
            "architecture.learn_sigma doubles them; set it to false"
            f"{', or drop_sigma to true' if card.family == 'dit' else ''}."
        )
    low, high = guidance.interval or (0, 0)
    if low > high:
        raise UserError(f"guidance.interval is [{low}, {high}]; give the lower time first.")
    if guidance.scale > 1 and not architecture.get("null_class", True):
        raise UserError("guidance.scale is above 1, but architecture.null_class is false; set guidance.scale to 1.")
