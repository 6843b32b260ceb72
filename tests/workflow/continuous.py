"""Small stand-ins for every file that X-MDPT and MDSGen need, in the official containers, and data to condition them on."""

import io
import zipfile
from pathlib import Path

import numpy as np
import torch
import yaml
from diffusers import AutoencoderKL
from torch import Tensor, nn
from torch_fidelity import FeatureExtractorInceptionV3
from torchvision.models import alexnet
from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

from semantic_bottleneck.decoding.vae import VAE, build_vae
from semantic_bottleneck.models.registry import build_network
from tests.golden.recipe import fill_state_dict
from tests.unit.checkpoints.server import FileServer, Served
from tests.unit.conditioning_inputs.conftest import png, save_dinov2, write_pictures, write_pose
from tests.workflow.project import Project

PAIRS, CLIPS = 6, 3
NETWORK = {"patch_size": 2, "hidden_size": 24, "depth": 3, "num_heads": 3, "learn_sigma": True, "decode_layer": 2}
XMDPT = {**NETWORK, "input_size": 32, "in_channels": 4}
MDSGEN = {**NETWORK, "input_size": [12, 4], "in_channels": 8, "frames": 32, "features": 512, "frequency_size": 20}
PICTURE_VAE = {"widths": [32] * 4, "latent_channels": 4, "attention": [False] * 4, "residual_blocks": 1, "scale": 0.18215}
SOUND_VAE = {"widths": [32] * 3, "latent_channels": 8, "attention": [False] * 3, "residual_blocks": 1, "scale": 4.0}
SOUND_VAE |= {"channels": 1}
DINOV2 = {"depth": 1, "num_heads": 2, "mlp_ratio": 0.125}


class _Bare(FeatureExtractorInceptionV3):
    """The network before any weights are loaded."""

    def load_state_dict(self, *_, **__) -> None:
        """Nothing: there is no file yet."""


def lively(module: nn.Module) -> dict[str, Tensor]:
    """A state dict whose convolutions and Linears keep the variance of what passes through them."""
    random, state = torch.Generator().manual_seed(1), {}
    for name, tensor in module.state_dict().items():
        if tensor.ndim >= 2:
            fan_in = int(np.prod(tensor.shape[1:]))
            state[name] = torch.randn(tensor.shape, generator=random) * (2.0 / fan_in) ** 0.5
        else:
            ones = name.endswith(("weight", "running_var", "scale"))
            state[name] = torch.ones(tensor.shape) if ones else torch.zeros(tensor.shape, dtype=tensor.dtype)
    return state


def torch_bytes(content: object) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def zipped_folder(tensors: dict[str, Tensor]) -> bytes:
    """A diffusers folder in an archive, as the fine-tuned autoencoder seems to be published."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("diffuser_finetune_vae/config.json", "{}")
        archive.writestr("diffuser_finetune_vae/diffusion_pytorch_model.bin", torch_bytes(tensors))
    return stream.getvalue()


def vae_tensors(architecture: dict) -> dict[str, Tensor]:
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in architecture.items()}
    return lively(build_vae(VAE(**values))) | {"encoder.conv_in.weight": torch.zeros(8)}


def files(folder: Path) -> dict[str, bytes]:
    """What the server serves, by name."""
    (folder / "empty.pth").write_bytes(torch_bytes({}))
    vocoder = SpeechT5HifiGan(
        SpeechT5HifiGanConfig(
            model_in_dim=16,
            upsample_initial_channel=32,
            upsample_rates=[5, 4, 2, 2, 2],
            upsample_kernel_sizes=[16, 16, 8, 4, 4],
            normalize_before=False,
        )
    )
    encoders = {"pose": ("vit_base_patch14_dinov2", 768), "image": ("vit_giant_patch14_dinov2", 1536)}
    for role, (name, width) in encoders.items():
        save_dinov2(folder / f"{role}.pth", name, embed_dim=width, **DINOV2)
    backbone = {name: tensor for name, tensor in lively(alexnet()).items() if name.startswith("features.")}
    return {
        "xmdpt": torch_bytes(fill_state_dict(build_network("xmdpt", XMDPT).state_dict())),
        "mdsgen": torch_bytes(fill_state_dict(build_network("mdsgen", MDSGEN).state_dict())),
        "xmdpt-vae": zipped_folder(vae_tensors(PICTURE_VAE)),
        "audioldm-vae": torch_bytes(vae_tensors(SOUND_VAE)),
        "audioldm-vocoder": torch_bytes(lively(vocoder)),
        "lpips-alexnet": torch_bytes(backbone | {"classifier.6.bias": torch.zeros(1000)}),
        "inception": torch_bytes(lively(_Bare("x", ["2048"], feature_extractor_weights_path=str(folder / "empty.pth")))),
        **{role: (folder / f"{role}.pth").read_bytes() for role in encoders},
    }


def small_cards(project: Project, server: FileServer, source: Path) -> None:
    """Point the official cards to the server, with small architectures; everything else in them stays."""

    def changed(path: str, change) -> None:
        file = project.folder / path
        card = yaml.safe_load(file.read_text())
        change(card)
        file.write_text(yaml.safe_dump(card, sort_keys=False))

    def checkpoint(name: str) -> dict:
        return {"files": [{"url": f"{server.address}/{name}"}], "container": "pt"}

    def xmdpt(card) -> None:
        card |= {"architecture": XMDPT, "checkpoint": checkpoint("xmdpt"), "sampler": card["sampler"] | {"steps": 4}}
        card["conditioning"]["data"]["count"] = PAIRS
        for role, width in (("pose", 768), ("image", 1536)):
            encoder = card["conditioning"]["encoders"][role]
            encoder |= {"architecture": {"embed_dim": width, **DINOV2}, "checkpoint": checkpoint(role)}
        card["conditioning"]["encoders"]["source"] = {"source": str(source)}

    def mdsgen(card) -> None:
        card |= {"architecture": MDSGEN, "checkpoint": checkpoint("mdsgen"), "sampler": card["sampler"] | {"steps": 4}}
        card["conditioning"]["data"]["count"] = CLIPS

    changed("config/models/xmdpt-l.yaml", xmdpt)
    changed("config/models/mdsgen-b.yaml", mdsgen)
    architectures = {"xmdpt-vae": PICTURE_VAE, "audioldm-vae": SOUND_VAE}
    for name in ("xmdpt-vae", "audioldm-vae", "audioldm-vocoder", "lpips-alexnet", "inception"):
        new = {"checkpoint": checkpoint(name)}
        if name in architectures:
            new["architecture"] = architectures[name]
        changed(f"config/assets/{name}.yaml", lambda card, new=new: card.update(new))


def deepfashion(root: Path) -> list[str]:
    """Four garments photographed twice, as PIDM prepares them; the target of each test pair."""
    rng = np.random.default_rng(3)
    names = [f"img/WOMEN/Tees/id_{garment:08d}/0{view}_front.jpg" for garment in range(4) for view in (1, 2)]
    pictures = {}
    for name in names:
        coarse = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        pictures[name.replace(".jpg", ".png")] = png(coarse.repeat(16, axis=0).repeat(16, axis=1))
        write_pose(root, name, rng.integers((60, 20), (200, 240), (18, 2)).astype(float))
    write_pictures(root / "256-256", pictures)
    pairs = [(names[i], names[i ^ 1], names[(i + 2) % 8]) for i in range(PAIRS)]
    (root / "test_pairs.txt").write_text("".join(",".join(pair) + "\n" for pair in pairs))
    (root / "train_pairs.txt").write_text("".join(f"{names[i]},{names[i + 1]}\n" for i in range(7)))
    return [pair[0] for pair in pairs]


def clips(folder: Path) -> None:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(4)
    for clip in range(CLIPS):
        features = rng.standard_normal((40, 512), dtype=np.float32)
        np.savez(folder / f"clip{clip}_{clip:06d}.npz", features / np.linalg.norm(features, axis=1, keepdims=True))


def source_vae(folder: Path) -> Path:
    """The autoencoder that source pictures are encoded with, as a diffusers folder."""
    torch.manual_seed(0)
    blocks = {"down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4}
    network = AutoencoderKL(**blocks, block_out_channels=(4,) * 4, layers_per_block=1, norm_num_groups=2)
    network.save_pretrained(folder)
    return folder


def served(contents: dict[str, bytes]) -> FileServer:
    return FileServer({name: Served(content) for name, content in contents.items()})
