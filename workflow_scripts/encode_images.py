"""Rule encode_images: a folder of pictures -> latents (and alignment features) in shards, resumable shard by shard."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    device = begin(snakemake)

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.conditioning.alignment import alignment_encoder
from semantic_bottleneck.data.labelled_pictures import open_pictures
from semantic_bottleneck.data.latent_shards import MADE_FROM, Features, begin_folder, write_shards
from semantic_bottleneck.decoding.vae_encoder import load_encoder
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.files.latent_folder import MANIFEST
from semantic_bottleneck.redaction import redacted

logger = logging.getLogger(__name__)


def encode_images(
    images: str | Path,
    weights: str | Path,
    settings: Mapping[str, Any],
    folder: str | Path,
    device: str,
    contents: Mapping[str, str | None] | None = None,
    alignment: str | Path | None = None,
) -> None:
    """Encode every picture and write the manifest last; a second call continues after the last whole shard.

    Args:
        images: folder with one sub-folder per class, or an npz file with the arrays `images` and `labels`.
        weights: the encoder's safetensors file.
        settings: `size`, `autoencoder`, `flip`, `shard` (pictures per file), `batch` and optionally `alignment` {name,
            checkpoint, architecture}, a DINOv2.
        folder: the output; see `latent_folder`.
        contents: hashes of what the pictures hold; shards made from other contents, or by another encoder, are made again.
        alignment: the fetched checkpoint of `settings["alignment"]`.

    Raises:
        UserError: pictures or weights are absent or unreadable; the folder was begun with other settings.
    """
    folder = Path(folder)
    pictures = open_pictures(Path(images))
    # What the folder keeps of its settings holds no login that an address may have.
    made_from = json.loads(redacted(json.dumps(settings)))
    made_from[MADE_FROM] = {"names": pictures.identity, "contents": dict(contents or {}), "encoder": file_sha256(weights)}
    begin_folder(folder, made_from)
    autoencoder = load_encoder(settings["autoencoder"], Path(weights), device)
    encoders: dict[str, Features] = {"latents": autoencoder.moments}
    if settings.get("alignment"):
        assert alignment is not None  # the rule fetches what the settings name
        encoders["alignment"] = alignment_encoder(settings["alignment"], Path(alignment).resolve(), device)
    shape, shards = write_shards(pictures, encoders, settings, folder)
    manifest = {
        "shape": [shape[2] // 2, *shape[3:]],
        "views": shape[1],
        "scale": autoencoder.scale,
        "class_names": list(pictures.class_names),
        "alignment": "alignment" in encoders,
        "settings": made_from,
        "shards": shards,
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")
    logger.info("%d pictures in %d classes, %d shards", len(pictures.labels), len(pictures.class_names), len(shards))


if __name__ == "__main__":
    encode_images(
        images=snakemake.params.images,
        weights=snakemake.input.weights,
        settings=snakemake.params.settings,
        contents=snakemake.params.contents,
        folder=snakemake.params.folder,
        device=device,
        alignment=snakemake.input.get("alignment"),
    )
