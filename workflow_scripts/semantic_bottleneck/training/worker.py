"""One process of a training run: alone, or one of several that torchrun starts and accelerate joins."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.typed import required, typed
from semantic_bottleneck.training.accelerated import Accelerated
from semantic_bottleneck.training.classifier import load_classifier
from semantic_bottleneck.training.observed import train_observed
from semantic_bottleneck.training.open_data import open_data
from semantic_bottleneck.training.team import Alone, Team


def perform(job: Mapping[str, Any], team: Team) -> None:
    """Train as the job says: card, data, seed, checkpoints, timesteps, work (a folder), classifier (a file or null)."""
    card = typed(Card, job["card"])
    data = open_data(job["data"], required(card.training).aligned)
    classifier = load_classifier(job["classifier"]) if job["classifier"] else None
    observed = (job["seed"], job["checkpoints"], job["timesteps"])
    train_observed(card, data, classifier, *observed, Path(job["work"]), team)


def train(job: Mapping[str, Any], processes: int, device: str) -> None:
    """Train in this process, or in `processes` new ones with a device each; `device` is cpu or cuda.

    Raises:
        UserError: a process failed; its own sentence is on stderr.
    """
    if processes < 2:
        perform(job, Alone(device))
        return
    work = Path(job["work"])
    description = work / "job.json"
    write_text(description, json.dumps(dict(job)))
    library = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command += ["-m", "semantic_bottleneck.training.worker", str(description), device]
    paths = [library, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    if subprocess.run(command, env=environment, check=False).returncode:
        raise UserError(f"Training {job['card']['name']} in {processes} processes failed; the reason is in the log above.")


def main(description: str, device: str) -> None:
    """What each of several processes runs."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    try:
        perform(json.loads(Path(description).read_text(encoding="utf-8")), Accelerated(cpu=device == "cpu"))
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
