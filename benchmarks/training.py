"""Updates per second of the trainer against a plain PyTorch loop of the same model, in the same run.

    python benchmarks/training.py [MODEL] [UPDATES]

The plain loop draws its batch, noise and times from torch's global generator and updates with AdamW: no averaged weights, no
named random streams, no gradient norm. Both alternate in blocks, so that a busy machine slows both.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

import torch  # noqa: E402
from torch.nn import functional  # noqa: E402

from semantic_bottleneck.cards import load_card  # noqa: E402
from semantic_bottleneck.models.registry import build_network  # noqa: E402
from semantic_bottleneck.training.data import load_images  # noqa: E402
from semantic_bottleneck.training.run import TrainingRun  # noqa: E402

BLOCKS = 10


def plain_loop(card, data):
    """A function that makes one update of the velocity objective, without anything else."""
    settings = card["training"]
    network = build_network(card["family"], card["architecture"])
    images, labels = torch.from_numpy(data.images), torch.from_numpy(data.labels)
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"])

    def update():
        rows = torch.randint(len(labels), (settings["batch_size"],))
        noise, times = torch.randn(settings["batch_size"], *images.shape[1:]), torch.rand(settings["batch_size"])
        share = times.reshape(-1, 1, 1, 1)
        states = share * images[rows] + (1 - share) * noise
        loss = functional.mse_loss(network(states, times, labels[rows]), images[rows] - noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return update


def seconds(update, count):
    """CPU seconds of `count` updates."""
    start = time.process_time()
    for _ in range(count):
        update()
    return time.process_time() - start


def main(model="sit-mini", updates="400"):
    torch.set_num_threads(1)
    card, data = load_card(ROOT / f"config/models/{model}.yaml"), load_images("digits")
    run = TrainingRun(card, data, None, 0)
    contenders = {"this trainer": run.update, "plain PyTorch loop": plain_loop(card, data)}
    spent = dict.fromkeys(contenders, 0.0)
    count = max(1, int(updates) // BLOCKS)
    for update in contenders.values():
        seconds(update, 10)
    for _ in range(BLOCKS):
        for name, update in contenders.items():
            spent[name] += seconds(update, count)
    rates = {name: BLOCKS * count / total for name, total in spent.items()}
    for name, rate in rates.items():
        print(f"{name}: {rate:.1f} updates per CPU second ({model}, batch {card['training']['batch_size']}, one thread)")
    ours, plain = rates.values()
    print(f"ratio: {ours / plain:.2f} of the plain loop's rate")


if __name__ == "__main__":
    main(*sys.argv[1:])
