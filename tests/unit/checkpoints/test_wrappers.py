"""Weights saved from a wrapped network: DataParallel, torch.compile, FSDP, DeepSpeed and averages around them."""

import json
import logging

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.checkpoints.wrappers import own_names, unwrapped
from semantic_bottleneck.errors import UserError
from tests.sections import checkpoint_of
from tests.unit.checkpoints.conftest import pt_bytes
from tests.unit.checkpoints.same import require_same

SAVED = {
    "DataParallel": "module.{0}.{1}",
    "torch.compile": "_orig_mod.{0}.{1}",
    "compiled, then DistributedDataParallel": "module._orig_mod.{0}.{1}",
    "DistributedDataParallel, then compiled": "_orig_mod.module.{0}.{1}",
    "twice": "module.module.{0}.{1}",
    "FSDP": "_fsdp_wrapped_module.{0}._fsdp_wrapped_module.{1}",
    "FSDP of torch 1.12": "_fsdp_wrapped_module._fpw_module.{0}.{1}",
    "activation checkpointing": "{0}._checkpoint_wrapped_module.{1}",
    "compiled blocks": "{0}._orig_mod.{1}",
    "everything": "module._orig_mod._fsdp_wrapped_module.{0}._checkpoint_wrapped_module._orig_mod.{1}",
}


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {f"{part}.weight": torch.randn(3, 2, generator=generator) for part in ("t_embedder", "y_embedder", "blocks.0")}


@pytest.fixture
def read(tmp_path):
    """The tensors that are read from what torch saves, with the card's `checkpoint` keys."""

    def run(content: object, names=None, legacy=False, **card) -> dict[str, torch.Tensor]:
        (tmp_path / "a.pt").write_bytes(pt_bytes(content, legacy))
        return read_tensors(checkpoint_of({"files": [{"url": "a.pt"}], **card}), names, base=tmp_path).tensors

    return run


def saved(weights: dict, form: str, before: str = "") -> dict:
    return {before + form.format(*name.rsplit(".", 1)): tensor for name, tensor in weights.items()}


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("outer", [None, "ema", "model"])
@pytest.mark.parametrize("wrapper", sorted(SAVED))
def test_wrappers_are_left_out_and_said(read, weights, caplog, wrapper, outer, legacy):
    wrapped = saved(weights, SAVED[wrapper])
    content = {outer: wrapped, "step": 3} if outer else wrapped
    some = [name for name in weights if "embedder" in name]
    with caplog.at_level(logging.INFO):
        require_same(read(content, None, legacy, keys=["ema", "model"]), weights)
        require_same(read(content, some, legacy, keys=["ema", "model"]), {name: weights[name] for name in some})
    said = [record.message for record in caplog.records if "wrapper's prefix" in record.message]
    assert len(said) == 2
    assert f"{next(iter(wrapped))} is {next(iter(weights))}" in said[0]


def test_nothing_is_said_of_plain_names(read, weights, caplog):
    with caplog.at_level(logging.INFO):
        read(weights)
        read(saved(weights, "model.{0}.{1}"), prefix="model.")
    assert "wrapper" not in caplog.text


@pytest.mark.parametrize("wrapper", ["module.", "_orig_mod.", "module._orig_mod.", "_fsdp_wrapped_module."])
def test_the_cards_prefix_stands_inside_or_outside_of_a_wrapper(read, weights, wrapper):
    other = {"loss.scale": torch.ones(1), "model_ema.decay": torch.ones(1)}
    for form in (f"{wrapper}model.{{0}}.{{1}}", f"model.{wrapper}{{0}}.{{1}}", f"{wrapper}model.{wrapper}{{0}}.{{1}}"):
        require_same(read(saved(weights, form) | other, prefix="model."), weights)
        require_same(read(saved(weights, form) | other, list(weights), prefix="model."), weights)


@pytest.mark.parametrize("prefix", ["_orig_mod.", "module.", "module._orig_mod.", "module", "_orig_mod"])
def test_a_wrapper_may_be_the_cards_prefix(read, weights, prefix):
    require_same(read(saved(weights, f"{prefix.rstrip('.')}.{{0}}.{{1}}") | {"other": torch.ones(1)}, prefix=prefix), weights)
    with pytest.raises(UserError, match=rf"no tensor whose name begins with '{prefix}' \(names begin with t_embedder\., "):
        read(weights, prefix=prefix)


def test_two_tensors_of_one_name_are_never_chosen_between(read, weights):
    both = weights | {f"module.{name}": tensor + 1 for name, tensor in weights.items()}
    for names in (None, list(weights)):
        with pytest.raises(UserError, match=r"holds t_embedder\.weight 2 times \(t_embedder\.weight, module\.t_embedder\.wei"):
            read(both, names)
        require_same(read(both, names, prefix="module."), {name: tensor + 1 for name, tensor in weights.items()})
        require_same(read(both, names, ignore=["module.*"]), weights)
    # Tensors that nobody asks for are nobody's business.
    some = weights | {"module.y_embedder.weight": torch.ones(1)}
    require_same(read(some, ["t_embedder.weight"]), {"t_embedder.weight": weights["t_embedder.weight"]})


def test_the_counter_of_an_average_is_not_a_tensor_of_the_network(read, weights):
    average = {"n_averaged": torch.tensor(7), **saved(weights, "module.{0}.{1}")}
    require_same(read({"ema": average}, keys=["ema"]), weights)
    require_same(read({f"ema_model.{name}": tensor for name, tensor in average.items()}, prefix="ema_model."), weights)
    plain = {"n_averaged": torch.tensor(7), **weights}
    require_same(read(plain), plain)


def test_a_module_further_in_is_the_networks_own(read):
    own = {"blocks.0.module.weight": torch.ones(2), "blocks.0.weight": torch.zeros(2)}
    require_same(read(own), own)
    require_same(read({f"module.{name}": tensor for name, tensor in own.items()}), own)


def test_deepspeed_puts_the_state_dict_under_module(read, weights, caplog):
    engine = {"param_shapes": [{"a": torch.Size([3])}], "global_steps": 7, "optimizer": {"state": {0: torch.ones(2)}}}
    with caplog.at_level(logging.INFO):
        require_same(read({"module": weights, **engine}, keys=["ema"]), weights)
    assert "under 'module', as DeepSpeed saves it" in caplog.text
    require_same(read({"module": saved(weights, "_orig_mod.{0}.{1}"), "rng": torch.ones(2), **engine}), weights)
    require_same(read({"module": weights}, keys=["module"]), weights)
    with pytest.raises(UserError, match=r"holds module, ema; correct checkpoint\.keys"):
        read({"module": weights, "ema": weights})


def test_attribute_names_are_not_guessed(read, weights):
    """Which of a trainer's networks is meant is for the card to say."""
    both = saved(weights, "ema_model.{0}.{1}") | saved(weights, "online_model.{0}.{1}")
    with pytest.raises(UserError, match=r"it is there as ema_model\.t_embedder\.weight, online_model\.t_embedder\.weight"):
        read(both, list(weights))


@pytest.mark.parametrize("sharded", [False, True])
def test_wrapped_safetensors(tmp_path, weights, sharded):
    wrapped = saved(weights, "module.{0}.{1}")
    save_file(wrapped, tmp_path / "m.safetensors")
    card = {"files": [{"url": "m.safetensors"}]}
    if sharded:
        (tmp_path / "i.json").write_text(json.dumps({"weight_map": dict.fromkeys(wrapped, "m.safetensors")}))
        card = {"files": [{"url": "i.json"}], "container": "safetensors-index"}
    require_same(read_tensors(checkpoint_of(card), list(weights), base=tmp_path).tensors, weights)
    found = read_tensors(checkpoint_of(card), None, base=tmp_path).tensors
    require_same({name: found[name] for name in weights}, weights)
    assert len(found) == len(weights)


NAMES = st.lists(st.sampled_from(["blocks", "0", "weight", "module", "model", "_orig_mod"]), min_size=1, max_size=6)


@given(NAMES)
def test_unwrapping_is_done_once_and_for_all(parts):
    once = unwrapped(".".join(parts))
    assert unwrapped(once) == once
    assert "_orig_mod" not in once.split(".")


@given(st.lists(NAMES.map(".".join), unique=True), st.sampled_from(["", "model.", "module.", "module.model."]))
def test_every_name_is_meant_at_most_once(names, prefix):
    held = [name for originals in own_names(names, prefix).values() for name in originals]
    assert len(held) == len(set(held))
    assert set(held) <= set(names)
    if not prefix and "n_averaged" not in names:
        assert set(held) == set(names)
