"""The nano study of one model and one pruned variant: what another model adds is jobs, but no rule and no package."""

import yaml

from tests.workflow.forked import ROOT


def one_model() -> dict:
    """The study file's contents."""
    study = yaml.safe_load((ROOT / "config/nano.yaml").read_text())
    study["models"], variants = ["sit-nano"], ["baseline", "tail-39-last"]
    study["pruning"]["variants"] = {name: study["pruning"]["variants"][name] for name in variants}
    for exhibit in (*study["tables"].values(), *study["figures"].values()):
        exhibit["models"] = study["models"]
        if "variants" in exhibit:
            exhibit["variants"] = variants
    return study
