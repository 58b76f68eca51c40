"""The exercises of a small course: sources, releases, and banks of right and wrong answers.

The course in `tests/course` is the tests' own; `exercises_of` reads any other that is laid out in
the same way. A bank is a file `answers/NAME.py` with a dictionary BANK:
grade id of an answer cell -> {"right": [code, ...], "wrong": [(message, code), ...]}.
"""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from nbjudge import Submission
from places import COURSE


def role(cell):
    """question, task, setup, answer, check or text: what a cell is to nbgrader."""
    meta = cell.metadata.get("nbgrader")
    if not meta:
        return "text"
    if meta["task"]:
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
    """One exercise: its source, its release and its bank of answers."""

    source: Path
    released: Path
    answers: Path

    @property
    def name(self):
        return self.source.stem

    @cached_property
    def cells(self):
        """The cells of the source: solutions, and checks with their hidden tests."""
        return nbformat.read(self.source, as_version=4).cells

    @cached_property
    def released_cells(self):
        return nbformat.read(self.released, as_version=4).cells

    def of(self, *roles):
        return [cell for cell in self.cells if role(cell) in roles]

    @cached_property
    def bank(self):
        spec = importlib.util.spec_from_file_location("answers_" + self.name, self.answers)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.BANK

    def handed_in(self, answers=None):
        """The released notebook with the source's answers, or others, by grade id."""
        right = {grade_id(cell): cell.source for cell in self.of("answer")}
        notebook = nbformat.read(self.released, as_version=4)
        for cell in notebook.cells:
            if role(cell) == "answer":
                lines = {**right, **(answers or {})}[grade_id(cell)].splitlines()
                cell.source = "\n".join(line for line in lines if " SOLUTION" not in line)
        return notebook

    def stub(self, answer):
        """The blank answer, as released."""
        return next(
            cell.source
            for cell in self.released_cells
            if role(cell) == "answer" and grade_id(cell) == answer
        )

    def mixes(self) -> Iterator[dict[str, str]]:
        """Answers to all questions at once, until each one of the bank has been given.

        At most half of the questions, rounded up, have a wrong answer; the blank one is one.
        """
        wrong = {a: [self.stub(a), *(code for _, code in e["wrong"])] for a, e in self.bank.items()}
        right = {answer: list(entry["right"]) for answer, entry in self.bank.items()}
        while any([*wrong.values(), *right.values()]):
            most = sorted(wrong, key=lambda answer: -len(wrong[answer]))[: (len(wrong) + 1) // 2]
            answers = {answer: wrong[answer].pop() for answer in most if wrong[answer]}
            for answer in self.bank.keys() - answers.keys():
                others = right[answer]
                answers[answer] = others.pop() if others else self.bank[answer]["right"][0]
            yield answers


def exercises_of(course: Path, answers: Path) -> list[Exercise]:
    """The exercises of a course with the folders solutions/ and exercises/, by name."""
    return [
        Exercise(path, course / "exercises" / path.stem / path.name, answers / f"{path.stem}.py")
        for path in sorted((course / "solutions").glob("*/*.ipynb"))
    ]


EXERCISES = exercises_of(COURSE, COURSE / "answers")
SOLUTIONS = [exercise.source for exercise in EXERCISES]


def submission_of(exercise: Exercise, answers: dict[str, str]) -> Submission:
    """The release with these answers, by grade id, as a learner hands it in."""
    notebook = nbformat.read(exercise.released, as_version=4)
    for cell in notebook.cells:
        if role(cell) == "answer":
            cell.source = answers[grade_id(cell)]
    return Submission(nbformat.writes(notebook).encode())
