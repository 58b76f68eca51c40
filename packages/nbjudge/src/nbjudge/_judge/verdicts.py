"""Verdicts as nbgrader reads them: in the outputs of a check's cell."""

import nbformat
from nbformat import NotebookNode

from nbjudge._assignment.outline import Outline
from nbjudge._model import Check, Status


def notebook_text(cells: list[NotebookNode], plan: Outline) -> str:
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=plan.metadata)
    # In one line: with line ends between its parts, Python takes ten times as long to write it.
    return nbformat.v4.writes(notebook, split_lines=False, indent=None)


def write_verdict(cell: NotebookNode, check: Check, printed: str = "", kind: str = "") -> None:
    """Write a verdict as nbgrader reads it: nothing, a number or an error in the cell's output."""
    new = nbformat.v4.new_output
    cell.outputs = [new("stream", name="stdout", text=printed)] if printed else []
    if check.message:
        name = kind or ("AssertionError" if check.status is Status.GRADED else check.status.value)
        cell.outputs.append(
            new("error", ename=name, evalue=check.message, traceback=[f"{name}: {check.message}"])
        )
    elif check.score != check.max_score:
        text = {"text/plain": repr(check.score)}
        cell.outputs.append(new("execute_result", data=text, execution_count=None))
