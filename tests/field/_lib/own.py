"""Writes a tiny study with one model whose weights are a local file: config/own.yaml, config/models/own.yaml, data/own.pt.

Options: key=value pairs for the checkpoint mapping of the card (prefix=, container=, keys=a,b, url=), weights=none to write
no weights file, dtype=, scale= (of the weights), extra YAML for the study in evaluation= .
"""

import sys
from pathlib import Path

sys.path.insert(0, "workflow_scripts")

import torch
import yaml

ARCHITECTURE = {
    "input_size": 8,
    "patch_size": 2,
    "in_channels": 1,
    "hidden_size": 16,
    "depth": 2,
    "num_heads": 2,
    "num_classes": 10,
    "learn_sigma": False,
    "t_scale": 1000.0,
}


def state(seed=0, scale=0.3, classes=10):
    """Random weights under the official DiT names."""
    from semantic_bottleneck.models.registry import build_network

    random = torch.Generator().manual_seed(seed)
    network = build_network("dit", ARCHITECTURE | {"num_classes": classes})
    own = {}
    for name, tensor in network.state_dict().items():
        own[name] = tensor.clone() if "pos_embed" in name else torch.randn(tensor.shape, generator=random) * scale
    return own


def card(checkpoint, **more):
    return {
        "name": "own",
        "title": "Own",
        "family": "dit",
        "architecture": ARCHITECTURE,
        "checkpoint": checkpoint,
        "conditioning": {"kind": "class", "classes": 10, "initial_timestep": 0.0, "timesteps": {"start": 0.0, "stop": 0.8}},
        "sampler": {"name": "sit-ode", "steps": 4, "method": "euler"},
        "guidance": {"scale": 1.5, "interval": None, "channels": None, "schedule": "constant"},
        "decoder": {"name": "identity"},
    } | more


def study(**evaluation):
    return {
        "study": "own",
        "seed": 0,
        "samples": 20,
        "data": "digits",
        "models": ["own"],
        "conditions": {"timesteps": 2},
        "generation": {"micro_batch": 10, "device": "cpu", "last_share": 0.5, "snapshots": [0.5]},
        "evaluation": {"extractor": "study-cnn", "clip": "study-clip", "groups": 5} | evaluation,
        "pruning": {"variants": {"baseline": {}, "tail": {"side": "tail", "quantile": 0.4}}},
        "tables": {"table1": {"models": ["own"]}, "table2": {"models": ["own"], "variants": ["baseline", "tail"]}},
        "figures": {},
    }


def write(checkpoint, evaluation=None):
    Path("config/models/own.yaml").write_text(yaml.safe_dump(card(checkpoint)))
    Path("config/own.yaml").write_text(yaml.safe_dump(study(**(evaluation or {}))))


if __name__ == "__main__":
    given = dict(pair.split("=", 1) for pair in sys.argv[1:])
    evaluation = yaml.safe_load(given.pop("evaluation", "{}"))
    weights = given.pop("weights", "data/own.pt")
    seed = int(given.pop("seed", 0))
    checkpoint = {"files": [{"url": given.pop("url", "data/own.pt")}], "container": given.pop("container", "pt")}
    if "keys" in given:
        checkpoint["keys"] = given.pop("keys").split(",")
    write(checkpoint | given, evaluation)
    if weights != "none":
        torch.save(state(seed), weights)
