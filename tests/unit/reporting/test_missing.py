"""The sentence with which a run ends that could not have everything."""

from semantic_bottleneck.study.missing import missing_sentence


def test_models_of_one_reason_are_named_together():
    sentence = missing_sentence({"dit": "no network.", "sit": "gone.pt is not there any more (404).", "mdt": "no network."})
    assert sentence.startswith("The tables and figures lack what could not be had ")
    assert "(dit, mdt: no network; sit: gone.pt is not there any more (404))" in sentence
