"""What waits for a person's mark, what is blank, and what was handed in anew."""

import contextlib
import logging
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.utils import capture_log

from nbjudge._assignment.written import written_answers
from nbjudge._batch import batch
from nbjudge._batch.closing import MOST_NAMES, closing, told
from nbjudge._nbgrader import plugins
from nbjudge._nbgrader.gradebook import handed_in
from nbjudge._nbgrader.marks import ANEW, BLANK, standings
from pretended import pretend
from small_course import RIGHT, code, copy_of, made, sums

HERE = {**RIGHT, "why": "Because."}
TASK = code("essay", "Write more.", task=True, points=4)
END = code("end", "", locked=True)


def written(*cells, plain=("Write here.",)):
    return written_answers(["essay"], plain, cells)["essay"]


@pytest.mark.parametrize(
    ("cells", "blank"),
    [
        ([TASK, END], True),
        ([TASK, new_markdown_cell("Write here.  \n")], True),
        ([TASK, new_markdown_cell(" "), new_code_cell("")], True),
        ([TASK, new_markdown_cell("Yes.")], False),
        ([TASK, new_code_cell("# my answer")], False),
        ([TASK, new_markdown_cell("Write here.", attachments={"a.png": {}})], False),
        ([TASK, END, new_markdown_cell("In the wrong place.")], False),
        ([new_markdown_cell("In the wrong place."), TASK], False),
        ([TASK, END, new_code_cell("a = 1  # a trial")], True),
    ],
)
def test_blank_is_only_what_nobody_wrote_into(cells, blank):
    assert written(*cells).blank is blank


def test_another_tasks_answer_is_not_this_ones():
    other = code("other", "And this.", task=True, points=1)
    cells = [TASK, new_markdown_cell("Yes."), other, new_markdown_cell("Write here.")]
    found = written_answers(["essay", "other"], ["Write here."], cells)
    assert not found["essay"].blank and found["other"].blank


def test_a_change_of_white_space_is_no_new_text():
    first = written(TASK, new_markdown_cell("Yes.\nNo."))
    assert written(TASK, new_markdown_cell("Yes.  \nNo.\n")).digest == first.digest
    assert written(TASK, new_markdown_cell("Yes.\nNo!")).digest != first.digest


@pytest.fixture
def course(tmp_path):
    return copy_of(made(ps1=sums), tmp_path / "course")


def ours(course):
    """By our command, without a kernel."""
    assert batch.autograde(course.directory, "ps1", work=pretend, workers=1).complete


def stock(course):
    """By nbgrader's own."""
    directory = course.directory
    directory.parent.log_level = logging.WARNING
    directory.assignment_id = "ps1"
    done = capture_log(Autograde(coursedir=directory, parent=directory.parent, force=True))
    assert done["success"], done


def mark(course, student, points):
    """What Formgrader does when points are typed."""
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        for cell in ("why", "essay"):
            grade = book.find_grade(cell, "ps1", "ps1", student)
            grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def essay(course, student):
    """Automatic and typed points, whether it waits, and what is said beside it."""
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        grade = book.find_grade("essay", "ps1", "ps1", student)
        comment = book.find_comment("essay", "ps1", "ps1", student)
        return grade.auto_score, grade.manual_score, grade.needs_manual_grade, comment.auto_comment


def stand(course):
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        given = handed_in(course.directory, "ps1")
        return {one.student: one for one in standings(course.directory, book, "ps1", given)}


HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def another_process_holds(course):
    """Try to have another process hold the course's lock; gives whether it does."""
    (course.root / ".grading").mkdir(mode=0o700, exist_ok=True)
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, course.root / ".grading/lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield other.stdout.readline() == b"held\n"
    finally:
        other.communicate()


@pytest.mark.parametrize("fails", [False, True])
def test_nbgraders_own_command_holds_the_lock_while_it_writes_rows(course, monkeypatch, fails):
    """Else a mark that is given meanwhile stands for a text that its marker never saw."""
    course.hand_in("ana", "ps1", "ps1", {**HERE, "essay": "Yes."})
    could_be_held = []
    settle = plugins.settle

    def meanwhile(*args):
        with another_process_holds(course) as held:
            could_be_held.append(held)
        if fails:
            raise ValueError("as by a defect")
        return settle(*args)

    monkeypatch.setattr(plugins, "settle", meanwhile)
    with pytest.raises(AssertionError) if fails else contextlib.nullcontext():
        stock(course)
    with another_process_holds(course) as held:  # this process lives on, as Formgrader's does
        assert held
    assert could_be_held == [False]


def test_nbgraders_own_command_does_not_wait_for_ever(course, monkeypatch):
    """A run in a terminal of the same Jupyter would wait for Formgrader's button, too."""
    course.hand_in("ana", "ps1", "ps1", {**HERE, "essay": "Yes."})
    monkeypatch.setattr(plugins, "LONGEST_WAIT", 0.3)
    with another_process_holds(course) as held:
        assert held
        with pytest.raises(AssertionError):
            stock(course)
    assert stand(course)["ana"].in_words == "not graded"
    stock(course)
    assert stand(course)["ana"].in_words == "waits for a mark"


def test_states_of_a_class(course):
    course.hand_in("ana", "ps1", "ps1", {**HERE, "essay": "Yes."})
    course.hand_in("bo", "ps1", "ps1", HERE)
    (course.root / "submitted/cy/ps1").mkdir(parents=True)
    ours(course)
    course.hand_in("di", "ps1", "ps1", HERE)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        book.update_or_create_student("eva", first_name="Eva", last_name="Kim")
    found = stand(course)
    assert {name: (one.in_words, one.points, one.so_far) for name, one in found.items()} == {
        "ana": ("waits for a mark", None, (3, 3)),
        "bo": ("waits for a mark", None, (3, 7)),  # for `why`; the essay is blank
        "cy": ("missing", 0, (0, 10)),
        "di": ("not graded", None, (0, 0)),
        "eva": ("missing", 0, (0, 10)),
    }
    blank = {name: [m.cell for m in one.marks if m.blank] for name, one in found.items()}
    assert blank == {"ana": [], "bo": ["essay"], "cy": ["essay", "why"], "di": [], "eva": []}
    assert essay(course, "bo") == (0, None, False, BLANK)
    assert found["eva"].name == "Eva Kim" and found["ana"].max_points == 10


@pytest.mark.parametrize("grade", [ours, stock])
def test_a_mark_stays_with_its_text_and_is_flagged_when_the_text_is_another(course, grade):
    for student in ("ana", "bo", "cy"):
        course.hand_in(student, "ps1", "ps1", {**HERE, "essay": "Yes."})
    grade(course)
    for student in ("ana", "bo", "cy"):
        mark(course, student, 2)
    course.hand_in("ana", "ps1", "ps1", {**HERE, "essay": "Yes.", "total": "total = 7"})
    course.hand_in("bo", "ps1", "ps1", {**HERE, "essay": "No."})
    course.hand_in("cy", "ps1", "ps1", HERE)
    grade(course)
    assert essay(course, "ana") == (None, 2, False, None)
    assert essay(course, "bo") == (None, 2, True, ANEW)
    assert essay(course, "cy") == (None, 2, True, ANEW)
    found = stand(course)["bo"]
    assert [m.before for m in found.marks if m.cell == "essay"] == [2] and found.points is None
    course.hand_in("bo", "ps1", "ps1", {**HERE, "essay": "No.", "total": "total = 8"})
    grade(course)  # not looked at yet, so it is still flagged
    assert essay(course, "bo")[2]
    mark(course, "bo", 1)
    course.hand_in("bo", "ps1", "ps1", {**HERE, "essay": "No.", "total": "total = 9"})
    grade(course)
    assert essay(course, "bo") == (None, 1, False, None)


def test_without_our_own_records_the_graded_notebook_tells(course):
    course.hand_in("ana", "ps1", "ps1", {**HERE, "essay": "Yes."})
    ours(course)
    mark(course, "ana", 2)
    (record,) = (course.root / ".grading/ps1/ana").glob("*.written.json")
    record.unlink()
    course.hand_in("ana", "ps1", "ps1", {**HERE, "essay": "No."})
    ours(course)
    assert essay(course, "ana")[1:3] == (2, True)


def test_a_run_ends_with_who_waits_and_never_leads_past_a_missing_mark(course):
    course.hand_in("ana", "ps1", "ps1", {**HERE, "essay": "Yes."})
    course.hand_in("bo", "ps1", "ps1", RIGHT)
    (course.root / "submitted/cy/ps1").mkdir(parents=True)
    ours(course)

    def said():
        return closing("ps1", list(stand(course).values()))

    nothing, *waiting, step = said()
    assert nothing == "Nothing handed in (1): cy."
    assert waiting == [
        "Blank, so 0 without a mark (1): bo (essay, why).",
        "A written answer waits for a mark (1): ana (essay, why).",
    ]
    assert step.startswith("Next: give the marks that are missing") and "feedback" not in step
    mark(course, "ana", 2)
    mark(course, "bo", 2)
    assert said()[0] == nothing and said()[1:][0].startswith("Next: nbjudge feedback ps1")
    course.hand_in("ana", "ps1", "ps1", {**HERE, "essay": "No."})
    ours(course)
    assert any(line.startswith("Handed in anew") and "ana" in line for line in said())
    course.hand_in("di", "ps1", "ps1", HERE)
    assert "Handed in, not graded yet (1): di." in said()
    assert said()[-1] == "Next: nbjudge autograde ps1"


def test_a_long_list_says_how_many_more():
    assert told("Late", map(str, range(MOST_NAMES + 3))).endswith("and 3 more.")
    assert told("Late", []) == ""
