"""One part of a text encoder, its tokenizer or its network, out of a folder."""

from collections.abc import Callable
from pathlib import Path

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.conditioning import TextEncoder


def load_part(constructor: Callable, encoder: TextEncoder, folder: Path, subfolder: str, **options):
    """What the `from_pretrained` of a class of transformers makes of `folder`/`subfolder`.

    Raises:
        UserError: it cannot be loaded.
    """
    try:
        return constructor(str(folder), subfolder=subfolder, local_files_only=True, **options)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"The {subfolder} of {encoder.source} cannot be loaded from {folder} ({reason}); delete that folder and run "
            "again, or correct conditioning.encoders in the model card."
        ) from error
