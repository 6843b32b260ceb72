"""Every job imports what it uses and no more: the heavy packages that starting it loads, and those that judging loads."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import open_clip
import pytest

from semantic_bottleneck.files import parquet
from semantic_bottleneck.study.exhibits import EXHIBITS, FIGURES, TABLES, names_of
from semantic_bottleneck.training.classifier import DigitClassifier, save_classifier
from semantic_bottleneck.training.clip_training import MODEL_CONFIG, save_clip

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "workflow_scripts"
PACKAGES = """
PIL accelerate beartype diffusers huggingface_hub jaxtyping jinja2 jsonschema lmdb lpips matplotlib mlxtend numpy open_clip
pandas pyarrow requests safetensors scipy seaborn skimage sklearn sympy timm torch torch_fidelity torchdiffeq torchvision
transformers yaml
"""
WATCHED = frozenset(PACKAGES.split())
EXPECTED = {
    "calibrate_device": "numpy torch",
    "compare_samples": "numpy pyarrow",
    "compress_model": "numpy pyarrow requests torch yaml",
    "decode_examples": "numpy pyarrow",
    "describe_variants": "numpy pyarrow torch",
    "describe_vectors": "numpy pyarrow torch",
    "doctor": "requests",
    "draw_training_samples": "PIL matplotlib numpy requests torch",
    "embed_reference": "PIL huggingface_hub jinja2 lmdb numpy open_clip pyarrow requests "
    "safetensors scipy sympy timm torch torchvision transformers yaml",
    "embed_training_pictures": "PIL lmdb numpy pyarrow scipy sympy torch torch_fidelity torchvision",
    "encode_images": "PIL numpy requests torch",
    "export_npz": "numpy pyarrow",
    "export_pngs": "PIL numpy pyarrow",
    "extract_conditions": "numpy pyarrow torch",
    "extract_features": "numpy pyarrow",
    "extract_given_features": "PIL lmdb numpy pyarrow",
    "fetch_checkpoint": "numpy requests torch",
    "fetch_condition_encoders": "numpy requests torch",
    "fetch_dataset": "numpy requests torch",
    "fetch_decoder": "numpy requests torch",
    "fetch_encoder": "numpy requests torch",
    "fetch_network": "numpy requests torch",
    "fetch_reference": "PIL lmdb numpy requests torch",
    "inspect_checkpoint": "jsonschema numpy requests scipy torch yaml",
    "measure_footprint": "numpy pyarrow requests torch",
    "measure_geometry": "numpy pyarrow scipy",
    "measure_pairs": "PIL lmdb lpips numpy pyarrow scipy sympy torch torch_fidelity torchvision",
    "measure_slicing": "numpy pyarrow torch",
    "name_missing": "",
    "pack_vectors": "numpy pyarrow torch",
    "prepare_inputs": "numpy pyarrow torch",
    "probe_dier": "PIL numpy pandas pyarrow scipy sklearn torch",
    "probe_inputs": "PIL numpy pandas pyarrow scipy sklearn",
    "progress": "numpy",
    "read_conditioner": "numpy requests torch",
    "remove_damaged": "PIL numpy pyarrow torch",
    "render_comparison": "PIL jinja2 matplotlib numpy pandas pyarrow scipy",
    "render_figure": "PIL matplotlib numpy",
    "render_page": "PIL jinja2 matplotlib numpy pandas pyarrow scipy",
    "render_report": "PIL jinja2 matplotlib numpy pandas pyarrow scipy",
    "report_so_far": "PIL jinja2 matplotlib numpy pandas pyarrow scipy",
    "render_table": "numpy pandas pyarrow scipy",
    "run_branch": "numpy pyarrow requests torch",
    "run_tabulated": "numpy pyarrow requests torch",
    "run_trunk": "numpy pyarrow requests torch",
    "sample_localisation": "numpy pyarrow requests torch",
    "score_localisation": "numpy pyarrow scipy",
    "score_pairs": "numpy pyarrow scipy",
    "score_variant": "numpy pyarrow scipy",
    "train_classifier": "numpy torch",
    "train_clip": "PIL huggingface_hub jinja2 numpy open_clip safetensors sympy timm torch torchvision transformers yaml",
    "train_dier": "PIL numpy pyarrow torch",
    "train_dynamics": "accelerate numpy pyarrow safetensors scipy torch yaml",
    "train_model": "numpy pyarrow torch",
    "unpack_conditions": "numpy pyarrow torch",
    "write_plan": "numpy torch",
    "write_sounds": "numpy pyarrow scipy",
}
"""Script -> packages that are loaded before its first line of work."""

LOAD = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[3].split():
    __import__(name)
for script in sys.argv[2].split():
    if not os.fork():
        __import__("semantic_bottleneck.job.start")
        __import__(script)
        print(json.dumps([script, sorted({name.partition(".")[0] for name in sys.modules})]), flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(1)
"""
"""Each script is imported in a process of its own, forked from one that has imported only the third argument."""

JUDGE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from extract_features import extract_features
extract_features(**json.loads(sys.argv[2]))
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def run(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, str(SCRIPTS), *arguments], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


EXHIBIT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from importlib import import_module
for module in json.loads(sys.argv[2]):
    import_module("semantic_bottleneck." + module)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
"""Imports the modules that a script loads by the name of a page or an exhibit."""


@cache
def loaded(preloaded: str) -> dict[str, set[str]]:
    """Script -> watched packages it loads, of all scripts with or without torch (which takes too long to load for each)."""
    scripts = [script for script, packages in EXPECTED.items() if ("torch" in packages.split()) == bool(preloaded)]
    lines = run(LOAD, " ".join(scripts), preloaded).splitlines()
    return {script: WATCHED & set(names) for script, names in map(json.loads, lines)}


def test_every_script_is_listed():
    assert set(EXPECTED) == {path.stem for path in SCRIPTS.glob("*.py")}


@pytest.mark.parametrize("script", EXPECTED)
def test_a_job_loads_what_it_uses(script):
    expected = set(EXPECTED[script].split())
    assert loaded("torch" if "torch" in expected else "")[script] == expected


@pytest.mark.parametrize("page", EXHIBITS)
def test_tables_load_nothing_that_only_figures_need(page):
    """The modules of all tables of a page together, then those of all figures too."""
    modules = {kind: {EXHIBITS[page][name].module for name in names_of(page, kind)} for kind in (TABLES, FIGURES)}
    tables = {f"reporting.{page}.evidence"} | modules[TABLES]
    shared = {"numpy", "pandas", "pyarrow", "scipy"} | ({"jsonschema", "yaml"} if page == "dynamics" else set())
    expected = {TABLES: shared, FIGURES: shared | ({"PIL", "matplotlib"} if modules[FIGURES] else set())}
    for kind, names in ((TABLES, tables), (FIGURES, tables | modules[FIGURES])):
        assert WATCHED & set(json.loads(run(EXHIBIT, json.dumps(sorted(names))))) == expected[kind]


def test_the_studys_own_judges_need_no_published_ones_libraries(tmp_path):
    save_classifier(DigitClassifier().eval(), tmp_path / "classifier.pt")
    save_clip(open_clip.CLIP(**MODEL_CONFIG, output_dict=False), tmp_path)
    latents = np.random.default_rng(0).uniform(-1, 1, (3, 1, 8, 8)).astype(np.float32)
    columns = {"sample": np.arange(3), "label": np.arange(3), "latent": latents}
    parquet.write(tmp_path / "latents.parquet", columns)
    names = {
        "extractor": ["classifier.pt"],
        "clip": ["open_clip_config.json", "open_clip_model.safetensors"],
    }
    arguments = {
        "card": {"name": "any", "decoder": {"name": "identity", "quantise": "half-floor"}},
        "latents": str(tmp_path / "latents.parquet"),
        "decoder": None,
        "micro_batch": 2,
        "judging": {"extractor": "study-cnn", "dinov2": None, "protocol": "", "spatial": False, "batch": 2, "cards": {}},
        "evaluators": {role: [str(tmp_path / name) for name in files] for role, files in names.items()},
        "output": str(tmp_path / "features.parquet"),
        "device": "cpu",
    }
    found = WATCHED & set(json.loads(run(JUDGE, json.dumps(arguments)).splitlines()[-1]))
    # pyarrow itself asks for pandas when it writes arrays.
    assert found == {"PIL", "numpy", "pandas", "pyarrow", "safetensors", "torch"}
    assert set(parquet.read(tmp_path / "features.parquet")) == {"sample", "label", "features", "logits", "clip"}
