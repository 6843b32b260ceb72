"""Fixtures: checkpoints of every container with the same tensors, and patience that does not wait."""

import argparse
import io
import warnings

import pytest
import torch

from semantic_bottleneck.checkpoints.patience import Patience


def state_dict(seed: int = 0, layers: int = 6) -> dict[str, torch.Tensor]:
    """Small float32 weights with a transposed view, a half and an integer tensor among them."""
    generator = torch.Generator().manual_seed(seed)
    weights = {f"blocks.{index}.weight": torch.randn(7, 5, generator=generator) for index in range(layers)}
    weights["y_embedder.embedding_table.weight"] = torch.randn(11, 8, generator=generator)
    weights["half"] = torch.randn(3, 4, generator=generator).half()
    weights["view"] = torch.randn(4, 6, generator=generator).t()[1:]
    weights["index"] = torch.arange(9).reshape(3, 3)
    weights["scalar"] = torch.tensor(2.5)
    return weights


def trainer_file(ema: dict, model: dict) -> dict:
    """What a training script saves beside its weights."""
    return {"model": model, "ema": ema, "opt": {"state": {0: {"step": 3}}, "lr": 1e-4}, "args": argparse.Namespace(lr=1)}


def pt_bytes(content: object, legacy: bool = False) -> bytes:
    """`content` as torch saves it."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(content, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    return state_dict()


@pytest.fixture
def waits() -> list[float]:
    """The delays that would have been slept."""
    return []


@pytest.fixture
def patience(waits: list[float]) -> Patience:
    return Patience(attempts=4, read_timeout=5.0, sleep=waits.append)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say how many damaged files were tried."""
    from tests.unit.checkpoints.judgement import TRIED

    if TRIED:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(TRIED.items()))
        terminalreporter.write_line(f"damaged or hostile checkpoints tried: {sum(TRIED.values())} ({counts})")
