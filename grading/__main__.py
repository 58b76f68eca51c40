"""The commands `python -m grading autograde NAME` and `python -m grading lint NAME`."""

import atexit
import contextlib
import os
import sys
import threading
from pathlib import Path


def main(argv: list[str]) -> int:
    """Run one command; gives the exit code."""
    # jsonschema imports this if it is there, for 1.7 s, to check a kind of web address that
    # neither notebooks nor nbgrader have.
    sys.modules.setdefault("rfc3987_syntax", None)
    if argv[:1] not in (["autograde"], ["lint"]):
        print("Usage: python -m grading (autograde | lint) NAME [--help]", file=sys.stderr)
        return 2
    # The warm process imports the course's libraries while this one imports nbgrader. What starts
    # it is imported before: two threads that import would wait for each other.
    import grading.kernels  # noqa: F401

    early = threading.Thread(target=warm_early, args=[likely_sources(argv)])
    early.start()
    from grading import command

    early.join()  # the workers are forked from a process without threads
    chosen = command.AutogradeCommand if argv[0] == "autograde" else command.LintCommand
    return command.run(chosen, argv[1:])


def likely_sources(argv: list[str]) -> list[Path]:
    """Source notebooks of the assignment, as far as the settings here tell before nbgrader reads
    them. A wrong guess costs time only."""
    from traitlets.config import PyFileConfigLoader

    source = "source"
    with contextlib.suppress(Exception):
        config = PyFileConfigLoader("nbgrader_config.py", os.getcwd()).load_config()
        source = config.CourseDirectory.get("source_directory", source)
    return [path for name in argv[1:] for path in Path(source, name).glob("*.ipynb")]


def warm_early(notebooks: list[Path]) -> None:
    """Start the warm process; what cannot be had is said later, by those who need it."""
    with contextlib.suppress(Exception):
        from grading.kernels import modules_of, warm_for

        modules = {module for path in notebooks for module in modules_of(path.read_text("utf-8"))}
        warm_for(modules)


def end(code: int) -> None:
    """Exit, without taking apart all that nbgrader imports, which takes Python half a second."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    end(main(sys.argv[1:]))
