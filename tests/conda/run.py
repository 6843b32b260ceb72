"""Run the nano study with --use-conda from a launcher that holds only Snakemake; `make test-conda` calls it.

A package that an env file lacks is then missing for real, because nothing of the launcher's can stand in for it.
The environments are kept in .venv-conda and built anew only when an env file changes.
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LAUNCHER = ROOT / ".venv-launcher"
SHIM = Path(__file__).resolve().parent / "shim"


def launcher() -> list[str]:
    """The Snakemake of a venv with nothing else, at the versions of the constraints file."""
    stamp = LAUNCHER / ".complete"
    constraints = ROOT / "envs/constraints.txt"
    if not stamp.exists() or stamp.read_text() != constraints.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(LAUNCHER)], check=True)
        pip = [str(LAUNCHER / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-c", str(constraints), "snakemake"], check=True)
        stamp.write_text(constraints.read_text())
    return [str(LAUNCHER / "bin/python"), "-m", "snakemake"]


def main() -> None:
    snakemake = launcher()
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    paths = [str(SHIM / "bin"), str(Path(sys.executable).resolve().parent), str(LAUNCHER / "bin"), "/usr/bin", "/bin"]
    environment["PATH"] = os.pathsep.join(paths)
    environment["SHARED_PACKAGES"] = sysconfig.get_path("purelib")
    with tempfile.TemporaryDirectory() as folder:
        command = [*snakemake, "--snakefile", str(ROOT / "Snakefile"), "--directory", folder]
        command += ["--configfile", str(ROOT / "config/nano.yaml"), "--cores", "2", "--use-conda"]
        command += ["--conda-prefix", str(ROOT / ".venv-conda"), "--quiet", "progress", "--show-failed-logs", "all"]
        subprocess.run(command, check=True, env=environment, cwd=ROOT)
        report = Path(folder) / "results/nano/report.html"
        if not report.is_file():
            sys.exit("the nano study left no report")
        print(f"1 passed: the nano study ran with --use-conda, report of {report.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
