"""What can go wrong with the machine or the gradebook, and what the teacher is told of it."""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from nbjudge._files import FULL

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory  # workers import this module, too


class Stopped(Exception):
    """The run cannot go on; the text is one sentence for the teacher. The next run goes on."""


def must_stop(error: BaseException) -> bool:
    """Whether an error is one of the machine, which every other submission would meet too."""
    from nbjudge._kernel.sandbox import SandboxError

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


IN_USE = {"SQLITE_BUSY", "SQLITE_LOCKED"}
NOT_WRITABLE = {"SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH"}
DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT"}


def in_file(error: BaseException, names: set[str]) -> BaseException | None:
    """What SQLite said of a gradebook's file, if it is one of these errors."""
    for each in causes(error):
        said = getattr(each, "orig", each)
        # An error that says more, such as SQLITE_BUSY_SNAPSHOT, begins with the plain one's name.
        name = getattr(said, "sqlite_errorname", "")
        if any(name == one or name.startswith(f"{one}_") for one in names):
            return said
    return None


def of_gradebook(error: BaseException) -> bool:
    """Whether an error is one of the gradebook, which every other submission would meet too."""
    known = in_file(error, IN_USE | NOT_WRITABLE | DAMAGED)
    return known is not None or server_gone(error) is not None


def server_gone(error: BaseException) -> BaseException | None:
    """What was said of a gradebook's server that can't be reached, or not any more."""
    for each in causes(error):
        if isinstance(each, OperationalError) and not isinstance(each.orig, sqlite3.Error):
            return each.orig
    return None


@contextlib.contextmanager
def readable_troubles(course: "CourseDirectory") -> Iterator[None]:
    """Says in one sentence what is wrong with the disk, the gradebook or a file of a run."""
    from nbjudge._nbgrader.gradebook import database

    try:
        yield
    except Exception as error:
        book = database(course)
        if full := full_disk(error):
            what, then = f"The disk is full ({first_line(full)})", "make room"
        elif gone := server_gone(error):
            what, then = f"The gradebook cannot be used ({first_line(gone)})", "mend that"
        elif used := in_file(error, IN_USE):
            what = f"Another program is using the gradebook {book} ({first_line(used)})"
            then = "wait for it or end it,"
        elif shut := in_file(error, NOT_WRITABLE):
            what = f"The gradebook {book} cannot be written ({first_line(shut)})"
            then = "make it and its folder writable"
        elif damaged := in_file(error, DAMAGED):
            what = f"The gradebook {book} is damaged ({first_line(damaged)})"
            copies = Path(course.root, ".grading", "backups")
            then = f"put the newest whole copy from {copies} in its place"
        elif isinstance(error, OSError) and error.filename and not must_stop(error):
            what = f"{error.filename} cannot be used ({error.strerror})"
            then = "mend that"
        else:
            raise
        raise Stopped(f"{what}. What is graded is kept: {then} and run again.") from error


def first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
