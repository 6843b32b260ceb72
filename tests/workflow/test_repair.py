"""A damaged intermediate is named, `repair` removes it and what was made from it, and the next run makes the same bytes."""

import os
import time

MODEL = "results/nano/{}/sit-nano/{}"
LATENTS = MODEL.format("latents", "tail-39-last/000.parquet")
FEATURES = MODEL.format("features", "tail-39-last/000.parquet")
SCORES = MODEL.format("scores", "tail-39-last.parquet")
BASELINE = MODEL.format("scores", "baseline.parquet")


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)


def test_a_damaged_file_is_named_repaired_and_made_again(copy):
    files = {name: copy.folder / name for name in (LATENTS, FEATURES, SCORES, BASELINE)}
    before = {name: path.read_bytes() for name, path in files.items()}
    flip_a_bit(files[LATENTS])
    repaired = copy.run("--cores", "1", "repair", "--quiet", "rules").stdout
    assert f"Removed: {LATENTS} (damaged) and " in repaired
    assert [name for name, path in files.items() if path.exists()] == [BASELINE]
    copy.run("--cores", "2", SCORES, "--quiet", "rules")
    assert {name: path.read_bytes() for name, path in files.items()} == before
    assert "No file in results is damaged." in copy.run("--cores", "1", "repair", "--quiet", "rules").stdout

    # A job that meets the damage names it and leaves nothing; what was made before the damage is as it should be.
    flip_a_bit(files[LATENTS])
    met = copy.run("--cores", "1", FEATURES, "-R", "extract_features", check=False)
    assert met.returncode != 0
    assert f"Error: {LATENTS} is damaged or absent (its checksum does not hold); `snakemake --cores 1 repair`" in met.stdout
    assert not files[FEATURES].exists()
    copy.run("--cores", "1", "repair", "--quiet", "rules")
    copy.run("--cores", "1", FEATURES, "--quiet", "rules")
    assert {name: path.read_bytes() for name, path in files.items()} == before


def test_results_of_a_clock_that_is_ahead_rerun_nothing_and_are_used(copy):
    for path in (copy.folder / "results").rglob("*"):
        moment = path.stat().st_mtime + 3600
        os.utime(path, (moment, moment))
    result = copy.run("-n", "all")
    assert "files in results were dated later than now" in result.stdout
    assert "Nothing to be done" in result.stdout
    assert all(path.stat().st_mtime < time.time() + 1 for path in (copy.folder / "results").rglob("*"))
