"""Local files of every container."""

import hashlib
import json
import tarfile
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.checkpoint import Checkpoint
from tests.sections import checkpoint_of
from tests.unit.checkpoints.conftest import pt_bytes, state_dict, trainer_file
from tests.unit.checkpoints.same import require_same


def card(*urls: str, **more) -> Checkpoint:
    return checkpoint_of({"files": [{"url": url} for url in urls], **more})


@pytest.mark.parametrize("legacy", [False, True])
def test_reads_a_plain_state_dict(tmp_path, weights, legacy):
    (tmp_path / "a.pt").write_bytes(pt_bytes(weights, legacy))
    result = read_tensors(card("a.pt"), None, base=tmp_path)
    require_same(result.tensors, weights)
    assert result.provenance["checkpoint_size"] == (tmp_path / "a.pt").stat().st_size
    assert len(result.provenance["tensors_sha256"]) == 64
    assert result.provenance["checkpoint_sha256"] == hashlib.sha256((tmp_path / "a.pt").read_bytes()).hexdigest()


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(("keys", "chosen"), [(["ema", "model"], 0), (["model", "ema"], 1), (["absent", "ema"], 0)])
def test_first_present_key_wins(tmp_path, legacy, keys, chosen):
    both = [state_dict(0), state_dict(1)]
    (tmp_path / "a.pt").write_bytes(pt_bytes(trainer_file(*both), legacy))
    require_same(read_tensors(card("a.pt", keys=keys), None, base=tmp_path).tensors, both[chosen])


def test_plain_file_is_taken_where_no_key_is_present(tmp_path, weights):
    (tmp_path / "a.pt").write_bytes(pt_bytes(weights))
    require_same(read_tensors(card("a.pt", keys=["ema"]), None, base=tmp_path).tensors, weights)


def test_wrapped_file_without_keys_says_what_it_holds(tmp_path, weights):
    (tmp_path / "a.pt").write_bytes(pt_bytes(trainer_file(weights, weights)))
    with pytest.raises(UserError, match=r"holds model, ema, opt, args; correct checkpoint\.keys"):
        read_tensors(card("a.pt"), None, base=tmp_path)


def test_names_may_be_chosen_by_a_function_and_prefix_is_stripped(tmp_path, weights):
    (tmp_path / "a.pt").write_bytes(
        pt_bytes({f"module.{name}": value for name, value in weights.items()} | {"other": weights["half"]})
    )
    seen = []

    def pick(names: list[str]) -> list[str]:
        seen.extend(names)
        return [name for name in names if name.startswith("blocks.1")]

    result = read_tensors(card("a.pt", prefix="module."), pick, base=tmp_path)
    require_same(result.tensors, {"blocks.1.weight": weights["blocks.1.weight"]})
    assert seen == sorted(weights)


def test_ignored_patterns_are_not_read(tmp_path, weights):
    (tmp_path / "a.pt").write_bytes(pt_bytes(weights | {"loss.scale": torch.tensor(float("nan"))}))
    require_same(read_tensors(card("a.pt", ignore=["loss.*"]), None, base=tmp_path).tensors, weights)


def test_absent_name_prefix_and_file_are_named(tmp_path, weights):
    (tmp_path / "a.pt").write_bytes(pt_bytes(weights))
    with pytest.raises(UserError, match=r"a\.pt has no tensor 'blocks\.9\.weight' \(the nearest name is 'blocks\.\d"):
        read_tensors(card("a.pt"), ["blocks.9.weight"], base=tmp_path)
    with pytest.raises(UserError, match=r"begins with 'net\.'"):
        read_tensors(card("a.pt", prefix="net."), None, base=tmp_path)
    for address in ("b.pt", "b.zip#inside.pt"):
        with pytest.raises(UserError, match=r"b\..* cannot be read \(No such file or directory\)"):
            read_tensors(card(address), None, base=tmp_path)


def test_parts_are_one_file(tmp_path, weights):
    whole = pt_bytes({"model": weights})
    cuts = [0, 100, 101, len(whole) // 2, len(whole) - 5, len(whole)]
    for index in range(5):
        (tmp_path / f"part{index}").write_bytes(whole[cuts[index] : cuts[index + 1]])
    result = read_tensors(card(*(f"part{index}" for index in range(5)), keys=["ema", "model"]), None, base=tmp_path)
    require_same(result.tensors, weights)
    assert result.provenance["checkpoint_size"] == len(whole)
    assert result.provenance["checkpoint_sha256"] == hashlib.sha256(whole).hexdigest()


def test_legacy_parts_are_joined_first(tmp_path, weights):
    whole = pt_bytes(weights, legacy=True)
    (tmp_path / "a").write_bytes(whole[:600])
    (tmp_path / "b").write_bytes(whole[600:])
    require_same(read_tensors(card("a", "b"), None, base=tmp_path).tensors, weights)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_safetensors_whatever_the_card_calls_it(tmp_path, weights):
    weights = {name: value.contiguous() for name, value in weights.items()} | {"bf": torch.ones(3).bfloat16()}
    save_file(weights, tmp_path / "a.safetensors", metadata={"format": "pt"})
    for container in ("safetensors", "pt"):
        result = read_tensors(card("a.safetensors", container=container), list(weights), base=tmp_path)
        require_same(result.tensors, weights)
        assert result.provenance["checkpoint_container"] == "safetensors"


def test_sharded_safetensors_open_only_the_needed_shards(tmp_path, weights):
    weights = {name: value.contiguous() for name, value in weights.items()}
    names = list(weights)
    save_file({name: weights[name] for name in names[:5]}, tmp_path / "m-1.safetensors")
    save_file({name: weights[name] for name in names[5:]}, tmp_path / "m-2.safetensors")
    weight_map = {name: f"m-{1 + (place >= 5)}.safetensors" for place, name in enumerate(names)}
    (tmp_path / "m.index.json").write_text(json.dumps({"weight_map": weight_map}))
    sharded = card("m.index.json", container="safetensors-index")
    require_same(read_tensors(sharded, None, base=tmp_path).tensors, weights)
    (tmp_path / "m-2.safetensors").unlink()
    require_same(read_tensors(sharded, names[:2], base=tmp_path).tensors, {name: weights[name] for name in names[:2]})
    with pytest.raises(UserError, match=r"m-2\.safetensors cannot be read \(No such file or directory\)"):
        read_tensors(sharded, names, base=tmp_path)
    (tmp_path / "m.index.json").write_text(json.dumps({"weight_map": {"blocks.9.weight": "m-1.safetensors"}}))
    with pytest.raises(UserError, match="although the index says so"):
        read_tensors(sharded, None, base=tmp_path)
    (tmp_path / "m.index.json").write_text(json.dumps({"weight_map": {"half": "../m-1.safetensors"}}))
    with pytest.raises(UserError, match="not a plain file name"):
        read_tensors(sharded, None, base=tmp_path)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_the_one_checkpoint_of_an_archive(tmp_path, weights, kind):
    (tmp_path / "w.pt").write_bytes(pt_bytes(weights))
    (tmp_path / "readme.txt").write_text("hello")
    archive = tmp_path / f"a.{kind}"
    add_all(archive, {"folder/w.pt": tmp_path / "w.pt", "readme.txt": tmp_path / "readme.txt"})
    require_same(read_tensors(card(archive.name), None, base=tmp_path).tensors, weights)
    add_all(archive, {"x/w.pt": tmp_path / "w.pt", "y/w.pt": tmp_path / "w.pt"})
    with pytest.raises(UserError, match=r"archive of x/w\.pt, y/w\.pt; add #path/inside"):
        read_tensors(card(archive.name), None, base=tmp_path)
    require_same(read_tensors(card(f"{archive.name}#y/w.pt"), None, base=tmp_path).tensors, weights)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def add_all(archive, files: dict) -> None:
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, path in files.items():
                opened.write(path, name)
        return
    with tarfile.open(archive, "w:gz" if archive.suffix == ".gz" else "w") as opened:
        for name, path in files.items():
            opened.add(path, name)


def test_declared_size_and_sha256_are_held_against_the_file(tmp_path, weights):
    (tmp_path / "a.pt").write_bytes(pt_bytes(weights))
    size = (tmp_path / "a.pt").stat().st_size
    with pytest.raises(UserError, match=f"has {size} bytes, but the card says 7"):
        read_tensors(checkpoint_of({"files": [{"url": "a.pt", "size": 7}]}), None, base=tmp_path)
    with pytest.raises(UserError, match="where the card says 0000"):
        read_tensors(checkpoint_of({"files": [{"url": "a.pt", "sha256": "0" * 64}]}), None, base=tmp_path)


def test_files_without_checksums_are_read(tmp_path, weights):
    torch.serialization.set_crc32_options(False)
    try:
        (tmp_path / "a.pt").write_bytes(pt_bytes(weights))
    finally:
        torch.serialization.set_crc32_options(True)
    require_same(read_tensors(card("a.pt"), None, base=tmp_path).tensors, weights)
