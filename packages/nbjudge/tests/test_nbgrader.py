"""nbgrader's own commands and formgrader's button in a course with `nbjudge.configure(c)`."""

import asyncio
import contextlib
import csv
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.apps.exportapp import ExportApp
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.utils import capture_log
from traitlets.config import Config, TraitError

from nbjudge import configure
from nbjudge._batch import batch
from nbjudge._batch.cli import LintCommand
from nbjudge._batch.cli import run as run_command
from nbjudge._judge.trial import Trial
from nbjudge._model import Check, Damage, Limits, Result, Status
from nbjudge._nbgrader import marks, plugins, trials
from pretended import pretend
from small_course import RIGHT, SETTINGS, Course, code, copy_of, made, sums


@pytest.fixture
def course(tmp_path):
    return copy_of(made(ps1=sums), tmp_path / "course")


def autograde(course, assignment="ps1", student="*"):
    """What `nbgrader autograde` does, in this process: success, and what it logged."""
    directory = course.directory
    directory.parent.log_level = logging.INFO
    directory.assignment_id, directory.student_id = assignment, student
    done = capture_log(Autograde(coursedir=directory, parent=directory.parent))
    assert done["success"], done
    return done["log"]


def pretended(course):
    """What `nbjudge autograde` does, without a kernel."""
    assert batch.autograde(course.directory, "ps1", work=pretend, workers=1).complete


def scores(course, student, assignment="ps1", name=None):
    """Automatic score and whether a person has to mark, by cell."""
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        found = book.find_submission_notebook(name or assignment, assignment, student)
        return {g.name: (g.auto_score, bool(g.needs_manual_grade)) for g in found.grades}


FULL = {"add_check": (2, False), "total_check": (1, False), "why": (None, True)}
FULL["essay"] = (None, True)
WRITTEN = {**RIGHT, "why": "Because.", "essay": "More."}
NOTHING = dict.fromkeys(FULL, (0, False))


def test_an_honest_submission_is_graded_without_a_warning_or_a_remark(course):
    course.hand_in("ana", "ps1", "ps1", WRITTEN)
    log = autograde(course)
    assert scores(course, "ana") == FULL
    assert "WARNING" not in log and "ERROR" not in log
    assert "check" not in log  # no remark on any cell


def test_what_was_damaged_is_said_and_recorded(course):
    folder = course.hand_in("ana", "ps1", "ps1", {**RIGHT, "add_check": "assert True"})
    log = autograde(course)
    assert "[INFO] ps1 add_check: " in log
    record = json.loads((course.root / "autograded/ana/ps1/ps1.grading.json").read_text())
    assert [one["cell"] for one in record["damage"]] == ["add_check"]
    assert record["score"] == 3 and "notebook" not in record
    assert folder.exists()


def test_a_renamed_notebook_is_graded_and_its_task_waits_for_a_mark(course):
    course.hand_in("ana", "ps1", "ps1", WRITTEN, file="my homework")
    log = autograde(course)
    assert scores(course, "ana") == FULL
    assert "the notebook was named my homework.ipynb" in log


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00binary", b"[" * 100_000, b'{"cells": 3}'])
def test_a_broken_file_is_its_learners_status_and_no_one_elses(course, content):
    (course.hand_in("bad", "ps1", "ps1") / "ps1.ipynb").write_bytes(content)
    course.hand_in("zoe", "ps1", "ps1", WRITTEN)
    autograde(course)
    assert scores(course, "zoe") == FULL
    assert scores(course, "bad")["add_check"] == (None, True)
    record = json.loads((course.root / "autograded/bad/ps1/ps1.grading.json").read_text())
    assert record["status"] == Status.CANNOT


def test_a_link_in_a_submission_copies_nothing_of_the_teachers(course):
    folder = course.hand_in("bad", "ps1", "ps1", RIGHT)
    (folder / "data.csv").symlink_to(course.root / "gradebook.db")
    (folder / "mine.csv").write_text("1,2")
    (folder / "ps1.grading.json").write_text("forged")
    (folder / "sub" / "ps1.ipynb").mkdir(parents=True)
    (folder / "ps1.ipynb").rename(folder / "other.ipynb")
    (folder / "ps1.ipynb").symlink_to(course.root / "source" / "ps1" / "ps1.ipynb")
    os.mkfifo(folder / "pipe")
    autograde(course)
    check_nothing_foreign(course)
    report = batch.autograde(course.directory, "ps1", work=pretend, workers=1, force=True)
    assert report.complete
    check_nothing_foreign(course)


def check_nothing_foreign(course):
    graded = course.root / "autograded" / "bad" / "ps1"
    assert {path.name for path in graded.rglob("*")} == {
        "ps1.ipynb",
        "ps1.grading.json",
        "mine.csv",
    }
    assert "return a + b\n    ###" not in (graded / "ps1.ipynb").read_text()
    assert json.loads((graded / "ps1.grading.json").read_text())


def test_the_solution_is_not_in_what_a_learner_without_a_notebook_gets(course):
    (course.hand_in("bad", "ps1", "ps1") / "ps1.ipynb").write_bytes(b"")
    autograde(course)
    text = (course.root / "autograded/bad/ps1/ps1.ipynb").read_text()
    assert "total = 6" not in text and "total = ..." in text


def test_an_assignment_of_two_notebooks_and_one_of_them_missing(tmp_path):
    course = copy_of(made(problem1=sums, problem2=sums), tmp_path / "course")
    for name in ("problem1", "problem2"):
        course.hand_in("ana", "ps1", name, WRITTEN)
    course.hand_in("bo", "ps1", "problem1", WRITTEN)
    autograde(course)
    for student, name in [("ana", "problem1"), ("ana", "problem2"), ("bo", "problem1")]:
        assert scores(course, student, "ps1", name) == FULL
    assert scores(course, "bo", "ps1", "problem2") == NOTHING
    assert marks.status_in(course.root / "autograded/bo/ps1") == Status.PARTIAL


def test_stock_and_our_own_command_write_the_same_rows_and_notebooks(course, tmp_path):
    course.hand_in("ana", "ps1", "ps1", WRITTEN)
    late = course.hand_in("bo", "ps1", "ps1", {"add": "def add(a, b):\n    return 3"})
    (late / "timestamp.txt").write_text("2100-01-02 00:00:00 UTC")
    course.hand_in("cy", "ps1", "ps1", RIGHT, file="renamed")
    (course.hand_in("di", "ps1", "ps1") / "ps1.ipynb").write_bytes(b"{")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        book.update_or_create_assignment("ps1", duedate="2100-01-01 00:00:00 UTC")
    settings = SETTINGS + "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
    (course.root / "nbgrader_config.py").write_text(settings)
    other = copy_of(course, tmp_path / "other")
    autograde(course)
    assert batch.autograde(other.directory, "ps1", workers=2).complete
    assert other.rows == course.rows
    for student in ("ana", "bo", "cy", "di"):
        place = f"autograded/{student}/ps1"
        ours, stock = other.root / place, course.root / place
        assert {p.name for p in ours.iterdir()} == {p.name for p in stock.iterdir()}
        assert cells_of(ours / "ps1.ipynb") == cells_of(stock / "ps1.ipynb")
    # Again, which changes nothing, and with a mark typed by a person, which stays.
    with Gradebook(f"sqlite:///{other.root}/gradebook.db") as book:
        book.find_grade("why", "ps1", "ps1", "ana").manual_score = 3
        book.db.commit()
    before = other.rows
    batch.autograde(other.directory, "ps1", workers=2)
    assert other.rows == before != course.rows


def cells_of(path):
    """The cells of an executed notebook, without the times at which they ran."""
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        cell.metadata.pop("execution", None)
    return cells


def test_formgraders_button_grades_inside_a_running_event_loop(course):
    course.hand_in("ana", "ps1", "ps1", WRITTEN)
    directory = course.directory

    async def button():
        return NbGraderAPI(directory, parent=directory.parent).autograde("ps1", "ana")

    done = asyncio.run(button())
    assert done["success"], done
    assert scores(course, "ana") == FULL


def test_an_assignment_is_made_by_nbgraders_own_steps_and_lint():
    named = Config()
    configure(named)
    steps = named.GenerateAssignment.preprocessors
    stock = [f"nbgrader.preprocessors.{cls.__name__}" for cls in GenerateAssignment().preprocessors]
    assert [step for step in steps if step != "nbjudge._nbgrader.plugins.Lint"] == stock
    assert (
        steps[2] == "nbjudge._nbgrader.plugins.Lint"
    )  # AUTOTEST is filled in, solutions are still there


def test_settings_that_are_read_again_and_again_stay_as_they_are(course):
    """Formgrader does so for each of its pages."""
    app = course.directory.parent
    before = json.dumps(app.config)
    with contextlib.chdir(course.root):
        app.load_config_file()
    assert json.dumps(app.config) == before


def test_feedback_explains_a_status_and_escapes_what_the_learner_named(course):
    course.hand_in("ana", "ps1", "ps1", RIGHT)
    course.hand_in("bad", "ps1", "ps1", RIGHT, file="<script>alert(1)<script>")
    autograde(course)
    directory = course.directory
    directory.assignment_id = "ps1"
    done = capture_log(GenerateFeedback(coursedir=directory, parent=directory.parent))
    assert done["success"] and "WARNING" not in done["log"], done
    page = (course.root / "feedback/bad/ps1/ps1.html").read_text()
    assert page.count("the notebook was named &lt;script&gt;alert(1)&lt;script&gt;.ipynb") == 1
    assert "the notebook was named" not in (course.root / "feedback/ana/ps1/ps1.html").read_text()


def test_explanations_name_status_and_reason():
    checks = (Check("q1", Status.GRADED, 1, 1), Check("q2", Status.TIMED_OUT, 0, 1, "too <b> long"))
    said = plugins.explanation(Result(Status.PARTIAL, checks, (), ""))
    assert "partial" in said and "q2: timed out (too &lt;b&gt; long)" in said and "q1" not in said
    damage = (Damage("", "a\n\n# b"),)
    assert "<li>a # b</li>" in plugins.explanation(Result(Status.GRADED, (), damage, ""))
    assert plugins.explanation(Result(Status.GRADED, checks[:1], (), "")) == ""
    assert all(status.sentence and status.verb for status in Status)
    assert {status for status in Status if not status.reason} == {Status.GRADED, Status.PARTIAL}


def test_the_export_tells_zero_and_not_judged_apart_and_is_safe_to_open(course):
    course.hand_in("ana", "ps1", "ps1", {})
    course.hand_in("eva", "ps1", "ps1", WRITTEN)
    (course.hand_in("bad", "ps1", "ps1") / "ps1.ipynb").write_bytes(b"{")
    autograde(course)
    course.hand_in("new", "ps1", "ps1", WRITTEN)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        book.update_or_create_student("ana", last_name='=cmd|"x"!A1', first_name="Smith, Jr.")
        book.add_student("nobody", email="-a@b")
    app = ExportApp()
    app.initialize([f"--CourseDirectory.root={course.root}", f"--to={course.root}/out.csv"])
    app.start()
    with open(course.root / "out.csv", newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    keys = ("score", "status", "marked", "marked_max")
    assert {name: tuple(row[key] for key in keys) for name, row in rows.items()} == {
        "ana": ("0.0", "graded", "0.0", "10.0"),
        "eva": ("", "waits for a mark", "3.0", "3.0"),
        "bad": ("", "cannot be judged; waits for a mark", "0", "0"),
        "new": ("", "not graded", "0", "0"),
        "nobody": ("0.0", "missing", "0.0", "10.0"),
    }
    assert rows["ana"]["last_name"] == '\'=cmd|"x"!A1' and rows["ana"]["first_name"] == "Smith, Jr."
    assert rows["nobody"]["email"] == "'-a@b" and float(rows["ana"]["max_score"]) == 10


def test_limits_are_settings_and_unknown_ones_are_refused(tmp_path):
    chosen = "c.Grade.limits = {'cell_seconds': 7, 'memory': 10**9}\n"
    course = Course(tmp_path / "course", SETTINGS + chosen)
    limits = plugins.Grade(parent=course.directory.parent).all_limits
    assert limits == Limits(cell_seconds=7, memory=10**9) and isinstance(limits.memory, int)
    half = plugins.Grade(limits={"cell_seconds": 0.5, "wall_factor": 2.5}).all_limits
    assert half == Limits(cell_seconds=0.5, wall_factor=2.5)
    with pytest.raises(TraitError, match=r"Grade\.limits has no seconds"):
        plugins.Grade(limits={"seconds": 1})


def test_a_courses_own_limit_of_what_is_handed_in_counts_for_copying_too(tmp_path):
    chosen = "c.Grade.limits = {'submission': 20_000}\n"
    course = copy_of(made(SETTINGS + chosen, ps1=sums), tmp_path / "course")
    folder = course.hand_in("ana", "ps1", "ps1", WRITTEN)
    (folder / "large.csv").write_bytes(b"1" * 30_000)
    (folder / "small.csv").write_bytes(b"1" * 3_000)
    for grade in (pretended, autograde):
        grade(course)
        copied = {path.name for path in (course.root / "autograded/ana/ps1").iterdir()}
        assert copied == {"ps1.ipynb", "ps1.grading.json", "small.csv"}
        shutil.rmtree(course.root / "autograded")


def test_lint_tries_an_assignment_out_with_the_courses_limits(tmp_path, monkeypatch):
    chosen = "c.Grade.limits = {'cell_seconds': 7}\n"
    course = Course(tmp_path / "course", SETTINGS.replace("c.Lint.enabled = False\n", chosen))
    tried = []

    def trial(source, limits, run):
        tried.append(limits.cell_seconds)
        return Trial()

    monkeypatch.setattr(trials, "trial_in_memory", trial)
    course.assign("ps1", ps1=sums())
    with contextlib.chdir(course.root):
        assert run_command(LintCommand, ["ps1"]) == 0
    assert tried == [7, 7]


def test_configure_imports_nothing_of_nbgrader():
    code = (
        "import sys, nbjudge; from traitlets.config import Config; nbjudge.configure(Config()); "
        "print([m for m in sys.modules if m.split('.')[0] in ('nbgrader', 'zmq', 'nbformat')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_generate_assignment_warns_once_of_a_check_that_checks_nothing(course):
    weak = sums(code("weak_check", "total", 1))
    path = course.root / "nbgrader_config.py"
    path.write_text(SETTINGS.replace("c.Lint.enabled = False", "c.Lint.trial = False"))
    nbformat.write(weak, course.root / "source" / "ps1" / "ps1.ipynb")
    directory = course.directory
    directory.assignment_id, directory.student_id = "ps1", "."
    done = capture_log(GenerateAssignment(coursedir=directory, parent=directory.parent, force=True))
    assert done["success"], done
    assert len(re.findall(r"\[WARNING\] ps1, weak_check, line 1: ", done["log"])) == 1


def test_the_stock_command_grades_in_the_sandbox(course):
    """The real command, as typed: two lines of settings, and no warning for honest work."""
    course.hand_in("ana", "ps1", "ps1", WRITTEN)
    course.hand_in("bo", "ps1", "ps1", {"add": "import os\nos._exit(1)"})
    command = [
        str(Path(sys.executable).parent / "nbgrader"),
        "autograde",
        "ps1",
        "--log-level=WARN",
    ]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (only,) = done.stderr.splitlines()
    assert "ps1 of bo: partial" in only  # the other check is judged in a fresh kernel
    assert scores(course, "ana") == FULL
    assert scores(course, "bo")["add_check"] == (0, False)
