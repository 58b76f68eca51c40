"""Scores by question, for `nbgrader export --exporter=nbjudge.QuestionScores`."""

import csv
from collections.abc import Iterator
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin

from nbjudge._model import Status
from nbjudge._nbgrader.gradebook import handed_in
from nbjudge._nbgrader.marks import NOT_GRADED, WAITS_FOR_A_MARK, Mark, Standing, standings
from nbjudge._nbgrader.plugins import harmless

QUESTION_COLUMNS = [
    "assignment",
    "student_id",
    "last_name",
    "first_name",
    "question",
    "score",
    "max_score",
    "state",
]


class QuestionScores(ExportPlugin):
    """A row for each learner and question, with what is decided of it.

    `state` is "graded", "marked" (by a person), "missing", or, with an empty score, "waits for a
    mark" or "not graded". The file is questions.csv, or what --to says.
    """

    def export(self, gradebook: Gradebook) -> None:
        target = self.to or "questions.csv"
        self.log.info("Exporting scores by question to %s", target)
        with open(target, "w", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, QUESTION_COLUMNS)
            rows.writeheader()
            for row in self.rows(gradebook):
                rows.writerow({key: harmless(value) for key, value in row.items()})

    def rows(self, gradebook: Gradebook) -> Iterator[dict[str, Any]]:
        assignments, students = set(map(str, self.assignment)), set(map(str, self.student))
        course = self.parent.coursedir
        for name in [assignment.name for assignment in gradebook.assignments]:
            if assignments and name not in assignments:
                continue
            given = handed_in(course, name)
            for one in standings(course, gradebook, name, given, students or None):
                for mark in one.marks:
                    state = state_of(one, mark)
                    yield {
                        "assignment": name,
                        "student_id": one.student,
                        "last_name": one.last_name,
                        "first_name": one.first_name,
                        "question": mark.cell,
                        "score": None if state == NOT_GRADED else mark.points,
                        "max_score": mark.max_points,
                        "state": state,
                    }


def state_of(one: Standing, mark: Mark) -> str:
    """What is decided of one question of one learner, in a word or two."""
    if one.status in (NOT_GRADED, Status.MISSING) and not mark.typed:
        return one.status
    if mark.points is None:
        return WAITS_FOR_A_MARK
    return "marked" if mark.typed else "graded"
