"""A course with small assignments, made by nbgrader."""

import atexit
import contextlib
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader import api
from nbgrader.api import Base, Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import GenerateAssignment
from sqlalchemy import NullPool, create_engine, text

SETTINGS = """
import nbjudge

c = get_config()
nbjudge.configure(c)
c.Lint.enabled = False
"""
# For each new gradebook nbgrader starts alembic, to be told the same each time, for 2 seconds.
api.get_alembic_version = cache(api.get_alembic_version)
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def code(name, text, grade=0, solution=False, **more):
    about = {"grade_id": name, "grade": bool(grade), "solution": solution, "schema_version": 3}
    about |= {"locked": not solution, "task": False, **({"points": grade} if grade else {}), **more}
    make = new_markdown_cell if more.get("task") else new_code_cell
    return make(text, id=name.replace("_", "-"), metadata={"nbgrader": about})


def notebook(*cells):
    return new_notebook(cells=list(cells), metadata={"kernelspec": KERNEL})


ADD = """def add(a, b):
    ...
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION"""
CHECK = """assert add(1, 2) == 3
### BEGIN HIDDEN TESTS
assert add(5, 5) == 10
### END HIDDEN TESTS"""


def sums(*more):
    """Two questions, a written answer and a task."""
    return notebook(
        code("data", "numbers = [1, 2, 3]"),
        code("add", ADD, solution=True),
        code("add_check", CHECK, 2),
        code(
            "total", "total = ...\n### BEGIN SOLUTION\ntotal = 6\n### END SOLUTION", solution=True
        ),
        code("total_check", "assert total == sum(numbers)", 1),
        code("why", "Say why.", 3, solution=True),
        code("essay", "Write more.", task=True, points=4),
        *more,
    )


class Course:
    """A course folder, its settings as nbgrader reads them, and its learners."""

    def __init__(self, root: Path, settings: str | None = SETTINGS):
        self.root = root
        root.mkdir(exist_ok=True)
        if settings is not None:
            (root / "nbgrader_config.py").write_text(settings)

    @property
    def directory(self):
        """A CourseDirectory as the commands have it."""
        app = NbGrader()
        app.log_level = 30
        with contextlib.chdir(self.root):
            app.initialize([])
        return app.coursedir

    def assign(self, assignment, **notebooks):
        for name, content in notebooks.items():
            path = self.root / "source" / assignment / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(content, path)
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        course = self.directory
        course.assignment_id, course.student_id = assignment, "."
        GenerateAssignment(coursedir=course, parent=course.parent).start()

    def hand_in(self, student, assignment, name, answers=None, file=None):
        """The released notebook with these answers, in submitted/; gives its folder.

        An answer to a task is a cell of its own, below the question.
        """
        folder = self.root / "submitted" / student / assignment
        folder.mkdir(parents=True, exist_ok=True)
        content = nbformat.read(self.root / "release" / assignment / f"{name}.ipynb", as_version=4)
        cells, content.cells = content.cells, []
        for cell in cells:
            about = cell.metadata.get("nbgrader", {})
            answer = (answers or {}).get(about.get("grade_id"))
            content.cells.append(cell)
            if answer is not None and about.get("task"):
                content.cells.append(new_markdown_cell(answer))
            elif answer is not None:
                cell.source = answer
        nbformat.write(content, folder / f"{file or name}.ipynb")
        return folder

    @property
    def rows(self):
        return rows_of(self.directory.db_url)

    @property
    def book(self):
        """The gradebook, to be closed again."""
        course = self.directory
        return Gradebook(course.db_url, course.course_id)


@cache
def made(settings=SETTINGS, **notebooks):
    """A course in which nbgrader has made the assignment ps1, once for a test process.

    `notebooks` are functions that give a notebook, by name.
    """
    course = Course(Path(tempfile.mkdtemp()) / "course", settings)
    course.assign("ps1", **{name: make() for name, make in notebooks.items()})
    atexit.register(shutil.rmtree, course.root.parent)
    return course


def copy_of(course, root):
    """The same course elsewhere: making a gradebook takes nbgrader some seconds."""
    shutil.copytree(course.root, root)
    return Course(root, None)


RIGHT = {"add": "def add(a, b):\n    return a + b", "total": "total = 6"}


def rows_of(db_url):
    """All rows of a gradebook as sorted text, with ids replaced by what they refer to."""
    engine = create_engine(db_url, poolclass=NullPool)
    with engine.connect() as book:
        tables = {  # of nbgrader's own types, so that all databases say the same in the same words
            name: [dict(row._mapping) for row in book.execute(table.select())]
            for name, table in sorted(Base.metadata.tables.items())
        }
        tables["alembic_version"] = [
            dict(row._mapping) for row in book.execute(text("select * from alembic_version"))
        ]
    rows = {}
    for name, table in tables.items():
        for row in table:  # base_cell comes first, and with it the cells' names
            rows.setdefault(row.get("id"), (name, row))

    def said(name, row):
        return name, {column: meant(value) for column, value in row.items() if column != "id"}

    def meant(value):
        made_up = len(str(value)) == 32 and value in rows
        return said(*rows[value]) if made_up else value

    return sorted(
        repr((said(name, row), meant(row.get("id"))))
        for name, table in tables.items()
        for row in table
    )
