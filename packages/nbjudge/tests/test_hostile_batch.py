"""Hostile submissions through a whole run: workers, gradebook, export and feedback.

Every case is judged directly in the other files. Here are the kinds that could harm more than
their own result, and every status, each between honest learners of the same run.
"""

import csv
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.exportapp import ExportApp
from nbgrader.converters import GenerateFeedback

from hostile import AREAS, CASES, SMALL, Case, honest
from hostile_world import FULL_MARKS, planted
from nbjudge import Status
from nbjudge._batch.batch import Report, autograde
from small_course import SETTINGS, Course

ENDS = (  # of a kernel or of a worker, what the writer has to write, and files
    "exits_between kills_itself_between loop_in_c signals memory_bomb fork_bomb prints_one_line "
    "garbage_frames garbage_outputs plants_files writes_files reads_files second_check "
    "names_that_are_no_text data_folder_replaced exits_always surrogates_in_outputs "
    "reply_with_a_wrong_id exits_in_an_answer"
).split()
FEEDBACK = (  # what could stop the making of feedback
    "html_and_javascript odd_display_bundles garbage_outputs deep_display surrogates_in_outputs "
    "odd_fields giant_metadata update_displays zip_bomb_as_notebook"
).split()
FILES = (  # that stay beside the graded notebook, or must not
    "many_files paths_that_lead_out files_named_like_modules data_replaced own_pandas"
).split()
SAMPLE = [*dict.fromkeys([*ENDS, *FEEDBACK, *FILES])]
HONEST = 3  # an honest learner after so many others
NAME = "03_chart_the_trade"
LIMITS = replace(SMALL, cell_seconds=3, check_seconds=2, notebook_seconds=30)


@dataclass(frozen=True)
class Batch:
    course: Course
    report: Report
    cases: dict[str, Case]  # by learner
    honest: list[str]


@pytest.fixture(scope="module")
def batch(world, proven, tmp_path_factory):
    """One run of the runner's own workers over the sample and the honest learners."""
    limits = f"c.Grade.limits = {asdict(LIMITS)}\n"
    course = Course(tmp_path_factory.mktemp("batch") / "course", SETTINGS + limits)
    for name, content in world.source.files.items():
        path = course.root / "source" / "a1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    course.assign("a1", **{NAME: nbformat.reads(world.source.notebook, as_version=4)})
    cases, neighbours = {}, []
    for number, name in enumerate(SAMPLE):
        submission = CASES[name].make(world.places)
        cases[f"{number:03}_a_{name}"] = CASES[name]
        write(course, f"{number:03}_a_{name}", submission.notebook, submission.files)
        if number % HONEST == HONEST - 1:
            neighbours.append(f"{number:03}_b_honest")
            write(course, neighbours[-1], honest())
    with planted(world.token, world.home):
        report = autograde(course.directory, "a1", say=lambda text: None)
    return Batch(course, report, cases, neighbours)


def write(course: Course, student: str, notebook: bytes, files=None) -> None:
    """Hand in a notebook, and those of the files that a file system takes."""
    folder = course.root / "submitted" / student / "a1"
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_bytes(notebook)
    for name, content in list((files or {}).items())[:2000]:
        path = folder / name
        if ".." in path.parts or not path.is_relative_to(folder) or path == folder:
            continue
        with suppress(OSError, ValueError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def test_no_batch_is_aborted(batch):
    assert batch.report.complete
    assert len(batch.report.rows) == len(batch.cases) + len(batch.honest)


def test_each_area_has_a_test_file_and_each_file_an_area():
    files = {path.stem for path in Path(__file__).parent.glob("test_hostile_*.py")}
    assert {*AREAS.values()} == files - {Path(__file__).stem}


def test_every_status_of_something_handed_in_occurs(batch):
    """Or the sample would not be one of all."""
    assert {row.status for row in batch.report.rows} == {*Status} - {Status.MISSING}


def test_every_honest_learner_of_the_batch_has_full_marks(batch):
    rows = {row.student: (row.score, row.status, row.damage) for row in batch.report.rows}
    assert len(batch.honest) >= len(batch.cases) // HONEST
    assert {rows[name] for name in batch.honest} == {(FULL_MARKS, Status.GRADED, 0)}


def test_the_gradebook_has_no_undeserved_point(batch):
    with Gradebook(f"sqlite:///{batch.course.root}/gradebook.db") as book:
        scores = {one.student.id: one.score for one in book.assignment_submissions("a1")}
    assert scores.keys() == {*batch.cases, *batch.honest}
    assert {name: score for name, score in scores.items() if name in batch.cases} == {
        name: case.points for name, case in batch.cases.items()
    }
    assert {scores[name] for name in batch.honest} == {FULL_MARKS}


def test_the_export_has_each_status(batch):
    app = ExportApp()
    target = batch.course.root / "grades.csv"
    app.initialize([f"--CourseDirectory.root={batch.course.root}", f"--to={target}"])
    app.start()
    with open(target, newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    for name, case in batch.cases.items():
        # What waits for a mark says so, alone where all else is judged.
        said = rows[name]["status"].removesuffix("waits for a mark").removesuffix("; ")
        assert (said or Status.GRADED) in case.status, name
    assert {rows[name]["status"] for name in batch.honest} == {"graded"}


def test_feedback_can_be_made_of_the_worst(batch, subtests):
    course = batch.course.directory
    made = [student for student, case in batch.cases.items() if case.name in FEEDBACK]
    assert len(made) == len(FEEDBACK)
    for student in made:
        with subtests.test(student):
            course.assignment_id, course.student_id = "a1", student
            GenerateFeedback(coursedir=course, parent=course.parent).start()
            page = batch.course.root / "feedback" / student / "a1" / f"{NAME}.html"
            text = page.read_text(encoding="utf-8")
            assert not re.search(
                r"<script[^>]*>\s*document\.title|<img src=x|<style>\.output", text
            )
