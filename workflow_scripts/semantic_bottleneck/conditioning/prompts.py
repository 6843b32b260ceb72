"""Prompt lists: a text file, or a template filled with the ImageNet class names."""

from pathlib import Path

import open_clip

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.conditioning import Prompts
from semantic_bottleneck.study.typed import required


def read_prompts(prompts: Prompts, root: str | Path) -> list[str]:
    """The prompts of a card's `conditioning.prompts`.

    Args:
        prompts: `file`, one prompt per line, empty lines and lines starting with # left out; or `template` ("a photo of
            a {}") with `names` imagenet, 1000 prompts in label order.
        root: the folder that the path starts from.

    Raises:
        UserError: the file is absent, is not UTF-8 text or holds fewer than two prompts.
    """
    if prompts.template is not None:
        return [prompts.template.format(name) for name in open_clip.IMAGENET_CLASSNAMES]
    path = Path(root) / required(prompts.file)
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as UTF-8 text ({error}); write one prompt per line.") from error
    found = [line for line in lines if line and not line.startswith("#")]
    if len(found) < 2:
        raise UserError(f"{path} holds {len(found)} prompts; similarities need at least two, one per line.")
    return found
