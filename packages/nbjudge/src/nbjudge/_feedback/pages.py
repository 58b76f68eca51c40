"""Pages of feedback for a class: by nbgrader's own command and button, and by ours."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter
from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files
from traitlets import default

from nbjudge._feedback.guide import Guide
from nbjudge._feedback.page import Released, Returned, page, questions_of
from nbjudge._files import is_regular, printable, put
from nbjudge._model import Status
from nbjudge._nbgrader.gradebook import CourseError, folder_of, opened
from nbjudge._nbgrader.marks import NOT_GRADED, Standing, results_in, standings

# The time of handing in and the exchange's secret, by which release_feedback knows a submission.
BY_EXCHANGE = ("timestamp.txt", "submission_secret.txt")


class Pages:
    """Makes the pages of an assignment, with the gradebook as it is when this is made."""

    def __init__(
        self,
        course: CourseDirectory,
        assignment: str,
        students: list[str] | None = None,
        given: Collection[str] = (),
    ) -> None:
        self.course, self.assignment = course, assignment
        self.guide = Guide(course.root, parent=course.parent)
        self.known: dict[str, Released] = {}
        with opened(course) as book:
            try:
                book.find_assignment(assignment)
            except MissingEntry:
                raise CourseError(f"The gradebook knows no assignment {assignment!r}.") from None
            found = standings(course, book, assignment, given, students)
        self.standings = {one.student: one for one in found}

    def released(self, notebook: str, graded: Any) -> Released:
        """The notebook as learners got it; where that is gone, only the names of its cells."""
        if notebook not in self.known:
            folder = folder_of(self.course, "release", ".", self.assignment)
            path = folder / f"{notebook}.ipynb"
            there = path.exists()
            told = nbformat.read(path, as_version=4) if there else graded
            title = " ".join(self.assignment.replace("_", " ").split())
            self.known[notebook] = questions_of(told, title, there)
        return self.known[notebook]

    def found(self, student: str, path: Path) -> Returned:
        """What became of an autograded notebook."""
        graded = nbformat.read(path, as_version=4)
        return Returned(
            self.released(path.stem, graded),
            graded,
            results_in(path.parent)[path.stem],
            self.standings[student],
            path.stem,
            self.guide,
            self.assignment,
        )

    def html(self, student: str, path: Path) -> str:
        """The page for an autograded notebook."""
        return page(self.found(student, path))

    def write(self) -> Iterator[tuple[Standing, str]]:
        """Write the page of each learner who was graded; gives each with what went wrong, or "".

        A page that is there and says the same is left alone, and one of other marks goes, also
        where none can be made in its place.
        """
        for one in self.standings.values():
            graded = folder_of(self.course, "autograded", one.student, self.assignment)
            if one.status == NOT_GRADED or not graded.is_dir():
                if one.status != Status.MISSING:
                    yield one, "not graded yet"
                continue
            folder = folder_of(self.course, "feedback", one.student, self.assignment)
            trouble, old = "", set(folder.glob("*.html"))
            for path in sorted(graded.glob("*.ipynb")):
                try:
                    self.write_page(one.student, path, folder)
                    old.discard(folder / f"{path.stem}.html")
                except Exception as error:  # one learner's page stops nobody else's
                    trouble = f"{type(error).__name__}: {printable(str(error))[:200]}"
            for page_before in old:
                page_before.unlink()
            yield one, trouble

    def write_page(self, student: str, path: Path, folder: Path) -> None:
        """The page for an autograded notebook, and what release_feedback needs beside it."""
        text = self.html(student, path)
        files = {f"{path.stem}.html": text.encode()}
        for name in BY_EXCHANGE:
            if is_regular(path.parent / name):
                files[name] = (path.parent / name).read_bytes()
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            if not is_regular(folder / name) or (folder / name).read_bytes() != content:
                put(folder, name, content)


class FeedbackExporter(Exporter):
    """What `nbgrader generate_feedback` and Formgrader's button make a page with."""

    def __init__(self, config: Any = None, **kw: Any) -> None:
        super().__init__(config=config, **kw)
        self.pages: dict[str, Pages] = {}

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_filename(  # type: ignore[override]  # a page, as every exporter but the base gives
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        assert resources and self.parent
        about = resources["nbgrader"]
        course, assignment = self.parent.coursedir, about["assignment"]
        if assignment not in self.pages:
            only = None if "*" in course.student_id else [about["student"]]
            self.pages[assignment] = Pages(course, assignment, only)
        made = self.pages[assignment]
        if about["student"] not in made.standings:
            self.pages[assignment] = made = Pages(course, assignment)
        text = made.html(about["student"], Path(filename))
        leave_the_page_alone(course, about["student"], assignment)
        return text, {**resources, "output_extension": ".html"}


def leave_the_page_alone(course: CourseDirectory, student: str, assignment: str) -> None:
    """Take out of a learner's feedback what nbgrader has just copied beside it: data, modules, and
    the record of grading. A page needs none of them; release_feedback needs BY_EXCHANGE."""
    graded = folder_of(course, "autograded", student, assignment)
    folder = folder_of(course, "feedback", student, assignment)
    for file in find_all_files(str(graded), [*course.ignore, "*.ipynb", *BY_EXCHANGE]):
        copied = folder / Path(file).relative_to(graded)
        copied.unlink(missing_ok=True)
    for below in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        if not any(below.iterdir()):
            below.rmdir()
