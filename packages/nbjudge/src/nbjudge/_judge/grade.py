"""`grade(source, submission)`: the pure core. No course tree, no gradebook.

The learner's cells run in a kernel inside the sandbox. Each check runs in the check runner, a
trusted process, which asks that kernel for the values of the names that the check uses. A check
that has not demonstrably run to its end has no points.
"""

import asyncio
import json
import threading
import time
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any

from nbjudge._assignment.matching import repair
from nbjudge._assignment.names import modules_of
from nbjudge._assignment.outline import Outline, Role, outline
from nbjudge._assignment.reading import Unreadable
from nbjudge._judge.session import Session
from nbjudge._judge.verdicts import notebook_text, write_verdict
from nbjudge._kernel.forkserver import ForkServer, forkserver_for
from nbjudge._model import Check, Damage, Limits, Result, Source, Status, Submission

EMPTY = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def grade(
    source: Source,
    submission: Submission,
    limits: Limits | None = None,
    forkserver: ForkServer | None = None,
) -> Result:
    """Repair, run and judge one submission.

    Depends on nothing but its arguments, and writes nothing but private temporary folders.
    `forkserver` is the process to fork from; without one, this process keeps one for itself.
    Raises SandboxError where no safe kernel can be had, unless it is a `ForkServer(unsafe=True)`
    of `nbjudge._kernel.forkserver`, which is not public.
    """
    limits = limits or Limits()
    plan = outline(source)
    if lost := {name: submission.unreadable[name] for name in unreadable(source, submission)}:
        said = ", ".join(f"{name} ({why})" for name, why in [*lost.items()][:3])
        return unjudged(plan, Status.CANNOT, f"what was handed in cannot be read: {said}")
    if submission.notebook is None:
        if submission.notes:  # there is something, which is not one notebook of a fair size
            return unjudged(plan, Status.CANNOT, submission.notes[0])
        return unjudged(plan, Status.MISSING, "no notebook was handed in")
    if not plan.is_python:
        return unjudged(plan, Status.CANNOT, f"the notebook is in {plan.language}, not in Python")
    begun = time.monotonic()
    try:
        repaired = repair(plan, submission.notebook)
    except Unreadable as error:
        return unjudged(plan, Status.CANNOT, str(error))
    took = time.monotonic() - begun
    forkserver = forkserver or forkserver_for(modules(source))
    session = Session(source, submission, plan, modules(source), repaired, limits, forkserver)
    session.cost["repair"] = took
    in_own_loop(session.all())
    notes = [*submission.notes, *session.left_out]
    return session.result((*(Damage("", note) for note in notes), *repaired.damage))


def unreadable(source: Source, submission: Submission) -> list[str]:
    """What could not be read of a submission, where no file of the teacher's takes its place."""
    return [name for name in submission.unreadable if name not in source.files]


def modules(source: Source) -> tuple[str, ...]:
    """What the source imports, but for modules that lie beside it."""
    return _modules(source.notebook, tuple(source.files))


@lru_cache(maxsize=64)
def _modules(notebook: str, files: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(modules_of(notebook, files))


def in_own_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end, also where this thread has a running loop, as in a Jupyter server."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
        return
    troubles: list[BaseException] = []

    def alone() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            troubles.append(error)

    thread = threading.Thread(target=alone)
    thread.start()
    thread.join()
    if troubles:
        raise troubles[0]


def unjudged(plan: Outline, status: Status, said: str) -> Result:
    """The result for a submission of which nothing could be run: 0, and why, in each check."""
    repaired = repair(plan, EMPTY)
    checks = []
    for cell, step in zip(repaired.cells, repaired.steps, strict=True):
        if step and step.role is Role.CHECK:
            checks.append(Check(step.grade_id, status, 0.0, step.points, said))
            write_verdict(cell, checks[-1])
    return Result(
        status,
        tuple(checks),
        (Damage("", said),),
        notebook_text(repaired.cells, plan),
        {"kernels": 0},
    )
