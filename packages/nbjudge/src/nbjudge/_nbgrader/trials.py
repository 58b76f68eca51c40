"""Trials of a course's assignments: each is made once, and kept in the course."""

from functools import cache
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from nbjudge._assignment.lint import Complaint
from nbjudge._files import digest, put_safely
from nbjudge._judge.trial import Run, Trial, tried
from nbjudge._model import Limits, Source
from nbjudge._nbgrader.gradebook import private

_made: dict[str, Trial] = {}  # by this process, by key


def trial_in_memory(source: Source, limits: Limits, run: Run) -> Trial:
    """The trial of a source that need not be in the gradebook yet; made once by this process."""
    key = digest(source.digest, repr(limits), version())
    if key not in _made:
        _made[key] = tried(source, run)
    return _made[key]


def trial_of(course: CourseDirectory, source: Source, limits: Limits, run: Run) -> Trial:
    """The trial of a source: the one that the course keeps, or a new one, made by `run`."""
    key = digest(source.digest, repr(limits), version())
    path = private(course) / "trials" / f"{key}.json"
    if key not in _made:
        try:
            _made[key] = Trial.from_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):  # not there, or not whole
            _made[key] = tried(source, run)
    if not path.exists():
        put_safely(path, _made[key].to_json())
    return _made[key]


def sentence(source: Source, complaint: Complaint) -> str:
    """A complaint with its place, for the teacher."""
    line = f"line {complaint.line}" if complaint.line else ""
    return f"{', '.join(filter(None, (source.name, complaint.cell, line)))}: {complaint.sentence}"


@cache
def version() -> str:
    """A digest of this package: other code may find another result."""
    package = Path(__file__).parents[1]
    files = sorted(package.rglob("*.py"))
    return digest({str(path.relative_to(package)): path.read_bytes() for path in files})
