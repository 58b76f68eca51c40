"""The runner: many submissions, the gradebook's one writer, and the command."""

import contextlib
import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from boxes import Stopwatch, soon
from nbjudge._batch import batch
from nbjudge._batch.cli import AutogradeCommand, LintCommand, ProgressBar, summary
from nbjudge._batch.cli import run as run_command
from nbjudge._batch.troubles import Stopped
from nbjudge._kernel.sandbox import SandboxError
from nbjudge._nbgrader import gradebook
from places import PYTHONPATH
from pretended import fails, pretend, swells
from small_course import RIGHT, Course, copy_of, made, rows_of, sums


@pytest.fixture
def course(tmp_path):
    course = copy_of(made(ps1=sums), tmp_path / "course")
    course.hand_in("ana", "ps1", "ps1", RIGHT)
    course.hand_in("bo", "ps1", "ps1", {**RIGHT, "total": "WRONG"})
    (course.root / "submitted" / "cy" / "ps1").mkdir(parents=True)
    return course


def run(course, work=pretend, **options):
    options = {"workers": 2, "say": lambda text: None, **options}
    return batch.autograde(course.directory, "ps1", work=work, **options)


def found(report):
    return {row.student: (str(row.status), row.score, row.new) for row in report.rows}


ALL = {"ana": ("graded", 3, True), "bo": ("graded", 2, True), "cy": ("missing", 0, True)}
AGAIN = {name: (status, score, False) for name, (status, score, _) in ALL.items()}


def test_each_folder_has_a_row_also_an_empty_one(course):
    report = run(course)
    assert found(report) == ALL and report.complete
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        assert {s.student_id: s.score for s in book.assignment_submissions("ps1")} == {
            "ana": 3,
            "bo": 2,
            "cy": 0,
        }
    assert (course.root / "autograded/cy/ps1/ps1.ipynb").exists()
    (record,) = (course.root / ".grading/ps1").glob("run-*.json")
    record = json.loads(record.read_text())
    assert record["complete"] and record["limits"]["cell_seconds"] == 30
    assert record["rows"][1]["student"] == "bo" and record["versions"]["nbgrader"]


@pytest.mark.parametrize(
    "name", ["a\nb", "e\x1b]0;x\x07\x1b[2J", "[red]x", "-rf", "[ab]*?", "\u202ex"]
)
def test_any_name_that_is_text_is_graded_and_shown_harmlessly(course, name, capsys):
    (course.root / "submitted/bo").rename(course.root / "submitted" / name)
    report = run(course)
    assert found(report)[name] == ("graded", 2, True)
    console = Console(force_terminal=True, width=200)
    shown = ProgressBar(console)
    shown.console = Console(force_terminal=False)
    for row in report.rows:
        shown.step(1, 3, row)
    console.print(summary(report))
    text = capsys.readouterr().out
    assert "\x1b]" not in text and "\x1b[2J" not in text and "\u202e" not in text
    assert text.count("[red]x") == 2 * (name == "[red]x") and "a\nb" not in text


def test_a_name_that_is_no_text_is_said_and_stops_nobody(course):
    shutil.copytree(course.root / "submitted/bo", course.root / "submitted" / "\udcffx")
    said = []
    report = batch.autograde(course.directory, "ps1", work=pretend, workers=1, say=said.append)
    assert found(report) == ALL and not report.complete
    assert "'\\udcffx' is not in UTF-8" in said[0] and len(said) == 1
    course.hand_in("cy", "ps1", "ps1", file="\udcff\x1b[2J")
    run(course)
    record = next((course.root / ".grading/ps1/cy").glob("*.result")).read_text()
    assert "was named \\ufffd\\ufffd[2J.ipynb" in record


def test_a_folder_that_is_too_deep_or_too_full_stops_nobody(course):
    """Python cannot walk the one, and nbgrader reads the other again for each file in it."""
    for number in range(3000):
        (course.root / f"submitted/bo/ps1/{number}.grading.json").touch()
    here = os.open(course.root / "submitted/ana/ps1", os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("a", dir_fd=here)
        below = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        watch = Stopwatch()
        assert found(run(course)) == ALL
        assert watch.seconds < 60
    finally:
        subprocess.run(["rm", "-rf", course.root / "submitted/ana"], check=True)
    assert [path.name for path in (course.root / "autograded/ana/ps1").iterdir()] != []


def test_finished_work_is_not_done_again_unless_forced(course):
    run(course)
    before = course.rows
    assert found(run(course)) == AGAIN
    assert found(run(course, force=True)) == ALL
    assert course.rows == before


def test_what_changed_is_graded_again_and_nothing_else(course):
    run(course)
    course.hand_in("bo", "ps1", "ps1", RIGHT)
    assert found(run(course)) == {**AGAIN, "bo": ("graded", 3, True)}
    (course.root / "nbgrader_config.py").open("a").write("c.Grade.limits = {'cell_seconds': 9}\n")
    assert all(row.new for row in run(course).rows)


def test_records_of_another_version_of_this_package_do_not_count(course, monkeypatch):
    run(course)
    monkeypatch.setattr(batch, "version", lambda: "another")
    assert found(run(course)) == ALL


def test_a_lost_gradebook_row_or_notebook_is_written_again(course):
    run(course)
    before = course.rows
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        book.remove_submission("ps1", "bo")
    shutil.rmtree(course.root / "autograded" / "ana")
    assert found(run(course)) == AGAIN
    assert course.rows == before
    assert (course.root / "autograded/ana/ps1/ps1.ipynb").exists()


def test_a_new_due_date_reaches_the_penalties(course):
    settings = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
    (course.root / "nbgrader_config.py").open("a").write(settings)
    (course.root / "submitted/ana/ps1/timestamp.txt").write_text("2100-01-02 00:00:00 UTC")
    run(course)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        assert book.find_submission("ps1", "ana").late_submission_penalty == 0
        book.update_or_create_assignment("ps1", duedate="2100-01-01 00:00:00 UTC")
    assert found(run(course)) == AGAIN
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        assert book.find_submission("ps1", "ana").late_submission_penalty == 3


@pytest.mark.parametrize("text", ["never", "", "9" * 400, "\0", "2100-13-45"])
def test_a_timestamp_that_is_none_stops_nobody(course, text):
    (course.root / "submitted/ana/ps1/timestamp.txt").write_text(text)
    assert found(run(course)) == ALL


class Backwards(ThreadPoolExecutor):
    """An Executor that gives its results in the reverse order of the tasks."""

    def __init__(self):
        super().__init__(1)
        self.waiting = []

    def submit(self, *call):
        self.waiting.append((Future(), call))
        if len(self.waiting) == 3:
            for future, (work, *arguments) in reversed(self.waiting):
                future.set_result(work(*arguments))
        return self.waiting[-1][0]


def test_rows_are_the_same_whatever_the_order_and_the_executor(course, tmp_path):
    others = [copy_of(course, tmp_path / name) for name in "ab"]
    run(course)
    order = []
    with Backwards() as executor:
        run(
            others[0],
            executor=executor,
            on_progress=lambda done, total, row: order.append((done, total)),
        )
    with ThreadPoolExecutor(3) as executor:
        run(others[1], executor=executor)
    assert order == [(1, 3), (2, 3), (3, 3)]
    assert course.rows == others[0].rows == others[1].rows
    assert any("'auto_score': 2.0" in row for row in course.rows)


def test_a_worker_that_dies_costs_its_own_submission_only(course):
    course.hand_in("dee", "ps1", "ps1", {"add": "DIES"})
    course.hand_in("eve", "ps1", "ps1", RIGHT)
    report = run(course)
    assert found(report) == {
        **ALL,
        "dee": ("cannot be judged", 0, True),
        "eve": ("graded", 3, True),
    }
    assert report.complete
    assert "total = ..." in (course.root / "autograded/dee/ps1/ps1.ipynb").read_text()


def test_a_worker_may_not_hold_all_memory(course):
    course.hand_in("dee", "ps1", "ps1", {"add": "SWELLS"})
    report = run(course, work=swells)
    assert found(report) == {**ALL, "dee": ("cannot be judged", 0, True)}
    assert "MemoryError" in (course.root / "autograded/dee/ps1/ps1.ipynb").read_text()


def test_a_defect_of_ours_is_a_status_and_no_points(course):
    report = run(course, fails)
    assert found(report) == {**ALL, "bo": ("cannot be judged", 0, True)}
    record = json.loads((course.root / "autograded/bo/ps1/ps1.grading.json").read_text())
    assert "a defect of ours" in record["checks"][0]["message"]


def has_no_sandbox(source, submission, limits):
    raise SandboxError("no sandbox here")


def test_without_a_sandbox_nothing_is_graded(course):
    with pytest.raises(SandboxError, match="no sandbox here"):
        run(course, has_no_sandbox)
    assert not (course.root / "autograded").exists()


def disk_is_full(source, submission, limits):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_at_a_worker_stops_in_one_sentence(course):
    with pytest.raises(Stopped, match="The disk is full"):
        run(course, disk_is_full)


def test_submissions_are_read_as_they_are_needed(course):
    """Memory stays flat: no more are under way than twice the workers."""
    for number in range(20):
        course.hand_in(f"s{number:02}", "ps1", "ps1", RIGHT)

    class Counting(ThreadPoolExecutor):
        submitted = finished = most = 0

        def submit(self, *call):
            self.submitted += 1
            self.most = max(self.most, self.submitted - self.finished)
            future = super().submit(*call)
            future.add_done_callback(self.count)
            return future

        def count(self, future):
            self.finished += 1

    with Counting(2) as executor:
        run(course, executor=executor, workers=2)
    assert executor.finished == 23 and executor.most <= 4


def test_only_the_students_asked_for(course):
    assert found(run(course, students=["bo", "unknown"])) == {"bo": ALL["bo"]}


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda root: (root / "gradebook.db").unlink(), "run nbgrader generate_assignment"),
        (lambda root: shutil.rmtree(root / "submitted"), "Nobody has handed in 'ps1'"),
        (lambda root: shutil.rmtree(root / "source"), "is not there"),
    ],
)
def test_a_course_that_is_not_ready_says_what_to_do(course, spoil, sentence):
    spoil(course.root)
    with pytest.raises(gradebook.CourseError, match=sentence):
        run(course)
    assert not (course.root / "autograded").exists()


def test_the_gradebook_is_backed_up_before_a_run_and_ten_are_kept(course):
    before = course.rows
    run(course)
    (copy,) = (course.root / ".grading/backups").iterdir()
    assert rows_of(f"sqlite:///{copy}") == before != course.rows
    for _ in range(12):
        gradebook.backup(course.directory)
    copies = sorted((course.root / ".grading/backups").iterdir())
    assert len(copies) == 10 and copy not in copies
    assert rows_of(f"sqlite:///{copies[-1]}") == course.rows


def test_a_backup_is_whole_while_another_writes(course):
    book = sqlite3.connect(course.root / "gradebook.db")
    book.execute("insert into student (id) values ('half')")
    copy = gradebook.backup(course.directory)
    book.rollback()
    assert rows_of(f"sqlite:///{copy}") == course.rows and "half" not in str(course.rows)


def test_a_gradebook_on_a_server_is_not_backed_up_here(tmp_path):
    settings = "c = get_config()\nc.CourseDirectory.db_url = 'postgresql://nowhere/book'\n"
    assert gradebook.backup(Course(tmp_path / "course", settings).directory) is None


def test_a_second_run_says_that_it_waits(course):
    """Two processes: a lock of this kind is one of the process."""
    code = (
        "import sys, time; from small_course import Course\n"
        "from nbjudge._nbgrader import gradebook\n"
        f"with gradebook.lock(Course({str(course.root)!r} and __import__('pathlib').Path("
        f"{str(course.root)!r})).directory): print('held', flush=True); sys.stdin.read()"
    )
    env = {**os.environ, "PYTHONPATH": PYTHONPATH}
    first = subprocess.Popen(
        [sys.executable, "-c", code],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout.readline() == "held\n"
    said, reports = [], []
    second = threading.Thread(target=lambda: reports.append(run(course, say=said.append)))
    second.start()
    assert soon(lambda: said)
    assert said == ["Another run is grading this course; waiting for it to end."]
    assert not reports
    first.communicate("")
    second.join(300)
    assert found(reports[0]) == ALL and len(said) == 1


# The command


def command(course, *arguments, **more):
    env = {**os.environ, "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, "-m", "nbjudge", *arguments],
        cwd=course.root,
        env=env,
        capture_output=True,
        text=True,
        **more,
    )


def test_the_command_grades_in_the_sandbox_and_says_so(course):
    course.hand_in("dee", "ps1", "ps1", {**RIGHT, "add": "while True: pass"})
    limits = "--Grade.limits=cell_seconds=2"
    done = command(course, "autograde", "ps1", "--json=run.json", "--workers=2", limits)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "4/4 dee: partial, 1/3" in done.stdout and "4 graded" in done.stdout
    record = json.loads((course.root / "run.json").read_text())
    assert {row["student"]: row["score"] for row in record["rows"]} == {
        "ana": 3,
        "bo": 2,
        "cy": 0,
        "dee": 1,
    }
    assert record["sandbox"] and record["limits"]["cell_seconds"] == 2
    one = command(course, "autograde", "ps1", limits, "--student=bo", "--force")
    assert "1 graded, 0 graded before" in one.stdout, one.stderr


def test_a_dask_cluster_grades_the_same(course, tmp_path):
    """Workers that share no file with the coordinator but this package."""
    distributed = pytest.importorskip("distributed")
    other = copy_of(course, tmp_path / "other")
    assert batch.autograde(other.directory, "ps1", say=lambda text: None).complete
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        done = command(course, "autograde", "ps1", f"--scheduler={cluster.scheduler_address}")
    assert done.returncode == 0, done.stderr
    assert "3 graded" in done.stdout
    assert course.rows == other.rows


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["autograd", "ps1"], "There is no command 'autograd'. Did you mean autograde?"),
        (["autograde", "ps7"], "There is no assignment 'ps7'. Did you mean ps1?"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(course, arguments, sentence):
    done = command(course, *arguments)
    assert done.returncode in (1, 2)
    assert sentence in done.stderr and len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("chosen", "arguments", "sentence"),
    [
        (AutogradeCommand, [], "Say which assignment"),
        (LintCommand, ["p1"], "There is no assignment 'p1'. Did you mean ps1?"),
        (AutogradeCommand, ["ps1", "--scheduler=tcp://127.0.0.1:1"], "No scheduler answers at"),
    ],
)
def test_so_it_does_of_what_else_can_be_wrong(course, chosen, arguments, sentence, capfd):
    """In this process: starting another takes Python longer than all the rest."""
    with contextlib.chdir(course.root):
        try:
            code = run_command(chosen, arguments)
        except SystemExit as stopped:
            code = stopped.code
    said = capfd.readouterr().err
    assert code in (1, 2)
    assert sentence in said and len(said.strip().splitlines()) == 1
