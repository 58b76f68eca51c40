"""Pages of feedback for the course's own exercises: nothing leaks, and all advice is in place."""

import csv
import html
import re

import nbformat
import pytest
from nbjudge import Check, Result, Status
from nbjudge._feedback.guide import Guide
from nbjudge._feedback.page import Returned, page, questions, questions_of
from nbjudge._nbgrader.marks import Mark, Standing

from exercises import SOLUTIONS, Exercise, grade_id, role
from notebooks import ROOT, about

EXERCISES = [Exercise(path) for path in SOLUTIONS]
TABLE = ROOT / "teaching" / "where_to_look.csv"
ROWS = list(csv.DictReader(TABLE.open(encoding="utf-8")))
SETTINGS = {
    "where_to_look": "teaching/where_to_look.csv",
    "misconceptions": "data/misconceptions.csv",
}
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.){12,})"')


@pytest.fixture(scope="module", params=EXERCISES, ids=lambda one: one.name)
def exercise(request):
    return request.param


@pytest.fixture(scope="module")
def guide():
    return Guide(ROOT, **SETTINGS)


def handed_back(exercise, answers, told=()):
    """What `autograded/` holds: the source's cells, hidden tests and mark scheme with them, and
    the learner's answers; and what a page is made of."""
    told = dict(told)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.from_dict(c) for c in exercise.cells])
    checks, marks = [], []
    for cell in notebook.cells:
        if role(cell) == "answer":
            cell.source = answers.get(grade_id(cell), exercise.stub(grade_id(cell)))
        elif role(cell) in ("check", "task"):
            most = float(cell.metadata.nbgrader.points)
            by_hand, name = role(cell) == "task", grade_id(cell)
            marks.append(Mark(exercise.name, name, 0.0, most, by_hand))
            if not by_hand:
                message = told.get(name, "the check does not hold")
                checks.append(Check(name, Status.GRADED, 0.0, most, message))
    released = questions_of(nbformat.read(exercise.released, as_version=4), exercise.name)
    result = Result(Status.GRADED, tuple(checks), (), "")
    standing = Standing("101", "Ana", "Kim", marks=tuple(marks), status="graded")
    return lambda guide: Returned(
        released, notebook, result, standing, exercise.name, guide, exercise.name
    )


def lines(text):
    return {" ".join(line.split()) for line in text.splitlines() if len(line.strip()) > 14}


def secrets(exercise):
    """Each line of a check and of a mark scheme that is in no other cell of the released one."""
    hidden = set()
    for cell in exercise.of("check"):
        hidden |= lines(cell.source)
    for cell in exercise.of("task"):
        scheme = re.findall(r"=== BEGIN MARK SCHEME ===(.*?)=== END", cell.source, re.S)
        hidden |= lines("\n".join(scheme))
    seen = set()
    for cell in exercise.released_cells:
        if role(cell) != "check":
            seen |= lines(cell.source)
    return hidden - seen


def bank(exercise):
    """Sets of wrong answers, one to each question, until all of the bank have been in a page."""
    wrong = {name: [code for _, code in cases["wrong"]] for name, cases in exercise.bank.items()}
    for turn in range(max(map(len, wrong.values()))):
        yield {name: codes[turn % len(codes)] for name, codes in wrong.items()}


def leaked(exercise, found, own):
    """The secret lines that a page shows, but for those that its learner has typed."""
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found)).split())
    return {line for line in secrets(exercise) if line in shown and line not in own}


def test_no_line_of_a_check_or_mark_scheme_is_on_any_page(exercise, guide):
    assert len(secrets(exercise)) > 20
    for answers in bank(exercise):
        found = page(handed_back(exercise, answers)(guide))
        assert not leaked(exercise, found, " ".join(" ".join(answers.values()).split()))
        assert len(found.encode()) < 20_000
        assert not re.search(r"<script|<a[ >]|BEGIN (HIDDEN|MARK)", found)


def test_a_leak_would_be_seen(exercise, guide):
    line = min(secrets(exercise), key=len)
    answer = next(iter(exercise.bank))
    found = page(handed_back(exercise, {answer: line})(guide))
    assert line in leaked(exercise, found, "")


def test_every_question_is_on_the_page_with_its_points_and_where_to_look(exercise, guide):
    found = list(questions(handed_back(exercise, {})(guide)))
    assert sum(one.max_points for one in found) == sum(
        cell.metadata.nbgrader.points for cell in exercise.of("check", "task")
    )
    assert all(one.title.startswith("Question ") and one.wheres for one in found)
    assert all(one.blank for one in found)
    assert not any(said.message or said.advice.name for one in found for said in one.said)
    assert [bool(one.rubric) for one in found if one.by_hand] != []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['assignment'][:2]} {row['check']}")
def test_a_row_of_the_table_names_what_there_is(row, lessons, table):
    exercise = next(one for one in EXERCISES if one.name == row["assignment"])
    cells = {grade_id(cell): cell for cell in exercise.of("check", "task")}
    cell = cells[row["check"]]
    assert row["message"] in " ".join(LITERAL.findall(cell.source)) + cell.source
    lesson = next(one for one in lessons if one.number == row["lesson"])
    headings = re.findall(r"^## (.+)$", "\n".join(c.source for c in lesson.cells), re.M)
    assert row["section"] in headings
    assert row["in_message"] in ("", "yes") and (row["message"] or not row["in_message"])
    if row["misconception_id"]:
        assert row["misconception_id"] in about(cell, "misconceptions")
        section = ""
        for each in lesson.cells:
            for heading in re.findall(r"^## (.+)$", each.source, re.M):
                section = heading
            if row["misconception_id"] in (about(each, "misconceptions") or []):
                break
        assert section == row["section"]


def test_every_graded_cell_has_a_row_for_whatever_is_said():
    general = {(row["assignment"], row["check"]) for row in ROWS if not row["message"]}
    assert general == {
        (one.name, grade_id(cell)) for one in EXERCISES for cell in one.of("check", "task")
    }
