"""How many damaged or hostile checkpoints are read rightly or refused in one sentence? All of them, or this exits with 1.

    python benchmarks/fuzz_containers.py [N] [--seed S]

Tries N files (default 2000; hundreds per second on a quiet core): intact containers of every kind with bits flipped, bytes
removed, inserted, overwritten or cut off; pickles that would call os.system and the like, or the names that are let through
(numpy's scalars, paths, containers) with arguments made to harm; zips and safetensors headers that lie about sizes, offsets,
shapes and types. Each is read and fetched. Passing means: the very bytes that the intact file or the format's own reader
gives, or one sentence; no code run; no file left behind. Prints how many of each kind were tried.
"""

import argparse
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))
os.environ["TQDM_DISABLE"] = "1"

from tests.unit.checkpoints.judgement import IN_MEMORY, attempt, draw


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=int, nargs="?", default=2000, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    logging.disable()
    outcomes: Counter = Counter()
    began = time.perf_counter()
    for number in range(arguments.cases):
        with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
            sentinel, inside = Path(folder) / "executed", Path(folder) / "work"
            inside.mkdir()
            case = draw(random.Random(arguments.seed + number), sentinel)
            try:
                outcome = attempt(case, inside, sentinel)
            except Exception as error:
                outcome = "FAILED"
                print(f"seed {arguments.seed + number}: {case.kind}: {type(error).__name__}: {error}")
            outcomes[case.kind.partition(":")[0].removesuffix(" raw"), outcome] += 1
    kinds = sorted({kind for kind, _ in outcomes})
    print(f"{'':28}{'tried':>8}{'read':>8}{'refused':>9}{'failed':>8}")
    for kind in kinds:
        read, refused, failed = (outcomes[kind, outcome] for outcome in ("read", "refused", "FAILED"))
        print(f"{kind:28}{read + refused + failed:8}{read:8}{refused:9}{failed:8}")
    failed = sum(count for (_, outcome), count in outcomes.items() if outcome == "FAILED")
    seconds = time.perf_counter() - began
    print(f"{arguments.cases} files tried in {seconds:.0f} s, {failed} treated wrongly")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
