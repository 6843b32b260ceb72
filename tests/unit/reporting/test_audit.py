FLAGGED = [
    ("PR / d = nPR", "Table 1, DiT", 10.47, "holds if truncated"),
    ("PR / d = nPR", "Table 1, LightningDiT", 2.05, "holds if truncated"),
    ("PR / d = nPR", "Table 1, X-MDPT-L", 48.42, "does not hold"),
    ("removed / d = share", "Table 2, REPA, tail-0.01 (every, first, last)", 38.94, "holds if truncated"),
    ("removed / d = share", "Table 2, REPA, tail-0.02-every", 66.21, "holds if truncated"),
    ("removed / d = share", "Table 2, REPA, tail-0.05-every", 96.41, "holds if truncated"),
    ("removed / d = share", "Table 2, REPA, tail-5.0-every", 99.8, "holds if truncated"),
    ("removed / d = share", "Table 2, REPA, head-5.0-every", 0.2, "holds if truncated"),
    ("removed / d = share", "Table 3, MG, tail-0.01 (every, first, last)", 38.94, "holds if truncated"),
    ("removed / d = share", "Table 3, LightningDiT, tail-0.01 (every, first, last)", 38.94, "holds if truncated"),
    ("nPR as in Table 1", "Table 4, REPA", 1.43, "does not hold"),
    ("removed share equals REPA's", "Table 3, MG, tail-0.01 (every, first, last)", 38.94, "suspicious"),
    ("removed share equals REPA's", "Table 3, LightningDiT, tail-0.01 (every, first, last)", 38.94, "suspicious"),
    ("precision at an equal FID", "Table 6, REPA, tail-0.01-first", 0.7878, "suspicious"),
]
CHECKED = {
    "PR / d = nPR": 8,
    "removed / d = share": 8,
    "tail + head = all": 1,
    "cosine as in Table 1": 8,
    "nPR as in Table 1": 8,
    "fid as in Table 2": 3,
    "inception_score as in Table 2": 3,
    "clip_score as in Table 2": 3,
    "fid as in Table 3": 6,
    "inception_score as in Table 3": 6,
    "clip_score as in Table 3": 6,
    "removed share equals REPA's": 2,
    "precision at an equal FID": 3,
}


def test_exactly_these_identities_are_flagged(tables):
    frame = tables["audit"].frame
    flagged = frame[frame["status"] != "holds"]
    assert [tuple(row) for row in flagged[["check", "where", "printed", "status"]].itertuples(index=False)] == FLAGGED


def test_everything_that_can_be_checked_is(tables):
    frame = tables["audit"].frame
    assert frame["check"].value_counts().to_dict() == CHECKED
    assert tables["audit"].footnotes[0] == "65 identities checked, 14 flagged."


def test_the_typo_is_traced_to_table_4(tables):
    frame = tables["audit"].frame
    row = frame[(frame["check"] == "nPR as in Table 1") & (frame["model"] == "repa")].iloc[0]
    assert (row["printed"], row["recomputed"]) == (1.43, 1.53)
    assert row["note"] == "Table 1's PR of 17.67 gives 1.53"


def test_nearly_equal_pictures_of_another_precision_are_suspicious(tables):
    frame = tables["audit"].frame
    row = frame[(frame["check"] == "precision at an equal FID") & (frame["model"] == "repa")].iloc[0]
    assert (row["printed"], row["recomputed"]) == (0.7878, 0.8032)
    assert row["note"] == (
        "FID moves by −0.0004, CLIP by +0.061, precision by 2.7 standard errors of a share of 5,000 pictures"
    )


def test_a_removed_count_is_a_truncated_mean(tables):
    frame = tables["audit"].frame
    row = frame[frame["where"].str.startswith("Table 2, REPA, tail-0.01")].iloc[0]
    assert row["note"] == "the share means 448.6 dimensions: a mean over classes, printed cut off"
