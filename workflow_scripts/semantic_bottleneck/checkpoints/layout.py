"""Where a tensor's values lie, and the tensor made from their bytes."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from semantic_bottleneck.errors import UserError

DTYPES = frozenset(
    {
        *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint64, torch.uint32, torch.uint16, torch.uint8),
        *(torch.complex64, torch.complex128, torch.bool),
    }
)


@dataclass(frozen=True)
class TensorLayout:
    """A strided view of a storage; `offset` and `stride` count elements."""

    storage: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int = 0

    @property
    def numel(self) -> int:
        """The number of values."""
        return math.prod(self.shape)

    @property
    def extent(self) -> int:
        """Bytes of the storage from its start to the last value."""
        if self.numel == 0:
            return 0
        last = self.offset + sum((length - 1) * step for length, step in zip(self.shape, self.stride, strict=True))
        return (last + 1) * self.dtype.itemsize


def contiguous(storage: str, dtype: torch.dtype, shape: Iterable[int]) -> TensorLayout:
    """The row-major layout of a tensor that fills its storage."""
    shape, stride, step = tuple(shape), [], 1
    for length in reversed(shape):
        stride.append(step)
        step *= max(length, 1)
    return TensorLayout(storage, dtype, shape, tuple(reversed(stride)))


def check_layout(name: str, layout: TensorLayout, nbytes: int, file: str) -> None:
    """Require that the tensor `name` lies inside its storage of `nbytes` bytes.

    Raises:
        UserError: it does not, or its dtype is not a plain number.
    """
    if layout.dtype not in DTYPES:
        raise UserError(f"{file}: tensor {name!r} has the unsupported dtype {layout.dtype}; save it as plain numbers.")
    inside = layout.offset >= 0 and min((*layout.shape, *layout.stride), default=0) >= 0 and layout.extent <= nbytes
    # Even without values, dimensions beyond this overflow torch's own bookkeeping.
    inside = inside and math.prod(max(length, 1) for length in layout.shape) < 1 << 40
    # A stride of 0 could claim any number of values out of a few bytes.
    if not inside or layout.numel * layout.dtype.itemsize > nbytes:
        raise UserError(f"{file}: tensor {name!r} of shape {list(layout.shape)} does not fit its {nbytes} bytes; get it again.")


def build(name: str, layout: TensorLayout, storage: memoryview, file: str) -> Tensor:
    """A contiguous tensor of its own memory from the bytes of its storage, dtype as in the file.

    Raises:
        UserError: see `check_layout` and `check_finite`.
    """
    check_layout(name, layout, len(storage), file)
    tensor = torch.empty(layout.shape, dtype=layout.dtype)
    if layout.numel:
        # A copy, since a place inside a file need not be aligned for its dtype.
        flat = torch.frombuffer(storage, dtype=torch.uint8, count=layout.extent).clone()
        tensor = torch.as_strided(flat.view(layout.dtype), layout.shape, layout.stride, layout.offset)
        if layout.extent != layout.numel * layout.dtype.itemsize or not tensor.is_contiguous():
            tensor = tensor.clone(memory_format=torch.contiguous_format)
    check_finite(name, tensor, file)
    return tensor


def check_finite(name: str, tensor: Tensor, file: str) -> None:
    """Require finite values.

    Raises:
        UserError: `tensor` holds NaN or infinity.
    """
    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.numel() == 0:
        return
    wide = torch.view_as_real(tensor) if tensor.is_complex() else tensor.float() if tensor.dtype.itemsize == 1 else tensor
    # NaN spreads to the extremes, so they tell as much as looking at every value, in a fraction of the time.
    if not torch.isfinite(torch.stack(torch.aminmax(wide))).all():
        raise UserError(f"{file}: tensor {name!r} holds NaN or infinity; the checkpoint is damaged or training diverged.")


def digest(tensor: Tensor) -> str:
    """sha256 of dtype, shape and row-major little-endian bytes."""
    sha = hashlib.sha256(f"{tensor.dtype} {list(tensor.shape)}\n".encode())
    if tensor.numel():
        sha.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return sha.hexdigest()


def digest_all(digests: Mapping[str, str]) -> str:
    """One sha256 over named digests, independent of their order."""
    return hashlib.sha256("".join(f"{name} {digests[name]}\n" for name in sorted(digests)).encode()).hexdigest()
