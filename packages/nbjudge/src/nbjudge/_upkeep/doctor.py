"""Whether a course and its machine are in order, a line for each thing that is looked at."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from nbjudge._kernel.forkserver import forkserver_for
from nbjudge._kernel.sandbox import SandboxError
from nbjudge._nbgrader.gradebook import CourseError, database, handed_in, opened
from nbjudge._nbgrader.privacy import closing_command, other_people

PACKAGES = ("nbjudge", "nbgrader", "jupyterlab", "nbclient", "pandas")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `mend` is what to do about it; "" where it is in order."""

    about: str
    what: str
    mend: str = ""


def examine(course: CourseDirectory) -> Iterator[Finding]:
    """All findings; the first of them are about the machine."""
    yield versions_found()
    yield sandbox_found()
    yield permissions_found(course)
    yield from gradebook_found(course)


def versions_found() -> Finding:
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return Finding("versions", ", ".join(found))


def sandbox_found() -> Finding:
    try:
        forkserver_for(())
    except SandboxError as error:
        return Finding("sandbox", "there is none", str(error))
    return Finding("sandbox", "full")


def permissions_found(course: CourseDirectory) -> Finding:
    if command := closing_command(course):
        return Finding("permissions", "others on this machine can read the course", command)
    if not os.access(course.root, os.W_OK):
        return Finding("permissions", f"you can't write into {course.root}", "make it writable")
    people = len(other_people())
    closed = f"closed to the {people} other accounts" if people else "nobody else has an account"
    return Finding("permissions", closed)


def gradebook_found(course: CourseDirectory) -> Iterator[Finding]:
    path = database(course)
    if path and path.exists() and not os.access(path, os.W_OK):
        yield Finding("gradebook", f"{path} can't be written", f"chmod u+w {path}")
        return
    try:
        with opened(course) as book:
            yield Finding("gradebook", f"{len(book.assignments)} assignments")
            yield roster_found(course, book)
            yield from assignments_found(course, book)
    except CourseError as error:
        yield Finding("gradebook", "there is none", str(error))
    except SQLAlchemyError as error:
        yield Finding("gradebook", str(getattr(error, "orig", error)), "close what holds it")


def roster_found(course: CourseDirectory, book: Gradebook) -> Finding:
    students = {student.id: student for student in book.students}
    nameless = sum(not (one.last_name or one.first_name) for one in students.values())
    came = {one for each in book.assignments for one in handed_in(course, each.name)}
    strangers = sorted(came - students.keys())
    what = f"{len(students)} learners"
    if not students:
        return Finding("roster", "nobody", "nbjudge collect with a worksheet fills it")
    if strangers:
        what += f", {len(strangers)} more have handed in ({', '.join(strangers[:3])})"
    if nameless:
        return Finding(
            "roster", f"{what}, {nameless} without a name", "nbjudge collect with a worksheet"
        )
    return Finding("roster", what)


def assignments_found(course: CourseDirectory, book: Gradebook) -> Iterator[Finding]:
    now = datetime.now(UTC).replace(tzinfo=None)
    for assignment in sorted(book.assignments, key=lambda one: one.name):
        name, due = assignment.name, assignment.duedate
        best = f"out of {assignment.max_score:g}"
        source = Path(course.format_path(course.source_directory, ".", name))
        if not source.is_dir():
            yield Finding(name, "its source is gone", f"put it back into {source}")
        elif due is None:
            yield Finding(name, f"{best}, no due date, so nobody is late")
        else:
            passed = "passed" if due < now else "to come"
            yield Finding(name, f"{best}, due {due:%Y-%m-%d %H:%M} UTC, {passed}")
