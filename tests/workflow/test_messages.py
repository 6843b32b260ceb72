"""Bad input ends in one sentence and a non-zero exit, and leaves nothing half-written."""

import pytest


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("samples: 60", "sample: 60", "unknown key 'sample'; did you mean 'samples'?"),
        ("samples: 60", "samples: many", "the value of 'samples' must be a whole number from 2 to 1000000000, not 'many'."),
        ("micro_batch: 10", "micro_bach: 10", "unknown key 'generation.micro_bach'; did you mean 'generation.micro_batch'?"),
        (
            "[dit-nano, sit-nano, sit-nano.s1, repa-nano, mg-nano]\n\n",
            "[sit-nono]\n\n",
            "config/models/sit-nono.yaml does not exist",
        ),
        ("quantile: 0.10}", "quantile: 0.10, tau: 1}", "needs exactly one of the keys tau, quantile, count, fraction"),
        ("variants: [baseline, tail-39-last]}", "variants: [baseline, tail]}", "pruning.variants has no variant 'tail'"),
        ("table4: {models: [dit-nano, sit-nano]}", "table4: {models: [dit]}", "tables.table4.models names 'dit'"),
    ],
)
def test_a_wrong_configuration_is_named(nano, tmp_path, old, new, sentence):
    project = type(nano).copy_of(nano.folder, tmp_path / "project")
    result = project.run("-n", "all", config=project.configured("wrong", text=(old, new)), check=False)
    assert result.returncode != 0
    assert sentence.replace("'generation.micro_batch'", "'micro_batch'") in result.stdout
    assert "Traceback" not in result.stdout


def test_a_table_that_the_study_lacks_is_named(nano):
    result = nano.run("-n", "table5", check=False)
    assert result.returncode != 0
    assert "The study 'nano' defines no table 'table5'; it has table1, table2, table4, table6, error_budget." in result.stdout


def test_a_truncated_checkpoint_ends_in_one_sentence(copy):
    path = copy.folder / "results/nano/checkpoints/repa-nano/final.pt"
    path.write_bytes(path.read_bytes()[:2000])
    target = "results/nano/conditioners/repa-nano/final.safetensors"
    result = copy.run("--cores", "1", "--force", target, check=False)
    assert result.returncode != 0
    sentences = [line for line in result.stdout.splitlines() if line.startswith("Error: ")]
    assert sentences
    assert "final.pt" in sentences[0]
    log = (copy.folder / "results/nano/logs/read_trained_conditioner/repa-nano.log").read_text()
    assert "Traceback" not in log
    assert not (copy.folder / target).exists()
