"""Where Snakemake is started, and how a run that ends early is told and gone on with: the real Snakefile on cheap targets."""

import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.workflow.project import ROOT, Project, clean_environment

FIGURE = "results/nano/figures/figure3.png"
AUDIT = "results/nano/tables/audit.md"


def hostile(folder: Path) -> dict[str, str]:
    """A shell inside a notebook inside a container: nothing of it is right, and the library path holds other versions."""
    (folder / "home").write_text("a file in the way of every folder below HOME: also root cannot write there")
    for package in ("matplotlib", "semantic_bottleneck"):
        (folder / "stray" / package).mkdir(parents=True)
        (folder / "stray" / package / "__init__.py").write_text("raise RuntimeError('of another checkout')\n")
    unset = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "PYTHONUTF8")
    return {name: value for name, value in clean_environment().items() if name not in unset} | {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "nowhere"),
        "PYTHONPATH": str(folder / "stray"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONWARNINGS": "error::DeprecationWarning",
        "PYTHONSTARTUP": str(folder / "nowhere"),
        "PYTHONIOENCODING": "ascii",
        "LC_ALL": "C",
        "TZ": "Asia/Kolkata",
        "DISPLAY": ":77",
    }


def snakemake(project: Project, *arguments: str, python: str | None = None, **options) -> subprocess.CompletedProcess:
    command = [*project.command(*arguments), "--cores", "1", "--quiet", "rules", "--configfile=config/nano.yaml"]
    command[0] = python or command[0]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    return subprocess.run(command, cwd=project.folder, check=False, **pipes, **({"env": clean_environment()} | options))


@pytest.fixture(scope="module")
def odd(tmp_path_factory) -> Project:
    return Project.copy_of(ROOT, tmp_path_factory.mktemp("places") / 'My studies é #1 (it\'s 50% "$HOME" & more)')


def test_a_figure_is_drawn_in_an_odd_folder_by_its_own_interpreter_under_a_hostile_shell(odd, tmp_path):
    venv.create(odd.folder / ".venv", symlinks=True)
    (packages,) = odd.folder.glob(".venv/lib/*/site-packages")
    (packages / "packages.pth").write_text(sysconfig.get_path("purelib"))
    result = snakemake(odd, FIGURE, python=str(odd.folder / ".venv/bin/python"), env=hostile(tmp_path))
    assert result.returncode == 0, result.stdout[-3000:]
    assert (odd.folder / FIGURE).stat().st_size > 5000
    assert (odd.folder / ".snakemake/cache").is_dir()
    assert not list(odd.folder.glob("~*"))


def test_an_accident_in_a_job_is_one_line_and_leaves_nothing_that_looks_finished(odd):
    module = odd.folder / "workflow_scripts/render_table.py"
    text = module.read_text(encoding="utf-8")
    written = "        write_table(table, folder)\n"  # the first of the rule's files
    module.write_text(text.replace(written, f"{written}        {{}}['é']\n"), encoding="utf-8")
    try:
        result = snakemake(odd, AUDIT, env=clean_environment() | {"LC_ALL": "C"})
    finally:
        module.write_text(text, encoding="utf-8")
    assert result.returncode == 1
    log = "results/nano/logs/audit_published.log"
    errors = [line for line in result.stdout.splitlines() if line.startswith("Error: ")]
    assert errors == [f"Error: The job audit_published failed with KeyError: 'é'; the traceback is in {log}."]
    assert "Traceback" not in result.stdout
    assert "Traceback" in (odd.folder / log).read_text(encoding="utf-8")
    assert not list(odd.folder.glob("results/nano/tables/*"))


def test_what_the_study_lacks_is_one_sentence_wherever_a_rule_finds_it_out(odd):
    for target in ("results/nano/geometry/nope/final.parquet", "results/nano/tables/table7.md", "table5"):
        result = snakemake(odd, "-n", target)
        assert result.returncode == 1
        assert result.stdout.splitlines()[-1].startswith("Error: The study 'nano' ")
        assert "Traceback" not in result.stdout
