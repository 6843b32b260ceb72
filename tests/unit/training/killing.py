"""Kills a training run after every update and in the middle of writing, and continues each time: run by test_killing.

Prints one JSON object: case -> do all files equal those of the run that nobody disturbed? A process of its own, so that its
children are forked from one thread.
"""

import json
import os
import signal
import sys
from pathlib import Path

import torch

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.files import containers
from semantic_bottleneck.training.observed import train_observed
from semantic_bottleneck.training.run import TrainingRun
from tests.sections import card_of
from tests.unit.training.cards import tiny_card

CARD, SAVE_EVERY = tiny_card(save_every=3, micro_batch=8, gradient_clip=1.0), 3
UPDATE, SAVE = TrainingRun.update, torch.save


def train(folder):
    train_observed(card_of(CARD), load_images("digits").take(0, 100), None, 0, [0, 5, 12], 2, folder)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".parquet"}


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def killed_after(step):
    def update(run):
        UPDATE(run)
        if run.step == step:
            die()

    TrainingRun.update = update


def killed_while_saving(step):
    def save(content, file):
        if isinstance(content, dict) and content.get("step") == step:
            file.write(b"half of it")
            file.flush()
            die()
        SAVE(content, file)

    containers.torch.save = save


def survives(sabotage, step, folder):
    """Train in a child that is killed, then to the end here; did the child die, and are the files the same?"""
    child = os.fork()
    if child == 0:
        sabotage(step)
        train(folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    train(folder)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL and contents(folder) == WHOLE


if __name__ == "__main__":
    torch.set_num_threads(1)
    root = Path(sys.argv[1])
    train(root / "whole")
    WHOLE = contents(root / "whole")
    found = {f"after {step}": survives(killed_after, step, root / f"after-{step}") for step in range(1, 13)}
    found |= {f"saving {step}": survives(killed_while_saving, step, root / f"saving-{step}") for step in (3, 9)}
    print(json.dumps({"files": sorted(WHOLE), "same": found}))
