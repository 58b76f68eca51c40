"""The command `nbjudge`: what it can do, and the quickest way to each."""

import atexit
import contextlib
import difflib
import gc
import importlib
import os
import sys
import threading
from pathlib import Path
from typing import NoReturn

# Each command: its module and class, what it does, and an example.
COMMANDS = {
    "collect": (
        "_platform.commands.CollectCommand",
        "take in the submissions that Moodle or Canvas lets you download",
        "nbjudge collect ps1 submissions.zip worksheet.csv",
    ),
    "autograde": (
        "_batch.cli.AutogradeCommand",
        "grade all submissions in the sandbox, on all cores",
        "nbjudge autograde ps1",
    ),
    "mark": (
        "_marking.commands.MarkCommand",
        "mark by question: all answers to one on a page, names hidden",
        "nbjudge mark ps1 essay",
    ),
    "feedback": (
        "_feedback.commands.FeedbackCommand",
        "make a page for each learner, which shows no check",
        "nbjudge feedback ps1",
    ),
    "return": (
        "_platform.commands.ReturnCommand",
        "fill in the same worksheet, and zip the feedback pages",
        "nbjudge return ps1",
    ),
    "report": (
        "_feedback.commands.ReportCommand",
        "report on the class: what to teach again, who needs a talk",
        "nbjudge report ps1 --hide-names",
    ),
    "lint": (
        "_batch.cli.LintCommand",
        "say which checks of an assignment cannot be judged",
        "nbjudge lint ps1",
    ),
    "doctor": (
        "_upkeep.commands.DoctorCommand",
        "look whether machine and course are in order",
        "nbjudge doctor",
    ),
    "forget": (
        "_upkeep.commands.ForgetCommand",
        "remove all that is kept of one learner",
        "nbjudge forget bitdiddle",
    ),
}
# jsonschema imports these where they are there, the first for 1.7 s, to check kinds of text that
# neither notebooks nor nbgrader have: web addresses and durations.
NEEDLESS = ("rfc3987_syntax", "uri_template", "isoduration")
RUN_CODE = ("autograde", "lint")  # they need the fork server


def main(argv: list[str]) -> int:
    """Run one command; gives the exit code."""
    for name in NEEDLESS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    if not argv or argv[0] not in COMMANDS:
        return explain(argv)
    gc.disable()  # while importing: nothing is given up then, and looking for it takes long
    early = None
    if argv[0] in RUN_CODE and not {"--help", "-h", "--help-all"} & set(argv):
        # The fork server imports the course's libraries while this process imports nbgrader. What
        # starts it is imported before: two threads that import would wait for each other.
        import nbjudge._assignment.names
        import nbjudge._kernel.forkserver  # noqa: F401

        early = threading.Thread(target=start_early, args=[likely_sources(argv)])
        early.start()
    from nbjudge._batch import cli

    module, _, name = COMMANDS[argv[0]][0].rpartition(".")
    chosen = getattr(importlib.import_module(f"nbjudge.{module}"), name)
    gc.freeze()  # and the workers share it
    gc.enable()
    if early:
        early.join()  # the workers are forked from a process without threads
    return cli.run(chosen, argv[1:])


def explain(argv: list[str]) -> int:
    """What there is; the exit code is 0 only for those who asked."""
    asked = argv[:1] in (["--help"], ["-h"], ["help"])
    if argv and not asked:
        near = difflib.get_close_matches(argv[0], COMMANDS, 1)
        meant = f"Did you mean {near[0]}?" if near else f"There are {', '.join(COMMANDS)}."
        print(f"There is no command {argv[0]!r}. {meant}", file=sys.stderr)
        return 2
    lines = [f"  {name:<10} {does}\n{'':<13}{like}" for name, (_, does, like) in COMMANDS.items()]
    text = "\n".join(["Usage: nbjudge COMMAND [NAME] [--help]", "", *lines])
    print(text, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def likely_sources(argv: list[str]) -> list[Path]:
    """Source notebooks of the assignment, as far as the settings here tell before nbgrader reads
    them. A wrong guess costs time only."""
    from traitlets.config import PyFileConfigLoader

    source = "source"
    with contextlib.suppress(Exception):
        config = PyFileConfigLoader("nbgrader_config.py", os.getcwd()).load_config()
        source = config.CourseDirectory.get("source_directory", source)
    return [path for name in argv[1:] for path in Path(source, name).glob("*.ipynb")]


def start_early(notebooks: list[Path]) -> None:
    """Start the fork server; what cannot be had is said later, by those who need it."""
    with contextlib.suppress(Exception):
        from nbjudge._assignment.names import modules_of
        from nbjudge._kernel.forkserver import forkserver_for

        modules = set()
        for path in notebooks:
            beside = [one.name for one in path.parent.iterdir()]
            modules |= {*modules_of(path.read_text("utf-8"), beside)}
        forkserver_for(modules)


def console() -> NoReturn:
    """Run a command and exit, without taking apart all that nbgrader imports, which takes Python
    half a second."""
    code = main(sys.argv[1:])
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    console()
