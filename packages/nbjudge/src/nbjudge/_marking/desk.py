"""The marker's desk: the answers to a question as they stand, and one mark after another.

Each mark is written when it is given, by whoever holds the course's lock, and only if nothing has
changed since the marker saw the answer. Learners are known here by keys that say nothing of them.
"""

import hashlib
import hmac
import math
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from nbjudge import _files
from nbjudge._assignment.outline import Role
from nbjudge._batch.troubles import readable_troubles
from nbjudge._marking.papers import Paper, ToMark, difference, paper_of, to_mark
from nbjudge._model import Status
from nbjudge._nbgrader import gradebook
from nbjudge._nbgrader.marks import ANEW, NOT_GRADED, Known, Points, read_kept, status_in

LONGEST_COMMENT = 10_000  # characters
MOST_UNDONE = 10_000


class NoMark(Exception):
    """A mark that cannot be taken; the text is one sentence for the marker."""


class Unknown(NoMark):
    """There is no such question or answer."""


class Overtaken(NoMark):
    """What is marked has changed since it was seen; `now` is how it stands."""

    def __init__(self, now: dict[str, Any], text: bool) -> None:
        what = "The answer itself" if text else "This mark"
        super().__init__(f"{what} has changed since you saw it. Yours is not saved.")
        self.now = {**now, "text_changed": text}


@dataclass(frozen=True)
class OnDesk:
    """One learner's answer on the marker's desk, without a name.

    `changes` compares the text with the one that the mark before was given to, if that is kept.
    """

    number: int
    key: str
    entry: Points
    paper: Paper
    state: str
    version: str
    changes: Markup | None = None

    @property
    def points(self) -> float | None:
        return shown_points(self.entry)


@dataclass(frozen=True)
class Change:
    """A mark that was given, so that it can be taken back."""

    number: int
    student: str
    before: Points
    after: str  # the version that it led to


class Desk:
    """All questions of one assignment that a person marks. Safe to use from several threads."""

    def __init__(self, course: CourseDirectory, assignment: str) -> None:
        self.course, self.assignment = course, assignment
        known = gradebook.sources(course, assignment)
        self.sources = {source.name: source for source in known}
        self.all = [question for source in known for question in to_mark(source)]
        self.secret = secret_of(course)
        self.guard = threading.Lock()
        self.papers: dict[tuple[str, str, str], tuple[tuple[int, int], Paper]] = {}
        self.students: dict[str, str] = {}  # by key
        self.done: dict[str, Change] = {}
        self.marked: set[str] = set()  # learners whose marks have changed

    # What there is

    def questions(self) -> list[tuple[int, ToMark, dict[str, int]]]:
        """Each question with its number (from 1) and how many of its answers are in each state.

        A check is among them only where it could not judge somebody, or a person has marked it.
        """
        with self.reading() as (known, statuses):
            found = []
            for number, question in enumerate(self.all, start=1):
                states = [
                    state_of_entry(question, entry)
                    for student, entry in self.entries(known, question)
                    if statuses[student] not in (Status.MISSING, NOT_GRADED)
                ]
                if states or question.role is not Role.CHECK:
                    counts = {state: states.count(state) for state in dict.fromkeys(states)}
                    found.append((number, question, counts))
            return found

    def sheets(self, number: int) -> list[OnDesk]:
        """The answers to a question, in an order that is the same each time and tells nothing."""
        question = self.question(number)
        with self.reading() as (known, statuses):
            found = []
            for student, entry in self.entries(known, question):
                if statuses[student] not in (Status.MISSING, NOT_GRADED):
                    key = self.key_of(question, student)
                    found.append((key, student, entry))
            sheets = []
            for place, (key, student, entry) in enumerate(sorted(found), start=1):
                self.students[key] = student
                sheets.append(self.sheet(place, key, question, student, entry))
            return sheets

    def not_graded(self) -> int:
        """How many have handed in and are not graded yet: they have no sheet."""
        given = gradebook.handed_in(self.course, self.assignment)
        return sum(self.status(student) == NOT_GRADED for student in given)

    def question(self, number: int) -> ToMark:
        if not 0 < number <= len(self.all):
            raise Unknown("There is no such question.")
        return self.all[number - 1]

    def number_of(self, name: str) -> int:
        """The number of the question with this grade id; CourseError when there is none."""
        for number, question in enumerate(self.all, start=1):
            if question.cell == name:
                return number
        names = ", ".join(question.cell for _, question, _ in self.questions())
        raise gradebook.CourseError(
            f"There is no question {name!r} that a person marks in {self.assignment!r}: there are "
            f"{names}."
            if names
            else f"There is nothing in {self.assignment!r} that a person marks."
        )

    # One mark

    def save(self, number: int, key: str, seen: str, **given: Any) -> dict[str, Any]:
        """Write `points` or a `comment`, or both, for the answer that the marker saw as `seen`.

        Gives how it stands then. Raises NoMark, Overtaken, CourseError or Stopped.
        """
        question = self.question(number)
        if "points" in given:
            given["points"] = fit_points(given["points"], question.max_points)
        if "comment" in given:
            given["comment"] = fit_comment(given["comment"])
        with self.writing(question, key) as (book, student, entry):
            self.compare(question, student, entry, seen)
            new = entry
            if "points" in given:
                said = None if entry.said == ANEW else entry.said
                new = replace(new, typed=given["points"], needed=False, said=said)
            if "comment" in given:
                if question.role is Role.CHECK:
                    raise NoMark("A check has no place for a comment.")
                new = replace(new, comment=given["comment"])
            self.write(book, question, student, new)
            told = self.told(question, student, new)
            name = secrets.token_hex(8)
            self.done[name] = Change(number, student, entry, told["version"])
            if len(self.done) > MOST_UNDONE:
                del self.done[next(iter(self.done))]
            return {**told, "undo": name}

    def undo(self, name: str) -> dict[str, Any]:
        """Take back one change, if nothing has come after it."""
        change = self.done.get(name)
        if change is None:
            raise Unknown("There is nothing to take back.")
        question = self.question(change.number)
        key = self.key_of(question, change.student)
        with self.writing(question, key) as (book, student, entry):
            self.compare(question, student, entry, change.after)
            self.write(book, question, student, change.before)
            del self.done[name]
            return {**self.told(question, student, change.before), "answer": key}

    def write(self, book: Gradebook, question: ToMark, student: str, entry: Points) -> None:
        place = (self.assignment, question.notebook, question.cell, student)
        gradebook.enter_mark(book, place, entry)
        self.marked.add(student)

    def compare(self, question: ToMark, student: str, entry: Points, seen: str) -> None:
        """Raises Overtaken when an answer or its mark is not what the marker saw."""
        now = self.told(question, student, entry)
        if now["version"] != seen:
            text = now["version"].partition(".")[0] != seen.partition(".")[0]
            raise Overtaken(now, text)

    def told(self, question: ToMark, student: str, entry: Points) -> dict[str, Any]:
        """How an answer stands, as the page is told it."""
        return {
            "version": version_of(entry, self.paper(question, student)),
            "state": state_of_entry(question, entry),
            "points": shown_points(entry),
            "before": entry.before,
            "comment": entry.comment or "",
        }

    # Behind it

    @contextmanager
    def reading(self) -> Iterator[tuple[Known, dict[str, str]]]:
        with (
            self.guard,
            readable_troubles(self.course),
            gradebook.opened(self.course) as book,
        ):
            known = Known(book.db, self.assignment)
            yield known, {student: self.status(student) for student in known.entries}

    @contextmanager
    def writing(self, question: ToMark, key: str) -> Iterator[tuple[Gradebook, str, Points]]:
        """The gradebook, locked, with one learner's entry in it as it is now."""
        student = self.students.get(key)
        if student is None or not hmac.compare_digest(self.key_of(question, student), key):
            raise Unknown("There is no such answer.")
        with (
            self.guard,
            readable_troubles(self.course),
            gradebook.lock(self.course, patience=0),
            gradebook.opened(self.course) as book,
        ):
            known = Known(book.db, self.assignment, [student])
            entry = known.entries[student].get((question.notebook, question.cell))
            if entry is None:
                raise Unknown("There is no such answer any more.")
            yield book, student, entry

    def entries(self, known: Known, question: ToMark) -> Iterator[tuple[str, Points]]:
        """Who is to be marked here; of a check, those whom it could not judge."""
        for student, entries in known.entries.items():
            entry = entries.get((question.notebook, question.cell))
            if entry is None:
                continue
            if question.role is not Role.CHECK or entry.waits or entry.typed is not None:
                yield student, entry

    def sheet(self, place: int, key: str, question: ToMark, student: str, entry: Points) -> OnDesk:
        paper = self.paper(question, student)
        changes = None
        if entry.before is not None and question.role is Role.TASK:
            path = gradebook.kept_file(self.course, self.assignment, student, question.notebook)
            kept = (read_kept(path) or {}).get(question.cell)
            if kept and kept.marked is not None:
                changes = difference(kept.marked, paper.text)
        state, version = state_of_entry(question, entry), version_of(entry, paper)
        return OnDesk(place, key, entry, paper, state, version, changes)

    def paper(self, question: ToMark, student: str) -> Paper:
        """What a learner wrote, read again only when the file is another one."""
        folder = gradebook.folder_of(self.course, "autograded", student, self.assignment)
        try:
            about = (folder / f"{question.notebook}.ipynb").stat()
            written = about.st_mtime_ns, about.st_size
        except OSError:
            written = 0, 0
        place = (student, question.notebook, question.cell)
        if place not in self.papers or self.papers[place][0] != written:
            paper = paper_of(question, self.sources[question.notebook], folder)
            self.papers[place] = written, paper
        return self.papers[place][1]

    def status(self, student: str) -> str:
        return status_in(gradebook.folder_of(self.course, "autograded", student, self.assignment))

    def key_of(self, question: ToMark, student: str) -> str:
        text = "\0".join((self.assignment, question.notebook, question.cell, student))
        raw = text.encode(errors=_files.BYTES)
        return hmac.new(self.secret, raw, hashlib.sha256).hexdigest()[:16]


def state_of_entry(question: ToMark, entry: Points) -> str:
    """How one answer stands, in a word or two; "marked" and "blank" need nothing more."""
    if entry.before is not None:
        return "handed in anew" if question.role is Role.TASK else "graded anew"
    return "waits" if entry.waits else "blank" if entry.blank else "marked"


def shown_points(entry: Points) -> float | None:
    """A person's points; of a blank answer its 0. None as long as it waits."""
    return None if entry.waits else entry.typed if entry.typed is not None else entry.auto


def version_of(entry: Points, paper: Paper) -> str:
    """Changes with the text of the answer (before the dot) or with what is marked of it."""
    return f"{paper.digest[:16]}.{_files.digest(repr(entry))[:16]}"


def fit_points(points: Any, most: float) -> float:
    number = isinstance(points, int | float) and not isinstance(points, bool)
    if not number or not math.isfinite(points) or not 0 <= points <= most:
        raise NoMark(f"Points are a number from 0 to {most:g}. Nothing is saved.")
    return float(points)


def fit_comment(comment: Any) -> str | None:
    if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
        raise NoMark(f"A comment is a text of up to {LONGEST_COMMENT} characters.")
    text = comment.encode(errors="replace").decode()
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t").strip() or None


def secret_of(course: CourseDirectory) -> bytes:
    """What hides names in keys: of this course, kept beside its records."""
    path: Path = gradebook.private(course) / "marking.key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_bytes()
