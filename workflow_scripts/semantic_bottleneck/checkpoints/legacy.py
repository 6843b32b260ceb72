"""Files torch wrote before version 1.6: one pickle stream, so only readable whole."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from torch import Tensor

from semantic_bottleneck.checkpoints.layout import TensorLayout, check_finite, contiguous
from semantic_bottleneck.checkpoints.selection import outer_keys, unwrap
from semantic_bottleneck.checkpoints.skeleton import load_weights_only
from semantic_bottleneck.errors import UserError


class LegacyPickle:
    """A legacy file at `path`; `name` is for messages.

    Raises:
        UserError: it is damaged or holds anything but weights.
    """

    kind = "pt (legacy)"

    def __init__(self, path: Path, name: str):
        self._file = name
        with path.open("rb") as file:
            self._tree = load_weights_only(file, name, device="cpu")
        self._tensors: dict[str, Tensor] = {}

    def outer_keys(self) -> list[str]:
        """The keys under which the file keeps state dicts; '' where tensors lie at the top."""
        return outer_keys(self._tree)

    def layouts(self, keys: Iterable[str]) -> tuple[str, dict[str, TensorLayout]]:
        """The outer key that was found ('' for none) and the layout of every tensor under it.

        Raises:
            UserError: no state dict is there.
        """
        outer, self._tensors = unwrap(self._tree, keys, self._file)
        return outer, {name: contiguous(name, tensor.dtype, tensor.shape) for name, tensor in self._tensors.items()}

    def read(self, layouts: Mapping[str, TensorLayout]) -> dict[str, Tensor]:
        """The tensors, checked for finite values.

        Raises:
            UserError: a tensor is not plain, or holds NaN or infinity.
        """
        tensors = {}
        for name, layout in layouts.items():
            tensor = self._tensors[layout.storage]
            if tensor.is_sparse or tensor.is_quantized or tensor.device.type != "cpu":
                raise UserError(
                    f"{self._file}: tensor {name!r} is sparse, quantised or without data; save it as plain numbers."
                )
            check_finite(name, tensor, self._file)
            tensors[name] = tensor.detach().clone().contiguous()
        return tensors
