"""Any bad checkpoint, and the judgement of what became of it."""

import os
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import torch

from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.errors import UserError
from tests.sections import checkpoint_of
from tests.unit.checkpoints.beside import harmless_call
from tests.unit.checkpoints.damage import Case, damaged, originals
from tests.unit.checkpoints.hostile import hostile, random_pickle
from tests.unit.checkpoints.lies import lying_zip, odd_safetensors, odd_zip, wrong_layout

NAME = "file.pt"
# Thousands of small folders come and go: where there is a folder in memory, they need no disk.
IN_MEMORY = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)
# What became of the cases of this process, for the summary at the end.
TRIED: Counter = Counter()
INTACT = originals()


def draw(rng: random.Random, sentinel: Path) -> Case:
    """Any case: half are random damage, the others made to harm."""
    if rng.random() < 0.5:
        kind, (content, weights, reference) = rng.choice(list(INTACT.items()))
        damage, content = damaged(content, rng)
        return Case(f"{kind}: {damage}", content, weights, reference)
    if rng.random() < 0.5:
        return rng.choice((hostile, random_pickle, harmless_call, harmless_call))(rng, sentinel)
    return rng.choice((wrong_layout, lying_zip, odd_zip, odd_safetensors))(rng)


def attempt(case: Case, folder: Path, sentinel: Path) -> str:
    """Read and fetch the file in the empty `folder`; returns "read" or "refused".

    Raises:
        AssertionError: anything but the right bytes or one sentence happened, something ran, or something was left.
    """
    (folder / NAME).write_bytes(case.content)
    card = {"files": [{"url": NAME}], "keys": ["ema"]}
    outcome = "read"
    try:
        found = read_tensors(checkpoint_of(card), None, base=folder, cache=folder / "cache").tensors
    except UserError as error:
        assert_sentence(error)
        outcome = "refused"
    else:
        assert same(found, case.original) or (case.reference and same(found, case.reference(case.content))), case.kind
    target = folder / "fetched" / "file"
    try:
        fetch_checkpoint(checkpoint_of(card), target, lock=None, base=folder)
    except UserError as error:
        assert_sentence(error)
        assert not target.exists(), case.kind
    else:
        assert target.read_bytes() == case.content, case.kind
    left = {path.name for path in folder.rglob("*") if path.is_file()} - {NAME, "file"}
    assert not left, (case.kind, left)
    assert not sentinel.exists(), case.kind
    return outcome


def assert_sentence(error: UserError) -> None:
    """One line that names the file."""
    text = str(error)
    assert NAME in text, text
    assert "\n" not in text, text
    assert text.endswith("."), text
    assert len(text) < 700, text


def same(found: Mapping[str, torch.Tensor], expected: object) -> bool:
    """Equal names, dtypes, shapes and bytes (of the tensors in `expected`)."""
    if not isinstance(expected, Mapping):
        return False
    tensors = {name: value for name, value in expected.items() if isinstance(name, str) and isinstance(value, torch.Tensor)}
    return found.keys() == tensors.keys() and all(
        found[name].dtype == value.dtype and found[name].shape == value.shape and torch.equal(found[name], value)
        for name, value in tensors.items()
    )
