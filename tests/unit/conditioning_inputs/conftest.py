"""A DeepFashion of three people, and encoders small enough for a test, all in the published file formats."""

import io
from copy import deepcopy
from pathlib import Path

import lmdb
import numpy as np
import pytest
import timm
import torch
from diffusers import AutoencoderKL
from PIL import Image

from semantic_bottleneck.study.cards import load_card

ROOT = Path(__file__).resolve().parents[3]
NAMES = [f"img/WOMEN/Tees/id_0000000{i}/01_{i}_front.jpg" for i in range(1, 4)]
PAIRS = [(NAMES[0], NAMES[1]), (NAMES[1], NAMES[2], NAMES[0]), (NAMES[2], NAMES[0])]


def write_pose(root: Path, name: str, keypoints: np.ndarray) -> Path:
    path = (root / name.replace("img/", "pose/")).with_suffix(".txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{x} {y}\n" for x, y in keypoints))
    return path


def png(picture: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format="PNG")
    return stream.getvalue()


def write_pictures(folder: Path, entries: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with lmdb.open(str(folder), map_size=2**22) as environment, environment.begin(write=True) as transaction:
        for key, value in entries.items():
            transaction.put(key.encode(), value)


@pytest.fixture
def keypoints() -> dict[str, np.ndarray]:
    """Whole-number keypoints of each picture, some joints missing."""
    rng = np.random.default_rng(3)
    poses = {name: rng.integers((60, 20), (200, 240), (18, 2)).astype(float) for name in NAMES}
    for pose in poses.values():
        pose[rng.random(18) < 0.2] = -1
    return poses


@pytest.fixture
def pictures() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    return {name: rng.integers(0, 256, (256, 256, 3), dtype=np.uint8) for name in NAMES}


@pytest.fixture
def deepfashion(tmp_path, keypoints, pictures) -> Path:
    root = tmp_path / "data/deepfashion"
    write_pictures(root / "256-256", {name.replace(".jpg", ".png"): png(picture) for name, picture in pictures.items()})
    for name in NAMES:
        write_pose(root, name, keypoints[name])
    (root / "test_pairs.txt").write_text("".join(",".join(pair) + "\n" for pair in PAIRS))
    return root


def save_dinov2(path: Path, name: str, **architecture) -> None:
    """Random weights under the published names, with the published 37 x 37 position table."""
    generator = torch.Generator().manual_seed(len(name))
    model = timm.create_model(name, pretrained=False, num_classes=0, img_size=518, **architecture)
    state = {key: 0.3 * torch.randn(value.shape, generator=generator) for key, value in model.state_dict().items()}
    state["mask_token"] = torch.zeros(1, architecture["embed_dim"])
    if "giant" in name:
        state = {key.replace("mlp.fc1", "mlp.w12").replace("mlp.fc2", "mlp.w3"): value for key, value in state.items()}
    torch.save(state, path)


@pytest.fixture(scope="session")
def encoders(tmp_path_factory) -> dict:
    """The `conditioning.encoders` section of a pose card, pointing to small local encoders."""
    folder = tmp_path_factory.mktemp("encoders")
    small = {"embed_dim": 12, "depth": 1, "num_heads": 2}
    models = {"pose": "vit_base_patch14_dinov2", "image": "vit_giant_patch14_dinov2"}
    section = {}
    for role, name in models.items():
        save_dinov2(folder / f"{role}.pth", name, **small)
        files = [{"url": str(folder / f"{role}.pth"), "mirrors": [], "size": None, "sha256": None}]
        section[role] = {"name": name, "architecture": small, "checkpoint": {"files": files, "container": "pt", "keys": []}}
    torch.manual_seed(0)
    down, up = ["DownEncoderBlock2D"] * 4, ["UpDecoderBlock2D"] * 4
    vae = AutoencoderKL(
        down_block_types=down, up_block_types=up, block_out_channels=(4,) * 4, layers_per_block=1, norm_num_groups=2
    )
    vae.save_pretrained(folder / "vae")
    return section | {"source": {"source": str(folder / "vae"), "revision": "main"}}


@pytest.fixture
def pose_card(deepfashion, encoders) -> dict:
    """X-MDPT-L's card on the synthetic data."""
    card = load_card(ROOT / "config/models/xmdpt-l.yaml")
    card["conditioning"]["data"]["count"] = len(PAIRS)
    card["conditioning"]["encoders"] = deepcopy(encoders)
    return card
