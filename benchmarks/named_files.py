"""What it costs to know whether a folder of pictures has changed, beside torchvision's listing of the same folder.

    python benchmarks/named_files.py            # 130,000 files, a tenth of ImageNet
    python benchmarks/named_files.py 1300000    # as many as ImageNet has; needs 6 GB of disk for its blocks

Every file holds 100 bytes, so that names and times are measured, not the disk; `bytes` reads one large file for that.
"""

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from torchvision.datasets import ImageFolder

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from semantic_bottleneck.named_files import contents

CLASSES = 1000
SIZE = 100
LARGE = 1 << 30


def fill(folder: Path, files: int) -> None:
    """`files` small files in CLASSES folders, long unchanged."""
    for number in range(CLASSES):
        (folder / f"n{number:08d}").mkdir(parents=True)
    old = time.time() - 3600
    for number in range(files):
        path = folder / f"n{number % CLASSES:08d}/n{number % CLASSES:08d}_{number}.JPEG"
        path.write_bytes(number.to_bytes(SIZE, "big"))
        os.utime(path, (old, old))


def seconds(job: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def main(files: int) -> None:
    """Print seconds and their ratio to the baseline."""
    contents.RECENT = 0  # the files were made just now, which is not what is measured
    with tempfile.TemporaryDirectory() as scratch:
        folder, memory = Path(scratch) / "images", Path(scratch) / "memory"
        fill(folder, files)
        listing = seconds(lambda: ImageFolder(folder))
        print(f"{files} files: torchvision's ImageFolder lists them in {listing:.2f} s (baseline)")
        measured = {"first look, every byte read": seconds(lambda: contents.contents_hash(folder, memory))}
        measured["unchanged"] = seconds(lambda: contents.contents_hash(folder, memory))
        one = next(folder.glob("*/*"))
        one.touch()
        measured["one file touched"] = seconds(lambda: contents.contents_hash(folder, memory))
        for path in folder.glob("*/*"):
            path.touch()
        measured["all files touched"] = seconds(lambda: contents.contents_hash(folder, memory))
        for name, taken in measured.items():
            print(f"  {name}: {taken:.2f} s ({taken / listing:.2f} of the baseline)")
        size = sum(path.stat().st_size for path in memory.iterdir())
        print(f"  remembered in {size / 1e6:.0f} MB")
        large = Path(scratch) / "weights.pt"
        large.write_bytes(bytes(LARGE))
        plain = seconds(lambda: hashlib.file_digest(large.open("rb"), "sha256"))
        ours = seconds(lambda: contents.contents_hash(large, None))
        print(f"bytes: {LARGE / 1e9 / ours:.2f} GB/s; hashlib alone {LARGE / 1e9 / plain:.2f} GB/s (baseline)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 130_000)
