"""Many submissions: graded by an Executor's workers, written into the gradebook here.

A run can be killed at any moment. What a worker has found is a file under .grading/ before
anything else happens to it, named by a digest of all that it depends on, so the next run takes
it up from there and ends in the same gradebook.
"""

import json
import platform
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from nbjudge import _files
from nbjudge._assignment.outline import outline
from nbjudge._batch.pool import Pool, Task, Work, judge
from nbjudge._batch.troubles import must_stop, of_gradebook, readable_troubles
from nbjudge._judge.trial import Trial
from nbjudge._model import Limits, Result, Source, Status, Submission
from nbjudge._nbgrader import gradebook, marks, plugins
from nbjudge._nbgrader.trials import sentence, trial_of, version


@dataclass(frozen=True)
class Row:
    """What became of one learner's submission. `seconds` is the time that grading took."""

    student: str
    status: Status
    score: float
    max_score: float
    damage: int
    by_hand: int  # checks that could not be judged, and that a person has to mark
    in_kernel: int  # checks that ran in the learner's kernel, by their author's wish
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
    it is sent to the workers, and by default it is `grade` in the sandbox.

    Raises CourseError where the course is not ready, SandboxError where there is no sandbox,
    Stopped where the disk is full or the gradebook's server is gone.
    """
    with readable_troubles(course), gradebook.lock(course, say):
        return Batch(course, assignment, students, force, executor, workers, say, work).all(
            on_progress
        )


class Batch:
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
        self.course, self.assignment, self.force, self.say = course, assignment, force, say
        self.settings = plugins.Grade(parent=course.parent)
        self.limits = self.settings.all_limits
        self.sources = gradebook.sources(course, assignment)
        handed_in = gradebook.handed_in(course, assignment)
        named = [student for student in handed_in if _files.is_text(student)]
        for unreadable in set(handed_in) - set(named):
            say(
                f"The name of the folder {unreadable!a} is not in UTF-8, so it can't be graded: "
                "rename it."
            )
        self.students = named if students is None else sorted(set(students) & set(named))
        if not self.students:
            raise gradebook.CourseError(f"Nobody has handed in {assignment!r}.")
        self.results = gradebook.private(course) / assignment
        self.to_grade: dict[str, set[str]] = {}  # names of notebooks, by student
        self.report = Report(assignment, self.limits, datetime.now().isoformat(), versions())
        gradebook.check_writable(gradebook.folder_of(course, "autograded", ".", "."))
        left_out = len(handed_in) - len(named) if students is None else 0
        self.report.expected = len(self.students) + left_out
        self.work = work or partial(judge, unsafe=self.settings.unsafe)
        self.trials = {source.name: Trial() for source in self.sources}
        self.with_trials = self.settings.trial and not work
        if not work and not executor:
            # All this is here for the workers, which are forked from this process.
            self.report.sandbox = str(
                plugins.announced_forkserver(self.sources, self.settings).form
            )
            import_module("nbjudge._judge.grade")
            for source in self.sources:
                with suppress(ValueError):  # of a source that nbgrader could not release
                    outline(source)
        self.pool = Pool(executor, workers)

    def all(self, on_progress: Callable[[int, int, Row], None]) -> Report:
        """Grade and write everything, and leave a report of the run."""
        begun = time.monotonic()
        gradebook.backup(self.course)
        self.pool.open()  # before the gradebook: forked workers must not share its connection
        self.make_trials()
        self.writer = gradebook.Writer(self.course, self.assignment, self.sources, self.limits)
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
        _files.put_safely(self.results / f"run-{stamp}.json", self.report.to_json())
        return self.report

    def make_trials(self) -> None:
        """Grade the author's solution and the untouched release, and tell what is not right."""
        for source in self.sources if self.with_trials else ():

            def run(given: list[Submission], source: Source = source) -> list[Result]:
                tasks = [Task("", source, one, str(n)) for n, one in enumerate(given)]
                found = {
                    task.digest: result
                    for task, result in self.pool.map(self.work, self.limits, iter(tasks))
                    if isinstance(task, Task) and result
                }
                return [found[task.digest] for task in tasks]

            self.trials[source.name] = trial_of(self.course, source, self.limits, run)
            for complaint in self.trials[source.name].complaints():
                self.say(sentence(source, complaint))
        self.trials_in_text = [trial.to_json() for trial in self.trials.values()]

    # Grading

    def graded(self) -> Iterator[tuple[str, bool]]:
        """Learners whose notebooks are all graded, as they come, and whether that is new."""
        for task, result in self.pool.map(self.work, self.limits, self.tasks()):
            if isinstance(task, str):
                yield task, False
                continue
            assert result
            path = self.result_file(task.student, task.source)
            _files.put_safely(path, f"{task.digest}\n{result.to_json()}")
            self.to_grade[task.student].remove(task.source.name)
            if not self.to_grade[task.student]:
                yield task.student, True

    def tasks(self) -> Iterator[Task | str]:
        """What is to be graded, or the name of a learner of whom nothing is."""
        for student in self.students:
            tasks = [task for source in self.sources if (task := self.task(student, source))]
            self.to_grade[student] = {task.source.name for task in tasks}
            yield from tasks
            if not tasks:
                yield student

    def task(self, student: str, source: Source) -> Task | None:
        folder = gradebook.folder_of(self.course, "submitted", student, self.assignment)
        submission = plugins.hand_in(folder, source, self.sources, self.limits)
        for name, why in submission.unreadable.items():
            self.say(f"{folder / name} cannot be read ({why}): make it readable, and run again.")
        key = _files.digest(
            source.digest, submission.digest, repr(submission.notes), repr(self.limits)
        )
        task = Task(student, source, submission, _files.digest(key, version()))
        return None if not self.force and self.is_known(task) else task

    def result_file(self, student: str, source: Source) -> Path:
        """The file of a result: a line with the digest of what it is of, and the result."""
        return self.results / student / f"{source.name}.result"

    def is_known(self, task: Task) -> bool:
        try:
            with self.result_file(task.student, task.source).open(encoding="utf-8") as file:
                return file.readline().rstrip() == task.digest
        except OSError:
            return False

    # Writing

    def write(self, student: str, new: bool) -> Row:
        """Write one learner's results into the gradebook, if they are not there as they are."""
        found = {one.name: read_result(self.result_file(student, one)) for one in self.sources}
        results = {name: self.trials[name].apply(result) for name, (_, result) in found.items()}
        key = _files.digest(
            self.writer.due, *(each for each, _ in found.values()), *self.trials_in_text
        )
        told = self.results / student / ".written"
        written = told.exists() and told.read_text() == key and self.writer.has(student)
        status = marks.combined(list(results.values()))
        score = sum(result.score for result in results.values())
        if new or not written:
            told.unlink(missing_ok=True)
            if self.is_written(student, results):
                _files.put_safely(told, key)
            else:
                status, score = Status.CANNOT, 0.0
        return Row(
            student,
            status,
            score,
            sum(result.max_score for result in results.values()),
            sum(len(result.damage) for result in results.values()),
            sum(len(result.unjudged) for result in results.values()),
            sum(check.in_kernel for result in results.values() for check in result.checks),
            sum(result.cost.get("seconds", 0.0) for result in results.values()),
            new,
        )

    def is_written(self, student: str, results: dict[str, Result]) -> bool:
        """Whether one learner's results could be written: if need be, without their other files.

        One learner's trouble stops nobody else, so it is said and not raised, unless it is the
        machine's or the gradebook's. The next run tries again.
        """
        for copy in (True, False):
            try:
                self.writer.write(student, results, copy)
                return True
            except Exception as error:
                if must_stop(error) or of_gradebook(error):
                    raise
                self.writer.close()  # and with it what is half written
                what = "files of" if copy else "results of"
                self.say(f"The {what} {_files.printable(student)} cannot be written ({error}).")
        return False


def read_result(path: Path) -> tuple[str, Result]:
    key, _, text = path.read_text(encoding="utf-8").partition("\n")
    return key, Result.from_json(text)


def versions() -> dict[str, str]:
    from importlib.metadata import version as installed

    names = ["nbgrader", "nbclient", "ipykernel", "jupyter_client"]
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "nbjudge": version()[:12],
        **{name: installed(name) for name in names},
    }
