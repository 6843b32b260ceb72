"""The convolutional network that scores samples and gives 64 features to the Fréchet distance; another one is REPA's target."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from semantic_bottleneck.data.image_data import ImageData
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.containers import load_tensors, save_tensors
from semantic_bottleneck.randomness.streams import generator, seeded_construction

FEATURES = 64


class DigitClassifier(nn.Module):
    """Three 3x3 convolutions (32, 64, 64) with batch norm, two poolings, 64 features, logits: 73 thousand parameters at 8x8.

    The configuration mirrors docs/sources/datasets.md, section 3. Images are float32 (N, channels, H, W) in [-1, 1]. `size`,
    the side of the training images, is only remembered: the network takes any, but its features mean something at this one.
    """

    def __init__(self, channels: int = 1, classes: int = 10, size: int = 8):
        super().__init__()
        self.config = {"channels": channels, "classes": classes, "size": size}
        self.conv1, self.norm1 = nn.Conv2d(channels, 32, 3, padding=1), nn.BatchNorm2d(32)
        self.conv2, self.norm2 = nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64)
        self.conv3, self.norm3 = nn.Conv2d(64, FEATURES, 3, padding=1), nn.BatchNorm2d(FEATURES)
        self.hidden = nn.Linear(FEATURES * 4, FEATURES)
        self.output = nn.Linear(FEATURES, classes)

    def feature_map(self, images: Tensor) -> Tensor:
        """The last convolution's activations, (N, 64, H/2, W/2)."""
        x = functional.max_pool2d(functional.relu(self.norm1(self.conv1(images))), 2)
        x = functional.relu(self.norm2(self.conv2(x)))
        return functional.relu(self.norm3(self.conv3(x)))

    def features(self, images: Tensor) -> Tensor:
        """The penultimate layer, float32 (N, 64), after its ReLU."""
        pooled = functional.adaptive_avg_pool2d(functional.max_pool2d(self.feature_map(images), 2), 2)
        return functional.relu(self.hidden(pooled.flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        """Logits, float32 (N, classes)."""
        return self.output(self.features(images))

    def patch_features(self, images: Tensor, grid: int) -> Tensor:
        """One 64-d vector per token of a grid x grid transformer, (N, grid*grid, 64), row-major as the DiT's tokens."""
        return functional.adaptive_avg_pool2d(self.feature_map(images), grid).flatten(2).transpose(1, 2)


def train_classifier(
    train: ImageData, held_out: ImageData, seed: int, epochs: int = 12, device: str = "cpu"
) -> tuple[DigitClassifier, float]:
    """Train on `train`; returns the network (eval, on `device`) and its accuracy on `held_out` (a share of 1).

    AdamW with a one-cycle rate up to 3e-3, batches of 64, shifts by up to one pixel and Gaussian noise of a random
    standard deviation up to 0.1, which keeps the scorer sure of itself on slightly noisy samples.
    """
    with seeded_construction(seed, "classifier"):
        network = DigitClassifier(train.images.shape[1], len(train.class_names), train.images.shape[2])
    network.to(device)
    images, labels = torch.from_numpy(train.images), torch.from_numpy(train.labels)
    batches = -(-len(labels) // 64)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=epochs * batches)
    for epoch in range(epochs):
        rng = generator(seed, "classifier", epoch)
        for rows in torch.randperm(len(labels), generator=rng).split(64):
            loss = functional.cross_entropy(network(_augment(images[rows], rng).to(device)), labels[rows].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    network.eval()
    return network, accuracy(network, held_out)


def _augment(images: Tensor, rng: torch.Generator) -> Tensor:
    """Shift each image by -1, 0 or 1 pixel in both directions (background -1 moves in) and add noise."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (1, 1, 1, 1), value=-1.0)
    down, right = torch.randint(0, 3, (2, count, 1), generator=rng)
    rows = down + torch.arange(height)
    columns = right + torch.arange(width)
    shifted = padded[torch.arange(count)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    strength = 0.1 * torch.rand(count, 1, 1, 1, generator=rng)
    return shifted + strength * torch.randn(images.shape, generator=rng)


@torch.no_grad()
def accuracy(network: DigitClassifier, data: ImageData) -> float:
    """Share of `data` whose most probable class is its label."""
    device = network.output.weight.device
    logits = torch.cat([network(batch.to(device)) for batch in torch.from_numpy(data.images).split(500)])
    return float(np.mean(logits.argmax(1).cpu().numpy() == data.labels))


def save_classifier(network: DigitClassifier, path: str | Path) -> None:
    """Write {"config", "state_dict"} atomically; the same weights give the same bytes."""
    save_tensors(path, {"config": network.config, "state_dict": network.state_dict()})


def load_classifier(path: str | Path) -> DigitClassifier:
    """Read what `save_classifier` wrote, in eval mode and without gradients.

    Raises:
        UserError: the file is absent, damaged or not a classifier.
    """
    saved = load_tensors(path)
    try:
        network = DigitClassifier(**saved["config"])
        network.load_state_dict(saved["state_dict"])
    except (RuntimeError, KeyError, TypeError) as error:
        raise UserError(f"{path} does not hold a classifier ({error}); delete it and run again.") from error
    return network.eval().requires_grad_(False)
