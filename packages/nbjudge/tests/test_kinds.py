"""Each kind of check that other courses have scores as in nbgrader, or is said not to be judged.

Nothing is silent: where the score is another one than nbgrader's, no grade is given.
"""

import contextlib
from functools import cache

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

from kinds import CANNOT, KINDS, content
from nbjudge import Source, Status, Submission, grade, try_out
from nbjudge._assignment.outline import TAG

FILES = {"given.txt": b"3\n"}
SUBMISSIONS = ("solution", "wrong", "blank")


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """The scores of nbgrader alone, by submission: the cells run in a kernel, checks and all."""

    @cache
    def scores(which):
        folder = tmp_path_factory.mktemp(which)
        (folder / "given.txt").write_bytes(FILES["given.txt"])
        nb = content(which)
        resources = {"metadata": {"path": str(folder)}}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NBGRADER_EXECUTION", "autograde")
            NotebookClient(nb, allow_errors=True, resources=resources, timeout=60).execute()
        found = {}
        for cell in nb.cells:
            if cell.metadata.nbgrader.grade:
                with contextlib.suppress(ValueError):
                    found[cell.metadata.nbgrader.grade_id] = determine_grade(cell)[0]
        return found

    return scores


def submission(which):
    return Submission(nbformat.writes(content(which)).encode(), FILES)


@pytest.fixture(scope="module")
def judged():
    source = Source("kinds", nbformat.writes(content("solution")), FILES)
    trial = try_out(source)
    return {which: trial.apply(grade(source, submission(which))) for which in SUBMISSIONS}


@pytest.mark.parametrize("which", SUBMISSIONS)
def test_no_difference_is_silent(which, judged, stock):
    alone = stock(which)
    assert alone.keys() == {f"{kind}_check" for kind in KINDS}
    different = {
        check.name: (check.score, alone[check.name], check.message)
        for check in judged[which].checks
        if check.status is not Status.CANNOT and check.score != alone[check.name]
    }
    assert different == {}
    assert {check.status for check in judged[which].checks} <= {Status.GRADED, Status.CANNOT}


def test_what_cannot_be_judged_is_known_and_all_else_is_as_in_nbgrader(judged, stock):
    cannot = {name.removesuffix("_check") for name in judged["solution"].unjudged}
    assert cannot == CANNOT
    assert all(stock("solution")[check.name] for check in judged["solution"].checks)


def test_a_wrong_answer_never_gets_the_points_of_a_right_one(judged):
    for check in judged["wrong"].checks:
        assert check.score < 1, check


def test_with_the_tag_each_kind_counts_as_in_nbgrader(stock):
    source = Source("kinds", nbformat.writes(content("solution", [TAG])), FILES)
    found = grade(source, submission("wrong"))
    assert {one.name: one.score for one in found.checks} == stock("wrong")
    assert {one.status for one in found.checks} == {Status.GRADED}
