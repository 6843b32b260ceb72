"""What is asked for in vain ends Snakemake with one sentence, wherever in a rule it is found out."""

from types import SimpleNamespace

import pytest

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.job import refusals
from semantic_bottleneck.job.refusals import Refusal, Refusing, refusing


def fail(error):
    raise error


def test_a_user_error_becomes_a_sentence_and_status_one():
    with pytest.raises(Refusal) as caught:
        refusing(fail)(UserError("no table 'x';\nadd it."))
    assert caught.value.code == "Error: no table 'x'; add it."


def test_an_accident_names_type_and_place_and_keeps_its_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr(refusals, "LOG", tmp_path / "kept/error.log")
    with pytest.raises(
        Refusal, match=r"^Error: Planning failed in fail with KeyError: 'x'; the traceback is in .*error\.log\.$"
    ):
        refusing(fail)(KeyError("x"))
    assert "Traceback" in (tmp_path / "kept/error.log").read_text(encoding="utf-8")


def test_an_object_keeps_its_values_and_guards_its_methods():
    plan = Refusing(SimpleNamespace(config={"study": "nano"}, fail=fail, twice=lambda number: 2 * number))
    assert plan.config == {"study": "nano"}
    assert plan.twice(2) == 4
    with pytest.raises(Refusal):
        plan.fail(UserError("x"))
    with pytest.raises(AttributeError):
        _ = plan.absent
