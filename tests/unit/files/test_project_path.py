import pytest

from semantic_bottleneck.files.project_path import project_path

RESULT = "results/nano/scores/sit-nano/baseline.parquet"


@pytest.mark.parametrize("place", ["studies", "studies/first", "studies/results-of-may/first"])
def test_the_local_copy_of_a_file_in_a_bucket_is_called_as_where_results_are_on_this_disk(place):
    assert project_path(f".snakemake/storage/s3/{place}/{RESULT}") == RESULT
    assert project_path(f"/somewhere/.snakemake/storage/s3/{place}/{RESULT}") == RESULT


@pytest.mark.parametrize("path", [RESULT, "/data/results/model.pt", "config/published/table1.csv"])
def test_any_other_path_stays(path):
    assert project_path(path) == path
