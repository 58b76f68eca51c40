"""A gradebook in PostgreSQL holds what one in SQLite holds, on a server of these tests' own."""

import contextlib
import logging
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import Executor, Future
from itertools import count
from pathlib import Path

import psycopg
import pytest
from nbgrader.apps.exportapp import ExportApp
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.utils import capture_log

from nbjudge._batch import batch
from nbjudge._batch.pool import initialise_worker
from nbjudge._batch.troubles import Stopped
from nbjudge._nbgrader import gradebook
from pretended import pretend
from runs import Runs
from small_course import RIGHT, SETTINGS, Course, copy_of, made, sums

COURSE = f"""{SETTINGS}
c.CourseDirectory.course_id = "sums"
c.LateSubmissionPlugin.penalty_method = "zero"
"""
LEARNERS = ["ana", "bo", "cy", "late", "renamed"]
numbers = count()


def program(name):
    """A program of PostgreSQL's server. Debian keeps them beside the PATH, by version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (found and str(found[-1])) or None


@pytest.fixture(scope="module")
def server():
    """The folder with the socket of a new server, which listens nowhere else."""
    initdb, postgres = program("initdb"), program("postgres")
    if not (initdb and postgres):
        pytest.skip("no PostgreSQL: install the server, or put its programs on the PATH")
    # pytest's own folders are closed to other users, and too long for the name of a socket.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    more = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        more = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    more |= {"cwd": folder, "stdout": subprocess.DEVNULL}
    data = folder / "data"
    setup = "--auth=trust --username=grader --encoding=UTF8 --no-locale --no-sync".split()
    subprocess.run([initdb, *setup, data], check=True, **more)
    options = ["-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [postgres, "-D", data, *options], stderr=log, preexec_fn=initialise_worker, **more
        )
    late = time.monotonic() + 60
    while not answers(folder):
        assert process.poll() is None and time.monotonic() < late, (folder / "log").read_text()
        time.sleep(0.05)
    yield folder
    process.send_signal(signal.SIGINT)  # at once, also while somebody is connected
    process.wait(30)
    shutil.rmtree(folder)


def answers(server):
    try:
        return ask(server, "select 1") == 1
    except psycopg.OperationalError:
        return False


def ask(server, command):
    """The one value that a command gives, if it gives any."""
    about = {"host": str(server), "user": "grader", "dbname": "postgres"}
    with psycopg.connect(**about, autocommit=True) as connection:
        done = connection.execute(command)
        return done.fetchone()[0] if done.description else None


def settings(server, name):
    return (
        f"{COURSE}c.CourseDirectory.db_url = 'postgresql+psycopg://grader@/{name}?host={server}'\n"
    )


@pytest.fixture(scope="module")
def assigned(server):
    """A course with an assignment and no submission, its gradebook on the server."""
    ask(server, "create database assigned")
    return made(settings(server, "assigned"), ps1=sums)


@pytest.fixture
def course(assigned, server, tmp_path):
    """The same for one test, with submissions."""
    name = f"book{next(numbers)}"
    ask(server, f"create database {name} template assigned")
    course = copy_of(assigned, tmp_path / name)
    (course.root / "nbgrader_config.py").write_text(settings(server, name))
    return filled(course)


@pytest.fixture
def twin(tmp_path):
    """The same course with its gradebook in SQLite."""
    return filled(copy_of(made(COURSE, ps1=sums), tmp_path / "twin"))


def filled(course):
    with course.book as book:
        book.update_or_create_assignment("ps1", duedate="2100-01-01 00:00:00 UTC")
        for learner in reversed(LEARNERS):
            book.add_student(learner)
    course.hand_in("ana", "ps1", "ps1", {**RIGHT, "why": "Because."})
    course.hand_in("bo", "ps1", "ps1", {**RIGHT, "total": "total = 'WRONG'"})
    (course.root / "submitted" / "cy" / "ps1").mkdir(parents=True)
    late = course.hand_in("late", "ps1", "ps1", RIGHT)
    (late / "timestamp.txt").write_text("2100-01-02 00:00:00 UTC")
    course.hand_in("renamed", "ps1", "ps1", RIGHT, file="my homework")
    return course


def run(course, work=pretend, **options):
    options = {"workers": 2, "say": lambda text: None, **options}
    return batch.autograde(course.directory, "ps1", work=work, **options)


def new(report):
    return [row.student for row in report.rows if row.new]


def test_generate_assignment_writes_the_same_rows(course, twin):
    assert course.rows == twin.rows
    assert sum("'source_cell'" in row[:20] for row in course.rows) == 7


def test_a_course_graded_into_both_databases_has_the_same_rows(course, twin):
    """By grade(), in the sandbox, on all cores."""
    assert new(run(course, None)) == new(run(twin, None)) == LEARNERS
    assert course.rows == twin.rows
    for part in ("'auto_score': 2.0", "'needs_manual_grade': True", "'No response.'"):
        assert part in "".join(course.rows)
    with course.book as book:
        points = {s.student_id: s.score for s in book.assignment_submissions("ps1")}
        assert points == {"ana": 3, "bo": 2, "cy": 0, "late": 3, "renamed": 3}
        assert book.find_submission("ps1", "late").late_submission_penalty == 3


def test_a_second_run_takes_up_the_first_and_a_persons_mark_stays(course, twin):
    for each in (course, twin):
        run(each)
        with each.book as book:
            book.find_grade("why", "ps1", "ps1", "ana").manual_score = 2.5
            book.db.commit()
    marked = course.rows
    assert "'manual_score': 2.5" in "".join(marked)
    assert new(run(course)) == [] and course.rows == marked == twin.rows
    assert new(run(course, force=True)) == new(run(twin, force=True)) == LEARNERS
    assert course.rows == twin.rows
    assert "'manual_score': 2.5" in "".join(course.rows)


def test_nbgraders_own_commands_give_the_same_rows_feedback_and_grades(course, twin):
    grades = {}
    for each in (course, twin):
        for command in (Autograde, GenerateFeedback):
            directory = each.directory
            directory.parent.log_level, directory.assignment_id = logging.WARNING, "ps1"
            done = capture_log(command(coursedir=directory, parent=directory.parent))
            assert done["success"] and "ERROR" not in done["log"], done
        assert (each.root / "feedback/late/ps1/ps1.html").exists()
        grades[each] = exported(each)
    assert course.rows == twin.rows
    assert grades[course] == grades[twin]
    assert [row.split(",")[3] for row in grades[course][1:]] == LEARNERS


def exported(course):
    """The lines of the table that nbgrader export writes."""
    with contextlib.chdir(course.root):
        app = ExportApp()
        app.initialize(["--to=out.csv"])
        app.start()
        return Path("out.csv").read_text().splitlines()


def test_kills_change_nothing(course, twin, warm, tmp_path):
    """SIGKILL for all of a run's processes, wherever they are."""
    for each in (course, twin):
        for number in range(12):
            each.hand_in(f"s{number:02}", "ps1", "ps1", RIGHT)
    run(twin)
    runs = Runs(warm, tmp_path / "log", seconds=0.1)
    for calls in (1, 4, 8, 12):
        began = runs.begin(course)
        runs.wait(calls, began)
        assert runs.killed(began)
    assert runs.whole(course) == 0
    assert course.rows == twin.rows


def test_two_runs_at_once_share_the_work_of_one(course, twin, warm, second, tmp_path):
    run(twin)
    one, two = Runs(warm, tmp_path / "log"), Runs(second, tmp_path / "log")
    one.begin(course)
    two.begin(course)
    assert (one.end(), two.end()) == (0, 0)
    assert one.calls == len(LEARNERS)
    assert course.rows == twin.rows


class AtOnce(Executor):
    """Works where it is called, so that nothing is written meanwhile."""

    def submit(self, work, *arguments):
        future = Future()
        future.set_result(work(*arguments))
        return future


def test_no_connection_is_open_while_work_is_graded(course, server):
    """Forked workers would share it, and a server may end transactions that wait for long."""
    with course.book as book:
        name = book.engine.url.database
    sessions = "select count(*) from pg_stat_activity where backend_type = 'client backend'"
    opened = []

    def work(*task):
        late = time.monotonic() + 30  # a session takes a moment to end
        while (
            left := ask(server, f"{sessions} and datname = '{name}'")
        ) and late > time.monotonic():
            time.sleep(0.02)
        opened.append(left)
        return pretend(*task)

    run(course, work, executor=AtOnce(), workers=1)
    assert opened == [0] * len(LEARNERS)


def test_a_full_disk_at_the_server_stops_in_one_sentence(course, monkeypatch):
    def save(*_):
        raise psycopg.errors.DiskFull("could not extend file\nHINT: Check free disk space.")

    monkeypatch.setattr(gradebook.Writer, "save", save)
    with pytest.raises(Stopped, match=r"^The disk is full \(could not extend file\)\. .*"):
        run(course)


@pytest.mark.parametrize(
    ("scheme", "error", "sentence"),
    [
        (
            "postgresql+psycopg",
            Stopped,
            "^The gradebook cannot be used .*No such file.*run again.$",
        ),
        ("postgresql+pg8000", gradebook.CourseError, "^No module named 'pg8000': install the dri"),
    ],
    ids=["server", "driver"],
)
def test_a_server_or_driver_that_is_not_there_is_said_in_one_sentence(
    tmp_path, scheme, error, sentence
):
    url = f"{scheme}://grader:secret@/book?host={tmp_path}/nowhere"
    course = Course(tmp_path / "course", f"{COURSE}c.CourseDirectory.db_url = '{url}'\n")
    with pytest.raises(error, match=sentence) as said:
        run(course)
    assert "secret" not in str(said.value) and "\n" not in str(said.value)
