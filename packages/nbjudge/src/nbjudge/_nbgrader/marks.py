"""Marks as they stand: what a person has marked, what waits, and what was left blank.

nbgrader counts a question that nobody has marked as 0. Here it has no points at all until it is
marked: `Points` says so of one cell, `standings` reads a class that way, and `settle` keeps the
gradebook so that it can.
"""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Base, Gradebook, SubmittedNotebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import func, select, true

from nbjudge import _files
from nbjudge._assignment.outline import Role, outline
from nbjudge._assignment.written import Written, written_answers
from nbjudge._model import RESULT_SUFFIX, Result, Source, Status, overall

WAITS_FOR_A_MARK = "waits for a mark"
NOT_GRADED = "not graded"  # handed in, and no command has graded it yet
BLANK = "No response."  # nbgrader's own words for an answer that was not touched
FEW_STUDENTS = 500  # that are named in a question to the gradebook
ANEW = "Handed in anew since it was marked: this mark is of the text before."


# What stands


@dataclass(frozen=True)
class Points:
    """What the gradebook holds of one graded cell of one learner.

    `auto` points are a check's, `typed` ones a person's; `comment` is a person's, `said` grading's.
    """

    auto: float | None = None
    typed: float | None = None
    extra: float | None = None
    needed: bool = False  # nbgrader's needs_manual_grade
    comment: str | None = None
    said: str | None = None

    @property
    def waits(self) -> bool:
        """Whether a person still has to give, or to confirm, the points."""
        return self.needed or (self.typed is None and self.auto is None)

    @property
    def points(self) -> float | None:
        """None as long as it waits."""
        given = self.typed if self.typed is not None else self.auto
        return None if self.waits or given is None else given + (self.extra or 0.0)

    @property
    def before(self) -> float | None:
        """A mark that a person gave to an earlier text and has not confirmed for this one."""
        return self.typed if self.waits else None

    @property
    def blank(self) -> bool:
        return not self.waits and self.typed is None and self.said == BLANK


@dataclass(frozen=True)
class Mark:
    """One graded cell of one learner. `points` is None until it is known what it is worth.

    `before` is a mark that a person gave to an earlier text and has not confirmed for this one.
    """

    notebook: str
    cell: str
    points: float | None
    max_points: float
    by_hand: bool  # by its kind: a task, or an answer that a person marks
    before: float | None = None
    blank: bool = False
    typed: bool = False  # a person gave these points


@dataclass(frozen=True)
class Standing:
    """One learner's assignment: who, how grading went, and every mark in the author's order.

    `status` is one of `Status`, or "not graded". `comments` are a person's, by notebook and cell.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    status: str = str(Status.MISSING)
    marks: tuple[Mark, ...] = ()
    comments: Mapping[tuple[str, str], str] = field(default_factory=dict)
    penalty: float = 0.0
    handed_in: datetime | None = None
    late: bool = False

    @property
    def name(self) -> str:
        """The name from the roster, or the id."""
        return f"{self.first_name} {self.last_name}".strip() or self.student

    @property
    def waiting(self) -> list[Mark]:
        """The marks that a person still has to give."""
        return [mark for mark in self.marks if mark.points is None]

    @property
    def so_far(self) -> tuple[float, float]:
        """Points of what is marked, and what it is out of; without the penalty."""
        marked = [mark for mark in self.marks if mark.points is not None]
        return sum(m.points or 0.0 for m in marked), sum(m.max_points for m in marked)

    @property
    def max_points(self) -> float:
        return sum(mark.max_points for mark in self.marks)

    @property
    def points(self) -> float | None:
        """The whole score, without the penalty; None as long as anything waits."""
        if self.waiting or self.status == NOT_GRADED:
            return None
        return self.so_far[0]

    @property
    def score(self) -> float | None:
        """What counts: the points, less the penalty for late work, and never below 0."""
        return None if self.points is None else max(0.0, self.points - self.penalty)

    @property
    def in_words(self) -> str:
        """The status, with what else has to be known before the score is used."""
        if not self.waiting or self.status == NOT_GRADED:
            return self.status
        return (
            WAITS_FOR_A_MARK
            if self.status == Status.GRADED
            else f"{self.status}; {WAITS_FOR_A_MARK}"
        )


def standings(
    course: CourseDirectory,
    book: Gradebook,
    assignment: str,
    handed_in: Collection[str] = (),
    students: Collection[str] | None = None,
) -> list[Standing]:
    """How each learner stands, by name: the roster, and all that handed in (ids) or were graded.

    `students` are ids, by default all. A few queries, however many there are.
    """
    known = Known(book.db, assignment, students)
    everyone = known.roster.keys() | known.submitted.keys() | set(handed_in)
    found = []
    for student in everyone if students is None else everyone & set(students):
        about = known.roster.get(student, {})
        first, last, email = (about.get(k) or "" for k in ("first_name", "last_name", "email"))
        one = Standing(student, first, last, email)
        if student not in known.submitted:
            waits = student in handed_in
            status = NOT_GRADED if waits else str(Status.MISSING)
            marks = [replace(mark, points=None if waits else 0.0) for mark in known.asked.values()]
            found.append(replace(one, status=status, marks=in_order(marks)))
            continue
        when, due, penalty = known.submitted[student]
        folder = Path(course.format_path(course.autograded_directory, student, assignment))
        found.append(
            replace(
                one,
                status=status_in(folder),
                marks=in_order(known.marks[student]),
                comments=known.comments[student],
                penalty=penalty,
                handed_in=when,
                late=bool(when and due and when > due),
            )
        )
    return sorted(found, key=lambda one: (one.last_name, one.first_name, one.student))


class Known:
    """What the gradebook holds of an assignment, by learner: of all, or of `students` (ids)."""

    def __init__(self, db: Any, assignment: str, students: Collection[str] | None = None) -> None:
        t = Base.metadata.tables
        given, notebook, cell = t["submitted_assignment"], t["submitted_notebook"], t["base_cell"]
        penalty = func.coalesce(func.sum(notebook.c.late_submission_penalty), 0.0)
        few = students is not None and len(students) <= FEW_STUDENTS
        of_these = given.c.student_id.in_(students or ()) if few else true()
        in_roster = t["student"].c.id.in_(students or ()) if few else true()
        self.roster = {
            row.id: row._mapping for row in db.execute(select(t["student"]).where(in_roster))
        }
        self.submitted = {
            student: (when, due, less)
            for student, when, due, less in db.execute(
                select(given.c.student_id, given.c.timestamp, t["assignment"].c.duedate, penalty)
                .join(t["assignment"], given.c.assignment_id == t["assignment"].c.id)
                .outerjoin(notebook, notebook.c.assignment_id == given.c.id)
                .where(t["assignment"].c.name == assignment, of_these)
                .group_by(given.c.id, given.c.student_id, given.c.timestamp)
                .group_by(t["assignment"].c.duedate)
            )
        }
        cells = db.execute(
            select(t["notebook"].c.name, cell.c.name, cell.c.id, cell.c.type)
            .join(t["notebook"], cell.c.notebook_id == t["notebook"].c.id)
            .join(t["assignment"], t["notebook"].c.assignment_id == t["assignment"].c.id)
            .where(t["assignment"].c.name == assignment)
        ).all()
        most = dict(row for kind in ("grade_cells", "task_cells") for row in points_in(db, t[kind]))
        answers = {(book, name) for book, name, _, kind in cells if kind == "SolutionCell"}
        names = {key: (book, name) for book, name, key, _ in cells}
        self.asked = {
            key: Mark(book, name, None, most[key], kind == "TaskCell" or (book, name) in answers)
            for book, name, key, kind in cells
            if kind != "SolutionCell"
        }

        def of_cells(table: Any, *columns: Any) -> Any:
            return db.execute(
                select(given.c.student_id, table.c.cell_id, *columns)
                .join(notebook, table.c.notebook_id == notebook.c.id)
                .join(given, notebook.c.assignment_id == given.c.id)
                .join(t["assignment"], given.c.assignment_id == t["assignment"].c.id)
                .where(t["assignment"].c.name == assignment, of_these)
            )

        # An answer that a person marks has two cells of one name: points and comment.
        self.comments: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
        said = {}
        word = t["comment"].c
        for student, key, ours, theirs in of_cells(
            t["comment"], word.auto_comment, word.manual_comment
        ):
            said[student, names[key]] = theirs, ours
            if theirs:
                self.comments[student][names[key]] = theirs
        self.entries: dict[str, dict[tuple[str, str], Points]] = defaultdict(dict)
        self.marks: dict[str, list[Mark]] = defaultdict(list)
        grade = t["grade"].c
        for student, key, auto, typed, extra, needed in of_cells(
            t["grade"],
            grade.auto_score,
            grade.manual_score,
            grade.extra_credit,
            grade.needs_manual_grade,
        ):
            words = said.get((student, names[key]), (None, None))
            entry = Points(auto, typed, extra, bool(needed), *words)
            self.entries[student][names[key]] = entry
            self.marks[student].append(
                replace(
                    self.asked[key],
                    points=entry.points,
                    before=entry.before,
                    blank=entry.blank,
                    typed=typed is not None and not entry.waits,
                )
            )


def points_in(db: Any, table: Any) -> Any:
    return db.execute(select(table.c.id, table.c.max_score)).all()


def in_order(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """By notebook and name; q2 before q10."""
    return tuple(sorted(marks, key=lambda mark: (mark.notebook, natural(mark.cell))))


def natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def status_in(folder: Path) -> str:
    """The status of a learner's notebooks together; "not graded" without a result."""
    results = results_in(folder)
    return str(combined(list(results.values()))) if results else NOT_GRADED


def results_in(folder: Path) -> dict[str, Result]:
    """What was found in the notebooks of an autograded folder, by name; without the notebooks."""
    return {
        path.name.removesuffix(RESULT_SUFFIX): Result.from_json(path.read_text("utf-8"))
        for path in sorted(folder.glob(f"*{RESULT_SUFFIX}"))
    }


def combined(results: list[Result]) -> Status:
    """One status for several notebooks."""
    states = {result.status for result in results}
    if len(states) == 1:
        return states.pop()
    return overall(tuple(check for result in results for check in result.checks))


# What is kept in the gradebook


def answers_in(source: Source, notebook: NotebookNode) -> dict[str, Written]:
    """The written answers of a graded notebook, by the task's grade id."""
    steps = outline(source).steps
    plain = [text for s in steps if s.role is Role.PLAIN for text in (s.source, s.released)]
    tasks = [step.grade_id for step in steps if step.role is Role.TASK]
    return written_answers(tasks, plain, notebook.cells)


@dataclass(frozen=True)
class KeptText:
    """What is kept of a written answer that was graded: a digest of it, and its text.

    `marked` is the text that a mark was given to, while that mark waits to be confirmed for a
    newer text. Texts are None where they are not known.
    """

    digest: str
    text: str | None = None
    marked: str | None = None


def settle(
    row: SubmittedNotebook,
    names: Mapping[str, str],
    answers: Mapping[str, Written],
    result: Result,
    before: Mapping[str, KeptText] | None,
) -> dict[str, KeptText]:
    """Have what only a person can mark wait for that, and nothing else; gives what is to be kept.

    The checks that could not be judged have no score: a 0 would say that the answer is wrong.
    `names` are those of the tasks, by the id of the cell. A task left as it was released is 0, as
    is one of which no notebook came; one in a file that could not be read waits.

    A mark that was given to another text stands, with a flag, until a person confirms it:
    `before` is what was kept of the texts that were graded last, None where nothing tells.
    """
    comments = {one.cell_id: one for one in row.comments}
    kept = {name: KeptText(answer.digest, answer.text) for name, answer in answers.items()}
    for grade in row.grades:
        unread = result.status is Status.CANNOT and grade.manual_score is None
        if unread or (result.unjudged and grade.name in result.unjudged):
            grade.auto_score, grade.needs_manual_grade = None, True
        if grade.cell_id not in names:
            continue
        name = names[grade.cell_id]
        answer, last = answers[name], (before or {}).get(name)
        nothing = result.status is Status.MISSING or (answer.blank and not unread)
        if grade.manual_score is None:
            grade.auto_score = 0 if nothing else None
            grade.needs_manual_grade = not nothing
        else:
            grade.auto_score = None
            confirmed = not grade.needs_manual_grade
            if last is None or last.digest != answer.digest:
                grade.needs_manual_grade = True
            if last and grade.needs_manual_grade:
                marked = last.text if confirmed else last.marked
                kept[name] = replace(kept[name], marked=marked)
        if comment := comments.get(grade.cell_id):
            anew = grade.manual_score is not None and grade.needs_manual_grade
            comment.auto_comment = ANEW if anew else BLANK if nothing else None
    return kept


def read_kept(path: Path) -> dict[str, KeptText] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: KeptText(one) if isinstance(one, str) else KeptText(**one)
            for name, one in found.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def write_kept(path: Path, kept: Mapping[str, KeptText]) -> None:
    """Keep what the texts were. Comes after the gradebook: cut off between the two, a mark that
    was confirmed meanwhile is asked for once more, and none is kept for a text it is not of."""
    told = {name: asdict(one) for name, one in kept.items()}
    _files.put_safely(path, json.dumps(told))
