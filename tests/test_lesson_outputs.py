"""The repository keeps the outputs of one clean run, which nbval compares; learners get none."""

import importlib.util
import json
import re
from itertools import pairwise

import pytest

from notebooks import LESSONS, ROOT, text_of

HANDED_OUT = [*LESSONS, *sorted((ROOT / "exercises").glob("*/*.ipynb"))]


def test_every_cell_was_run_once_in_order(lesson):
    counts = [cell.execution_count for cell in lesson.code]
    assert counts == list(range(1, len(counts) + 1))


def test_every_cell_that_shows_something_kept_it(lesson):
    for cell in lesson.code:
        last = cell.source.rstrip().split("\n")[-1]
        shows = (
            last.startswith(("print(", "predicted(", "display(", "plt.show("))
            or last.isidentifier()
        )
        assert cell.outputs or not shows, cell.id


def test_what_a_cell_prints_is_stored_in_one_piece(lesson):
    """A stream that was cut in two shows a line break that was never printed."""
    for cell in lesson.code:
        kinds = [output.output_type for output in cell.outputs]
        assert ("stream", "stream") not in pairwise(kinds), cell.id


def test_only_cells_that_teach_errors_fail(lesson):
    for cell in lesson.code:
        failed = any(output.output_type == "error" for output in cell.outputs)
        assert failed == ("raises-exception" in cell.metadata.get("tags", [])), cell.id


def test_nothing_warns(lesson):
    for cell in lesson.code:
        for output in cell.outputs:
            assert output.get("name") != "stderr", f"{cell.id}: {output.text}"


def test_outputs_name_no_place_on_the_maintainers_machine(lesson):
    for cell in lesson.code:
        for output in cell.outputs:
            text = text_of(output) + json.dumps(output.get("data", {}).get("text/plain", ""))
            assert not any(place in text for place in ("/work/", "/home/", "/tmp/", "/root/"))


def test_outputs_hold_no_address_in_memory(lesson):
    for cell in lesson.code:
        for output in cell.outputs:
            assert not re.search(r"\b0x[0-9a-f]{6,}", text_of(output)), cell.id


@pytest.mark.parametrize("key", ["execution", "collapsed", "scrolled"])
def test_cells_carry_no_trace_of_the_run(lesson, key):
    assert not [cell for cell in lesson.code if key in cell.metadata]


@pytest.fixture(scope="module")
def course():
    spec = importlib.util.spec_from_file_location("course", ROOT / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", HANDED_OUT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_learner_gets_every_cell_and_no_output(course, tmp_path, path):
    course.copy_blank(str(path), str(tmp_path / path.name))
    ours = json.loads(path.read_text("utf-8"))["cells"]
    theirs = json.loads((tmp_path / path.name).read_text("utf-8"))["cells"]
    assert [cell["source"] for cell in theirs] == [cell["source"] for cell in ours]
    assert [cell["metadata"] for cell in theirs] == [cell["metadata"] for cell in ours]
    for cell in theirs:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
