"""A card small enough to be trained in a test, and what a run on few images needs."""

from semantic_bottleneck.data.bundled_images import load_images
from semantic_bottleneck.training.run import TrainingRun
from tests.sections import card_of


def tiny_card(**training):
    """A velocity model of 16 dimensions on 8 x 8 digits, 12 updates."""
    architecture = {"input_size": 8, "patch_size": 2, "in_channels": 1, "hidden_size": 16, "depth": 1, "num_heads": 2}
    settings = {"objective": {"name": "velocity", "noise_time": 0}, "steps": 12, "batch_size": 16, "learning_rate": 3e-3}
    settings |= {"warmup_steps": 2, "final_learning_rate": 0.05, "conditioning_learning_rate": 1.0, "weight_decay": 0.0}
    settings |= {"ema_decay": 0.9, "label_dropout": 0.1, "container": {"key": None}, "seed": 0}
    return {
        "name": "tiny",
        "family": "dit",
        "architecture": architecture | {"num_classes": 10, "learn_sigma": False, "t_scale": 1000.0},
        "training": settings | training,
        "conditioning": {"kind": "class", "classes": 10, "initial_timestep": 0.0, "timesteps": {"start": 0.0, "stop": 0.9}},
    }


def tiny_run(updates=0, **training):
    """A run on 100 digits after some updates."""
    run = TrainingRun(card_of(tiny_card(**training)), load_images("digits").take(0, 100), None, 5)
    for _ in range(updates):
        run.update()
    return run


def weights(run):
    """Copies of all weights, by name."""
    return {name: tensor.clone() for name, tensor in run.network.state_dict().items()}
