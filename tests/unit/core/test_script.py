"""A job ends with its results, or with one line on the console, the traceback in its log, no secret and no leftover."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow_scripts"
JOB = """
import os, sys, time
from pathlib import Path
from types import SimpleNamespace
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.job.start import begin

log, scripts, output = sys.argv[1:4]
job = SimpleNamespace(rule="draw", wildcards={"figure": "figure1"}, log=[log], scriptdir=scripts, output=[output], resources={})
begin(job)
print("\\xe9 from the job")
{BODY}
"""


def start(body: str, folder: Path, scripts: Path = SCRIPTS, log: str = "job.log", **environment: str) -> subprocess.Popen:
    command = [sys.executable, "-c", JOB.replace("{BODY}", body), str(folder / log), str(scripts), str(folder / "out.bin")]
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "HF_TOKEN")}
    paths = os.pathsep.join([str(SCRIPTS), *filter(None, [environment.pop("PYTHONPATH", "")])])
    return subprocess.Popen(
        command, env=clean | {"PYTHONPATH": paths} | environment, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # Tests that run in the background of a shell are deaf to interrupts, and so would this job be.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def run(body: str, folder: Path, **options) -> tuple[int, str, str]:
    """Exit status, what the console shows, and the log."""
    log = folder / "job.log"
    process = start(body, folder, **options)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output + errors, log.read_text(encoding="utf-8") if log.is_file() else ""


def test_a_good_job_says_nothing_on_the_console_and_everything_in_the_log(tmp_path):
    (tmp_path / "job.log").write_text("of an earlier run")
    assert run("pass", tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0") == (0, "", "é from the job\n")


def test_a_user_error_is_its_sentence_without_a_traceback(tmp_path):
    status, console, log = run("raise UserError('card.yaml lacks \\xe9; add it.')", tmp_path)
    assert (status, console) == (1, "Error: card.yaml lacks é; add it.\n")
    assert log == "é from the job\nError: card.yaml lacks é; add it.\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{}['x']", "KeyError: 'x'"),
        (r"raise ValueError('two\nlines\x1b[31m and\tmore')", "ValueError: two lines [31m and more"),
        ("raise ValueError", "ValueError"),
        (
            "import no_such_module",
            "ModuleNotFoundError: No module named 'no_such_module' (this Python environment is incomplete",
        ),
        ("raise MemoryError", "MemoryError (the memory is used up; "),
        (
            "raise OSError(28, 'No space left on device', '/data/x')",
            "(the disk is full or your quota used up; free some space)",
        ),
        ("raise PermissionError(13, 'Permission denied', '/data/x')", "'/data/x' (mend the permissions)"),
    ],
)
def test_what_nobody_foresaw_is_one_line_with_the_job_and_the_log(tmp_path, body, said):
    status, console, log = run(body, tmp_path)
    assert status == 1
    assert console.startswith("Error: The job draw (figure=figure1) failed with ")
    assert console.count("\n") == 1
    assert said in console
    assert str(tmp_path / "job.log") in console
    assert "Traceback (most recent call last)" in log
    assert log.endswith(console)


def test_a_long_message_is_cut_in_the_middle(tmp_path):
    _, console, log = run("raise ValueError('begin' + 'x' * 9000 + 'end of it')", tmp_path)
    assert len(console) < 800
    assert "begin" in console
    assert "end of it" in console
    assert "x" * 9000 in log


def test_secrets_are_neither_on_the_console_nor_in_the_log(tmp_path):
    secrets = ("hf_abcdefghijklmnop", "pass-word-1", "s3cr3t-value", "abcDEF123456")
    address = f"https://me:{secrets[1]}@host/x?a=1&X-Token={secrets[2]}"
    body = f"raise ValueError('{secrets[0]} {address} Authorization: Bearer {secrets[3]} own-token-of-mine')"
    _, console, log = run(body, tmp_path, MY_TOKEN="own-token-of-mine")
    for secret in (*secrets, "own-token-of-mine"):
        assert secret not in console
        assert secret not in log.replace(body, "")
    assert "https://***@host/x?a=1&X-Token=***" in console


def test_a_log_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "taken").write_text("a file where a folder is needed")
    status, console, _ = run("pass", tmp_path, log="taken/job.log")
    assert status == 1
    assert console.startswith(f"Error: The log {tmp_path}/taken/job.log cannot be written: ")
    assert console.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_job_says_so_and_takes_its_half_written_file_with_it(tmp_path, number):
    body = (
        "from semantic_bottleneck.files.atomic import atomic_path\n"
        "with atomic_path(sys.argv[3]) as part:\n    part.write_bytes(b'half')\n    time.sleep(60)"
    )
    process = start(body, tmp_path)
    until = time.monotonic() + 30
    while not list(tmp_path.glob(".out.bin.*.part")) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(number)
    _, console = process.communicate(timeout=30)
    assert process.returncode == 1
    assert console == "Error: The job draw (figure=figure1) was stopped before it was finished; run again to go on.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["job.log"]


HELD = """
from semantic_bottleneck.job.stopping import asked, held
folder = Path(sys.argv[3]).parent
with held():
    (folder / "began").touch()
    while not asked():
        time.sleep(0.01)
    {ASKED}
    (folder / "finished").touch()
(folder / "too-far").touch()
"""


def stopped_within(body: str, folder: Path) -> tuple[int, str, set[str]]:
    """Status, console and files of a job that got SIGTERM in the middle of what it holds the signal for."""
    process = start(HELD.replace("{ASKED}", body), folder)
    until = time.monotonic() + 30
    while not (folder / "began").exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    while body != "pass" and not (folder / "asked").exists() and time.monotonic() < until:
        time.sleep(0.02)
    if body != "pass":
        process.send_signal(signal.SIGTERM)
    _, console = process.communicate(timeout=30)
    return process.returncode, console, {path.name for path in folder.iterdir()} - {"job.log"}


def test_a_stopped_job_first_finishes_what_it_holds_the_signal_for(tmp_path):
    status, console, files = stopped_within("pass", tmp_path)
    assert status == 1
    assert console == "Error: The job draw (figure=figure1) was stopped before it was finished; run again to go on.\n"
    assert files == {"began", "finished"}


def test_a_second_signal_is_not_held(tmp_path):
    status, _, files = stopped_within('(folder / "asked").touch(); time.sleep(60)', tmp_path)
    assert status == 1
    assert files == {"began", "asked"}


def test_what_a_killed_job_left_is_removed_by_the_next(tmp_path):
    (tmp_path / ".out.bin.99.part").write_bytes(b"half")
    (tmp_path / ".other.bin.99.part").write_bytes(b"another job's")
    assert run("pass", tmp_path)[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.bin.99.part", "job.log"]


def test_another_checkouts_library_is_refused(tmp_path):
    status, console, _ = run("pass", tmp_path, scripts=tmp_path / "workflow_scripts")
    assert status == 1
    assert console.startswith(f"Error: The library was imported from {SCRIPTS}, not from {tmp_path}/workflow_scripts; ")


def test_packages_on_the_users_pythonpath_come_last(tmp_path):
    for name in ("numpy", "only_there"):
        (tmp_path / "mine" / name).mkdir(parents=True)
        (tmp_path / "mine" / name / "__init__.py").write_text("__version__ = 'of 2009'\n")
    body = "import numpy, only_there; print(numpy.__version__ != 'of 2009', only_there.__version__)"
    assert run(body, tmp_path, PYTHONPATH=str(tmp_path / "mine"))[2].splitlines()[-1] == "True of 2009"
