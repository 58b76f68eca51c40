"""Every exercise, in real kernels: nbgrader's validator both ways, and a zipped copy elsewhere."""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.validator import Validator

from exercises import SOLUTIONS, Exercise, grade_id, role


@pytest.fixture(params=SOLUTIONS, ids=lambda path: path.stem)
def exercise(request):
    return Exercise(request.param)


def test_validator_passes_the_solution(exercise):
    """Read by its result: the exit code of nbgrader validate is always 0."""
    assert Validator().validate(str(exercise.source)) == {}


def test_validator_fails_every_check_of_the_release(exercise):
    assert len(Validator().validate(str(exercise.released))["failed"]) == len(exercise.checks)


def test_a_zipped_copy_works_anywhere(exercise, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "exercise"), "zip", exercise.released.parent)
    elsewhere = tmp_path / "elsewhere"
    shutil.unpack_archive(packed, elsewhere)
    notebook = nbformat.read(elsewhere / exercise.released.name, as_version=4)
    answers = {grade_id(cell): cell.source for cell in exercise.of("answer")}
    for cell in notebook.cells:
        if role(cell) == "answer":
            cell.source = answers[grade_id(cell)]
    NotebookClient(notebook, resources={"metadata": {"path": str(elsewhere)}}).execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
