"""Tries an assignment out: grades what its author wrote, and what learners are given."""

import nbformat

from nbjudge._assignment.lint import Complaint
from nbjudge._assignment.outline import outline
from nbjudge._judge.grade import grade
from nbjudge._model import Source, Status, Submission


def trial(source: Source) -> list[Complaint]:
    """Grade the reference solution and the untouched release, and complain of what is not right.

    The reference has to get all points. The release has to get none, with each check judged.
    Runs the source's code in the sandbox; raises what `grade` raises.
    """
    handed_in = {
        "the reference solution": source.notebook.encode(),
        "the untouched release": released(source),
    }
    complaints = []
    for what, notebook in handed_in.items():
        for check in grade(source, Submission(notebook, source.files)).checks:
            wanted = 0.0 if what == "the untouched release" else check.max_score
            why = check.message.strip().rstrip(".")
            points = f"{check.score:g} of {check.max_score:g} points"
            if check.status is not Status.GRADED:
                said = f"With {what} the check {check.status.verb}: {why}."
            elif check.score != wanted:
                said = f"{what.capitalize()} gets {points}" + (f": {why}." if why else ".")
            else:
                continue
            complaints.append(Complaint(check.name, 0, said))
    return complaints


def released(source: Source) -> bytes:
    """The notebook that a learner is given."""
    nb = nbformat.reads(source.notebook, as_version=4)
    for cell, step in zip(nb.cells, outline(source).steps, strict=True):
        cell.source = step.released
    return nbformat.writes(nb).encode()
