from semantic_bottleneck.reporting.core.grid import grid_of
from semantic_bottleneck.reporting.paper.tables.controls import build_controls


def test_each_control_stands_below_the_pruning_of_as_many_dimensions(inputs):
    table = build_controls(inputs.evidence())
    rows = table.frame[table.frame["model"] == "sit-mini"].drop_duplicates("variant")["variant"].tolist()
    assert rows == [
        "tail-39-every",
        *("random-39-every", "mean-39-every", "silu-tail-39-every"),
        *("tail-39-last", "random-39-last"),
        "head-10-every",
        "silu-head-10-every",
    ]
    assert [section for section, _ in grid_of(table).sections()] == ["SiT-mini", "DiT-mini", "REPA-mini"]
    fid = table.frame.query("model == 'dit-mini' and variant == 'random-39-every' and column == 'fid'").iloc[0]
    source = inputs.scores.query("model == 'dit-mini' and variant == 'random-39-every' and metric == 'fid'").set_index(
        "quantity"
    )
    assert fid["value"] == source.loc["value", "value"]
    assert fid["difference"] == source.loc["difference", "value"]
    assert fid["difference_verdict"] == "worse"


def test_without_controls_there_is_no_table(inputs):
    variants = inputs.variants[inputs.variants["variant"].isin(["baseline", "tail-39-every"])]
    assert build_controls(inputs.evidence(variants=variants)) is None
