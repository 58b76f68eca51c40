"""A run may be killed at any moment: the next one ends as if nothing had happened."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from boxes import soon
from runs import UNDER_WAY, Runs, Warm, session
from small_course import RIGHT, Course, copy_of, made, sums

SUBMISSIONS, KILLS = 40, 20


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
def undisturbed(full, warm, tmp_path_factory):
    """The same course after a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    other = copy_of(full, folder / "course")
    runs = Runs(warm, folder / "log")
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


def test_twenty_kills_change_nothing_and_repeat_no_finished_work(
    course, full, undisturbed, warm, tmp_path
):
    chance, killed, graded = random.Random(20), 0, []
    runs = Runs(warm, tmp_path / "log")

    def finish(before, kills):
        assert runs.whole(course) == 0
        assert SUBMISSIONS <= runs.calls - before <= SUBMISSIONS + kills * UNDER_WAY
        check_same(course, undisturbed)
        done = runs.calls
        assert runs.whole(course) == 0
        assert runs.calls == done
        check_same(course, undisturbed)

    first = kills = 0
    while killed < KILLS:
        before = runs.calls
        run = runs.begin(course)
        runs.wait(before + chance.randint(0, 5), run)
        time.sleep(chance.uniform(0, 0.1))
        if runs.killed(run):
            killed, kills = killed + 1, kills + 1
            graded.append(runs.calls - before)
        else:  # it had nothing left to do: the other kills are of runs over a fresh course
            finish(first, kills)
            course = copy_of(full, tmp_path / f"after-{killed}")
            first, kills = runs.calls, 0
    finish(first, kills)
    print(f"\n{runs.calls} calls; begun before each kill: {graded}")
    assert sum(map(bool, graded)) > KILLS / 4  # or the kills all came too early


def test_workers_end_with_a_coordinator_that_is_killed_alone(course, undisturbed, warm, tmp_path):
    runs = Runs(warm, tmp_path / "log", seconds=0.3)
    run = runs.begin(course)
    runs.wait(3, run)
    os.kill(run, signal.SIGKILL)
    assert runs.end() == -signal.SIGKILL
    assert soon(lambda: not session(run))
    assert runs.calls < SUBMISSIONS / 2
    assert Runs(warm, tmp_path / "log").whole(course) == 0
    check_same(course, undisturbed)


def test_ctrl_c_stops_at_once_and_the_next_run_goes_on(course, undisturbed, warm, tmp_path):
    runs = Runs(warm, tmp_path / "log", seconds=0.3)
    run = runs.begin(course)
    runs.wait(5, run)
    before = runs.calls
    os.killpg(run, signal.SIGINT)
    assert runs.end() == 4
    assert runs.calls <= before + UNDER_WAY
    assert session(run) == []
    runs = Runs(warm, tmp_path / "log")
    assert runs.whole(course) == 0
    assert runs.calls <= SUBMISSIONS + UNDER_WAY
    check_same(course, undisturbed)


def test_two_runs_at_once_share_the_work_of_one(course, undisturbed, warm, second, tmp_path):
    one, two = Runs(warm, tmp_path / "log"), Runs(second, tmp_path / "log")
    one.begin(course)
    two.begin(course)
    assert (one.end(), two.end()) == (0, 0)
    assert one.calls == SUBMISSIONS
    check_same(course, undisturbed)


def test_a_full_disk_stops_the_run_and_the_next_one_finishes(course, undisturbed, warm, tmp_path):
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
    wrapped = Warm(["unshare", "-Urm", "sh", "-c", script, "sh"])
    told = Runs(wrapped, tmp_path / "log").whole(Course(disk / "course", None))
    said = wrapped.close()
    assert told == 3, said
    assert said.splitlines()[-1].startswith("The disk is full (database or disk is full)")
    left = int((tmp_path / "was-full-at").read_text())
    assert left < 200, "the disk was not full"
    runs = Runs(warm, tmp_path / "log")
    assert 0 < runs.calls < SUBMISSIONS
    assert runs.whole(course) == 0
    assert runs.calls <= SUBMISSIONS + UNDER_WAY
    check_same(course, undisturbed)


def test_kills_of_real_grading_leave_no_process_and_the_same_gradebook(warm, tmp_path):
    """With grade(), its sandbox, kernels and check runners."""
    course = copy_of(made(ps1=sums), tmp_path / "course")
    for number in range(6):
        wrong = {"total": "total = 7"} if number % 3 == 0 else {}
        course.hand_in(f"s{number:02}", "ps1", "ps1", {**RIGHT, **wrong})
    other = copy_of(course, tmp_path / "undisturbed")
    chance = random.Random(4)
    (tmp_path / "tmp").mkdir()
    runs = Runs(warm, tmp_path / "log", TMPDIR=str(tmp_path / "tmp"))
    assert runs.whole(other, real=True) == 0
    for _ in range(4):
        run = runs.begin(course, real=True)
        time.sleep(chance.uniform(0.5, 2))
        runs.killed(run)
    check_no_process_is_left(tmp_path)
    assert runs.whole(course, real=True) == 0
    assert course.rows == other.rows
    full_marks = [
        row for row in course.rows if "'grade'" in row[:12] and "'auto_score': 2.0" in row
    ]
    assert len(full_marks) == 6


def check_no_process_is_left(folder):
    """A fork server that was still importing notices after that."""
    assert soon(lambda: not orphans(folder)), orphans(folder)


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
