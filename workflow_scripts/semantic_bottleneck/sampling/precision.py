"""In which precision a network runs while its sampler keeps its own, and whether its blocks are compiled."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.layers import Block

PRECISIONS = ("fp32", "tf32", "bf16", "bf16-autocast")
"""fp32: IEEE float32 throughout. tf32: float32 whose matrix products and convolutions may round their inputs to TF32, which
only Ampere and later GPUs do (elsewhere it is fp32). bf16: matrix products in bfloat16, but t, y and c, and so which
dimensions are pruned, in float32. bf16-autocast: c in bfloat16 as well, as X-MDPT and MDSGen are run officially."""


def set_precision(network: nn.Module, precision: str, device: str = "cpu") -> nn.Module:
    """Make every call of `network`, from now on, run in one of PRECISIONS (in place); returns it.

    Inputs and outputs stay float32 as far as callers see: rounding happens inside the call, with the process's settings
    restored after it. In both kinds of bf16 the weights of the blocks' linear maps are rounded here, once, to what autocast
    would make of them at every call. In bf16 the timestep embedding is computed in float32, because flow models feed times
    in [0, 1] whose neighbours bfloat16 cannot tell apart.

    Raises:
        UserError: an unknown precision.
    """
    if precision not in PRECISIONS:
        raise UserError(f"generation.precision {precision!r} is unknown; use official or one of {', '.join(PRECISIONS[:3])}.")
    kind = torch.device(device).type
    if precision.startswith("bf16"):
        for block in (module for module in network.modules() if isinstance(module, Block)):
            for linear in (module for module in block.modules() if isinstance(module, nn.Linear)):
                linear.to(torch.bfloat16)
    run, condition = network.forward, getattr(network, "condition", None)

    def forward(*arguments, **options):
        with _numerics(precision, kind):
            return run(*arguments, **options)

    network.forward = forward
    if precision == "bf16" and condition is not None:

        def exact_condition(*arguments, **options):
            with torch.autocast(kind, enabled=False):
                return condition(*arguments, **options)

        network.condition = exact_condition  # type: ignore[assignment]  # in the place of the method
    return network


def compile_blocks(network: nn.Module, backend: str = "inductor") -> nn.Module:
    """Compile the transformer blocks (in place); returns `network`.

    Only the blocks: they hold nearly all the work and share one compiled function, so compiling takes seconds instead of
    minutes, and the edit of c, which is another function at every step, stays outside.
    """
    # Kernels chosen by how fast they just were would differ from job to job, and with them the last bits.
    options = {"options": {"deterministic": True}} if backend == "inductor" else {}
    for module in network.modules():
        if isinstance(module, Block):
            module.compile(backend=backend, dynamic=False, **options)
    return network


def make_deterministic(device: str) -> None:
    """Ask for kernels that give the same bits every time; does nothing on a CPU, whose kernels do so anyway."""
    if torch.device(device).type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
        # As use_deterministic_algorithms(True, warn_only=True), which imports the whole compiler.
        torch.set_deterministic_debug_mode("warn")
        # Nothing here reads memory that it did not write, and filling all of it first takes a hundredth of the time.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # a property of the module


@contextmanager
def _numerics(precision: str, kind: str) -> Iterator[None]:
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    if kind == "cuda":
        _allow_tf32("high" if precision == "tf32" else "highest", precision == "tf32")
    try:
        with torch.autocast(kind, torch.bfloat16, enabled=precision.startswith("bf16"), cache_enabled=False):
            yield
    finally:
        if kind == "cuda":
            _allow_tf32(*before)


def _allow_tf32(products: str, convolutions: bool) -> None:
    # Through the older of torch's two interfaces: parts of its compiler read that one, and fail if only the newer was set.
    torch.set_float32_matmul_precision(products)
    torch.backends.cudnn.allow_tf32 = convolutions
