"""Lessons keep the outputs of one clean run; strict nbval then compares what they say."""

import ast

import pytest

from notebooks import text_of


def says_something(source):
    """Whether a cell must leave an output: it prints, or ends in a value."""
    tree = ast.parse(source)
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
    prints = any(isinstance(f, ast.Name) and f.id == "print" for f in calls)
    return prints or (bool(tree.body) and isinstance(tree.body[-1], ast.Expr))


def test_every_cell_was_run_once_in_order(lesson):
    counts = [cell.execution_count for cell in lesson.code]
    assert counts == list(range(1, len(counts) + 1))


def test_every_cell_kept_its_output(lesson):
    silent = ("set_option", "add_to(", "fit_bounds(", ".update(")
    for cell in lesson.code:
        if says_something(cell.source) and not any(s in cell.source for s in silent):
            assert cell.outputs, cell.source


def test_what_a_cell_prints_is_stored_in_one_piece(lesson):
    """A stream that was cut in two shows a line break that was never printed."""
    for cell in lesson.code:
        assert sum(output.output_type == "stream" for output in cell.outputs) <= 1, cell.source


def test_only_cells_that_teach_errors_fail(lesson):
    for cell in lesson.code:
        failed = any(output.output_type == "error" for output in cell.outputs)
        assert failed == ("raises-exception" in cell.metadata.get("tags", []))


def test_nothing_warns(lesson):
    for cell in lesson.code:
        for output in cell.outputs:
            assert not (output.output_type == "stream" and output.name == "stderr"), output.text


def test_outputs_name_no_place_on_the_maintainers_machine(lesson):
    for cell in lesson.code:
        for output in cell.outputs:
            assert "/work/" not in text_of(output) and "/home/" not in text_of(output)


@pytest.mark.parametrize("key", ["execution", "collapsed", "scrolled"])
def test_cells_carry_no_trace_of_the_run(lesson, key):
    assert not [cell for cell in lesson.code if key in cell.metadata]
