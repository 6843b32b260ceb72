"""The two sentences at the top of a page: every verdict counted, claims named by their statements."""

import pytest

from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN, Claim
from semantic_bottleneck.reporting.core.summary import LISTED, clause, summary


def claim(name, verdict, statement, paper=True):
    return Claim(name, statement, "a rule", verdict, "a sentence", (), paper)


def words(sentences):
    return ["".join(phrase.text for phrase in sentence) for sentence in sentences]


def test_what_was_found_in_two_sentences():
    claims = [
        claim("a", HOLDS, "The tail can be pruned: it costs nothing."),
        claim("b", FAILS, "The head cannot be pruned."),
        claim("c", OPEN, "FID falls."),
        claim("d", NOT_RUN, "Similarity grows."),
        claim("e", FAILS, "|c| says which dimensions matter, although AdaLN consumes SiLU(c).", paper=False),
    ]
    found = summary(claims)
    assert words(found) == [
        "Of 4 claims of the paper, 1 holds (the tail can be pruned); 1 does not hold (the head cannot be pruned); "
        "1 is undecided (FID falls); 1 was not run.",
        "Of 1 question of our own, 1 does not hold (|c| says which dimensions matter).",
    ]
    assert [phrase.claim for sentence in found for phrase in sentence if phrase.claim] == ["a", "b", "c", "e"]


def test_another_verdict_changes_the_words():
    one, other = (words(summary([claim("a", verdict, "It is so.")])) for verdict in (HOLDS, FAILS))
    assert one == ["Of 1 claim of the paper, 1 holds (it is so)."]
    assert other == ["Of 1 claim of the paper, 1 does not hold (it is so)."]


def test_many_are_counted_and_the_first_named():
    [text] = words(summary([claim(str(n), HOLDS, f"Number {n}.") for n in range(LISTED + 3)]))
    assert text.endswith(f"number {LISTED - 1} and 3 more).")
    assert text.startswith(f"Of {LISTED + 3} claims of the paper, {LISTED + 3} hold (number 0, ")


def test_a_page_without_claims_has_no_sentence_and_one_without_runs_says_so():
    assert summary([]) == []
    assert words(summary([claim("a", NOT_RUN, "It is so.")])) == ["Of 1 claim of the paper, 1 was not run."]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SiLU(c) matters.", "SiLU(c) matters"),
        ("nPR of c falls: at last.", "nPR of c falls"),
        ("A ratio.", "a ratio"),
    ],
)
def test_names_keep_their_capitals(statement, expected):
    assert clause(statement) == expected
