"""What does a row of Table 1 cost: reading the conditioner's bytes of a REPA-size .pt, or downloading it whole?

    python benchmarks/range_reads.py [--depth 28] [--link 20]

Writes a file with the names, shapes and dtypes of REPA's manifest (2.7 GB at the full depth of 28 blocks; fewer for a
quick look) into a temporary folder, serves it on a local port, and lets two fresh processes get the embedders' tensors: by
ranges, and by a whole download and torch.load. Bytes and requests are counted by the server, memory is the process's
largest resident set (torch alone is about half a gigabyte of it), and `link` adds the time the bytes would take at that
many MB/s. Exits with 1 if ranges transfer more than 0.6 % of the full-size file, need 100 requests or more, or reach 1 GiB.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

import torch

from semantic_bottleneck.checkpoints.fetch import fetch_checkpoint
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.study.checkpoint import file_at, plain_file
from tests.golden.recipe import values
from tests.unit.checkpoints.server import FileServer, Served

MANIFEST = Path(__file__).resolve().parents[1] / "tests" / "golden" / "manifests" / "repa-sit-xl-2.json"
MOST_SHARE, MOST_REQUESTS, MOST_MEMORY = 0.006, 99, 1 << 30


def conditioner(names: list[str]) -> list[str]:
    """The tensors that make y, t and c."""
    return [name for name in names if name.startswith(("t_embedder.", "y_embedder."))]


def entries(depth: int) -> dict[str, list[int]]:
    """Shapes by name, of the first `depth` blocks."""
    manifest = json.loads(MANIFEST.read_text())
    shapes = {name: entry["shape"] for name, entry in manifest.items() if not name.startswith("_")}
    return {name: shape for name, shape in shapes.items() if not name.startswith("blocks.") or int(name.split(".")[1]) < depth}


def write(path: str, depth: int) -> None:
    """The synthetic checkpoint, saved as torch saves it."""
    torch.save({name: torch.from_numpy(values(name, tuple(shape))) for name, shape in entries(depth).items()}, path)


def extract(way: str, url: str, folder: str) -> None:
    """Get the conditioner's tensors one way; prints seconds, peak memory in bytes and whether the values are right, as JSON."""
    began = time.perf_counter()
    card = replace(plain_file("pt", file_at(url)), keys=("ema",))
    if way == "ranges":
        tensors = read_tensors(card, conditioner, base=Path(folder)).tensors
    else:
        fetch_checkpoint(card, Path(folder) / "whole.pt", lock=None, base=Path(folder))
        loaded = torch.load(Path(folder) / "whole.pt", weights_only=True)
        tensors = {name: loaded[name] for name in conditioner(list(loaded))}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    seconds = time.perf_counter() - began
    (Path(folder) / "whole.pt").unlink(missing_ok=True)
    right = all(torch.equal(value, torch.from_numpy(values(name, tuple(value.shape)))) for name, value in tensors.items())
    print(json.dumps({"seconds": seconds, "memory": memory, "tensors": len(tensors), "right": right}))


def child(*arguments: str) -> str:
    """Run a function of this file in a process of its own; returns what it printed."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    command = [sys.executable, __file__, "--child", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def measure(folder: Path, depth: int) -> dict[str, dict[str, float]]:
    """Costs by way."""
    path = folder / "last.pt"
    child("write", str(path), str(depth))
    costs = {}
    for way in ("ranges", "whole"):
        with FileServer({"last.pt": Served(path)}) as server:
            cost = json.loads(child("extract", way, server.url("last.pt"), str(folder)))
            costs[way] = {
                **cost,
                "bytes": server.sent,
                "requests": len(server.requests),
                "size": path.stat().st_size,
                "depth": depth,
            }
    return costs


def report(costs: dict[str, dict[str, float]], link: float) -> bool:
    """Print the table; whether every limit is kept."""
    ranges, whole = costs["ranges"], costs["whole"]
    for cost in costs.values():
        cost["at link"] = cost["seconds"] + cost["bytes"] / (link * 1e6)
    rows = [
        ("MB transferred", "bytes", 1e6),
        ("requests", "requests", 1),
        ("peak memory, MiB", "memory", 1 << 20),
        ("seconds, local port", "seconds", 1),
        (f"seconds, {link:g} MB/s", "at link", 1),
    ]
    print(f"{ranges['size'] / 1e9:.3f} GB file, {ranges['tensors']} tensors wanted\n")
    print(f"{'':24}{'ranges':>12}{'whole file':>14}{'ranges / whole':>18}")
    for title, key, unit in rows:
        print(f"{title:24}{ranges[key] / unit:12.2f}{whole[key] / unit:14.2f}{ranges[key] / whole[key]:18.4f}")
    share = ranges["bytes"] / ranges["size"]
    full_size = ranges["depth"] == 28
    kept = [
        ("values equal what was saved", ranges["right"] and whole["right"]),
        (f"{100 * share:.3f} % of the file transferred (at most {100 * MOST_SHARE} %)", share <= MOST_SHARE or not full_size),
        (f"{ranges['requests']} requests (at most {MOST_REQUESTS})", ranges["requests"] <= MOST_REQUESTS),
        (f"{ranges['memory'] / (1 << 20):.0f} MiB at most in memory (below 1024)", ranges["memory"] < MOST_MEMORY),
    ]
    print()
    for text, ok in kept:
        print(f"{'ok  ' if ok else 'FAIL'} {text}")
    return all(ok for _, ok in kept)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--depth", type=int, default=28, help="transformer blocks in the file")
    parser.add_argument("--link", type=float, default=20.0, help="MB/s of the imagined link")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="range-reads-") as folder:
        return 0 if report(measure(Path(folder), arguments.depth), arguments.link) else 1


if __name__ == "__main__":
    if sys.argv[1:3] == ["--child", "write"]:
        write(sys.argv[3], int(sys.argv[4]))
    elif sys.argv[1:3] == ["--child", "extract"]:
        extract(*sys.argv[3:])
    else:
        sys.exit(main())
