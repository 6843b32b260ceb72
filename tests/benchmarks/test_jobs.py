"""The cost of a study's jobs from Snakemake's benchmark files, on made-up ones."""

import pytest

from benchmarks.jobs import ROOT, SCRIPTS, Cost, costs, import_seconds, inherited, main, ratio_table

HEAD = "s\th:m:s\tmax_rss\tcpu_time"


def results(folder, **seconds):
    """A results folder with one benchmark file per job; a rule's value is one number, or one per wildcard."""
    for rule, values in seconds.items():
        jobs = {f"{rule}.tsv": values} if isinstance(values, str) else {f"{rule}/m{k}/v.tsv": x for k, x in enumerate(values)}
        for name, value in jobs.items():
            path = folder / "benchmarks" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{HEAD}\n7.5\t0:00:07\t100.0\t{value}\n")
    return folder


@pytest.fixture
def scripts(tmp_path):
    folder = tmp_path / "scripts"
    folder.mkdir()
    # Half a second of the processor, whatever else the machine does.
    busy = "import time\nwhile time.process_time() < 0.5:\n    pass\n"
    (folder / "measure_geometry.py").write_text(busy)
    (folder / "render_table.py").write_text("")
    return folder


def test_the_jobs_of_a_rule_are_added_up(tmp_path):
    found = costs(results(tmp_path, score=["1.5", "2.0"], report="4.0"))
    assert found == {"score": Cost(2, 3.5), "report": Cost(1, 4.0)}


def test_a_job_too_short_to_be_read_counts_with_its_wall_time(tmp_path):
    assert costs(results(tmp_path, score=["NA"])) == {"score": Cost(1, 7.5)}


def test_importing_is_measured_in_a_fresh_interpreter(scripts):
    idle, busy = (import_seconds(name, scripts) for name in ("render_table", "measure_geometry"))
    assert 0 < idle < 0.4 < 0.5 <= busy < 1


def test_a_script_that_cannot_be_imported_is_named(scripts):
    (scripts / "broken.py").write_text("import no_such_module\n")
    with pytest.raises(SystemExit, match=r"broken\.py cannot be imported: ModuleNotFoundError"):
        import_seconds("broken", scripts)


def test_tables_of_shares_and_ratios(tmp_path, scripts, capsys):
    """A rule that uses another's script is measured with that script."""
    old = results(tmp_path / "old", measure_geometry=["6.0"], measure_training_geometry=["4.0"])
    new = results(tmp_path / "new", measure_training_geometry=["2.0", "2.0"], render_table="1.0")
    main([str(new), "--against", str(old), "--times", "1"], scripts)
    shares, ratios = capsys.readouterr().out.strip().split("\n\n")
    geometry, table, whole = (row.strip("| ").split(" | ") for row in shares.splitlines()[2:])
    assert geometry[:3] == ["measure_training_geometry", "2", "4.0"]
    assert float(geometry[4]) == pytest.approx(2 * float(geometry[3]) / 4, abs=0.011)
    assert table[0] == "render_table"
    assert whole[:3] == ["all", "3", "5.0"]
    assert float(whole[4]) == pytest.approx((2 * float(geometry[3]) + float(table[3])) / 5, abs=0.011)
    assert ratios.splitlines()[2:] == [
        "| measure_geometry | 1 | 0 | 6.0 | 0.0 | 0.00 |",
        "| measure_training_geometry | 1 | 2 | 4.0 | 4.0 | 1.00 |",
        "| render_table | 0 | 1 | 0.0 | 1.0 |  |",
        "| all | 2 | 3 | 10.0 | 5.0 | 0.50 |",
    ]


def test_the_ratio_of_the_whole_is_that_of_the_sums():
    assert ratio_table({"a": Cost(1, 8.0), "b": Cost(1, 2.0)}, {"a": Cost(1, 4.0), "b": Cost(1, 2.0)}).endswith("| 0.60 |")


def test_a_folder_without_benchmark_files_is_named(tmp_path):
    with pytest.raises(SystemExit, match="holds no benchmark files"):
        main([str(tmp_path)])


def test_every_rule_with_a_benchmark_has_a_script_of_its_own_name_or_of_the_rule_it_uses():
    files = sorted((ROOT / "rules").glob("*.smk"))
    bases = inherited(files)
    assert bases["fetch_evaluator"] == "fetch_checkpoint"
    assert bases["read_training_conditioners"] == "read_conditioner"
    text = "".join(path.read_text() for path in files)
    rules = {line.split("/")[1].split(".")[0] for line in text.splitlines() if '"<benchmarks>/' in line}
    assert len(rules) > 40
    assert all((SCRIPTS / f"{bases.get(rule, rule)}.py").is_file() for rule in rules)
