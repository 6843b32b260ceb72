"""What a section names: files, folders, shards, addresses."""

import json
from pathlib import Path

import yaml

from semantic_bottleneck.named_files.names import ADDRESSES, PATHS, REPOSITORY, named_files
from semantic_bottleneck.study.assets import load_asset
from semantic_bottleneck.study.cards import load_card

ROOT = Path(__file__).resolve().parents[3]


def test_addresses_and_paths_are_told_apart(tmp_path):
    (tmp_path / "encoder").mkdir()
    section = {
        "files": [{"url": "data/own.pt", "mirrors": ["https://host/own.pt", "file:///mnt/own.pt"], "sha256": None}],
        "conditioning": {
            "prompts": {"file": "prompts.txt"},
            "encoders": [{"source": "encoder"}, {"source": "owner/repository"}],
        },
        "reference": {"kind": "images", "path": "data/real", "images": 100},
        "data": "latents:data/latents",
        "digits": {"data": "digits"},
        "pose": {"root": "data/deepfashion", "images": "256-256", "pairs": "pairs.txt"},
    }
    paths, addresses = named_files(section, tmp_path)
    named = ["data/own.pt", "prompts.txt", "encoder", "data/real", "data/latents", "data/deepfashion"]
    assert set(paths) == {*(tmp_path / name for name in named), Path("/mnt/own.pt")}
    assert addresses == ["https://host/own.pt"]


def test_shards_of_a_local_index_are_named_too(tmp_path):
    index = {"weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors", "c": "m-1.safetensors"}}
    (tmp_path / "m.safetensors.index.json").write_text(json.dumps(index))
    section = {"container": "safetensors-index", "files": [{"url": "m.safetensors.index.json"}]}
    names = ["m.safetensors.index.json", "m-1.safetensors", "m-2.safetensors"]
    assert named_files(section, tmp_path)[0] == [tmp_path / name for name in names]
    (tmp_path / "m.safetensors.index.json").write_text("{")
    assert named_files(section, tmp_path)[0] == [tmp_path / names[0]]


def test_every_shipped_card_names_what_it_is_made_from():
    for card in (load_card(path) for path in sorted((ROOT / "config/models").glob("*.yaml"))):
        if "checkpoint" in card:
            paths, addresses = named_files(card["checkpoint"], ROOT)
            assert not paths
            assert next(file["url"] for file in card["checkpoint"]["files"]) in addresses
    for path in sorted((ROOT / "config/assets").glob("*.yaml")):
        assert named_files(load_asset(path.stem), ROOT)[1]


def test_no_key_of_a_path_is_forgotten():
    """A key whose description speaks of a file, a folder or an address is known here, or lies below a `root`."""
    known = {*ADDRESSES, *PATHS, REPOSITORY}
    below_root_or_inside_a_file = {"pairs", "train", "poses", "key", "model", "tokenizer", "name", "files", "kind"}
    found = set()

    def walk(schema, key=""):
        if isinstance(schema, dict):
            words = str(schema.get("description", "")).lower()
            if schema.get("type") == "string" and any(word in words for word in ("folder", "path", "https://", "per line")):
                found.add(key)
            for name, part in schema.items():
                walk(part, key if name in ("items", "properties") else name)
        elif isinstance(schema, list):
            for part in schema:
                walk(part, key)

    for path in sorted((ROOT / "config/schemas").glob("*.yaml")):
        walk(yaml.safe_load(path.read_text()))
    assert {"url", "path", "root", "folder", "file", "images", "source"} <= found
    assert not found - known - below_root_or_inside_a_file - {"study", "licence", "instructions", "vectors"}
