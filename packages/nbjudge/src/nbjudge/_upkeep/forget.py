"""Everything that this machine's course folder keeps of one learner, and its removal."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory

from nbjudge import _files
from nbjudge._nbgrader.gradebook import database, opened, private
from nbjudge._platform.sheets import Sheet

STEPS = ("submitted", "autograded", "feedback")


@dataclass
class Kept:
    """What is kept of one learner: folders of their own, and files that name them among others.

    `made` are folders about the whole class, which a command makes again. `out_of_reach` is what
    the teacher put or exported there: it may name the learner, and is not looked into.
    """

    learner: str
    in_gradebook: bool = False
    folders: list[Path] = field(default_factory=list)
    records: list[Path] = field(default_factory=list)
    backups: list[Path] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)
    out_of_reach: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.in_gradebook or bool(self.folders or self.records)

    def lines(self) -> list[str]:
        """One line for each thing."""
        found = ["the gradebook"] if self.in_gradebook else []
        return found + [
            str(path) for path in (*self.folders, *self.records, *self.backups, *self.made)
        ]


def kept_of(course: CourseDirectory, learner: str) -> Kept:
    """What the course folder has of this learner, by id; the whole of it but `out_of_reach`."""
    root, own = Path(course.root), private(course)
    kept = Kept(learner)
    with opened(course) as book:
        try:
            book.find_student(learner)
            kept.in_gradebook = True
        except MissingEntry:
            pass
    for step in STEPS:
        pattern = course.format_path(getattr(course, f"{step}_directory"), learner, "*")
        kept.folders += [path for path in {Path(pattern).parent} if path.name == learner]
    kept.folders += own.glob(f"*/{as_pattern(learner)}")
    kept.folders = [path for path in kept.folders if path.is_dir()]
    kept.records = [path for path in own.rglob("*.json") if names(path.read_text("utf-8"), learner)]
    if kept:
        kept.backups = sorted((own / "backups").glob("gradebook-*.db"))
        kept.made = [path for path in (root / "returned", root / "reports") if path.exists()]
    downloaded = [path for path in [root / "downloaded"] if path.exists()]
    kept.out_of_reach = [*downloaded, *sorted(root.glob("*.csv")), *sorted(root.glob("*.zip"))]
    return kept


def forget(course: CourseDirectory, learner: str) -> Kept:
    """Remove what `kept_of` finds, the gradebook's copies too; gives what it was."""
    kept = kept_of(course, learner)
    if kept.in_gradebook:
        with opened(course) as book:
            book.remove_student(learner)
    for path in kept.folders:
        shutil.rmtree(path)
    for path in kept.records:
        without(path, learner)
    for path in (*kept.backups, *kept.made):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if (file := database(course)) and file.exists():
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM")  # what is deleted stays in the file until then
    return kept


def names(text: str, learner: str) -> bool:
    """Whether a record has a row of this learner."""
    try:
        return any(is_of(row, learner) for row in rows_in(json.loads(text)))
    except ValueError:
        return False


def rows_in(data: Any) -> list[Any]:
    """The rows of a run's report or of a collection; the keys of the list of pages."""
    if not isinstance(data, dict):
        return []
    return [*data.get("rows", []), *data.get("learners", []), *map(str, data)]


def is_of(row: Any, learner: str) -> bool:
    if isinstance(row, str):
        return row == learner
    return learner in (row.get("student"), row.get("learner", {}).get("key"))


def without(path: Path, learner: str) -> None:
    """A record without this learner, and with it the line of the worksheet beside it."""
    data = json.loads(path.read_text("utf-8"))
    gone = [row for row in data.get("learners", []) if is_of(row, learner)]
    for key in ("rows", "learners"):
        if key in data:
            data[key] = [row for row in data[key] if not is_of(row, learner)]
    data.pop(learner, None)
    _files.put_safely(path, json.dumps(data, indent=1))
    worksheet = path.with_name("worksheet")
    if gone and worksheet.exists():
        sheet = Sheet(data["sheet"], worksheet.read_bytes())
        number = gone[0]["learner"]["number"]
        email = gone[0]["learner"]["email"]
        worksheet.write_bytes(sheet.without_rows(theirs(number, email)))


def theirs(number: str, email: str) -> Callable[[list[str]], bool]:
    """Whether a worksheet's line is that of the learner with this number or address."""

    def are(texts: list[str]) -> bool:
        first = [text.strip() for text in texts[:3]]
        ends = first[0][-len(number) :] == number and not first[0][: -len(number)][-1:].isdigit()
        return number in first or ends or (bool(email) and email in [t.strip() for t in texts])

    return are


def as_pattern(text: str) -> str:
    """A name as a pattern that matches only itself."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)
