"""Decoding and judging: each network alone, with its pictures on the device and from the host, and all of them in rule
extract_features' own function. The networks are the published shapes with random weights."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from benchmarks.device_parts.clock import Memory, seconds
from benchmarks.device_parts.scale import Scale
from extract_features import extract_features
from semantic_bottleneck.decoding.pictures import build_decoder, decode
from semantic_bottleneck.decoding.vae import ARCHITECTURE, build_vae, described
from semantic_bottleneck.files import parquet, tensors_file
from semantic_bottleneck.study.asset import Asset
from semantic_bottleneck.study.assets import load_asset
from semantic_bottleneck.study.typed import required, typed
from tests.workflow import official

ASSETS = {"clip": "openai-vit-b-32", "dinov2": "dinov2-vit-l-14"}
DECODER = "sd-vae-ft-ema"
MICRO_BATCH = 50


def measure(scale: Scale) -> dict:
    """Images per second of each part and of the whole; `overlap` is the parts' time over the whole's."""
    count, batch = 4 if scale.tiny else 256, _batch(scale)
    files, cards = _files(scale)
    card, plain = scale.card("dit"), scale.plain_card("dit")
    rng = np.random.default_rng(0)
    latents = rng.standard_normal((count, *card.latent_shape), dtype=np.float32)
    samples = np.arange(count)
    rates, peaks = {}, {}

    decoder = build_decoder(required(card.decoder), files["decoder"], scale.device)
    for size in (8, 32):
        _timed(
            f"decoder, {size} at a time", lambda n, size=size: decode(latents[:n], decoder, size), count, scale, rates, peaks
        )
    pictures = decode(latents[:batch], decoder)
    pictures = np.concatenate([pictures] * (count // len(pictures) + 1))[:count]
    for name in ("inception", "clip", "dinov2"):
        judges = _judges(name, files, cards, scale)
        _timed(name, lambda n, judges=judges: judges(pictures[:n], samples[:n]), count, scale, rates, peaks)

    target = scale.scratch / "features.parquet"
    sources = {n: scale.scratch / f"latents-{n}.parquet" for n in (batch, count)}
    for n, source in sources.items():
        parquet.write(source, {"sample": samples[:n], "label": samples[:n] % 1000, "latent": latents[:n]}, {"model": "dit"})
    judging = _judging(cards, scale)
    evaluators = {"extractor": [files["inception"]], "clip": [files["clip"]], "dinov2": [files["dinov2"]]}

    def whole(n: int) -> None:
        extract_features(plain, sources[n], files["decoder"], MICRO_BATCH, judging, evaluators, target, scale.device)

    _timed("extract_features", whole, count, scale, rates, peaks)
    parts = ("decoder, 8 at a time", "inception", "clip", "dinov2")
    overlap = sum(1 / rates[name] for name in parts) * rates["extract_features"]
    return {"images": count, "images_per_second": rates, "peak_mib": peaks, "overlap": overlap}


def _batch(scale: Scale) -> int:
    """evaluation.batch's default; Inception fills up what is smaller, which at toy size would be all of its time."""
    return 2 if scale.tiny else 32


def _timed(name: str, call: Callable[[int], object], count: int, scale: Scale, rates: dict, peaks: dict) -> None:
    """`call(n)` deals with the first n pictures."""
    call(_batch(scale))
    with Memory(scale) as memory:
        rates[name] = count / seconds(lambda: call(count), scale)
    peaks[name] = memory.peak


def _judging(cards: dict, scale: Scale) -> dict:
    common = {"extractor": "inception", "clip": ASSETS["clip"], "dinov2": ASSETS["dinov2"], "protocol": "adm"}
    return common | {"spatial": True, "batch": _batch(scale), "cards": cards}


def _judges(name: str, files: dict[str, str], cards: dict, scale: Scale):
    """The function (images, samples) of one judge alone, as `Judges` calls it."""
    if name == "inception":
        from semantic_bottleneck.features.inception import extract

        return lambda images, samples: extract(images, samples, files["inception"], _batch(scale), scale.device, protocol="adm")
    if name == "clip":
        from semantic_bottleneck.features.clip import open_published

        seen = open_published(files["clip"], typed(Asset, cards["clip"]), scale.device)
        return lambda images, samples: seen.encode_images(images, samples, _batch(scale))
    from semantic_bottleneck.features.dinov2 import open_dinov2

    look = open_dinov2(files["dinov2"], typed(Asset, cards["dinov2"]), scale.device)
    return lambda images, samples: look(images, samples, _batch(scale))


def _files(scale: Scale) -> tuple[dict[str, str], dict]:
    """Random weights of every network in the containers that the rules hand on, and the asset cards of two of them."""
    import open_clip
    import timm

    cards = {role: {key: load_asset(name)[key] for key in ("architecture", "checkpoint")} for role, name in ASSETS.items()}
    if scale.tiny:
        cards["clip"]["architecture"] = {"model": official.MODEL_CONFIG, "preprocess": official.PREPROCESS_CONFIG}
        cards["dinov2"]["architecture"] = official.DINOV2
    paths = {name: str(scale.scratch / f"{name}.bin") for name in ("inception", "clip", "dinov2")}
    Path(paths["inception"]).write_bytes(official.inception(scale.scratch))
    model = open_clip.CLIP(**cards["clip"]["architecture"]["model"])
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, paths["clip"])
    named = cards["dinov2"]["architecture"]
    dinov2 = timm.create_model(named["name"], pretrained=False, num_classes=0, img_size=518, **named["options"])
    torch.save(official.random_state(dinov2), paths["dinov2"])
    paths["decoder"] = str(scale.scratch / "decoder.safetensors")
    _write_decoder(paths["decoder"], scale)
    return paths, cards


def _write_decoder(path: str, scale: Scale) -> None:
    architecture = official.SD_VAE if scale.tiny else {}
    vae = described(DECODER, architecture)
    metadata = {ARCHITECTURE: json.dumps(architecture)}
    tensors_file.write(path, official.random_state(build_vae(vae)), metadata)
