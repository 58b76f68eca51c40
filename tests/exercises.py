"""How the tests read exercises, put answers into them and run their checks.

The bank of answers lies in tests/answers/, one file for each exercise, with a dictionary BANK:
grade id of an answer cell -> {"right": [code, ...], "wrong": [(message, code), ...]}, where
`message` is part of the message that the learner must see: a misconception such as "(M03)", or
a few words of it.
"""

import ast
import contextlib
import importlib.util
import io
import itertools
import re
import sys
import traceback
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from notebooks import ROOT, about

sys.path.insert(0, str(ROOT / "solutions"))
import summit_checks  # noqa: F401  its one source, for every check that is run here

SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))


def role(cell):
    """question, task, setup, answer, check or text: what a cell is to nbgrader."""
    meta = cell.metadata.get("nbgrader")
    if not meta:
        return "text"
    if meta["task"] or (cell.cell_type == "markdown" and meta["grade"]):
        return "task"
    if meta["solution"]:
        return "answer"
    if meta["grade"]:
        return "check"
    return "setup" if cell.cell_type == "code" else "question"


def grade_id(cell):
    return cell.metadata.nbgrader.grade_id


@dataclass(frozen=True)
class Exercise:
    """One exercise: its source in solutions/ and its release in exercises/."""

    source: Path

    @property
    def name(self):
        return self.source.stem

    @property
    def released(self):
        return ROOT / "exercises" / self.name / self.source.name

    @cached_property
    def cells(self):
        """The cells of the source: solutions, and checks with their hidden tests."""
        return nbformat.read(self.source, as_version=4).cells

    @cached_property
    def released_cells(self):
        return nbformat.read(self.released, as_version=4).cells

    def of(self, *roles):
        return [cell for cell in self.cells if role(cell) in roles]

    @property
    def checks(self):
        return {grade_id(cell): cell for cell in self.of("check")}

    @property
    def prose(self):
        """What a learner reads between the cells of code, one string."""
        text = "\n\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")
        return re.sub(r"=== BEGIN MARK SCHEME ===.*?=== END MARK SCHEME ===", "", text, flags=re.S)

    @property
    def misconceptions(self):
        """The misconceptions that its checks and questions look for, by their metadata."""
        return {name for cell in self.cells for name in about(cell, "misconceptions") or []}

    @cached_property
    def bank(self):
        path = Path(__file__).parent / "answers" / f"{self.name}.py"
        spec = importlib.util.spec_from_file_location("answers_" + self.name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.BANK

    def handed_in(self, answers=None, written=""):
        """The released notebook with the source's answers, or others, by grade id.

        `written` is put below each question that a person marks; without it they are blank.
        """
        right = {grade_id(cell): cell.source for cell in self.of("answer")}
        notebook = nbformat.read(self.released, as_version=4)
        for cell in notebook.cells:
            if role(cell) == "answer":
                lines = {**right, **(answers or {})}[grade_id(cell)].splitlines()
                cell.source = "\n".join(line for line in lines if " SOLUTION" not in line)
        for cell, below in itertools.pairwise(notebook.cells) if written else ():
            if role(cell) == "task":
                below.source = written
        return notebook

    def stub(self, answer):
        """The blank answer, as released."""
        return next(
            cell.source
            for cell in self.released_cells
            if role(cell) == "answer" and grade_id(cell) == answer
        )

    @cached_property
    def checks_of(self):
        """The grade ids of the checks of each answer: those that stand below it."""
        found = {}
        for cell in self.of("answer", "check"):
            if role(cell) == "answer":
                last = found.setdefault(grade_id(cell), [])
            else:
                last.append(grade_id(cell))
        return found

    def message(self, answer, code, checks=None):
        """What a learner is told first for this answer, the others being right; None if passed."""
        verdicts = self.run({answer: code}, checks, only=answer)
        return next((told for told in verdicts.values() if told), None)

    def run(self, answers=None, checks=None, only=None, said=None, stopped=None):
        """Run setup, answers and checks in order, as a kernel would.

        `answers` takes the place of the source's answers, by grade id; the others are right.
        `checks` takes the place of checks in the same way, and `only` names the one question to
        run. Gives back, for each check, None when it passed, or the message that a learner sees;
        what checks print is put into `said`, and the line at which one stopped into `stopped`.
        """
        answers, checks = answers or {}, checks or {}
        verdicts, names = {}, {"__name__": "__main__"}
        asked = [only, *self.checks_of[only]] if only else None
        with contextlib.chdir(self.source.parent), quiet():
            for cell in self.of("setup", "answer", "check"):
                name = grade_id(cell)
                if only and role(cell) != "setup" and name not in asked:
                    continue
                code = {**answers, **checks}.get(name, cell.source)
                printed = io.StringIO()
                try:
                    with contextlib.redirect_stdout(printed):
                        exec(compiled(code, name), names)
                    message = None
                except Exception as error:
                    message = str(error) or type(error).__name__
                    if stopped is not None:
                        frames = traceback.extract_tb(error.__traceback__)
                        stopped[name] = [f.lineno for f in frames if f.filename == name][-1:]
                if role(cell) == "check":
                    verdicts[name] = message
                    if said is not None:
                        said[name] = printed.getvalue()
                elif role(cell) == "setup" and message:
                    raise RuntimeError(f"setup of {self.name}: {message}")
        return verdicts


_compiled = {}


def compiled(code, name):
    """The same check is run many times: compile it once."""
    if code not in _compiled:
        _compiled[code] = compile(code, name, "exec")
    return _compiled[code]


@contextlib.contextmanager
def quiet():
    """No window, no prints, no warnings, and no figure left open."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    pyplot.close("all")


def asserts(code):
    """Where the assertions of a check stand: pairs of first and last line, from 1."""
    return [
        (n.lineno, n.end_lineno) for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Assert)
    ]


def without(code, lines):
    """A check with the assertion on these lines taken out."""
    first, last = lines
    kept = code.split("\n")
    indent = len(kept[first - 1]) - len(kept[first - 1].lstrip())
    kept[first - 1 : last] = [" " * indent + "pass"]
    return "\n".join(kept)
