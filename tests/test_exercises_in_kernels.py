"""Every exercise in real kernels, by nbgrader's validator: a right one elsewhere, a blank one.

That each check of each release fails in a real kernel is tested in JupyterLab, in
tests/browser/test_exercises_in_lab.py; that the validator counts them so, here, with one.
"""

import shutil

import pytest
from nbgrader.validator import Validator

from exercises import SOLUTIONS, Exercise


@pytest.fixture(params=SOLUTIONS, ids=lambda path: path.stem)
def exercise(request):
    return Exercise(request.param)


def test_the_solution_passes_with_nothing_but_what_the_release_carries(exercise, tmp_path):
    """No error and no warning in any cell, hidden tests included.

    Read by its result: the exit code of nbgrader validate is always 0.
    """
    packed = shutil.make_archive(str(tmp_path / "exercise"), "zip", exercise.released.parent)
    elsewhere = tmp_path / "elsewhere"
    shutil.unpack_archive(packed, elsewhere)
    shutil.copy(exercise.source, elsewhere)
    assert Validator(validate_all=True).validate(str(elsewhere / exercise.source.name)) == {}


def test_validator_fails_every_check_of_the_release():
    exercise = Exercise(SOLUTIONS[3])
    assert len(Validator().validate(str(exercise.released))["failed"]) == len(exercise.checks)
