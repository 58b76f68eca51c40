"""The commands `nbjudge collect` and `nbjudge return`."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.apps.baseapp import nbgrader_aliases, nbgrader_flags
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table
from traitlets import Bool, Enum, Unicode

from nbjudge._batch.cli import Command
from nbjudge._files import printable
from nbjudge._nbgrader.gradebook import CourseError
from nbjudge._platform.archives import Arrival
from nbjudge._platform.collect import PLATFORMS, Collection, collect
from nbjudge._platform.hand_back import HowFar, Return, return_all

SLOW = 2.0  # seconds after which a bar shows how far it is
MOST_NAMED = 12  # in one line


class CollectCommand(Command):
    """Take in the submissions that a platform lets you download.

    The first file is the zip of all submissions (or a folder of files), the second the grading
    worksheet (Moodle), the export of the gradebook (Canvas), or a roster with the heading id.
    From them come the learners' names, who is missing and who is late. Nothing is uploaded.
    """

    name = "nbjudge-collect"
    description = __doc__
    examples = """
        nbjudge collect ps1 submissions.zip worksheet.csv
        nbjudge collect ps1 submissions.zip worksheet.csv --timezone=Europe/Berlin
        nbjudge collect ps1 folder/ roster.csv
    """
    most_arguments: ClassVar = 3

    platform = Enum(
        ["", *PLATFORMS], "", help="Who made the files; by default they say so themselves."
    ).tag(config=True)
    timezone = Unicode(
        "", help="The time zone of the worksheet's times, such as Europe/Berlin; this machine's."
    ).tag(config=True)

    aliases: ClassVar = {
        **nbgrader_aliases,
        "platform": "CollectCommand.platform",
        "timezone": "CollectCommand.timezone",
    }

    def work(self) -> int:
        console = Console()
        assignment = self.assignment
        if len(self.extra_args) < 2:
            raise CourseError(
                f"Say which file to collect: nbjudge collect {assignment} SUBMISSIONS.zip "
                "WORKSHEET.csv"
            )
        files = [Path(text) for text in self.extra_args[1:]]
        with SlowBar(console, "Reading") as step:
            found = collect(
                self.coursedir,
                assignment,
                files[0],
                files[1] if len(files) > 1 else None,
                self.platform,
                self.zone(),
                step,
            )
        show_collection(console, found)
        return 0

    def zone(self) -> ZoneInfo | None:
        try:
            return ZoneInfo(self.timezone) if self.timezone else None
        except (ZoneInfoNotFoundError, ValueError):
            raise CourseError(
                f"There is no time zone {self.timezone!r}: give one such as Europe/Berlin."
            ) from None


class ReturnCommand(Command):
    """Give grades and feedback back: the same worksheet, filled in, and one zip of pages.

    Both are made in returned/NAME, to be uploaded where you downloaded them. Nothing is made
    while a grade is undecided, but with --partial: then learners who wait for a mark get their
    page, and no grade yet. A grade that is not there leaves its field as it was, and is never 0.
    """

    name = "nbjudge-return"
    description = __doc__
    examples = """
        nbjudge return ps1
        nbjudge return ps1 --partial
        nbjudge return ps1 --column="Problem set 1 (1234)"
        nbjudge return ps1 named-submissions.zip gradebook.csv
    """
    most_arguments: ClassVar = 3

    partial = Bool(False, help="Return what is decided, and pages of what is marked so far.").tag(
        config=True
    )
    scale = Bool(
        False, help="Turn points into the platform's, where its best grade is another one."
    ).tag(config=True)
    column = Unicode("", help="The heading of the column that takes the grades.").tag(config=True)

    aliases: ClassVar = {**nbgrader_aliases, "column": "ReturnCommand.column"}
    flags: ClassVar = {
        **nbgrader_flags,
        "partial": (
            {"ReturnCommand": {"partial": True}},
            "Return what is decided, and pages of what is marked so far.",
        ),
        "scale": (
            {"ReturnCommand": {"scale": True}},
            "Turn points into the platform's, where its best grade is another one.",
        ),
    }

    def work(self) -> int:
        console = Console()
        assignment = self.assignment
        files = [Path(text) for text in self.extra_args[1:]]
        if len(files) == 1:
            raise CourseError(
                "Two files go together: the download with names, and the gradebook's export."
            )
        with SlowBar(console, "Returning") as step:
            result = return_all(
                self.coursedir,
                assignment,
                self.partial,
                self.scale,
                self.column,
                (files[0], files[1]) if files else None,
                step,
            )
        show_return(console, result)
        return 1 if result.undecided and not self.partial else 0


class SlowBar:
    """A bar that is seen once something has taken two seconds; a context."""

    def __init__(self, console: Console, what: str) -> None:
        self.bar = Progress(console=console, transient=True, auto_refresh=False)
        self.task = self.bar.add_task(what, total=None)
        self.terminal = console.is_terminal
        self.begun = time.monotonic()
        self.shown = False

    def __enter__(self) -> Callable[[int, int], None]:
        return self.step

    def step(self, done: int, total: int) -> None:
        if not self.terminal or time.monotonic() - self.begun < SLOW:
            return
        if not self.shown:
            self.bar.start()
            self.shown = True
        self.bar.update(self.task, completed=done, total=total, refresh=True)

    def __exit__(self, *_: Any) -> None:
        if self.shown:
            self.bar.stop()


def show_collection(console: Console, found: Collection) -> None:
    """Who is not plainly collected, line by line, and everybody in numbers."""
    table = Table(title=f"{found.assignment}, from {PLATFORMS[found.platform].title}")
    for heading in ("learner", "name", "arrival", "remarks"):
        table.add_column(heading, overflow="fold")
    for one in found.learners:
        if one.arrival is not Arrival.COLLECTED or one.remarks:
            color = "red" if one.arrival is not Arrival.COLLECTED else ""
            arrival = f"[{color}]{one.arrival}[/]" if color else str(one.arrival)
            texts = (one.learner.key, one.learner.full_name)
            remarks = "; ".join([*one.remarks, one.arrival.sentence] if one.arrival else [])
            table.add_row(*map(cell_text, texts), arrival, cell_text(remarks.strip("; ")))
    if table.row_count:
        console.print(table)
    say = plain_printer(console)
    counts = ", ".join(f"{number} {arrival}" for arrival, number in found.counts().most_common())
    say(f"{len(found.learners)} learners: {counts}.")
    if found.strangers:
        say(
            f"Not in the roster, and not collected: {some_of(found.strangers)}. "
            "If they are in your class, download the worksheet again."
        )
    if found.strays:
        say(f"Files that are nobody's: {some_of(found.strays)}.")
    for notice in found.notices:
        say(notice)
    say(f"Next: nbjudge autograde {found.assignment}")


def show_return(console: Console, result: Return) -> None:
    """What was made, who is left, and what comes next."""
    say = plain_printer(console)
    groups = {
        standing: [grade for grade in result.grades if grade.standing is standing]
        for standing in HowFar
    }
    for standing in (HowFar.UNGRADED, HowFar.WAITS, HowFar.MISSING):
        if group := groups[standing]:
            named = some_of([grade.who.called for grade in group])
            say(f"{standing.capitalize()} ({len(group)}): {named}.")
    for grade in groups[HowFar.PERSON]:
        say(f"{grade.who.called} {grade.standing}: {grade.reason}")
    for notice in result.notices:
        say(notice)
    if result.without_page:
        say(f"Without a page that can be sent: {some_of(result.without_page)}.")
    if result.sheet:
        say(f"Grades: {result.filled}, out of {result.out_of:g}, in {result.sheet}")
    if result.pages:
        say(f"Pages: {result.sent}, in {result.pages}")
    if result.sheet or result.pages:
        say("Next: upload what is in this folder where you downloaded it.")
    elif groups[HowFar.UNGRADED]:
        say(f"Nothing was made. Next: nbjudge autograde {result.assignment}")
    elif result.undecided:
        step = f"nbjudge mark {result.assignment}, or add --partial for the others"
        say(f"Nothing was made. Next: {step}.")


def plain_printer(console: Console) -> Callable[[str], None]:
    """Prints one line as it is: a path or a command is not cut, and no name is markup."""
    return lambda text: console.print(
        printable(text), highlight=False, soft_wrap=True, markup=False
    )


def cell_text(text: str) -> str:
    return escape(printable(text))


def some_of(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
