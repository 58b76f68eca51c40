"""What grading reads of a course and writes into its gradebook.

Reading: `sources` and `handed_in`. Writing: `Writer`, for a run of ours, and `enter_mark`, for one
mark of a person; plugins.py for nbgrader's own command. Around each: `lock`, so that there is one
at a time. Before a run: `backup`.
"""

import contextlib
import difflib
import errno
import glob
import math
import os
import re
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.converters import Autograde, BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, LimitOutput
from nbgrader.utils import (
    compute_checksum,
    determine_grade,
    find_all_files,
    is_grade,
    is_solution,
    is_task,
    parse_utc,
)
from sqlalchemy.engine import make_url

from nbjudge._files import FULL, is_regular, put, unsupported
from nbjudge._model import RESULT_SUFFIX, Limits, Result, Source
from nbjudge._nbgrader.marks import KeptText, Points, answers_in, read_kept, settle, write_kept

BACKUPS = 10
LOOK_AGAIN = 0.1  # seconds between two tries to get the lock


class CourseError(Exception):
    """The course is not ready for this; the text is one sentence for the teacher."""


class InUse(CourseError):
    """Another run holds the course."""


def private(course: CourseDirectory) -> Path:
    """The folder for what only grading needs: records, backups, the lock."""
    folder = Path(course.root, ".grading")
    check_writable(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def check_writable(folder: Path) -> None:
    """Raises CourseError when no file can be put into a folder, which need not be there yet."""
    try:
        while not folder.exists():
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        if error.errno in FULL:
            raise
        raise CourseError(
            f"Nothing can be written into {folder} ({error.strerror}): make it writable."
        ) from error


def folder_of(course: CourseDirectory, step: str, student: str, assignment: str) -> Path:
    """Where nbgrader keeps one learner's assignment: `step` is "submitted", "autograded" ..."""
    return Path(course.format_path(getattr(course, f"{step}_directory"), student, assignment))


def sources_folder(course: CourseDirectory) -> Path:
    """The folder of all sources. CourseError where there is none: this is no course."""
    folder = folder_of(course, "source", ".", "*").parent
    if not folder.is_dir():
        raise CourseError(
            f"There is no folder {folder}: type the command in the folder of the course, "
            "where nbgrader_config.py lies."
        )
    return folder


def known_assignment(course: CourseDirectory, name: str) -> str:
    """This name, when the course has such an assignment.

    CourseError when it has others, with the one that is nearest, and where there is no course.
    """
    folder = sources_folder(course)
    known = [path.name for path in sorted(folder.glob("*/")) if any(path.glob("*.ipynb"))]
    if not known or name in known:
        return name
    near = difflib.get_close_matches(name, known, 1, cutoff=0.4) or [
        other for other in known if name.casefold() in other.casefold()
    ]
    if near:
        raise CourseError(f"There is no assignment {name!r}. Did you mean {near[0]}?")
    raise CourseError(f"There is no assignment {name!r}: there are {', '.join(known)}.")


def kept_file(course: CourseDirectory, assignment: str, student: str, notebook: str) -> Path:
    """Where the written answers that were graded last are kept: see `settle`."""
    return private(course) / assignment / student / f"{notebook}.written.json"


def database(course: CourseDirectory) -> Path | None:
    """The file of an SQLite gradebook; None for a gradebook on a server or in memory."""
    url = make_url(course.db_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


@contextlib.contextmanager
def opened(course: CourseDirectory) -> Iterator[Gradebook]:
    """The gradebook of a course that has one."""
    path = database(course)
    if path and not path.exists():
        raise CourseError(f"There is no gradebook at {path}: run nbgrader generate_assignment.")
    try:
        book = Gradebook(course.db_url, course.course_id)
    except ModuleNotFoundError as error:
        raise CourseError(f"{error}: install the driver that db_url names.") from error
    with book:
        yield book


def sources(course: CourseDirectory, assignment: str) -> list[Source]:
    """The assignment's notebooks as their author wrote them, sorted by name.

    The gradebook says which ones there are and holds the text of their checks, in which
    generate_assignment has put tests in the place of AUTOTEST. CourseError when it has none.
    """
    with opened(course) as book:
        try:
            notebooks = book.find_assignment(assignment).notebooks
        except MissingEntry:
            notebooks = []
        texts = {
            notebook.name: {cell.name: cell.source for cell in notebook.source_cells}
            for notebook in notebooks
            if fnmatch(notebook.name, course.notebook_id)
        }
    if not texts:
        raise CourseError(
            f"The gradebook knows no notebook of {assignment!r}: run nbgrader generate_assignment."
        )
    folder = folder_of(course, "source", ".", assignment)
    try:
        return [Source.read(folder / f"{name}.ipynb", texts[name]) for name in sorted(texts)]
    except FileNotFoundError as error:
        raise CourseError(f"The source {error.filename} is not there.") from None
    except OSError as error:
        raise CourseError(
            f"The source {error.filename} cannot be read ({error.strerror}): make it readable."
        ) from None


def handed_in(course: CourseDirectory, assignment: str) -> list[str]:
    """The learners with a folder for this assignment, sorted; the folder may be empty.

    Also those with a folder that cannot be entered, as far as one can tell from outside. Raises
    CourseError when the folder of all submissions cannot be read.
    """
    pattern = course.format_path(
        course.submitted_directory, "(?P<student_id>[^/]*)", assignment, escape=True
    )
    excluded = course.student_id_exclude.split(",")
    parts = folder_of(course, "submitted", course.student_id, assignment).parts
    # The part that names the learner; the folders below it may be out of sight.
    own = folder_of(course, "submitted", "\0", assignment).parts
    place = next(n for n, part in enumerate(own) if "\0" in part)
    readable_or_missing(Path(*parts[:place]))
    above = glob.glob(str(Path(*parts[: place + 1])))
    folders = (os.path.join(one, *parts[place + 1 :]) for one in above)
    found = (re.fullmatch(pattern, path) for path in folders if is_folder_or_hidden(path))
    students = {match["student_id"] for match in found if match}
    return sorted(students.difference(excluded))


def readable_or_missing(folder: Path) -> None:
    """Raises CourseError when a folder is there and its names cannot be read."""
    try:
        os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise CourseError(
            f"The folder {folder} cannot be read ({error.strerror}): make it readable."
        ) from None


def is_folder_or_hidden(path: str) -> bool:
    """A folder, or something of which the system does not let us see whether it is there."""
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        return error.errno != errno.ELOOP


def leave_out_unsupported_files(course: CourseDirectory, folder: Path, limits: Limits) -> bool:
    """Have nbgrader copy only regular files of a submission. Whether there are any to copy."""
    found = unsupported(folder, limits.submission, RESULT_SUFFIX)
    names = [pattern for pattern in course.ignore if not os.path.isabs(pattern)]
    left_out = [folder] if found is None else found
    course.ignore = [*names, *(glob.escape(str(path)) for path in left_out)]
    return found is not None


class Writer(Autograde):
    """Writes results into the gradebook and into autograded/: the same rows as nbgrader's own.

    nbgrader opens the gradebook nine times for a submission and asks it for each cell, which
    takes as long as grading; this opens it once for a submission and writes a notebook at once.
    What it writes for a submission it writes again without harm, after a run that was cut off.
    """

    def __init__(
        self, course: CourseDirectory, assignment: str, known: Iterable[Source], limits: Limits
    ) -> None:
        super().__init__(coursedir=course, parent=course.parent)
        self.assignment, self.limits = assignment, limits
        self.sources = {source.name: source for source in known}
        self.book = Gradebook(course.db_url, course.course_id)
        self.limit_output = LimitOutput(parent=self)
        self.late = AssignLatePenalties(parent=self)
        self.copies = True
        notebooks = self.book.find_assignment(assignment).notebooks
        self.checksums = {
            notebook.name: {cell.name: cell.checksum for cell in notebook.source_cells}
            for notebook in notebooks
        }
        # Asked for once, by id: a row only knows its cell's id, and each name is a query.
        self.names = {notebook.id: notebook.name for notebook in notebooks}
        self.tasks = {cell.id: cell.name for each in notebooks for cell in each.task_cells}
        self.cells = {
            cell.id: cell.name
            for notebook in notebooks
            for cell in (*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells)
        }
        self.close()

    def close(self) -> None:
        """Close the connection, up to the next question. Forgets all rows, so memory stays flat.

        A server would keep a transaction open for as long as grading takes, and workers that are
        forked meanwhile would share the connection.
        """
        self.book.close()

    @property
    def due(self) -> str:
        """The due date as text: a new one changes what is written."""
        return str(self.book.find_assignment(self.assignment).duedate)

    def has(self, student: str) -> bool:
        """Whether the gradebook and autograded/ hold this learner's submission."""
        try:
            self.book.find_submission(self.assignment, student)
        except MissingEntry:
            return False
        return folder_of(self.coursedir, "autograded", student, self.assignment).exists()

    def write(self, student: str, results: Mapping[str, Result], copy: bool = True) -> None:
        """Write what was found in one learner's notebooks, by name of the notebook.

        Without `copy`, the learner's other files are not copied into autograded/.
        """
        notebooks = {name: self.readable(name, result) for name, result in results.items()}
        self.copies = copy
        before = {name: self.kept(student, name) for name in notebooks}
        self.init_assignment(self.assignment, student)
        folder = folder_of(self.coursedir, "autograded", student, self.assignment)
        for name, notebook in notebooks.items():
            text = nbformat.v4.writes(notebook, split_lines=False, indent=None)  # far quicker
            put(folder, f"{name}.ipynb", text + "\n")
            put(folder, f"{name}{RESULT_SUFFIX}", results[name].to_json(notebook=False))
        self.set_permissions(self.assignment, student)
        self.save(student, notebooks, results, before)

    def readable(self, name: str, result: Result) -> Any:
        """The executed notebook, as the stock pipeline hands it to SaveAutoGrades."""
        notebook = nbformat.v4.reads(result.notebook)
        for cell in notebook.cells:
            about = cell.metadata.get("nbgrader", {})
            if about.get("grade_id") in self.checksums[name]:
                about["checksum"] = self.checksums[name][about["grade_id"]]
        return self.limit_output.preprocess(notebook, {})[0]

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """The learner's files, and over them the teacher's, as Autograde copies them."""
        course = self.coursedir
        submitted = folder_of(course, "submitted", student_id, assignment_id)
        graded = folder_of(course, "autograded", student_id, assignment_id)
        copied = leave_out_unsupported_files(course, submitted, self.limits) and self.copies
        shutil.rmtree(graded, ignore_errors=True)
        graded.mkdir(parents=True)
        if copied:
            BaseConverter.init_assignment(self, assignment_id, student_id)
        source = folder_of(course, "source", ".", assignment_id)
        kept = self.exclude_overwriting.get(assignment_id, [])
        for file in find_all_files(str(source), [*course.ignore, "*.ipynb"]):
            relative = Path(file).relative_to(source)
            if str(relative) not in kept:
                put(graded, str(relative), Path(file).read_bytes())

    def kept(self, student: str, name: str) -> dict[str, KeptText] | None:
        """The written answers that were graded last; None where nothing tells."""
        kept = read_kept(kept_file(self.coursedir, self.assignment, student, name))
        graded = folder_of(self.coursedir, "autograded", student, self.assignment)
        path = graded / f"{name}.ipynb"
        if kept is not None or not path.exists():
            return kept
        found = answers_in(self.sources[name], nbformat.read(path, as_version=4))
        return {task: KeptText(answer.digest, answer.text) for task, answer in found.items()}

    def save(
        self,
        student: str,
        notebooks: Mapping[str, Any],
        results: Mapping[str, Result],
        before: Mapping[str, Mapping[str, KeptText] | None],
    ) -> None:
        """The rows of one submission, which nbgrader's SaveAutoGrades would write."""
        folder = folder_of(self.coursedir, "submitted", student, self.assignment)
        given = {"timestamp": when} if (when := handed_in_at(folder)) else {}
        self.book.update_or_create_student(student)
        submission = self.book.update_or_create_submission(self.assignment, student, **given)
        answers = {name: answers_in(self.sources[name], nb) for name, nb in notebooks.items()}
        kept = {}
        for row in submission.notebooks:
            name = self.names[row.notebook_id]
            if name in notebooks:
                self.fill(row, notebooks[name])
                kept[name] = settle(row, self.tasks, answers[name], results[name], before[name])
        self.book.db.commit()
        for name, found in kept.items():
            write_kept(kept_file(self.coursedir, self.assignment, student, name), found)
        if submission.total_seconds_late > 0:
            for name, notebook in notebooks.items():
                about = {"student": student, "assignment": self.assignment, "notebook": name}
                about["db_url"] = self.coursedir.db_url
                self.late.preprocess(notebook, {"nbgrader": about})

    def fill(self, row: SubmittedNotebook, notebook: Any) -> None:
        """Scores and comments by nbgrader's own rules, from the cells of the executed notebook."""
        grades = {self.cells[grade.cell_id]: grade for grade in row.grades}
        comments = {self.cells[comment.cell_id]: comment for comment in row.comments}
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if is_grade(cell):
                grade = grades[name]
                grade.auto_score, _ = determine_grade(cell)
                grade.needs_manual_grade = (
                    grade.manual_score is not None or grade.auto_score is None
                )
            if is_solution(cell) or is_task(cell):
                blank = not is_task(cell) and cell.metadata.nbgrader.checksum == compute_checksum(
                    cell
                )
                comments[name].auto_comment = "No response." if blank else None
        row.late_submission_penalty = None


def enter_mark(book: Gradebook, place: tuple[str, str, str, str], entry: Points) -> None:
    """Write what a person gave to one cell: its assignment, notebook, cell and learner.

    For the one who holds the course's lock. MissingEntry where the gradebook has no such cell.
    """
    assignment, notebook, cell, student = place
    grade = book.find_grade(cell, notebook, assignment, student)
    grade.manual_score, grade.needs_manual_grade = entry.typed, entry.needed
    try:
        comment = book.find_comment(cell, notebook, assignment, student)
    except MissingEntry:  # a check has none
        if entry.comment:
            raise
    else:
        comment.manual_comment, comment.auto_comment = entry.comment, entry.said
    book.db.commit()


def handed_in_at(folder: Path) -> str | None:
    """The time in the submission's timestamp.txt; None when it is not there or is not a time."""
    path = folder / "timestamp.txt"
    with contextlib.suppress(ValueError, OverflowError, OSError):
        if not is_regular(path) or path.stat().st_size > 1000:
            return None
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        parse_utc(text)
        return text
    return None


def backup(course: CourseDirectory) -> Path | None:
    """Copy the gradebook, whole even while others use it; the last ten copies are kept.

    None for a database on a server, which has a tool of its own for this.
    """
    path = database(course)
    if path is None or not path.exists():
        return None
    folder = private(course) / "backups"
    folder.mkdir(exist_ok=True)
    copy = folder / f"gradebook-{datetime.now():%Y%m%d-%H%M%S-%f}.db"
    unfinished = copy.with_suffix(".new")
    with (
        contextlib.closing(sqlite3.connect(path)) as book,
        contextlib.closing(sqlite3.connect(unfinished)) as target,
    ):
        book.backup(target)
    unfinished.replace(copy)
    for left in folder.glob("*.new*"):
        left.unlink()
    for old in sorted(folder.glob("gradebook-*.db"))[:-BACKUPS]:
        old.unlink()
    return copy


@contextlib.contextmanager
def lock(
    course: CourseDirectory, say: Callable[[str], None] = print, patience: float = math.inf
) -> Iterator[None]:
    """Hold the course for one run. A second one says so and waits, for `patience` seconds: then it
    raises InUse. The lock is the process's, so it keeps no two threads apart."""
    try:
        import fcntl
    except ImportError:
        raise CourseError("Grading needs Linux: on Windows, do it in WSL.") from None
    last, told = time.monotonic() + patience, False
    with (private(course) / "lock").open("w") as file:
        while True:
            # A lock of this kind is not handed on to forked workers, so it ends with this process.
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() >= last:
                    raise InUse("Another run is grading this course.") from None
            if not told:
                say("Another run is grading this course; waiting for it to end.")
                told = True
            time.sleep(LOOK_AGAIN)
        yield
