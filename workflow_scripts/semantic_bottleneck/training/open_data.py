"""From the name of a data set to something a training run can draw batches from."""

from pathlib import Path

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.data.image_data import ImageData
from semantic_bottleneck.files.latent_folder import LATENTS
from semantic_bottleneck.training.latents import LatentSource
from semantic_bottleneck.training.sources import ImageSource


def open_data(name: str, aligned: bool) -> ImageData | ImageSource:
    """The bundled data set called `name`, or the folder of `latents:<folder>`, with alignment features only if `aligned`.

    Raises:
        UserError: unknown name, or the folder is absent or incomplete.
    """
    if not name.startswith(LATENTS):
        return load_images(name)
    return LatentSource(Path(name.removeprefix(LATENTS)), aligned=aligned)
