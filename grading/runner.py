"""Many submissions: graded by an Executor's workers, written into the gradebook here.

A run can be killed at any moment. What a worker has found is a file under .grading/ before
anything else happens to it, named by a digest of all that it depends on, so the next run takes
it up from there and ends in the same gradebook.
"""

import contextlib
import ctypes
import errno
import json
import multiprocessing
import os
import platform
import re
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import OperationalError

from grading import gradebook, plugins
from grading.model import Limits, Result, Source, Status, Submission, digest

Work = Callable[[Source, Submission, Limits], Result]
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
MOST_MEMORY = 4 << 30  # bytes of address space of one worker
AHEAD = 2  # submissions handed out for each worker, so that none waits while rows are written


class Stopped(Exception):
    """The run cannot go on; the text is one sentence for the teacher. The next run goes on."""


@dataclass(frozen=True)
class Task:
    """One notebook of one learner, still to be graded."""

    student: str
    source: Source
    submission: Submission
    digest: str


@dataclass(frozen=True)
class Row:
    """What became of one learner's submission. `seconds` is the time that grading took."""

    student: str
    status: Status
    score: float
    max_score: float
    damage: int
    seconds: float
    new: bool  # graded in this run, not in an earlier one


@dataclass
class Report:
    """What a run did: one row for each submission, sorted by learner."""

    assignment: str
    limits: Limits
    begun: str
    versions: dict[str, str]
    sandbox: str = ""
    seconds: float = 0.0
    expected: int = 0
    rows: list[Row] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every submission has a result."""
        return len(self.rows) == self.expected

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "complete": self.complete}, indent=1)


def autograde(
    course: CourseDirectory,
    assignment: str,
    students: list[str] | None = None,
    force: bool = False,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: Callable[[int, int, Row], None] = lambda done, total, row: None,
    say: Callable[[str], None] = print,
    work: Work | None = None,
) -> Report:
    """Grade an assignment's submissions and write them into the gradebook.

    `students` are ids, by default all that `course.student_id` matches. `force` grades anew what
    was graded before. `executor` is any concurrent.futures.Executor whose workers can import this
    package; by default processes of this machine, `workers` of them. `work` grades one notebook;
    it is sent to the workers, and by default it is `grade` in a warm sandbox.

    Raises CourseError where the course is not ready, SandboxError where there is no sandbox,
    Stopped where the disk is full or the gradebook's server is gone.
    """
    with gradebook.lock(course, say), readable_troubles():
        return Run(course, assignment, students, force, executor, workers, say, work).all(
            on_progress
        )


class Run:
    """One run over one assignment, by the process that holds the lock."""

    def __init__(
        self,
        course: CourseDirectory,
        assignment: str,
        students: list[str] | None,
        force: bool,
        executor: Executor | None,
        workers: int | None,
        say: Callable[[str], None],
        work: Work | None,
    ) -> None:
        self.course, self.assignment, self.force = course, assignment, force
        self.settings = plugins.Grade(parent=course.parent)
        self.limits = self.settings.all_limits
        self.sources = gradebook.sources(course, assignment)
        handed_in = gradebook.handed_in(course, assignment)
        named = [student for student in handed_in if is_text(student)]
        for odd in set(handed_in) - set(named):
            say(
                f"The name of the folder {odd!a} is not in UTF-8, so it can't be graded: rename it."
            )
        self.students = named if students is None else sorted(set(students) & set(named))
        if not self.students:
            raise gradebook.CourseError(f"Nobody has handed in {assignment!r}.")
        self.records = gradebook.private(course) / assignment
        self.to_grade: dict[str, set[str]] = {}  # names of notebooks, by student
        self.report = Report(assignment, self.limits, datetime.now().isoformat(), versions())
        left_out = len(handed_in) - len(named) if students is None else 0
        self.report.expected = len(self.students) + left_out
        self.work = work or partial(judge, unsafe=self.settings.unsafe)
        if not work and not executor:
            # Both are here for the workers, which are forked from this process.
            self.report.sandbox = str(plugins.warm_up(self.sources, self.settings).form)
            import_module("grading.judge")
        self.pool = Pool(executor, workers)

    def all(self, on_progress: Callable[[int, int, Row], None]) -> Report:
        """Grade and write everything, and leave a record of the run."""
        begun = time.monotonic()
        gradebook.backup(self.course)
        self.pool.open()  # before the gradebook: forked workers must not share its connection
        self.writer = gradebook.Writer(self.course, self.assignment)
        try:
            for student, new in self.graded():
                self.report.rows.append(self.write(student, new))
                self.writer.close()
                on_progress(len(self.report.rows), self.report.expected, self.report.rows[-1])
        finally:
            self.pool.close()
            self.writer.close()
        self.report.rows.sort(key=lambda row: row.student)
        self.report.seconds = time.monotonic() - begun
        stamp = self.report.begun.replace(":", "-")
        gradebook.put_safely(self.records / f"run-{stamp}.json", self.report.to_json())
        return self.report

    # Grading

    def graded(self) -> Iterator[tuple[str, bool]]:
        """Learners whose notebooks are all graded, as they come, and whether that is new."""
        for task, result in self.pool.map(self.work, self.limits, self.tasks()):
            if isinstance(task, str):
                yield task, False
                continue
            record = self.record(task.student, task.source)
            gradebook.put_safely(record, f"{task.digest}\n{result.to_json()}")
            self.to_grade[task.student].remove(task.source.name)
            if not self.to_grade[task.student]:
                yield task.student, True

    def tasks(self) -> Iterator[Task | str]:
        """What is to be graded, or the name of a learner of whom nothing is."""
        for student in self.students:
            tasks = [task for source in self.sources if (task := self.task(student, source))]
            self.to_grade[student] = {task.source.name for task in tasks}
            yield from tasks or [student]

    def task(self, student: str, source: Source) -> Task | None:
        folder = gradebook.folder_of(self.course, "submitted", student, self.assignment)
        submission = plugins.hand_in(folder, source, self.sources, self.limits)
        key = digest(source.digest, submission.digest, repr(submission.notes), repr(self.limits))
        task = Task(student, source, submission, digest(key, version()))
        return None if not self.force and self.recorded(task) else task

    def record(self, student: str, source: Source) -> Path:
        """The file of a result: a line with the digest of what it is of, and the result."""
        return self.records / student / f"{source.name}.result"

    def recorded(self, task: Task) -> bool:
        try:
            with self.record(task.student, task.source).open(encoding="utf-8") as file:
                return file.readline().rstrip() == task.digest
        except OSError:
            return False

    # Writing

    def write(self, student: str, new: bool) -> Row:
        """Write one learner's results into the gradebook, if they are not there as they are."""
        found = {one.name: read_record(self.record(student, one)) for one in self.sources}
        results = {name: result for name, (_, result) in found.items()}
        key = digest(self.writer.due, *(each for each, _ in found.values()))
        mark = self.records / student / ".written"
        written = mark.exists() and mark.read_text() == key and self.writer.has(student)
        if new or not written:
            mark.unlink(missing_ok=True)
            self.writer.write(student, results)
            gradebook.put_safely(mark, key)
        return Row(
            student,
            plugins.combined(list(results.values())),
            sum(result.score for result in results.values()),
            sum(result.max_score for result in results.values()),
            sum(len(result.damage) for result in results.values()),
            sum(result.cost.get("seconds", 0.0) for result in results.values()),
            new,
        )


def is_text(name: str) -> bool:
    """Whether a file's name can be written into a database."""
    return os.fsencode(name).decode(errors="ignore") == name


def read_record(path: Path) -> tuple[str, Result]:
    key, _, text = path.read_text(encoding="utf-8").partition("\n")
    return key, Result.from_json(text)


# Workers


class Pool:
    """Runs tasks on an Executor, a bounded number at a time, and outlives workers that die.

    Without an executor of the caller's it has processes of its own, forked from this one, so
    that they share what it has imported and the process that kernels are forked from.
    """

    def __init__(self, executor: Executor | None, workers: int | None) -> None:
        self.given = executor
        self.executor = executor
        self.workers = workers or len(os.sched_getaffinity(0)) + 2
        self.processes: set[Any] = set()

    def open(self) -> None:
        """Start the workers, all of them while this process has no thread that a fork cuts off."""
        if self.given:
            return
        before = set(multiprocessing.active_children())
        context = multiprocessing.get_context("fork")
        self.executor = ProcessPoolExecutor(self.workers, context, settle)
        self.executor.submit(os.getpid).result()
        self.processes = set(multiprocessing.active_children()) - before

    def close(self) -> None:
        """Stop at once, without waiting for what is not done."""
        if self.given or not self.executor:
            return
        for process in self.processes:
            process.kill()
        self.executor.shutdown(cancel_futures=True)

    def map(
        self, work: Work, limits: Limits, tasks: Iterator[Task | str]
    ) -> Iterator[tuple[Task | str, Result | None]]:
        """Pairs of task and result as they come; what is no task comes back as it is."""
        flying: dict[Future[Result], Task] = {}
        for task in tasks:
            if isinstance(task, str):
                yield task, None
                continue
            try:
                future = self.executor.submit(work, task.source, task.submission, limits)
            except BrokenExecutor as error:
                future = Future()
                future.set_exception(error)
            flying[future] = task
            if len(flying) >= AHEAD * self.workers:
                yield from self.landed(flying, work, limits)
        while flying:
            yield from self.landed(flying, work, limits)

    def landed(
        self, flying: dict[Future[Result], Task], work: Work, limits: Limits
    ) -> Iterator[tuple[Task, Result]]:
        """What has ended by now, at least one. Takes it out of `flying`."""
        done, _ = wait(flying, return_when=FIRST_COMPLETED)
        if broken := any(isinstance(each.exception(), BrokenExecutor) for each in done):
            # One worker's death takes the pool along, and with it all that was under way.
            done, _ = wait(flying)
        landed = [(flying.pop(future), future) for future in done]
        if broken:
            self.close()
            self.open()
        for task, future in landed:
            if not (error := future.exception()):
                yield task, future.result()
            elif must_stop(error):
                raise error
            else:
                yield task, self.again(task, work, limits)

    def again(self, task: Task, work: Work, limits: Limits) -> Result:
        """A second try, by a worker of its own, whose death then says something of the task."""
        executor = self.given or ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), settle
        )
        try:
            return executor.submit(work, task.source, task.submission, limits).result()
        except Exception as error:
            if must_stop(error):
                raise
            return cannot_be_judged(task.source, f"grading it failed twice ({error!r})")
        finally:
            if not self.given:
                executor.shutdown()


def settle() -> None:
    """What a new worker does first: leave Ctrl-C to the coordinator, end when that ends, and hold
    no more memory than a worker needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import resource

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        # What a kernel sends, or a file holds, may swell here. The hard limit stays for kernels.
        resource.setrlimit(
            resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1])
        )


def judge(source: Source, submission: Submission, limits: Limits, unsafe: bool = False) -> Result:
    """`grade` as a worker runs it, with the warm process that it inherited or has made before.

    Raises SandboxError where there is no sandbox at all, and CannotBoxError where there is one,
    but not for this submission.
    """
    from grading.judge import grade, modules
    from grading.kernels import warm_for
    from grading.sandbox import SandboxError

    warm = warm_for(modules(source), unsafe=unsafe)
    try:
        return grade(source, submission, limits, warm)
    except SandboxError as error:
        warm.referee().kill()  # raises SandboxError when the warm process forks nothing any more
        raise CannotBoxError(str(error)) from error


class CannotBoxError(Exception):
    """No box could be made for one submission."""


def cannot_be_judged(source: Source, why: str) -> Result:
    from grading.judge import unjudged
    from grading.outline import outline

    return unjudged(outline(source), Status.CANNOT, why)


# Troubles


def must_stop(error: BaseException) -> bool:
    """Whether an error is one of the machine, which every other submission would meet too."""
    from grading.sandbox import SandboxError

    return isinstance(error, SandboxError) or full_disk(error) is not None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that led to it."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def full_disk(error: BaseException) -> BaseException | None:
    """The error of a full disk, here or at the gradebook's server, among the causes of an error."""
    for each in causes(error):
        said = getattr(each, "orig", each)  # what SQLAlchemy got from the database
        if isinstance(said, OSError) and said.errno in FULL:
            return said
        if isinstance(said, sqlite3.OperationalError) and re.search("full|disk I/O", str(said)):
            return said
        if getattr(said, "sqlstate", None) == "53100":  # PostgreSQL's disk_full
            return said
    return None


def server_gone(error: BaseException) -> BaseException | None:
    """What was said of a gradebook's server that can't be reached, or not any more."""
    for each in causes(error):
        if isinstance(each, OperationalError) and not isinstance(each.orig, sqlite3.Error):
            return each.orig
    return None


@contextlib.contextmanager
def readable_troubles() -> Iterator[None]:
    """Says in one sentence that the disk is full, or that the gradebook's server is gone."""
    try:
        yield
    except Exception as error:
        if full := full_disk(error):
            what, then = f"The disk is full ({first_line(full)})", "make room"
        elif gone := server_gone(error):
            what, then = f"The gradebook cannot be used ({first_line(gone)})", "mend that"
        else:
            raise
        raise Stopped(f"{what}. What is graded is kept: {then} and run again.") from error


def first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


@cache
def version() -> str:
    """A digest of this package: other code may find another result."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return digest({path.name: path.read_bytes() for path in files})


def versions() -> dict[str, str]:
    from importlib.metadata import version as installed

    names = ["nbgrader", "nbclient", "ipykernel", "jupyter_client"]
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "grading": version()[:12],
        **{name: installed(name) for name in names},
    }
