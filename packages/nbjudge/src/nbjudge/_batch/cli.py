"""nbgrader applications of our own: the same settings, words and options as nbgrader's."""

import logging
import os
import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, ClassVar

from nbgrader.apps.baseapp import NbGrader, nbgrader_aliases, nbgrader_flags
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from traitlets import Integer, Unicode, default

from nbjudge._batch import batch, troubles
from nbjudge._batch.closing import by_hand, closing
from nbjudge._files import printable
from nbjudge._kernel.sandbox import SandboxError
from nbjudge._model import Source, Status
from nbjudge._nbgrader import gradebook, plugins, privacy
from nbjudge._nbgrader.marks import Standing, standings

EXPECTED = (gradebook.CourseError, troubles.Stopped, SandboxError)  # said in one sentence


def run(command: type["Command"], argv: list[str]) -> int:
    """Run an application and give its exit code."""
    # nbgrader starts alembic by name when it makes a gradebook, also where no venv is activated.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)  # the database's troubles
    app = command()
    app.initialize(argv)
    try:
        if app.only_closed:
            privacy.require_closed(app.coursedir)
        return app.work()
    except EXPECTED as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. What is graded is kept: the next run goes on from there.", file=sys.stderr)
    return 1


class Command(NbGrader):
    """What all commands share: the first argument is the assignment's name."""

    most_arguments: ClassVar = 1
    only_closed: ClassVar = True  # not in a course that others on the machine can read

    @default("log_level")
    def _log_level_default(self) -> int:
        return logging.WARNING

    @property
    def assignment(self) -> str:
        """The assignment asked for. Exits when there is none, or when it is more than names."""
        names = [*self.extra_args, self.coursedir.assignment_id][: len(self.extra_args) or 1]
        if not 0 < len(names) <= self.most_arguments or not names[0]:
            self.fail("Say which assignment: nbjudge %s NAME", self.name.split("-")[1])
        return gradebook.known_assignment(self.coursedir, names[0])

    def work(self) -> int:
        """What the command does; gives its exit code."""
        raise NotImplementedError


class AutogradeCommand(Command):
    """Grade an assignment's submissions in the sandbox, on all cores."""

    name = "nbjudge-autograde"
    description = __doc__
    examples = """
        nbjudge autograde ps1
        nbjudge autograde ps1 --student=bitdiddle --force
        nbjudge autograde ps1 --scheduler=tcp://10.0.0.5:8786
    """

    workers = Integer(
        0, min=0, help="How many submissions are graded at once; 0: as many as there are cores."
    ).tag(config=True)
    scheduler = Unicode(
        "", help="The address of a dask.distributed scheduler, whose workers then do the grading."
    ).tag(config=True)
    report = Unicode("", help="A file for the report of the run, as JSON.").tag(config=True)

    aliases: ClassVar = {
        **nbgrader_aliases,
        "workers": "AutogradeCommand.workers",
        "scheduler": "AutogradeCommand.scheduler",
        "json": "AutogradeCommand.report",
    }
    flags: ClassVar = {
        **nbgrader_flags,
        "force": (
            {"BaseConverter": {"force": True}},
            "Grade again what has been graded.",
        ),
        "unsafe": (
            {"Grade": {"unsafe": True}},
            "Grade even where no sandbox can be had: a learner's code can then do all you can.",
        ),
    }

    @default("classes")
    def _classes_default(self) -> list[type]:
        return [*super()._classes_default(), plugins.Grade]

    def work(self) -> int:
        console = Console()
        with ProgressBar(console) as progress:
            executor, workers = self.executor()
            report = batch.autograde(
                self.coursedir,
                self.assignment,
                force=bool(self.config.BaseConverter.get("force")),
                executor=executor,
                workers=workers,
                on_progress=progress.step,
                say=console.print,
            )
        if self.report:
            Path(self.report).write_text(report.to_json(), encoding="utf-8")
        with gradebook.opened(self.coursedir) as book:
            given = gradebook.handed_in(self.coursedir, report.assignment)
            class_ = standings(self.coursedir, book, report.assignment, given)
        console.print(summary(report, class_))
        graded = sum(row.new for row in report.rows)
        console.print(
            f"{graded} graded, {len(report.rows) - graded} graded before, in "
            f"{report.seconds:.1f} s. Grades are in the gradebook.",
            highlight=False,
            soft_wrap=True,
        )
        for sentence in closing(report.assignment, class_):
            console.print(escape(sentence), highlight=False, soft_wrap=True)
        return 0 if report.complete else 1

    def executor(self) -> tuple[Executor | None, int | None]:
        """The workers asked for: none for processes of this machine."""
        if not self.scheduler:
            return None, self.workers or None
        try:
            from distributed import Client
        except ImportError:
            raise troubles.Stopped(
                "--scheduler needs dask.distributed, which is not installed here: "
                "pip install distributed"
            ) from None
        try:
            client = Client(self.scheduler, timeout=5, set_as_default=False)
        except (OSError, ValueError) as error:
            raise troubles.Stopped(f"No scheduler answers at {self.scheduler} ({error}).") from None
        return client.get_executor(), self.workers or sum(client.nthreads().values())


class LintCommand(Command):
    """Read an assignment's checks and say which cannot be judged, or do not check much."""

    name = "nbjudge-lint"
    description = __doc__
    examples = """
        nbjudge lint ps1
    """

    def work(self) -> int:
        folder = gradebook.folder_of(self.coursedir, "source", ".", self.assignment)
        notebooks = sorted(folder.glob("*.ipynb"))
        if not notebooks:
            raise gradebook.CourseError(f"There is no notebook in {folder}.")
        settings = plugins.Grade(parent=self)
        found = [
            complaint
            for path in notebooks
            for complaint in plugins.complaints(Source.read(path), settings)
        ]
        print("\n".join(found) if found else "Nothing to complain of.")
        return 1 if found else 0


class ProgressBar:
    """Progress, as a bar on a terminal and as lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self.console = console
        # Without a thread of its own: workers are forked from this process.
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            auto_refresh=False,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task("Grading", total=None, rate="")

    def __enter__(self) -> "ProgressBar":
        self.bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.bar.stop()

    def step(self, done: int, total: int, row: batch.Row) -> None:
        if self.console.is_terminal:
            speed = self.bar.tasks[0].speed
            rate = f"{speed:.1f}/s" if speed else ""
            self.bar.update(self.task, completed=done, total=total, rate=rate, refresh=True)
        else:
            student = printable(row.student)
            print(f"{done}/{total} {student}: {row.status}, {row.score:g}/{row.max_score:g}")


def summary(report: batch.Report, class_: Sequence[Standing] = ()) -> Table:
    """One line for each submission: the points of its checks, and how its written answers stand."""
    written = {one.student: by_hand(one) for one in class_}
    found = Table(title=report.assignment)
    for name in ("student", "status"):
        found.add_column(name, overflow="fold")
    for name in ("by checks", "written", "put right", "by hand", "seconds"):
        found.add_column(name, justify="right")
    for row in report.rows:
        status = f"[red]{row.status}[/]" if row.status is not Status.GRADED else row.status
        found.add_row(
            escape(printable(row.student)),
            status,
            f"{row.score:g} of {row.max_score:g}",
            written.get(row.student, ""),
            f"{row.damage or ''}",
            f"{row.by_hand or ''}",
            f"{row.seconds:.1f}" if row.new else "",
        )
    if count := max((row.in_kernel for row in report.rows), default=0):
        found.caption = (
            f"{count} checks ran in the learner's own kernel, as in plain nbgrader, by a tag."
        )
    return found
