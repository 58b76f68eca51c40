"""The trial decides: no 0 by a check that the author fails, no point by one that a blank passes."""

import csv
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.exportapp import ExportApp
from test_nbgrader import autograde, scores

from nbjudge import Check, Limits, Result, Status
from nbjudge._batch import batch, cli
from nbjudge._judge.trial import FREE, UNPASSED, Trial, try_out
from nbjudge._model import Source
from nbjudge._nbgrader import plugins, trials
from small_course import SETTINGS, Course, code, copy_of, made, notebook

STUB = "{0} = ...\n### BEGIN SOLUTION\n{0} = {1}\n### END SOLUTION"


def question(name, value, check, points=2):
    return (
        code(name, STUB.format(name, value), solution=True),
        code(f"{name}_check", check, points),
    )


def content():
    """A good check, one that the author's own solution fails, and one that a blank passes."""
    return notebook(
        *question("good", 1, "assert good == 1, 'good'"),
        *question("odd", 2, "assert odd == 7, 'odd'"),
        *question("free", 3, "assert free is not None, 'free'"),
    )


RIGHT = {"good": "good = 1", "odd": "odd = 2", "free": "free = 3"}
MARKS = {"good_check": (2, False), "odd_check": (None, True), "free_check": (None, True)}


@pytest.fixture
def course(tmp_path):
    course = copy_of(made(ps1=content), tmp_path / "course")
    course.hand_in("ana", "ps1", "ps1", RIGHT)
    course.hand_in("bo", "ps1", "ps1", {**RIGHT, "good": "good = 2", "free": "free = None"})
    return course


@pytest.fixture(scope="module")
def trial():
    return try_out(Source("ps1", nbformat.writes(content())))


def judged(trial, name, score, message=""):
    """What the trial leaves of a verdict."""
    one = trial.judged(Check(name, Status.GRADED, score, 2, message))
    return one.status, one.score, one.message


def test_the_trial_takes_back_what_it_does_not_bear_out(trial):
    graded, cannot = Status.GRADED, Status.CANNOT
    assert (trial.unpassed, trial.free) == ({"odd_check"}, {"free_check"})
    assert judged(trial, "good_check", 0, "good") == (graded, 0, "good")
    assert judged(trial, "good_check", 2) == (graded, 2, "")
    assert judged(trial, "odd_check", 0, "odd") == (cannot, 0, f"{UNPASSED} The check says: odd")
    assert judged(trial, "odd_check", 2) == (graded, 2, "")  # it was run to its end
    assert judged(trial, "free_check", 2) == (cannot, 0, FREE)
    assert judged(trial, "free_check", 0, "free") == (graded, 0, "free")


def test_more_than_an_untouched_exercise_gets_is_given():
    half = Check("q", Status.GRADED, 1, 2)
    trial = Trial({"q": Check("q", Status.GRADED, 2, 2)}, {"q": half})
    assert judged(trial, "q", 1) == (Status.CANNOT, 0, FREE)
    assert judged(trial, "q", 2) == (Status.GRADED, 2, "")


def test_a_partial_mark_of_the_reference_is_no_pass():
    half = Check("q", Status.GRADED, 1, 2)
    trial = Trial({"q": half}, {"q": Check("q", Status.GRADED, 0, 2, "no")})
    assert judged(trial, "q", 1)[0] is judged(trial, "q", 0, "no")[0] is Status.CANNOT


def test_what_was_not_judged_keeps_its_status(trial):
    late = Check("odd_check", Status.TIMED_OUT, 0, 2, "late")
    assert trial.judged(late) is late


def test_who_is_late_where_the_author_is_late_gets_no_zero():
    late = Check("q", Status.TIMED_OUT, 0, 2, "late")
    trial = Trial({"q": late}, {"q": Check("q", Status.GRADED, 0, 2, "no")})
    assert judged(trial, "q", 2) == (Status.GRADED, 2, "")
    told = trial.judged(late)
    assert (told.status, told.score, told.message) == (Status.CANNOT, 0, f"{UNPASSED} late")


def test_a_check_without_points_can_fail_too():
    failed = Check("q", Status.GRADED, 0, 0, "no")
    trial = Trial({"q": failed}, {"q": failed})
    assert trial.judged(failed).status is Status.CANNOT


def test_a_trial_goes_to_json_and_back(trial):
    assert Trial.from_json(trial.to_json()) == trial


def test_without_a_solution_the_trial_does_not_decide_and_says_so():
    empty = "{0} = ...\n### BEGIN SOLUTION\n### END SOLUTION"
    cells = content().cells
    cells[2].source = empty.format("odd")
    trial = try_out(Source("ps1", nbformat.writes(notebook(*cells))))
    assert trial.unsolved == {"odd_check"} and trial.unpassed == set()
    said = "No solution is written for the answers to odd_check, so nobody knows"
    assert any(str(one.sentence).startswith(said) for one in trial.complaints())


def test_a_failure_by_chance_does_not_decide():
    """The first of the author's two runs fails."""
    runs = []

    def run(given):
        runs.append(len(given))
        bad = len(runs) == 1
        check = Check("good_check", Status.GRADED, 0.0 if bad else 2.0, 2, "no" if bad else "")
        return [Result(Status.GRADED, (check,), (), "")] * len(given)

    from nbjudge._judge.trial import tried

    trial = tried(Source("ps1", nbformat.writes(content())), run)
    assert runs == [2, 1] and trial.unpassed == set()


# In a course


def test_both_commands_ask_for_marks_and_write_the_same(course, tmp_path):
    other = copy_of(course, tmp_path / "other")
    log = autograde(course)
    said = []
    report = batch.autograde(other.directory, "ps1", workers=2, say=said.append)
    assert [line.partition(":")[0] for line in said] == ["ps1, odd_check", "ps1, free_check"]
    assert all(line in log for line in said)
    assert other.rows == course.rows
    assert scores(course, "ana") == MARKS
    assert scores(course, "bo") == {**MARKS, "good_check": (0, False), "free_check": (0, False)}
    assert {row.student: row.by_hand for row in report.rows} == {"ana": 2, "bo": 1}
    assert [str(row.status) for row in report.rows] == ["partial", "partial"]
    ours, stock = (each.root / "autograded/ana/ps1/ps1.ipynb" for each in (other, course))
    shown = [[c.outputs for c in nbformat.read(path, 4).cells] for path in (ours, stock)]
    assert shown[0] == shown[1] and FREE in str(shown[0]) and "odd" in str(shown[0])


def test_the_summary_and_the_export_say_who_waits_for_a_mark(course, capsys):
    report = batch.autograde(course.directory, "ps1", workers=2)
    table = cli.summary(report)
    assert [column.header for column in table.columns][-2] == "by hand"
    assert [*table.columns[-2].cells] == ["2", "1"]
    app = ExportApp()
    app.initialize([f"--CourseDirectory.root={course.root}", f"--to={course.root}/out.csv"])
    app.start()
    with open(course.root / "out.csv", newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert (rows["ana"]["status"], rows["ana"]["needs_manual_grade"]) == (
        "partial; waits for a mark",
        "True",
    )


def test_the_summary_says_which_checks_ran_in_the_learners_kernel():
    row = batch.Row("ana", Status.GRADED, 1, 1, 0, 0, 2, 0.1, True)
    report = batch.Report("ps1", Limits(), "", {}, rows=[row])
    assert str(cli.summary(report).caption).startswith("2 checks ran in the learner's own kernel")


def test_a_mark_that_a_person_gives_stays(course):
    batch.autograde(course.directory, "ps1", workers=2)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        grade = book.find_grade("odd_check", "ps1", "ps1", "ana")
        grade.manual_score, grade.needs_manual_grade = 1, False
        book.db.commit()
    before = course.rows
    batch.autograde(course.directory, "ps1", workers=2)
    assert course.rows == before


def test_a_source_is_tried_once_and_anew_when_it_changes(course, monkeypatch):
    made = []
    real = trials.tried
    monkeypatch.setattr(trials, "tried", lambda source, run: made.append(1) or real(source, run))
    monkeypatch.setattr(trials, "_made", {})
    batch.autograde(course.directory, "ps1", workers=2)
    trials._made.clear()
    batch.autograde(course.directory, "ps1", workers=2, force=True)
    assert len(made) == 1 and len([*Path(course.root, ".grading/trials").iterdir()]) == 1
    changed = content()
    changed.cells[2].source = STUB.format("odd", 7)
    nbformat.write(changed, course.root / "source/ps1/ps1.ipynb")
    batch.autograde(course.directory, "ps1", workers=2)
    assert len(made) == 2 and scores(course, "bo")["odd_check"] == (0, False)


def test_a_trial_that_is_not_whole_is_made_anew(course, monkeypatch):
    monkeypatch.setattr(trials, "_made", {})
    batch.autograde(course.directory, "ps1", workers=2)
    (kept,) = Path(course.root, ".grading/trials").iterdir()
    kept.write_text("{")
    trials._made.clear()
    batch.autograde(course.directory, "ps1", workers=2)
    assert scores(course, "ana") == MARKS


def test_a_course_can_do_without(course):
    path = course.root / "nbgrader_config.py"
    path.write_text(f"{SETTINGS}c.Grade.trial = False\n")
    said = []
    other = Course(course.root, None)
    batch.autograde(other.directory, "ps1", workers=2, say=said.append)
    assert said == [] and scores(course, "ana")["odd_check"] == (0, False)
    assert plugins.Grade(parent=other.directory.parent).trial is False
