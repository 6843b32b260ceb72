import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.reporting.core.published import COLUMNS, load_published

HEADER = ",".join(COLUMNS)


def test_look_up(inputs):
    number = inputs.published.lookup("table2", "repa", "tail-0.01-last", "fid")
    assert (number.value, number.half_unit) == (7.1598, 0.00005)
    assert (
        inputs.published.lookup("table4", "repa", "y+t", "normalized_participation_ratio_percent").note == "Table 1 says 1.53"
    )
    assert inputs.published.lookup("table2", "repa", "tail-0.01-last", "precision") is None


def test_precision_is_the_columns_usual_one_unless_a_number_has_more(inputs):
    def half_unit(table, model, variant, metric):
        return inputs.published.lookup(table, model, variant, metric).half_unit

    assert half_unit("table1", "mdt", "y+t", "normalized_participation_ratio_percent") == 0.005  # printed 1.6
    assert half_unit("table2", "repa", "tail-0.01-first", "fid") == 0.00005  # printed 7.169
    assert half_unit("table4", "uvit", "y+t", "cosine_similarity") == pytest.approx(0.000005)  # printed 0.97917


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER.replace(",note", "") + "\n", "lacks the column 'note'"),
        (f"{HEADER}\np,1,m,v,,,,fid,7x,\n", "line 2: '7x' is not a number"),
        (f"{HEADER}\np,1,m,v,,,,fid,7,\np,1,m,v,,,,fid,8,\n", "table1, m, v, fid stands twice"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(tmp_path, text, message):
    path = tmp_path / "numbers.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        load_published([path])
