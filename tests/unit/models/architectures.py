"""Small and full-size architectures the tests of the networks share."""

XL = {
    "input_size": 32,
    "patch_size": 2,
    "in_channels": 4,
    "hidden_size": 1152,
    "depth": 28,
    "num_heads": 16,
    "num_classes": 1000,
}
XMDPT = {"input_size": 32, "patch_size": 2, "in_channels": 4}
MDSGEN = {"input_size": [204, 16], "patch_size": 2, "in_channels": 8, "hidden_size": 768, "depth": 12, "num_heads": 12}

OFFICIAL = {
    "dit-xl-2": ("dit", XL),
    "sit-xl-2": ("dit", {**XL, "drop_sigma": True}),
    "repa-sit-xl-2": ("dit", {**XL, "learn_sigma": False, "projector_dims": [768]}),
    "mg-sit-xl-2": ("dit", {**XL, "learn_sigma": False}),
    "mdtv2-xl-2": ("mdt", {**XL, "decode_layer": 4}),
    "lightningdit-xl-1": ("lightningdit", {**XL, "input_size": 16, "patch_size": 1, "in_channels": 32}),
    "xmdpt-s-2": ("xmdpt", {**XMDPT, "hidden_size": 384, "depth": 12, "num_heads": 6}),
    "xmdpt-b-2": ("xmdpt", {**XMDPT, "hidden_size": 768, "depth": 12, "num_heads": 12}),
    "xmdpt-l-2": ("xmdpt", {**XMDPT, "hidden_size": 1024, "depth": 24, "num_heads": 16}),
    "mdsgen-b": ("mdsgen", MDSGEN),
}
"""Manifest -> family and architecture of the whole published network."""

OFFICIAL_CONDITIONERS = {
    "uvit-huge-2": ("uvit", {"hidden_size": 1152, "num_classes": 1000}),
    "sd3-2b": ("sd3", {"hidden_size": 1536, "pooled_size": 2048}),
    "sd3-8b": ("sd3", {"hidden_size": 2432, "pooled_size": 2048}),
    "audioldm": ("audioldm", {"hidden_size": 512, "class_size": 512}),
}

SMALL = {"input_size": 8, "patch_size": 2, "in_channels": 4, "hidden_size": 24, "depth": 4, "num_heads": 3}
SMALL_FAMILIES = {
    "dit": {**SMALL, "num_classes": 5},
    "mdt": {**SMALL, "num_classes": 5, "decode_layer": 2},
    "lightningdit": {**SMALL, "num_classes": 5},
    "xmdpt": SMALL,
    "mdsgen": {**SMALL, "input_size": [12, 4]},
}
