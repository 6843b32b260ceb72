"""Names from files inside sentences."""

from semantic_bottleneck.checkpoints.listing import listing, plain


def test_one_short_printable_line():
    assert plain("a\n b\x1b[31m\x00") == "a b\\x1b[31m\\x00"
    assert plain("x" * 100) == "x" * 60 + "..."
    assert listing([]) == "nothing"
    assert listing({"ema": 1, 3: 2}) == "ema, 3"
    assert listing(range(100)) == "0, 1, 2, 3, 4, 5, 6, 7"
