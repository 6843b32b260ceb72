"""Names in a folder of latents. Standard library only: the Snakefile reads them.

`settings.json` is written first and says what the folder is made from; `manifest.json` is written last: with it the folder
is complete. Each shard is `latents-00000.npy` (rows, views, 2C, h, w)
float32, the mean and the standard deviation of the autoencoder's posterior one above the other, with `labels-00000.npy`
int64 (rows,) and, where features were asked for, `alignment-00000.npy` (rows, views, tokens, z) float16. Views: the picture
and, where asked for, its mirror image.
"""

LATENTS = "latents:"
MANIFEST = "manifest.json"
SETTINGS = "settings.json"
PARTS = ("latents", "labels", "alignment")


def shard_file(part: str, shard: int) -> str:
    """File name of one part (of PARTS) of a shard."""
    return f"{part}-{shard:05d}.npy"
