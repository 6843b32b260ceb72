"""One part of what encodes conditions, a tokenizer or a network, out of a folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError


def load_part(constructor: Callable[..., Any], what: str, folder: str | Path, **options: Any) -> Any:
    """What the `from_pretrained` of a class of transformers or diffusers makes of a folder on this machine.

    Args:
        what: the part, as a sentence calls it.

    Raises:
        UserError: it cannot be loaded.
    """
    try:
        return constructor(str(folder), local_files_only=True, **options)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"The {what} cannot be loaded from {folder} ({reason}); delete that folder and run again, or correct "
            "conditioning.encoders in the model card."
        ) from error


def load_of(constructor: Callable[..., Any], source: str, folder: Path, subfolder: str, **options: Any) -> Any:
    """The same of a sub-folder of a repository that was fetched from `source`."""
    return load_part(constructor, f"{subfolder} of {source}", folder, subfolder=subfolder, **options)
