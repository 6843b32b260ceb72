"""The library as a package: a wheel of it, put into an empty folder, needs numpy alone for the geometry of c."""

import re
import shutil
import subprocess
import sys
import tomllib
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]

TABLE1 = """
import sys
import numpy as np
from semantic_bottleneck.geometry.measures import cosine_matrix, head_share, pairwise, participation_ratio, tail_share

c = np.load(sys.argv[1])
print(len(c[0]), *(repr(float(value)) for value in (
    participation_ratio(c).mean(), 100 * participation_ratio(c).mean() / c.shape[1], pairwise(cosine_matrix(c)).mean(),
    tail_share(c, 0.01).mean(), head_share(c, 5.0).mean())))
files = {name.split(".")[0]: str(getattr(module, "__file__", "")) for name, module in sys.modules.items()}
print(*sorted(name for name, file in files.items() if "packages" in file))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that nothing is left among the sources."""
    copy = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "envs", copy / "envs")
    shutil.copytree(ROOT / "workflow_scripts", copy / "workflow_scripts", ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "--wheel-dir", copy / "wheels", copy], check=True, capture_output=True)
    (built,) = (copy / "wheels").iterdir()
    return built


@pytest.fixture(scope="module")
def metadata(wheel):
    with ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_the_wheel_holds_the_library_and_its_types_and_nothing_else(wheel):
    library = ROOT / "workflow_scripts/semantic_bottleneck"
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {str(path.relative_to(library.parent)) for path in library.rglob("*.py")}
    assert held == sources | {"semantic_bottleneck/py.typed"}


def test_table_1_is_measured_with_numpy_alone(wheel, tmp_path):
    target = tmp_path / "packages"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run(install, check=True, capture_output=True)
    for folder in Path(np.__file__).parents[1].glob("numpy*"):
        (target / folder.name).symlink_to(folder)
    c = 3 + np.random.default_rng(0).standard_normal((20, 32))
    np.save(tmp_path / "c.npy", c)
    # -S: no other package can be imported; the folder is named as site-packages are.
    program = f"import sys; sys.path.insert(0, {str(target)!r})" + TABLE1
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", program, tmp_path / "c.npy"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    numbers, imported = done.stdout.splitlines()
    units = c / np.linalg.norm(c, axis=1, keepdims=True)
    cosines = (units @ units.T)[np.triu_indices(20, 1)]
    ratios = np.abs(c).sum(1) ** 2 / (c**2).sum(1)
    expected = [32, ratios.mean(), 100 * ratios.mean() / 32, cosines.mean(), (np.abs(c) < 0.01).mean(), (np.abs(c) > 5).mean()]
    np.testing.assert_allclose([float(number) for number in numbers.split()], expected, rtol=1e-12)
    assert imported.split() == ["numpy", "semantic_bottleneck"]


def test_the_version_is_the_citation_s(metadata):
    assert f"version: {metadata['Version']}\n" in (ROOT / "CITATION.cff").read_text()


def test_every_extra_is_part_of_the_environment_that_the_tests_run_in(metadata):
    lines = (ROOT / "envs/requirements.txt").read_text().splitlines()
    required = {line for line in lines if line and not line.startswith("#")}
    extras = {}
    for requirement in metadata.get_all("Requires-Dist"):
        name, _, condition = requirement.partition(";")
        extras.setdefault(condition.strip(), set()).add(name.strip())
    assert extras.pop("") == {"numpy"}
    assert {re.search(r'"(\w+)"', condition)[1] for condition in extras} == {"intervals", "torch", "diffusers", "workflow"}
    assert set().union(*extras.values()) == required
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == metadata["Version"]
