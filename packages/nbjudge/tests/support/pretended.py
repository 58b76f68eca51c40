"""Substitutes for grade(), which cost nothing to import: a worker that is spawned does so anew."""

import os
import time

import nbformat
from nbformat.v4 import new_output

from nbjudge._model import Check, Damage, Limits, Result, Source, Status, Submission, overall


def pretend(source: Source, submission: Submission, limits: Limits) -> Result:
    """A substitute for grade(): every check passes, but of an answer that says WRONG.

    Writes a line into the file named by PRETEND_LOG, and takes PRETEND_SECONDS.
    """
    if path := os.environ.get("PRETEND_LOG"):
        with open(path, "ab", buffering=0) as log:
            log.write(f"{time.time()} {os.getpid()}\n".encode())
    time.sleep(float(os.environ.get("PRETEND_SECONDS", 0)))
    given, own, last = {}, {}, None
    if submission.notebook is not None:
        for cell in nbformat.reads(submission.notebook.decode(), as_version=4).cells:
            if name := cell.metadata.get("nbgrader", {}).get("grade_id"):
                last = name
                given[name] = cell.source
            else:
                own.setdefault(last, []).append(cell)
    if "DIES" in given.values():
        os._exit(3)
    executed = nbformat.reads(source.notebook, as_version=4)
    checks = []
    wrong = not given
    for cell in executed.cells:
        about = cell.metadata.nbgrader
        cell.source = source.texts[about.grade_id]
        if about.solution or about.task:
            cell.source = given.get(about.grade_id, cell.source)
            wrong = not given or "WRONG" in cell.source
        elif about.grade:
            status = Status.GRADED if given else Status.MISSING
            said = "wrong" if wrong else ""
            score = 0.0 if wrong else about.points
            checks.append(Check(about.grade_id, status, score, about.points, said))
            if wrong:
                cell.outputs = [new_output("error", ename="AssertionError", evalue=said)]
    executed.cells = [
        one
        for cell in executed.cells
        for one in (cell, *own.get(cell.metadata.nbgrader.grade_id, ()))
    ]
    damage = () if given else (Damage("", "no notebook was handed in"),)
    damage += tuple(Damage("", note) for note in submission.notes)
    cost = {"seconds": 0.1}
    return Result(overall(tuple(checks)), tuple(checks), damage, nbformat.writes(executed), cost)


def swells(source: Source, submission: Submission, limits: Limits) -> Result:
    """The same, but of a notebook that says SWELLS it takes more memory than a worker may."""
    if b"SWELLS" in (submission.notebook or b""):
        bytearray(8 << 30)  # asked for, never touched
    return pretend(source, submission, limits)


def fails(source: Source, submission: Submission, limits: Limits) -> Result:
    """The same, but of a notebook that says WRONG it raises an error that nobody foresaw."""
    if b"WRONG" in (submission.notebook or b""):
        raise ValueError("a defect of ours")
    return pretend(source, submission, limits)
