"""The lock file: trust on first use, also among parallel processes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from semantic_bottleneck.checkpoints.lock import remembered, settle
from semantic_bottleneck.errors import UserError

LIBRARY = Path(__file__).resolve().parents[3] / "workflow_scripts"


def test_entries_are_added_and_held(tmp_path):
    lock = tmp_path / "config" / "lock.json"
    settle(lock, "a", {"sha256": "1", "size": 5})
    settle(lock, "a", {"tensors": {"x": "9"}})
    settle(lock, "b", {"sha256": "2"})
    settle(lock, "a", {"sha256": "1", "tensors": {"y": "8", "x": "9"}})
    assert remembered(lock, "a") == {"sha256": "1", "size": 5, "tensors": {"x": "9", "y": "8"}}
    before = lock.read_text()
    with pytest.raises(UserError, match=r"a has another sha256 now \(2\) than on first use \(1, .*lock\.json\)"):
        settle(lock, "a", {"sha256": "2"})
    with pytest.raises(UserError, match="a: tensors has another x now"):
        settle(lock, "a", {"tensors": {"x": "7", "z": "1"}})
    assert lock.read_text() == before
    assert [path.name for path in lock.parent.iterdir()] == ["lock.json"]


def test_no_lock_file_remembers_nothing(tmp_path):
    settle(None, "a", {"sha256": "1"})
    assert remembered(None, "a") == {}
    assert remembered(tmp_path / "absent.json", "a") == {}


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 3}', "\udc80"])
def test_a_broken_lock_file_is_named(tmp_path, content):
    lock = tmp_path / "lock.json"
    lock.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(UserError, match=r"lock\.json is not a readable lock file"):
        settle(lock, "a", {"sha256": "1"})


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"lock\.json cannot be locked or written"):
        settle(tmp_path / "file" / "lock.json", "a", {"sha256": "1"})


def test_parallel_processes_lose_nothing(tmp_path):
    lock = tmp_path / "lock.json"
    code = (
        "import sys; from pathlib import Path; from semantic_bottleneck.checkpoints.lock import settle\n"
        "for index in range(10): settle(Path(sys.argv[1]), f'{sys.argv[2]}-{index}', {'sha256': sys.argv[2]})"
    )
    environment = {"PYTHONPATH": str(LIBRARY)}
    jobs = [subprocess.Popen([sys.executable, "-c", code, str(lock), str(number)], env=environment) for number in range(4)]
    assert [job.wait() for job in jobs] == [0] * 4
    assert len(json.loads(lock.read_text())) == 40
