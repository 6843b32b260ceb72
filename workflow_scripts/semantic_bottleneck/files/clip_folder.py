"""Names in the folder of the study's own CLIP, as open_clip's `local-dir:` reads it."""

CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"
CONFIG_SHA256 = "config_sha256"
"""Entry of the weights' metadata: the hash of the configuration beside them."""
