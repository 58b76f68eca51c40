"""The commands `nbjudge feedback NAME` and `nbjudge report NAME`."""

from pathlib import Path
from typing import ClassVar

from nbgrader.apps.baseapp import nbgrader_aliases, nbgrader_flags
from rich.console import Console
from rich.markup import escape
from traitlets import Bool

from nbjudge._batch.cli import Command
from nbjudge._batch.closing import closing
from nbjudge._feedback.pages import Pages
from nbjudge._files import printable
from nbjudge._nbgrader import gradebook


class ReportCommand(Command):
    """Report on a class: what to teach again, which questions worked, and who needs a talk."""

    name = "nbjudge-report"
    description = __doc__
    examples = """
        nbjudge report ps1
        nbjudge report ps1 --hide-names
    """

    hide_names = Bool(False, help="Leave names and ids of learners out.").tag(config=True)

    aliases: ClassVar = nbgrader_aliases
    flags: ClassVar = {
        **nbgrader_flags,
        "hide-names": (
            {"ReportCommand": {"hide_names": True}},
            "Leave names and ids of learners out, to show the report to others.",
        ),
    }

    def work(self) -> int:
        from nbjudge._feedback.report import class_report, write_report  # needs pandas

        report = class_report(self.coursedir, self.assignment)
        if not report.came:
            raise gradebook.CourseError(
                f"Nobody is graded in {self.assignment!r}: run nbjudge autograde first."
            )
        folder = Path(self.coursedir.root, "reports", self.assignment)
        path = write_report(report, folder, self.hide_names)
        print(f"The report is in {path}, its tables are beside it.")
        return 0


class FeedbackCommand(Command):
    """Make a page of feedback for each learner, from the gradebook as it is now."""

    name = "nbjudge-feedback"
    description = __doc__
    examples = """
        nbjudge feedback ps1
        nbjudge feedback ps1 --student=bitdiddle
    """

    aliases: ClassVar = nbgrader_aliases
    flags: ClassVar = nbgrader_flags

    def work(self) -> int:
        console = Console()
        only = None if "*" in self.coursedir.student_id else [self.coursedir.student_id]
        pages = Pages(self.coursedir, self.assignment, only)
        made = troubles = 0
        for one, trouble in pages.write():
            if trouble:
                troubles += 1
                name = printable(one.student)
                console.print(escape(f"{name}: no page ({trouble})."), soft_wrap=True)
            else:
                made += 1
        where = gradebook.folder_of(self.coursedir, "feedback", "LEARNER", self.assignment)
        console.print(escape(f"{made} pages, in {where}."), highlight=False, soft_wrap=True)
        *said, step = closing(self.assignment, list(pages.standings.values()))
        unmarked = any(one.waiting for one in pages.standings.values())
        for sentence in [*said, step] if unmarked else said:
            console.print(escape(sentence), highlight=False, soft_wrap=True)
        if unmarked:
            console.print("Pages say what waits; make them again when all is marked.")
        return 1 if troubles else 0
