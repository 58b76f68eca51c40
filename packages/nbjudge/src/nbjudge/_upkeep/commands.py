"""The commands `nbjudge doctor` and `nbjudge forget`."""

import difflib
from typing import ClassVar

from nbgrader.apps.baseapp import nbgrader_flags
from traitlets import Bool

from nbjudge._batch.cli import Command
from nbjudge._batch.troubles import readable_troubles
from nbjudge._files import printable
from nbjudge._nbgrader.gradebook import CourseError, opened, sources_folder
from nbjudge._upkeep.doctor import examine
from nbjudge._upkeep.forget import Kept, forget, kept_of


class DoctorCommand(Command):
    """Look at the machine and the course, and say what is not in order and how to mend it.

    Versions, the sandbox, who can read the course, the gradebook, the roster, due dates. The exit
    code is 1 when something is to be mended.
    """

    name = "nbjudge-doctor"
    description = __doc__
    examples = """
        nbjudge doctor
    """
    only_closed: ClassVar = False

    def work(self) -> int:
        sources_folder(self.coursedir)
        trouble = 0
        for finding in examine(self.coursedir):
            sign = "look" if finding.mend else "ok"
            print(f"{sign:<5} {printable(f'{finding.about}: {finding.what}')}", flush=True)
            if finding.mend:
                trouble += 1
                print(f"      {printable(finding.mend)}")
        return 1 if trouble else 0


class ForgetCommand(Command):
    """Remove what the course folder keeps of one learner, by id.

    Without --yes it only says what that is. The copies of the gradebook go, too, since the
    learner is in each of them, and the folders returned and reports: make them again. It names
    the files that it does not look into, such as those that you downloaded.
    """

    name = "nbjudge-forget"
    description = __doc__
    examples = """
        nbjudge forget bitdiddle
        nbjudge forget bitdiddle --yes
    """

    yes = Bool(False, help="Remove it.").tag(config=True)
    flags: ClassVar = {**nbgrader_flags, "yes": ({"ForgetCommand": {"yes": True}}, "Remove it.")}

    def work(self) -> int:
        if len(self.extra_args) != 1:
            self.fail("Say whom: nbjudge forget LEARNER")
        sources_folder(self.coursedir)
        learner = self.extra_args[0]
        with readable_troubles(self.coursedir):
            kept = kept_of(self.coursedir, learner)
            if not kept:
                raise CourseError(f"Nothing is kept of {learner!r}.{self.nearest(learner)}")
            if self.yes:
                forget(self.coursedir, learner)
        verb = "Removed" if self.yes else "This would be removed"
        print(f"{verb}:", *(f"  {printable(line)}" for line in kept.lines()), sep="\n")
        say_what_is_left(kept)
        if not self.yes:
            print(f"To remove it, type: nbjudge forget {printable(learner)} --yes")
        return 0 if self.yes else 1

    def nearest(self, learner: str) -> str:
        with opened(self.coursedir) as book:
            known = [student.id for student in book.students]
        near = difflib.get_close_matches(learner, known, 1)
        return f" Did you mean {near[0]}?" if near else ""


def say_what_is_left(kept: Kept) -> None:
    if kept.out_of_reach:
        paths = ", ".join(map(str, kept.out_of_reach))
        print(f"Not looked into, so look yourself: {paths}")
    print("What the platform, an exchange folder or your backups of the disk have, stays there.")
