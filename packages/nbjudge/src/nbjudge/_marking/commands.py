"""The command `nbjudge mark NAME [QUESTION]`."""

import webbrowser
from typing import ClassVar

from nbgrader.apps.baseapp import nbgrader_aliases, nbgrader_flags
from traitlets import Bool, Integer

from nbjudge._batch.cli import Command
from nbjudge._batch.closing import closing
from nbjudge._feedback.pages import Pages
from nbjudge._files import printable
from nbjudge._marking.desk import Desk
from nbjudge._marking.server import MarkingServer
from nbjudge._nbgrader import gradebook, privacy
from nbjudge._nbgrader.marks import standings


class MarkCommand(Command):
    """Mark by question: all answers to one question on one page, names hidden, keys for points.

    Prints the address of a page that no other machine can reach, and opens it in a browser unless
    others have accounts here. QUESTION is the grade id of a question; without it, the page lists
    all. Each mark is saved in the gradebook when it is given. A button on the page ends it, and so
    do Control and C here.
    """

    name = "nbjudge-mark"
    description = __doc__
    examples = """
        nbjudge mark ps1
        nbjudge mark ps1 essay
        nbjudge mark ps1 --no-browser --port=8123
    """
    most_arguments: ClassVar = 2

    port = Integer(0, min=0, max=65_535, help="The port of the page; 0: one that is free.").tag(
        config=True
    )
    browser = Bool(True, help="Open the page in a browser.").tag(config=True)

    aliases: ClassVar = {**nbgrader_aliases, "port": "MarkCommand.port"}
    flags: ClassVar = {
        **nbgrader_flags,
        "no-browser": (
            {"MarkCommand": {"browser": False}},
            "Print the address, and open no browser.",
        ),
    }

    def work(self) -> int:
        assignment = self.assignment
        desk = Desk(self.coursedir, assignment)
        questions = desk.questions()
        if len(self.extra_args) > 1:
            number: int | None = desk.number_of(self.extra_args[1])
        else:
            number = questions[0][0] if len(questions) == 1 else None
        if not questions:
            raise gradebook.CourseError(f"There is nothing in {assignment!r} that a person marks.")
        try:
            server = MarkingServer(desk, self.port)
        except OSError as error:
            raise gradebook.CourseError(
                f"The port {self.port} cannot be used ({error.strerror}): name another one."
            ) from None
        address = server.address(number)
        print(f"Mark here: {address}", flush=True)
        # A browser's command line, and with it the token, can be read by other accounts.
        if self.browser and not privacy.other_people():
            webbrowser.open(address)
        print("End it by the button on the page, or here by Control and C.", flush=True)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            print()
        finally:
            server.server_close()
        self.finish(desk)
        return 0

    def finish(self, desk: Desk) -> None:
        """Make pages anew that show older marks, and say what is left."""
        there = [
            student
            for student in sorted(desk.marked)
            if gradebook.folder_of(self.coursedir, "feedback", student, desk.assignment).is_dir()
        ]
        changed = len(desk.marked)
        said = f"Learners whose marks or comments have changed: {changed}. All is in the gradebook."
        print(said if changed else "No mark has changed.")
        if there:
            pages = list(Pages(self.coursedir, desk.assignment, there).write())
            made = sum(not trouble for _, trouble in pages)
            print(f"Pages of feedback that were there, made anew: {made}.")
            for one, trouble in pages:
                if trouble:
                    print(f"{printable(one.student)}: no page ({trouble}).")
        with gradebook.opened(self.coursedir) as book:
            given = gradebook.handed_in(self.coursedir, desk.assignment)
            for sentence in closing(
                desk.assignment, standings(self.coursedir, book, desk.assignment, given)
            ):
                print(sentence)
