"""The name of what a measurement was made on."""

import torch


def device_name(device: str) -> str:
    """The GPU's model, or the CPU with its number of threads."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name()
    return f"CPU ({torch.get_num_threads()} thread{'s' if torch.get_num_threads() > 1 else ''})"
