"""What the device does at best: large matrix products in each precision, and copies inside its memory."""

import torch

from benchmarks.device_parts.clock import median_seconds
from benchmarks.device_parts.scale import Scale

DENSE_BF16 = {"H100": 989.4e12, "H200": 989.4e12, "A100": 312e12}
"""Operations per second without sparsity by NVIDIA's data sheets (SXM parts)."""


def data_sheet(scale: Scale) -> float | None:
    """The data sheet's dense bfloat16 operations per second of this device, None where none is known."""
    name = torch.cuda.get_device_name() if scale.device == "cuda" else ""
    return next((value for part, value in DENSE_BF16.items() if part in name), None)


def matmul_rate(precision: str, scale: Scale) -> float:
    """Operations per second of a square matrix product of random numbers."""
    size = 256 if scale.tiny else 8192
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = (torch.randn(size, size, device=scale.device, dtype=kind) for _ in range(2))
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    rate = 2 * size**3 / median_seconds(lambda: torch.mm(a, b), scale)
    torch.set_float32_matmul_precision(before)
    return rate


def measure(scale: Scale) -> dict:
    """Operations per second by precision, the data sheet's, and bytes per second of a copy (read and written)."""
    source = torch.randn(2**20 if scale.tiny else 2**30, device=scale.device)
    target = torch.empty_like(source)
    copied = 2 * source.numel() * source.element_size() / median_seconds(lambda: target.copy_(source), scale)
    rates = {precision: matmul_rate(precision, scale) for precision in ("fp32", "tf32", "bf16")}
    return {"matmul": rates, "data_sheet_bf16": data_sheet(scale), "copy": copied}
