"""Updates per second of the trainer against a plain PyTorch loop of the same model, in the same run.

    python benchmarks/training.py [MODEL] [UPDATES] [BATCH]

The plain loop draws its batch, noise and times from torch's global generator and updates with AdamW: no averaged weights, no
named random streams, no gradient norm. Both alternate in blocks, so that a busy machine slows both. Models of 8 x 8 images
learn from digits, others (repa-b2) from random latents of their shape. Runs on the GPU if there is one, else in one CPU thread.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch.nn import functional  # noqa: E402

from semantic_bottleneck.data.bundled_images import load_images  # noqa: E402
from semantic_bottleneck.data.image_data import ImageData  # noqa: E402
from semantic_bottleneck.models.registry import build_network  # noqa: E402
from semantic_bottleneck.study.card import Card  # noqa: E402
from semantic_bottleneck.study.cards import load_card  # noqa: E402
from semantic_bottleneck.study.typed import typed  # noqa: E402
from semantic_bottleneck.training.run import TrainingRun  # noqa: E402
from semantic_bottleneck.training.team import Alone  # noqa: E402

BLOCKS = 10
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def plain_loop(card, data):
    """A function that makes one update of the velocity objective, without anything else."""
    settings = card["training"]
    network = build_network(card["family"], card["architecture"]).to(DEVICE)
    images, labels = torch.from_numpy(data.images).to(DEVICE), torch.from_numpy(data.labels).to(DEVICE)
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"])
    half = settings.get("precision") == "bf16"

    def update():
        count = settings["batch_size"]
        rows = torch.randint(len(labels), (count,), device=DEVICE)
        noise, times = torch.randn(count, *images.shape[1:], device=DEVICE), torch.rand(count, device=DEVICE)
        share = times.reshape(-1, 1, 1, 1)
        states = share * images[rows] + (1 - share) * noise
        with torch.autocast(DEVICE, torch.bfloat16, enabled=half):
            loss = functional.mse_loss(network(states, times, labels[rows]), images[rows] - noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return update


def data_for(architecture):
    """Digits, or random latents of the model's shape."""
    channels, size, classes = (architecture[key] for key in ("in_channels", "input_size", "num_classes"))
    if (channels, size) == (1, 8):
        return load_images("digits")
    rng = np.random.default_rng(0)
    latents = rng.standard_normal((512, channels, size, size), dtype=np.float32)
    return ImageData(latents, rng.integers(classes, size=512), tuple(map(str, range(classes))))


def seconds(update, count):
    """Seconds of `count` updates: of the processor on a CPU, which other jobs share, of the clock on a GPU."""
    clock = time.process_time if DEVICE == "cpu" else time.perf_counter
    start = clock()
    for _ in range(count):
        update()
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def main(model="sit-mini", updates="400", batch=None):
    torch.set_num_threads(1)
    card = load_card(ROOT / f"config/models/{model}.yaml")
    # Random latents have no features to align with.
    card["training"] |= {"objective": {"name": "velocity", "noise_time": 0}, "micro_batch": None}
    if batch:
        card["training"]["batch_size"] = int(batch)
    data = data_for(card["architecture"])
    run = TrainingRun(typed(Card, card), data, None, 0, Alone(DEVICE))
    contenders = {"this trainer": run.update, "plain PyTorch loop": plain_loop(card, data)}
    spent = dict.fromkeys(contenders, 0.0)
    count = max(1, int(updates) // BLOCKS)
    for update in contenders.values():
        seconds(update, min(10, count))
    for _ in range(BLOCKS):
        for name, update in contenders.items():
            spent[name] += seconds(update, count)
    rates = {name: BLOCKS * count / total for name, total in spent.items()}
    unit = "CPU second, one thread" if DEVICE == "cpu" else torch.cuda.get_device_name()
    for name, rate in rates.items():
        print(f"{name}: {rate:.2f} updates per {unit} ({model}, batch {card['training']['batch_size']})")
    ours, plain = rates.values()
    print(f"ratio: {ours / plain:.2f} of the plain loop's rate")


if __name__ == "__main__":
    main(*sys.argv[1:])
