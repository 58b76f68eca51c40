"""What can go wrong with the machine or the gradebook, and what the teacher is told of it."""

import contextlib
import errno
import re
import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import OperationalError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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


def server_gone(error: BaseException) -> BaseException | None:
    """What was said of a gradebook's server that can't be reached, or not any more."""
    for each in causes(error):
        if isinstance(each, OperationalError) and not isinstance(each.orig, sqlite3.Error):
            return each.orig
    return None


@contextlib.contextmanager
def readable_troubles() -> Iterator[None]:
    """Says in one sentence that the disk is full, or that the gradebook's server is gone."""
    try:
        yield
    except Exception as error:
        if full := full_disk(error):
            what, then = f"The disk is full ({first_line(full)})", "make room"
        elif gone := server_gone(error):
            what, then = f"The gradebook cannot be used ({first_line(gone)})", "mend that"
        else:
            raise
        raise Stopped(f"{what}. What is graded is kept: {then} and run again.") from error


def first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
