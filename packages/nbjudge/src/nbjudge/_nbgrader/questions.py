"""Scores by question, for `nbgrader export --exporter=nbjudge.QuestionScores`."""

import csv
from collections.abc import Iterator
from typing import Any

from nbgrader.api import Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin

from nbjudge._nbgrader.marks import NOT_GRADED, WAITS_FOR_A_MARK
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

    `state` is "graded", "marked" (by a person), "waits for a mark", or "not graded"; the score is
    empty in the last two. The file is questions.csv, or what --to says.
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
        for assignment in gradebook.assignments:
            if assignments and assignment.name not in assignments:
                continue
            questions = [
                cell
                for notebook in assignment.notebooks
                for cell in (*notebook.grade_cells, *notebook.task_cells)
            ]
            for student in sorted(gradebook.students, key=in_turn):
                if students and student.id not in students:
                    continue
                decided = decided_of(gradebook, assignment.name, student.id)
                for question in questions:
                    score, state = decided.get(question.name, (None, NOT_GRADED))
                    yield {
                        "assignment": assignment.name,
                        "student_id": student.id,
                        "last_name": student.last_name,
                        "first_name": student.first_name,
                        "question": question.name,
                        "score": score,
                        "max_score": question.max_score,
                        "state": state,
                    }


def in_turn(student: Student) -> tuple[str, str, str]:
    """The order of learners: by name, and by id where names are the same or not there."""
    return student.last_name or "", student.first_name or "", student.id


def decided_of(book: Gradebook, assignment: str, student: str) -> dict[str, tuple[Any, str]]:
    """Score and state of each question of one learner; empty when nothing was graded."""
    try:
        submission = book.find_submission(assignment, student)
    except MissingEntry:
        return {}
    found = {}
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            if grade.needs_manual_grade or (
                grade.auto_score is None and grade.manual_score is None
            ):
                found[grade.name] = (None, WAITS_FOR_A_MARK)
            else:
                by_hand = grade.manual_score is not None
                found[grade.name] = (grade.score, "marked" if by_hand else "graded")
    return found
