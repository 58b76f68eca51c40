"""Honest submissions that need much of their time, on a machine that is busy with other things.

`graded_in` grades some, as a batch does, while other programs or a bad neighbour want the
processors too, and says which did not get their points. tools/load.py prints a table of that.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import nbformat

from nbjudge import Limits, Result, Source, Submission
from nbjudge._batch.pool import Pool, Task, judge
from nbjudge._kernel.forkserver import forkserver_for

new = nbformat.v4
BUSY = "while True: pass"
WORK = """
import time
def work(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
"""
# Where the time goes: in a cell, in a function that the check calls, in another process.
KINDS = {
    "cell": "work({need})\ndone = lambda: 1",
    "check": "def done(): work({need}); return 1",
    "child": """
import subprocess, sys
subprocess.run([sys.executable, "-S", "-c", {work!r} + "work({need})"], check=True)
done = lambda: 1
""",
}
# Each process in a session of its own: the system then shares a processor between them all and
# the neighbours, and not between this submission and its neighbours.
MANY = f"""
import subprocess, sys
crowd = [subprocess.Popen([sys.executable, "-S", "-c", {BUSY!r}], start_new_session=True)
         for _ in range(24)]
"""


def cell(role: str, source: str, points: int = 0) -> nbformat.NotebookNode:
    check, answer = role == "check", role == "answer"
    about = {
        "grade": check,
        "solution": answer,
        "locked": check,
        "schema_version": 3,
        "task": False,
    }
    about |= {"grade_id": role, "points": points} if check else {"grade_id": role}
    return new.new_code_cell(source, metadata={"nbgrader": about})


def notebook(answer: str, *more: str) -> str:
    cells = [cell("answer", answer), *map(new.new_code_cell, more)]
    return nbformat.writes(new.new_notebook(cells=[*cells, cell("check", "assert done() == 1", 1)]))


SOURCE = Source("a1", notebook("done = lambda: 1"))


@dataclass(frozen=True)
class Crowd:
    """What wants the processors too."""

    jobs: float = 0  # other programs, for each processor
    neighbour: bool = False  # a submission of 24 busy processes
    workers: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.jobs:g} other programs a processor"] if self.jobs else []
        parts += ["beside 24 busy processes"] if self.neighbour else []
        return ", ".join(parts) or "nothing else"


@contextmanager
def other_programs(number: int) -> Iterator[None]:
    jobs = [subprocess.Popen([sys.executable, "-S", "-c", BUSY]) for _ in range(number)]
    try:
        yield
    finally:
        for job in jobs:
            job.kill()
            job.wait()


@dataclass(frozen=True)
class Outcome:
    """How many honest submissions there were, the messages of those without their point, and the
    seconds by the clock that all of it took."""

    number: int
    hurt: list[str]
    seconds: float


def graded_in(crowd: Crowd, limits: Limits, shares: list[float]) -> Outcome:
    """Grade a submission for each share of its limit and each kind."""
    given = {}
    for kind in KINDS:
        most = limits.check_seconds if kind == "check" else limits.cell_seconds
        for share in shares:
            text = WORK + KINDS[kind].format(need=share * most, work=WORK)
            given[f"{kind} {share:g}"] = notebook(text)
    if crowd.neighbour:  # it stays for as long as it may
        waits = f"import time; time.sleep({0.9 * limits.cell_seconds})"
        long = int(limits.notebook_seconds / limits.cell_seconds) + 1
        given = {"neighbour": notebook(MANY, *[waits] * long)} | given
    tasks = (Task(name, SOURCE, Submission(text.encode()), "") for name, text in given.items())
    forkserver_for()
    pool = Pool(None, crowd.workers)
    pool.open()
    begun = time.monotonic()
    results: dict[str, Result] = {}
    try:
        with other_programs(round(crowd.jobs * len(os.sched_getaffinity(0)))):
            for task, result in pool.map(judge, limits, tasks):
                assert isinstance(task, Task) and result
                results[task.student] = result
                if given.keys() - results.keys() == {"neighbour"}:
                    break
    finally:
        pool.close()
    honest = given.keys() - {"neighbour"}
    assert results.keys() >= honest
    lost = [name for name in sorted(honest) if not results[name].score]
    said = [f"{name}: {results[name]['check'].message}" for name in lost]
    return Outcome(len(honest), said, time.monotonic() - begun)
