"""`course.py start` with a real JupyterLab: what it prints, and what its end takes along."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from urllib.request import Request, urlopen

import psutil
import pytest

from notebooks import LESSONS, ROOT

# The command itself, but with the environment that the tests run in.
START = """
import sys
import course
course.PYTHON = sys.executable
course.make_environment = lambda part: None
course.SERVER_LOG = "server.log"
sys.exit(course.main(["start", "--no-browser", "--ServerApp.ip=127.0.0.1"]))
"""


def heed_control_c():
    """As at a terminal: what a shell starts in the background ignores it, and so do its tests."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Started:
    """A course that was started on a copy, and what it has printed so far."""

    def __init__(self, folder, out, start=START):
        for name in ("lessons", "packages", "requirements"):
            (folder / name).mkdir()
        shutil.copy(LESSONS[0], folder / "lessons")
        shutil.copytree(ROOT / "data", folder / "data")
        shutil.copytree(ROOT / ".jupyter", folder / ".jupyter")
        for name in ("course.py", "pyproject.toml"):
            shutil.copy(ROOT / name, folder)
        (folder / "start.py").write_text(start)
        env = os.environ | {
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "share"),
        }
        self.out = out
        with out.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "start.py"],
                cwd=folder,
                env=env,
                stdout=file,
                stderr=file,
                preexec_fn=heed_control_c,
            )
        self.address = self.wait_for(self.find_address)

    def find_address(self):
        lines = self.out.read_text().splitlines()
        ended = self.process.poll() is not None
        return next((line.strip() for line in lines if "?token=" in line), ended)

    def wait_for(self, found, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := found():
                return value
            time.sleep(0.1)
        pytest.fail(f"not within {seconds} s: {found.__name__}\n{self.out.read_text()}")

    def ask(self, path, body=None):
        base, token = self.address.split("lab/tree/")[0], self.address.split("token=")[1]
        headers = {"Authorization": f"token {token}"}
        with urlopen(Request(base + path, body, headers), timeout=20) as answer:
            return json.loads(answer.read())


@pytest.fixture
def started(tmp_path):
    started = Started(tmp_path, tmp_path / "out.txt")
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(30)


@pytest.fixture
def with_kernel(started):
    """The server with a kernel at work, and all processes of both."""
    started.ask("api/kernels", json.dumps({"name": "python3"}).encode())
    started.processes = psutil.Process(started.process.pid).children(recursive=True)
    assert len(started.processes) >= 2  # the server and the kernel
    return started


def test_the_address_comes_within_ten_lines_and_nothing_alarms(started):
    lines = started.out.read_text().splitlines()
    assert next(n for n, line in enumerate(lines) if "?token=" in line) < 10
    for word in ("warning", "error", "eavesdropping", "trust", "signing"):
        assert word not in started.out.read_text().lower()


def test_the_address_is_the_first_page(started):
    assert f"/lab/tree/lessons/{LESSONS[0].name}?token=" in started.address
    assert started.ask("api/contents/lessons/" + LESSONS[0].name)["type"] == "notebook"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_ends_the_server_and_its_kernels(with_kernel, name):
    with_kernel.process.send_signal(getattr(signal, name))
    assert with_kernel.process.wait(30) == 0
    _, alive = psutil.wait_procs(with_kernel.processes, timeout=10)
    assert alive == []
    assert "Traceback" not in with_kernel.out.read_text()


def test_a_server_that_cannot_start_is_told_in_one_sentence(tmp_path):
    start = START.replace("ip=127.0.0.1", "certfile=missing.pem")
    failed = Started(tmp_path, tmp_path / "out.txt", start)
    assert failed.process.wait(30) == 1
    assert failed.out.read_text().strip().endswith("at the end of the file .venv/server.log.")
    assert "Traceback" not in failed.out.read_text()
