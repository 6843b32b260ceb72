"""What `checkpoint=` means: a file, the parts of one, or the file of weights in a folder or a repository."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from semantic_bottleneck.checkpoints.http import Client
from semantic_bottleneck.checkpoints.listing import listing
from semantic_bottleneck.checkpoints.patience import Patience
from semantic_bottleneck.checkpoints.repository import listed_files
from semantic_bottleneck.errors import UserError

FOLDERS = ("transformer", "", "unet")
"""Where a repository in the diffusers layout keeps its network, in the order in which one is looked for."""
NAMES = (
    r"diffusion_pytorch_model\.safetensors(\.index\.json)?",
    r"model\.safetensors(\.index\.json)?",
    r"(diffusion_pytorch_model|pytorch_model)\.bin",
    r".+\.(safetensors|pt|pth|ckpt|bin)",
)
"""Files of weights, the usual names first; precision variants (fp16) and single shards are passed over."""
PASSED_OVER = re.compile(r"\.(fp16|bf16|non_ema)\.|-\d{5}-of-\d{5}\.")


def resolve_addresses(given: Sequence[str], root: Path, patience: Patience | None = None) -> list[str]:
    """The addresses of one checkpoint as a card says them; local paths relative to `root` where they lie in it.

    Args:
        given: a path (from the working folder or from `root`), a folder, https://..., hf://owner/repository[/folder or file],
            or all parts of a split file in order.

    Raises:
        UserError: nothing is there, or a folder holds no or several files of weights; one sentence.
    """
    if len(given) > 1:
        return [address for each in given for address in resolve_addresses([each], root, patience)]
    address = given[0]
    if address.startswith("hf://"):
        return [_on_hub(address, patience)]
    if "://" in address or address.startswith("gdrive:"):
        return [address]
    path = next((found for found in (Path(address).absolute(), root / address) if found.exists()), None)
    if path is None and "#" not in address:
        raise UserError(f"checkpoint={address}: there is no such file or folder; give a path, https://... or hf://owner/repo.")
    path = path or root / address
    if path.is_dir():
        names = [file.relative_to(path).as_posix() for file in path.glob("*")] + [
            file.relative_to(path).as_posix() for folder in FOLDERS if folder for file in (path / folder).glob("*")
        ]
        path = path / weights_among(names, address)
    inside = Path(os.path.abspath(path))
    return [inside.relative_to(root).as_posix() if inside.is_relative_to(root) else str(inside)]


def _on_hub(address: str, patience: Patience | None) -> str:
    """The address of a file; a repository, or a folder of it, is asked for its list of files."""
    plain, _, revision = address.partition("@")
    owner, name, *rest = [*plain.removeprefix("hf://").split("/"), "", ""]
    path = "/".join(filter(None, rest))
    if owner in ("datasets", "spaces") or re.search(r"\.\w{2,11}$", path.rpartition("/")[2]):
        return address
    source = f"{owner}/{name}"
    with Client(patience or Patience()) as client:
        files = listed_files(source, revision or "main", client)
    inside = [file.removeprefix(f"{path}/") for file in files if not path or file.startswith(f"{path}/")]
    return "/".join(filter(None, ("hf:/", source, path, weights_among(inside, address)))) + f"@{revision or 'main'}"


def weights_among(names: Iterable[str], where: str, folders: Sequence[str] = FOLDERS) -> str:
    """The file of a network's weights among paths: in the first of `folders` that has one, by the first of NAMES.

    Raises:
        UserError: none is there, or several with equal right.
    """
    names = sorted(name for name in names if not PASSED_OVER.search(name))
    for folder in folders:
        inside = [name for name in names if name.rpartition("/")[0] == folder]
        for pattern in NAMES:
            found = [name for name in inside if re.fullmatch(pattern, name.rpartition("/")[2])]
            if len(found) > 1:
                raise UserError(f"checkpoint={where} holds several files of weights ({listing(found)}); add one's name to it.")
            if found:
                return found[0]
    raise UserError(f"checkpoint={where} holds no file of weights (.safetensors, .pt, .pth, .ckpt, .bin); name the file.")
