"""Many displays cost no question, also on a machine that is slow to read them."""

import time

import nbformat

from nbjudge import Source, Status, Submission, grade
from nbjudge._kernel.client import CappedClient
from small_course import RIGHT, sums

SHOWN = 60
SECONDS = 5  # to read them all: nbclient alone waits for 4


def test_a_display_in_a_loop_costs_no_question(monkeypatch):
    output = CappedClient.output

    def slow(self, *args):
        time.sleep(SECONDS / SHOWN)
        return output(self, *args)

    monkeypatch.setattr(CappedClient, "output", slow)
    source = Source("ps1", nbformat.writes(sums()))
    notebook = sums()
    for cell in notebook.cells:
        cell.source = RIGHT.get(cell.metadata.nbgrader.grade_id, cell.source)
        if cell.metadata.nbgrader.grade_id == "add":
            cell.source = f"for number in range({SHOWN}):\n    display(number)\n{cell.source}"
    result = grade(source, Submission(nbformat.writes(notebook).encode()))
    assert (result.status, result.score) == (Status.GRADED, 3), result.checks
    shown = next(cell for cell in nbformat.reads(result.notebook, 4).cells if cell.get("outputs"))
    assert len(shown.outputs) == SHOWN
