"""Dense against sliced AdaLN: operations, weights read and time, for AdaLN alone, one block and the whole network.

    python benchmarks/sliced_adaln.py [--model dit] [--depth N] [--removed 0.389] [--rows 1 64] [--precision fp32 tf32 bf16]

The shapes are the card's (DiT-XL/2: 1152 to 6912 in each of 28 blocks) with arbitrary weights. Sliced weights are copied
once, outside the timing, as a mask that lasts many steps would allow; the copy's own time is printed too. On a CPU the whole
network has 4 blocks unless --depth says otherwise. The fastest of several calls counts.
"""

import argparse
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.layers import Block
from semantic_bottleneck.models.sliced_adaln import sliced
from semantic_bottleneck.planning.calibration import empty_network
from semantic_bottleneck.planning.device import device_name
from semantic_bottleneck.pruning.adaln_cost import fastest, flops_of, weight_bytes
from semantic_bottleneck.sampling.precision import set_precision
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.typed import typed

ROOT = Path(__file__).resolve().parents[1]


def measure(network: torch.nn.Module, card: Card, rows: int, pruned: torch.Tensor, device: str) -> dict[str, tuple]:
    """Part -> operations, bytes of weights, seconds, at the network's present modulations."""
    c = pruned.expand(rows, -1).contiguous()
    network.condition = lambda t, y: Condition(c, c, c)
    block = next(module for module in network.modules() if isinstance(module, Block) and module.skip_linear is None)
    tokens = torch.randn(rows, network.pos_embed.shape[1], network.hidden_size, device=device)
    x, t = torch.randn(rows, *card.latent_shape, device=device), torch.full((rows,), 0.5, device=device)
    parts = {
        "AdaLN of a block": (block.adaLN_modulation, lambda: block.adaLN_modulation(c)),
        "block": (block, lambda: block(tokens, c)),
        "network": (network, lambda: network(x, t, None)),
    }
    return {name: (flops_of(call), weight_bytes(part), fastest(call, device)) for name, (part, call) in parts.items()}


def main() -> None:
    """Print one line per part, batch and precision."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="dit", help="card in config/models")
    parser.add_argument("--depth", type=int)
    parser.add_argument("--removed", type=float, default=0.389, help="share of dimensions; 0.389 is the paper's at 0.01")
    parser.add_argument("--rows", type=int, nargs="+")
    parser.add_argument("--precision", nargs="+", choices=["fp32", "tf32", "bf16"], default=["fp32"])
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    plain = load_card(ROOT / f"config/models/{options.model}.yaml")
    depth = options.depth or (plain["architecture"]["depth"] if device == "cuda" else 4)
    plain["architecture"] |= {"depth": depth}
    if plain["family"] == "mdt":
        plain["architecture"] |= {"decode_layer": min(2, depth - 2)}
    card = typed(Card, plain)
    for precision in options.precision:
        network = set_precision(empty_network(card, device).eval(), precision, device)
        width = network.hidden_size
        generator = torch.Generator().manual_seed(0)
        kept = torch.randperm(width, generator=generator)[: width - round(options.removed * width)].sort().values.to(device)
        c = torch.randn(1, width, generator=generator).to(device)
        pruned = torch.zeros_like(c).index_copy(1, kept, c[:, kept])
        print(f"{options.model}, {depth} blocks, {device_name(device)}, {precision}: {width - len(kept)} of {width} removed")
        for rows in options.rows or ([1, 64] if device == "cuda" else [1, 8]):
            dense = measure(network, card, rows, pruned, device)
            start = time.perf_counter()
            with sliced(network, kept):
                copied = time.perf_counter() - start
                few = measure(network, card, rows, pruned, device)
            for part in dense:
                ratios = [after / before for before, after in zip(dense[part], few[part], strict=True)]
                print(
                    f"  {rows:3d} rows  {part:16s} operations x {ratios[0]:.4f}  weights x {ratios[1]:.4f}  "
                    f"time x {ratios[2]:.3f}  ({1e3 * dense[part][2]:.3f} -> {1e3 * few[part][2]:.3f} ms)"
                )
            print(f"  {rows:3d} rows  copying the kept columns of all layers once: {1e3 * copied:.1f} ms")


if __name__ == "__main__":
    main()
