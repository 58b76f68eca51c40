"""A run may be killed at any moment: the next one ends as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from places import PYTHONPATH
from small_course import RIGHT, copy_of, made, sums

SUBMISSIONS, KILLS, WORKERS = 40, 20, 2
UNDER_WAY = 2 * WORKERS

# Imports what a run needs, then forks a process of its own session for each line it reads, which
# runs over the course of that name; answers with its number, and with its end. Says once when it
# is ready. The package may be edited while this goes on, which is not what is tested here.
RUNS = """
import sys; sys.modules["rfc3987_syntax"] = None
import os, traceback
from pathlib import Path
from small_course import Course, pretend
from nbjudge._batch import batch
from nbjudge._batch.troubles import Stopped
from nbjudge._nbgrader import gradebook
import nbjudge._judge.grade
batch.version = lambda: "the same"
print("ready", flush=True)
for line in sys.stdin:
    root, work = line.split()
    child = os.fork()
    if not child:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        told = 0
        try:
            report = batch.autograde(
                Course(Path(root), None).directory, "ps1", workers=%d,
                work=None if work == "real" else pretend, say=lambda text: None,
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
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Runs:
    """Runs of the runner, which begin fast."""

    def __init__(self, log, wrap=(), seconds=0.02, **env):
        env = {**os.environ, "PYTHONPATH": PYTHONPATH, "PRETEND_SECONDS": str(seconds), **env}
        self.log = log
        log.touch()
        self.process = subprocess.Popen(
            [*wrap, sys.executable, "-c", RUNS % WORKERS],
            env={**env, "PRETEND_LOG": str(log)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n", self.process.stderr.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()

    def begin(self, course, work="pretend"):
        """The number of a new run."""
        self.process.stdin.write(f"{course.root} {work}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self):
        """The exit code of the run that was begun last."""
        return int(self.process.stdout.readline())

    def whole(self, course, work="pretend"):
        self.begin(course, work)
        return self.end()

    @property
    def calls(self):
        """How often something was graded."""
        return len(self.log.read_text().splitlines())

    def wait(self, calls):
        """Until this much was graded, or it takes too long."""
        late = time.monotonic() + 5
        while self.calls < calls and time.monotonic() < late:
            time.sleep(0.002)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A course with all submissions and no grade."""
    course = copy_of(made(ps1=sums), tmp_path_factory.mktemp("full") / "course")
    for number in range(SUBMISSIONS):
        wrong = {"total": "WRONG"} if number % 3 == 0 else {}
        folder = course.hand_in(f"s{number:02}", "ps1", "ps1", {**RIGHT, **wrong})
        (folder / "timestamp.txt").write_text(f"2100-01-01 00:00:{number:02} UTC")
    return course


@pytest.fixture
def course(full, tmp_path):
    return copy_of(full, tmp_path / "course")


@pytest.fixture(scope="module")
def undisturbed(full, tmp_path_factory):
    """The same course after a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    other = copy_of(full, folder / "course")
    with Runs(folder / "log") as runs:
        assert runs.whole(other) == 0
        assert runs.calls == SUBMISSIONS
    assert sum("'submitted_notebook'" in row[:25] for row in other.rows) == SUBMISSIONS
    return other


def check_same(course, undisturbed):
    assert course.rows == undisturbed.rows
    for number in range(SUBMISSIONS):
        for name in ("ps1.ipynb", "ps1.grading.json"):
            path = f"autograded/s{number:02}/ps1/{name}"
            assert (course.root / path).read_text() == (undisturbed.root / path).read_text()


def test_twenty_kills_change_nothing_and_repeat_no_finished_work(course, undisturbed, tmp_path):
    chance, killed, graded = random.Random(20), 0, []
    with Runs(tmp_path / "log") as runs:
        while killed < KILLS:
            before = runs.calls
            run = runs.begin(course)
            runs.wait(before + chance.randint(0, 5))
            time.sleep(chance.uniform(0, 0.1))
            os.killpg(run, signal.SIGKILL)
            killed += runs.end() == -signal.SIGKILL
            graded.append(runs.calls - before)
        assert runs.whole(course) == 0
        print(
            f"\n{runs.calls} calls for {SUBMISSIONS} submissions; begun before each kill: {graded}"
        )
        assert sum(map(bool, graded)) > KILLS / 4  # or the kills all came too early
        assert SUBMISSIONS <= runs.calls <= SUBMISSIONS + KILLS * UNDER_WAY
        check_same(course, undisturbed)
        before = runs.calls
        assert runs.whole(course) == 0
        assert runs.calls == before
    check_same(course, undisturbed)


def test_workers_end_with_a_coordinator_that_is_killed_alone(course, undisturbed, tmp_path):
    with Runs(tmp_path / "log", seconds=0.3) as runs:
        run = runs.begin(course)
        runs.wait(3)
        os.kill(run, signal.SIGKILL)
        runs.end()
        time.sleep(0.5)
        assert session(run) == []
        assert runs.calls < SUBMISSIONS / 2
    with Runs(tmp_path / "log") as runs:
        assert runs.whole(course) == 0
    check_same(course, undisturbed)


def session(number):
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


def test_ctrl_c_stops_at_once_and_the_next_run_goes_on(course, undisturbed, tmp_path):
    with Runs(tmp_path / "log", seconds=0.3) as runs:
        run = runs.begin(course)
        runs.wait(5)
        begun = time.monotonic()
        os.killpg(run, signal.SIGINT)
        assert runs.end() == 4
        assert time.monotonic() - begun < 2
        assert session(run) == []
    with Runs(tmp_path / "log") as runs:
        assert runs.whole(course) == 0
        assert runs.calls <= SUBMISSIONS + UNDER_WAY
    check_same(course, undisturbed)


def test_two_runs_at_once_share_the_work_of_one(course, undisturbed, tmp_path):
    with Runs(tmp_path / "log") as one, Runs(tmp_path / "log") as two:
        one.begin(course)
        two.begin(course)
        assert (one.end(), two.end()) == (0, 0)
        assert one.calls == SUBMISSIONS
    check_same(course, undisturbed)


def test_a_full_disk_stops_the_run_and_the_next_one_finishes(course, undisturbed, tmp_path):
    """On a small disk of memory, in a mount namespace of its own: the real one is not filled."""
    used = int(subprocess.check_output(["du", "-sk", course.root], text=True).split()[0])
    disk = tmp_path / "disk"
    disk.mkdir()
    # The course is copied there, run until it is full, and copied back as it is then.
    script = f"""
        mount -t tmpfs -o size={used + 300}k tmpfs {disk} || exit 9
        cp -r {course.root} {disk}/course && cd {disk}/course || exit 9
        "$@"; code=$?
        touch {tmp_path}/was-full-at; df --output=avail {disk} | tail -1 > {tmp_path}/was-full-at
        rm -rf {course.root} && cp -r {disk}/course {course.root}
        exit $code
    """
    wrap = ["unshare", "-Urm", "sh", "-c", script, "sh"]
    with Runs(tmp_path / "log", wrap) as runs:
        run = runs.begin(type(course)(disk / "course", None))
        told = runs.end()
        _, said = runs.process.communicate()
        assert run and told == 3, said
        assert said.splitlines()[-1].startswith("The disk is full (database or disk is full)")
    left = int((tmp_path / "was-full-at").read_text())
    assert left < 200, "the disk was not full"
    with Runs(tmp_path / "log") as runs:
        assert 0 < runs.calls < SUBMISSIONS
        assert runs.whole(course) == 0
        assert runs.calls <= SUBMISSIONS + UNDER_WAY
    check_same(course, undisturbed)


def test_kills_of_real_grading_leave_no_process_and_the_same_gradebook(tmp_path):
    """With grade(), its sandbox, kernels and check runners."""
    course = copy_of(made(ps1=sums), tmp_path / "course")
    for number in range(6):
        wrong = {"total": "total = 7"} if number % 3 == 0 else {}
        course.hand_in(f"s{number:02}", "ps1", "ps1", {**RIGHT, **wrong})
    other = copy_of(course, tmp_path / "undisturbed")
    chance = random.Random(4)
    (tmp_path / "tmp").mkdir()
    with Runs(tmp_path / "log", TMPDIR=str(tmp_path / "tmp")) as runs:
        assert runs.whole(other, "real") == 0
        for _ in range(4):
            run = runs.begin(course, "real")
            time.sleep(chance.uniform(0.5, 2))
            os.killpg(run, signal.SIGKILL)
            runs.end()
        check_no_process_is_left(tmp_path)
        assert runs.whole(course, "real") == 0
    assert course.rows == other.rows
    full_marks = [
        row for row in course.rows if "'grade'" in row[:12] and "'auto_score': 2.0" in row
    ]
    assert len(full_marks) == 6


def check_no_process_is_left(folder):
    """A fork server that was still importing notices after that."""
    late = time.monotonic() + 10
    while left := orphans(folder):
        assert time.monotonic() < late, left
        time.sleep(0.1)


def orphans(folder):
    """Fork servers of a coordinator that is gone; their directories were made under `folder`."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
            if parent == "1" and str(folder) in os.readlink(path / "cwd"):
                found.append(path.name)
        except OSError:
            continue
    return found
