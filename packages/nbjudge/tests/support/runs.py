"""Whole runs of the runner, each in a process of its own that can be killed.

A warm process has imported what a run needs, and forks one for each: starting Python anew would
take longer than the run.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from places import PYTHONPATH
from small_course import Course

WORKERS = 2
UNDER_WAY = 2 * WORKERS  # submissions that are handed out and not yet written

# Forks a process of its own session for each line it reads; answers with its number, once that
# can be killed, and with its end. Says once when it is ready. The package may be edited while
# this goes on, which is not what is tested here.
CODE = """
import sys; sys.modules["rfc3987_syntax"] = None
import json, os, signal, tempfile, traceback
from pathlib import Path
from pretended import pretend
from small_course import Course
from nbjudge._batch import batch
from nbjudge._batch.troubles import Stopped
from nbjudge._nbgrader import gradebook
import nbjudge._judge.grade
batch.version = lambda: "the same"
print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    begun, begins = os.pipe()
    child = os.fork()
    if not child:
        os.setsid()
        # As at a terminal: a shell lets what it starts in the background ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.close(begins)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.update(order["env"])
        tempfile.tempdir = None
        told = 0
        try:
            report = batch.autograde(
                Course(Path(order["root"]), None).directory, "ps1", workers=%d,
                work=None if order["real"] else pretend, say=lambda text: None,
            )
            told = not report.complete
        except Stopped as stopped:
            print(stopped, file=sys.stderr)
            told = 3
        except KeyboardInterrupt:
            told = 4
        except BaseException:
            traceback.print_exc()
            told = 5
        os._exit(told)
    os.close(begins)
    os.read(begun, 1)
    os.close(begun)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Warm:
    """The process that runs are forked from. Ends with `close()`."""

    def __init__(self, wrap: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*wrap, sys.executable, "-c", CODE % WORKERS],
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if wrap else None,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    def close(self) -> str:
        """What it said on stderr, where it is wrapped in something."""
        return self.process.communicate()[1]


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    made = Warm()
    yield made
    made.close()


@pytest.fixture(scope="session")
def second() -> Iterator[Warm]:
    """Another one, for two runs at once."""
    made = Warm()
    yield made
    made.close()


class Runs:
    """Runs one after the other, in which each submission takes some seconds."""

    def __init__(self, warm: Warm, log: Path, seconds: float = 0.02, **env: str) -> None:
        self.warm, self.log = warm, log
        self.env = {"PRETEND_SECONDS": str(seconds), "PRETEND_LOG": str(log), **env}
        log.touch()

    def begin(self, course: Course, real: bool = False) -> int:
        """The number of a new run."""
        order = {"root": str(course.root), "real": real, "env": self.env}
        self.warm.process.stdin.write(f"{json.dumps(order)}\n")
        self.warm.process.stdin.flush()
        return int(self.warm.process.stdout.readline())

    def end(self) -> int:
        """The exit code of the run that was begun last."""
        return int(self.warm.process.stdout.readline())

    def whole(self, course: Course, real: bool = False) -> int:
        self.begin(course, real)
        return self.end()

    def killed(self, run: int) -> bool:
        """Kill a run with all its processes; whether it had not ended before."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run, signal.SIGKILL)
        return self.end() == -signal.SIGKILL

    @property
    def calls(self) -> int:
        """How often something was graded."""
        return len(self.log.read_text().splitlines())

    def wait(self, calls: int, run: int) -> None:
        """Until this much was graded, or the run has ended."""
        while self.calls < calls and Path(f"/proc/{run}").exists():
            time.sleep(0.005)


def session(number: int) -> list[str]:
    """The processes of a session, but for ended ones."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its, *_ = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(its) == number and state != "Z":
            found.append(path.parent.name)
    return found
