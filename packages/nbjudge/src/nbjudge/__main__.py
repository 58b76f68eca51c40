"""The commands `nbjudge autograde NAME` and `nbjudge lint NAME`."""

import atexit
import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import NoReturn


def main(argv: list[str]) -> int:
    """Run one command; gives the exit code."""
    # jsonschema imports this if it is there, for 1.7 s, to check a kind of web address that
    # neither notebooks nor nbgrader have.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    if argv[:1] not in (["autograde"], ["lint"]):
        print("Usage: nbjudge (autograde | lint) NAME [--help]", file=sys.stderr)
        return 2
    # The fork server imports the course's libraries while this process imports nbgrader. What
    # starts it is imported before: two threads that import would wait for each other.
    import nbjudge._assignment.names
    import nbjudge._kernel.forkserver  # noqa: F401

    early = threading.Thread(target=start_early, args=[likely_sources(argv)])
    early.start()
    from nbjudge._batch import cli

    early.join()  # the workers are forked from a process without threads
    chosen = cli.AutogradeCommand if argv[0] == "autograde" else cli.LintCommand
    return cli.run(chosen, argv[1:])


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

        modules = {module for path in notebooks for module in modules_of(path.read_text("utf-8"))}
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
