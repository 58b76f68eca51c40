"""Broken notebooks through the judge: whoever still has answers gets the points for them.

Beside each damaged submission stands an honest one, graded next by the same process.
"""

import json

import pytest

from malformed import CASES, solved, source
from nbjudge import Status, Submission, grade

READABLE = [name for name, case in CASES.items() if case.lost is not None]
UNREADABLE = [name for name, case in CASES.items() if case.lost is None]


@pytest.fixture(scope="module")
def graded():
    """Grade the bytes of a notebook, with the files of the exercise beside it."""
    return lambda raw: grade(source(), Submission(raw, source().files))


@pytest.fixture(scope="module")
def honest(graded):
    return graded(solved())


def test_the_honest_submission_has_all_points_and_no_damage(honest):
    assert (honest.status, honest.score, honest.damage) == (Status.GRADED, honest.max_score, ())
    assert honest.max_score == 23


def test_there_are_at_least_thirty_kinds_of_broken_notebook():
    assert len([case for case in CASES.values() if case.damage or case.lost != ()]) >= 30


@pytest.mark.parametrize("name", READABLE)
def test_a_damaged_notebook_scores_what_its_answers_are_worth(graded, honest, name, golden):
    case = CASES[name]
    result = graded(case.bytes)
    golden.check("malformed", name, result)
    assert {check.name: check.score for check in result.checks} == {
        check.name: 0.0 if check.name in case.lost else check.score for check in honest.checks
    }
    assert result.status is Status.GRADED
    assert bool(result.damage) == bool(case.damage)


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_zero_with_a_status_and_a_sentence(graded, honest, name, golden):
    result = graded(CASES[name].bytes)
    golden.check("malformed", name, result)
    assert result.status is Status.CANNOT
    assert [check.name for check in result.checks] == [check.name for check in honest.checks]
    for check in result.checks:
        assert (check.status, check.score) == (Status.CANNOT, 0)
        assert CASES[name].damage in check.message


@pytest.mark.parametrize("name", ["deeply_nested", "every_cell_twice", "random_bytes"])
def test_the_honest_learner_graded_next_is_not_touched(graded, honest, name):
    graded(CASES[name].bytes)
    after = graded(solved())
    assert [(c.name, c.status, c.score) for c in after.checks] == [
        (c.name, c.status, c.score) for c in honest.checks
    ]
    assert after.damage == ()


def test_the_verdicts_stand_in_the_cells_of_the_source(graded, honest):
    """The executed notebook of a damaged submission has the cells of the source, once each."""
    wanted = [
        cell["metadata"]["nbgrader"]["grade_id"]
        for cell in json.loads(source().notebook)["cells"]
        if "nbgrader" in cell["metadata"]
    ]
    result = graded(CASES["every_cell_twice"].bytes)
    found = [
        cell["metadata"]["nbgrader"]["grade_id"]
        for cell in json.loads(result.notebook)["cells"]
        if "nbgrader" in cell["metadata"]
    ]
    assert found == wanted
