"""A variant's samples leave as a file and come back as somebody's: every score is that of the variant, interval and all."""

import pandas as pd

from semantic_bottleneck.files import parquet

GIVEN = """given:
  theirs: {title: Theirs, path: results/nano/export/sit-nano/baseline/samples.npz, classes: 10}
"""


def test_exported_samples_are_scored_as_the_variant_they_came_from(copy):
    results = copy.folder / "results/nano"
    copy.run("--cores", "1", "results/nano/export/sit-nano/baseline/samples.npz", "--quiet", "rules")
    with (copy.folder / "config/nano.yaml").open("a") as study:
        study.write(GIVEN)
    copy.run("--cores", "1", "given", "--quiet", "rules")
    own, theirs = (
        pd.DataFrame(parquet.read(results / f"scores/{name}.parquet")) for name in ("sit-nano/baseline", "theirs/samples")
    )
    columns = ["metric", "quantity", "subset", "value", "low", "high", "n"]
    pd.testing.assert_frame_equal(theirs[columns], own[columns])
    table = (results / "tables/given.md").read_text()
    assert "Theirs" in table
    assert "FID" in table
