import sys
from pathlib import Path

sys.path.insert(0, "workflow_scripts")
import numpy as np

from score_variant import score_variant
from semantic_bottleneck.files import parquet
from semantic_bottleneck.references.statistics import Statistics, save_statistics

work = Path(sys.argv[1])
random = np.random.default_rng(0)
real = random.standard_normal((200, 64)).astype(np.float32)
parquet.write(work / "reference.parquet", {"sample": np.arange(200), "features": real}, {})
save_statistics(work / "statistics.npz", {"features": Statistics(real.astype(float).mean(0), np.cov(real.astype(float).T))})
texts = {"label": np.arange(10), "prompt": np.array(["x"] * 10, dtype=object), "features": random.standard_normal((10, 32))}
parquet.write(work / "texts.parquet", texts, {})
columns = {
    "sample": np.arange(5),
    "label": np.arange(5),
    "features": random.standard_normal((5, 64)).astype(np.float32),
    "logits": random.standard_normal((5, 10)).astype(np.float32),
    "clip": random.standard_normal((5, 32)).astype(np.float32),
}
parquet.write(work / "features.parquet", columns, {})
score_variant(
    "own",
    "baseline",
    [work / "features.parquet"],
    [],
    work / "reference.parquet",
    work / "statistics.npz",
    work / "texts.parquet",
    10,
    5,
    "torch-fidelity",
    work / "scores.parquet",
    work / "replicates.parquet",
)
scores = parquet.read(work / "scores.parquet")
name = next(key for key in scores if key in ("metric", "column"))
found = dict(zip(scores[name], scores["value"], strict=True))
print({key: round(float(value), 3) for key, value in found.items()})
sys.exit(not np.isfinite(found["fid"]) or found["fid"] < 0 or "inception_score" in found)
