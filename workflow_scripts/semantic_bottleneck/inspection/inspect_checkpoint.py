"""A checkpoint's address -> what it is, its geometry, its card and a study of it."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from semantic_bottleneck.checkpoints.headers import Headers, read_headers
from semantic_bottleneck.checkpoints.lock import LOCK
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.conditioning.vectors import conditional_vectors, timestep_grid
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.inspection.addresses import resolve_addresses
from semantic_bottleneck.inspection.card import Draft, draft_card
from semantic_bottleneck.inspection.card_text import comment, yaml_text
from semantic_bottleneck.inspection.facts import Questions
from semantic_bottleneck.inspection.recognise import Recognised, recognise
from semantic_bottleneck.inspection.study import study_text
from semantic_bottleneck.inspection.summary import summarise
from semantic_bottleneck.inspection.time_scale import time_scale
from semantic_bottleneck.models.layouts import depends_on_condition
from semantic_bottleneck.models.loading import load_conditioner
from semantic_bottleneck.models.registry import conditioner_tensor_names
from semantic_bottleneck.redaction import redacted
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.card_checks import check_card
from semantic_bottleneck.study.cards import SCHEMA
from semantic_bottleneck.study.checkpoint import Checkpoint, file_at
from semantic_bottleneck.study.sizes import NETWORK
from semantic_bottleneck.study.typed import required, typed
from semantic_bottleneck.study.validation import load_schema, load_yaml, validated

log = logging.getLogger(__name__)

FIRST_LAYER = ("t_embedder.mlp.0.weight", "t_embedder.mlp.0.bias")
NAMELESS = re.compile(
    r"(diffusion_pytorch_|pytorch_)?model|last|latest|final|best|ema|weights|checkpoint|ckpt|transformer|[\d_-]*"
)
"""Names of files that say nothing of the model."""


def inspect_checkpoint(given: Mapping[str, Any], root: Path, patience: Patience | None = None) -> dict[str, Any]:
    """What is found, as plain data for `inspection_page`; the card and the study are written below `root`/config.

    Reads the file's directory and the conditioner's tensors, no other weights. Never overwrites a file.

    Args:
        given: values of INSPECTION_KEYS.

    Raises:
        UserError: the checkpoint cannot be had, is of another kind, leaves questions, or a file of that name is there; one
            sentence, and nothing was written.
    """
    questions = Questions(given)
    said = questions.said("checkpoint")
    if said is None:
        raise UserError("Say what to inspect: snakemake inspect --config checkpoint=<path, https://... or hf://owner/repo>.")
    addresses = resolve_addresses([str(each) for each in said] if isinstance(said, list) else [str(said)], root, patience)
    file = redacted(addresses[0])
    headers = read_headers(addresses, root, patience)
    found = recognise(headers, file)
    if found.layout.family is None:
        raise UserError(_no_card(found, file))
    name = str(questions.said("name") or name_of(addresses[0]))
    tensors = _first_layer(found, headers, addresses, root, patience) if found.layout.family == "dit" else {}
    scale = time_scale(*(tensors[each].float().numpy() for each in FIRST_LAYER)) if tensors else None
    draft = draft_card(found, headers, addresses, name, scale, questions, root, patience)
    questions.require_answers(file)
    text = _card_text(draft, found, file)
    texts = {f"config/models/{name}.yaml": text}
    if draft.asset:
        texts[f"config/assets/{draft.asset['name'].value}.yaml"] = _asset_text(draft.asset, file)
    _require_free([*texts, f"config/{name}.yaml"], root, name)
    card = validated(yaml.safe_load(text), load_schema(SCHEMA), f"config/models/{name}.yaml")
    model = typed(Card, card)
    check_card(model)
    official = load_yaml(root / "config/config.yaml")["evaluation"]["reference"]
    study, unscored = study_text(name, card, _autoencoder(draft), official, questions)
    geometry, missing, count = _measure(model, required(model.checkpoint), root, patience)
    for path, content in (texts | {f"config/{name}.yaml": study}).items():
        write_text(root / path, content)
    return {
        "name": name,
        "what": found.layout.title,
        "family": model.family,
        "facts": _facts(draft, found, headers, file, count),
        "geometry": geometry,
        "missing": missing,
        "unverified": draft.unverified,
        "card": f"config/models/{name}.yaml",
        "study": f"config/{name}.yaml",
        "written": [
            f"config/models/{name}.yaml: the card, every key with its evidence",
            *(f"{path}: the card of its decoder" for path in list(texts)[1:]),
            f"config/{name}.yaml: a study of it, tables {', '.join(key.removeprefix('table') for key in _tables(study))}",
            *([unscored] if unscored else []),
        ],
        "next": [
            f"snakemake --cores 1 --configfile=config/{name}.yaml doctor",
            f"snakemake --cores 2 --configfile=config/{name}.yaml {' '.join(_tables(study)[:2])}",
        ],
    }


def _no_card(found: Recognised, file: str) -> str:
    """Why a recognised network gets no card."""
    same = "" if found.layout.per_condition else " Its c has no y: cosine similarity across prompts is exactly 1."
    return (
        f"{file} is {found.layout.title}: {found.layout.c}; no family here makes this c yet, so no card can be written.{same}"
    )


def name_of(address: str) -> str:
    """A card's name from the most telling part of an address."""
    path = address.partition("://")[2] or address
    path = path.partition("?")[0].partition("#")[0]
    parts = [part for part in path.rpartition("@")[0 if "@" in path else 2].split("/") if part]
    names = [re.sub(r"\.(safetensors|index|json|pt|pth|ckpt|bin|checkpoint)\b", "", part.lower()) for part in parts]
    telling = [each for each in reversed(names) if not NAMELESS.fullmatch(each) and each not in ("results", "checkpoints")]
    name = re.sub(r"[^a-z0-9]+", "-", telling[0] if telling else "model").strip("-")
    return name[:100] or "model"


def _checkpoint(found: Recognised, headers: Headers, addresses: Sequence[str]) -> Checkpoint:
    keys = (found.outer,) if found.outer else ()
    return Checkpoint(tuple(file_at(each) for each in addresses), headers.container, keys, found.prefix, (), None)


def _first_layer(
    found: Recognised, headers: Headers, addresses: Sequence[str], root: Path, patience: Patience | None
) -> dict[str, torch.Tensor]:
    checkpoint = _checkpoint(found, headers, addresses)
    return read_tensors(checkpoint, FIRST_LAYER, base=root, patience=patience).tensors


def _card_text(draft: Draft, found: Recognised, file: str) -> str:
    lead = [
        f"{found.layout.title[0].upper()}{found.layout.title[1:]}, read off {file} by `snakemake inspect`.",
        "The evidence stands behind each key; every key: docs/config.md.",
    ]
    if draft.unsampled:
        lead.append(f"No sampler, so Tables 1, 4 and 5 alone: {draft.unsampled}.")
    return comment(lead) + yaml_text({**draft.card, "unverified": draft.unverified})


def _asset_text(asset: Mapping[str, Any], file: str) -> str:
    return comment([f"The autoencoder of the pipeline around {file}, read off it by `snakemake inspect`."]) + yaml_text(asset)


def _autoencoder(draft: Draft) -> Mapping[str, Any]:
    """The values of the pipeline's own; empty where samples are decoded by another."""
    return draft.asset["architecture"][NETWORK].value if draft.asset else {}


def _require_free(paths: Sequence[str], root: Path, name: str) -> None:
    there = [path for path in paths if (root / path).exists()]
    if there:
        raise UserError(
            f"{there[0]} is there already and is not overwritten; remove it, or give the card another name with "
            f"--config name={name}-2."
        )


def _measure(
    model: Card, checkpoint: Checkpoint, root: Path, patience: Patience | None
) -> tuple[dict[str, Any] | None, str, int]:
    """The geometry (None where conditions are the user's data), what is missing for it, and the conditioner's bytes."""
    wanted = conditioner_tensor_names(model.family, model.architecture)
    read = read_tensors(checkpoint, wanted, base=root, lock=root / LOCK, patience=patience)
    conditioner = load_conditioner(model.family, model.architecture, read.tensors, file=checkpoint.url, card=model.name)
    count = sum(tensor.numel() * tensor.dtype.itemsize for tensor in read.tensors.values())
    if model.classes is None:
        kind = required(model.conditioning).kind
        if not depends_on_condition(model.family):
            return (
                None,
                "c is one vector for all prompts (cosine similarity exactly 1); table1 and figure11 give its nPR.",
                count,
            )
        needed = "its text encoders" if kind in ("text", "pipeline") else f"the user's {kind}s"
        table = "table1" if kind == "pipeline" else "table5"
        return None, f"c needs {needed}: run {table}, or `doctor`, which says what is missing.", count
    grid = timestep_grid(required(model.conditioning), 2)
    vectors = conditional_vectors(conditioner, grid, torch.from_numpy(np.arange(model.classes)))
    return summarise(vectors, grid), "", count


def _facts(draft: Draft, found: Recognised, headers: Headers, file: str, count: int) -> list[str]:
    tensors = len(headers.state_dicts[found.outer])
    where = f" under {found.outer!r}" if found.outer else ""
    prefix = f", prefix {found.prefix!r}" if found.prefix else ""
    facts = [
        f"{file}: {headers.size / 1e6:,.1f} MB, {tensors} tensors{where}{prefix}; read were the names and {count / 1e6:.2f} MB",
        found.layout.c,
    ]
    if draft.convention is not None:
        facts.append(f"convention {draft.convention.name}: {draft.convention.why}")
    shown = ("input_size", "patch_size", "in_channels", "hidden_size", "depth", "num_heads", "num_classes")
    architecture = draft.card["architecture"]
    facts.append(", ".join(f"{key} {architecture[key].value}" for key in shown if key in architecture))
    return [*facts, *([f"not sampled here: {draft.unsampled}"] if draft.unsampled else [])]


def _tables(study: str) -> list[str]:
    return list(yaml.safe_load(study)["tables"])
