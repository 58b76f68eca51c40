"""Honest submissions score here what they score with nbgrader alone, cell by cell.

Each assignment is graded twice, in two copies of a course: by nbgrader's own preprocessors, and
by `nbjudge`. What the two gradebooks say of each cell must be the same, but for DIFFERENCES.
"""

import logging
import shutil
import sys
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.utils import capture_log

import fixture_course
import styles
from nbjudge import Result
from nbjudge._batch import batch
from nbjudge._model import RESULT_SUFFIX
from small_course import Course

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")

STOCK = """
c = get_config()
c.ClearSolutions.code_stub = {"python": "# Replace the three dots by your answer."}
c.OverwriteCells.add_missing_cells = True
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = "Warning"
"""
OURS = f"{STOCK}\nimport nbjudge\nnbjudge.configure(c)\n"
DOCS = Path(distribution("nbgrader").locate_file("nbgrader/docs/source/user_guide"))
EXERCISES = {exercise.name: exercise for exercise in fixture_course.EXERCISES}

# (assignment, learner, cell): score of nbgrader alone, score here, reason.
WARNED = "nbgrader gives 0 to a check in which anything is written on stderr"
OWN = "a check reads the setup's own table; that the learner's copy was changed is not seen"
DIFFERENCES = {
    ("styles", "noisy", "squares_check"): (0, 1, WARNED),
    ("styles", "noisy", "uses_check"): (0, 1, WARNED),
    ("styles", "wrong", "table_check"): (0, 1, OWN),
}

# Who leaves written answers untouched: these wait for a mark in nbgrader, and are 0 here.
UNWRITTEN = {(name, learner) for name in EXERCISES for learner in ("right", "mixed", "blank")}
UNWRITTEN |= {("ps1_autotest", "blank")}
AS_RELEASED = {("solved", "cell-938593c4a215c6cc")}  # nbgrader's course gives it no solution


def of_exercise(course: Course, name: str) -> None:
    """Right answers in several styles, half of them wrong, and none at all."""
    exercise = EXERCISES[name]
    shutil.copytree(exercise.source.parent, course.root / "source" / name)
    course.assign(name)
    right, mixed = {}, {}
    for number, (answer, entry) in enumerate(exercise.bank.items()):
        right[answer] = entry["right"][number % len(entry["right"])]
        wrong = entry["wrong"][number % len(entry["wrong"])][1]
        mixed[answer] = wrong if number % 2 else entry["right"][-1]
    for learner, answers in {"right": right, "mixed": mixed, "blank": {}}.items():
        course.hand_in(learner, name, name, answers)


def of_styles(course: Course, name: str) -> None:
    course.assign(name, checks=styles.content())
    for learner, answers in styles.STYLES.items():
        course.hand_in(learner, name, "checks", answers)


def of_docs(course: Course, name: str) -> None:
    """nbgrader's example course, with the submissions that it comes with."""
    shutil.copytree(DOCS / "source" / name, course.root / "source" / name)
    course.assign(name)
    for learner in ("bitdiddle", "hacker"):
        given = DOCS / "submitted" / learner / name
        shutil.copytree(given, course.root / "submitted" / learner / name)


def of_docs_autotest(course: Course, name: str) -> None:
    """The same with AUTOTEST, for which there are none: solved, and as released."""
    shutil.copy(DOCS / "autotests.yml", course.root)
    shutil.copytree(DOCS / "source" / name, course.root / "source" / name)
    course.assign(name)
    for notebook in ("problem1", "problem2"):
        source = nbformat.read(course.root / "source" / name / f"{notebook}.ipynb", as_version=4)
        about = ((cell.metadata.get("nbgrader"), cell.source) for cell in source.cells)
        solved = {each.grade_id: text for each, text in about if each and each.solution}
        course.hand_in("solved", name, notebook, solved)
        course.hand_in("blank", name, notebook)


ASSIGNMENTS = {
    **dict.fromkeys(EXERCISES, of_exercise),
    "styles": of_styles,
    "ps1": of_docs,
    "ps1_autotest": of_docs_autotest,
}
HONEST = [  # learners whose answers are all right
    *((name, "right") for name in EXERCISES),
    *(("styles", style) for style in ("plain", "loops", "libraries", "noisy")),
]


def scores(course: Course, assignment: str) -> dict[tuple[str, str, str], tuple]:
    """All that the gradebook holds of each cell with points, by learner, notebook and cell."""
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        return {
            (submission.student.id, notebook.name, grade.name): (
                grade.auto_score,
                grade.manual_score,
                grade.max_score_gradecell or grade.max_score_taskcell,
                bool(grade.needs_manual_grade),
            )
            for submission in book.assignment_submissions(assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The scores in an assignment of nbgrader alone, and those of `nbjudge`; graded once."""

    @cache
    def graded(assignment):
        root = tmp_path_factory.mktemp(assignment)
        stock = Course(root / "stock", STOCK)
        ASSIGNMENTS[assignment](stock, assignment)
        shutil.copytree(stock.root, root / "ours")
        ours = Course(root / "ours", OURS)
        said = []
        report = batch.autograde(ours.directory, assignment, say=said.append)
        assert report.complete and said == []
        directory = stock.directory
        directory.parent.log_level = logging.ERROR
        directory.assignment_id = assignment
        done = capture_log(Autograde(coursedir=directory, parent=directory.parent))
        assert done["success"], done
        results = {
            f"{assignment}/{path.parts[-3]}/{path.name.split('.')[0]}": Result.from_json(
                path.read_text("utf-8")
            )
            for path in sorted(ours.root.glob(f"autograded/*/{assignment}/*{RESULT_SUFFIX}"))
        }
        return scores(stock, assignment), scores(ours, assignment), report, results

    return graded


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_cell_has_the_score_that_nbgrader_gives(assignment, graded):
    stock, ours, *_ = graded(assignment)
    assert stock.keys() == ours.keys() and len(stock) >= 6
    for (learner, notebook, cell), (auto, *rest) in stock.items():
        due, here, _ = DIFFERENCES.get((assignment, learner, cell), (auto, auto, ""))
        assert auto == due, (learner, cell)
        if rest[-1] and ((assignment, learner) in UNWRITTEN or (learner, cell) in AS_RELEASED):
            here, rest[-1] = 0, False
        assert ours[learner, notebook, cell] == (here, *rest), (learner, notebook, cell)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_result_is_as_recorded(assignment, graded, golden):
    for name, result in graded(assignment)[3].items():
        golden.check("equivalence", name, result)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_both_kinds_of_score_occur(assignment, graded):
    """Or the comparison would be of nothing."""
    given = {(auto or 0) == most for auto, _, most, _ in graded(assignment)[0].values()}
    assert given == {True, False}


@pytest.mark.parametrize(("assignment", "learner"), HONEST)
def test_right_answers_have_full_marks_and_no_remark(assignment, learner, graded):
    stock, ours, report, _ = graded(assignment)
    judged = [
        auto == most
        for cell, (auto, _, most, _) in ours.items()
        if cell[0] == learner and not stock[cell][-1]  # written answers are nobody's here
    ]
    assert judged and all(judged)
    (row,) = (row for row in report.rows if row.student == learner)
    assert (row.status, row.damage) == ("graded", 0)
