"""Folders that a learner may have made, and temporary ones that a killed process leaves."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nbjudge import _files

MAKES = """
import sys, time
from nbjudge._files import temporary_folder
print(temporary_folder("box"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def short():
    """A folder with a short path: where that of TMPDIR is long, another one is used."""
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield folder


@pytest.fixture
def started(short):
    """Processes that have made a temporary folder and wait; each with that folder."""
    processes = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", MAKES],
            env={**os.environ, "TMPDIR": short},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, Path(process.stdout.readline().strip())

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_what_a_killed_process_left_is_swept_by_the_next_one(started):
    first, left = started()
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert left.is_dir()
    _, mine = started()
    assert mine.is_dir() and not left.parent.exists()


def test_what_a_living_process_uses_stays(started):
    _, one = started()
    _, other = started()
    assert one.is_dir() and other.is_dir() and one.parent != other.parent


def test_what_a_forked_process_still_uses_stays(started, short):
    code = MAKES.replace("sys.stdin.read()", "import os\nif os.fork(): os._exit(0)\ntime.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": short},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    folder = Path(process.stdout.readline().strip())
    process.wait()
    started()
    assert folder.is_dir()
    os.killpg(process.pid, signal.SIGKILL)


def test_a_process_that_ends_leaves_nothing(started):
    process, folder = started()
    process.communicate("")
    assert not folder.parent.exists()


def test_a_folder_of_a_teacher_with_such_a_name_stays(tmp_path):
    (tmp_path / f"{_files.PREFIX}course").mkdir()
    _files.sweep(tmp_path)
    assert (tmp_path / f"{_files.PREFIX}course").is_dir()


def test_a_link_in_the_place_of_a_left_folder_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / _files.MARK).touch()
    (tmp_path / f"{_files.PREFIX}link").symlink_to(precious)
    _files.sweep(tmp_path)
    assert (precious / _files.MARK).exists()


def test_what_nbgrader_must_not_copy_is_found(tmp_path):
    (tmp_path / "fine.csv").write_text("a")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "ps1.ipynb").mkdir()
    (tmp_path / "large").write_bytes(bytes(20))
    (tmp_path / "ps1.grading.json").write_text("{}")
    found = _files.unsupported(tmp_path, 10, ".grading.json")
    names = sorted(path.name for path in found)
    assert names == ["large", "link", "ps1.grading.json", "ps1.ipynb"]


def test_of_too_many_files_none_is_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(_files, "MOST_FILES", 3)
    for number in range(5):
        (tmp_path / str(number)).touch()
    assert _files.unsupported(tmp_path, 10, ".json") is None


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../b"])
def test_no_file_is_written_outside(tmp_path, name):
    with pytest.raises(ValueError, match="not inside the assignment's folder"):
        _files.write_files(tmp_path, {name: b""})
