"""The report on a class: what to teach again, which questions worked, and who needs a talk."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory

from nbjudge._feedback.page import environment, questions
from nbjudge._feedback.pages import Pages
from nbjudge._feedback.pictures import histogram, intervals, progress
from nbjudge._feedback.statistics import (
    cronbach_alpha,
    difficulty_in_words,
    item_statistics,
    rest_in_words,
)
from nbjudge._files import printable, put_safely
from nbjudge._model import Status
from nbjudge._nbgrader.gradebook import folder_of, handed_in, opened
from nbjudge._nbgrader.marks import NOT_GRADED, Standing, results_in, standings

ANSWER_COLUMNS = (
    "student question cell points max_points by_hand ran blank message misconception name where"
).split()
REASONS = {  # why somebody is to be talked to, in the order of the report
    str(Status.MISSING): Status.MISSING.reason,
    NOT_GRADED: "handed in, and is not graded yet",
    "blank": "left questions blank",
    "late": "handed in late",
} | {str(status): status.reason for status in Status if status.reason}


@dataclass(frozen=True)
class ClassReport:
    """All figures of one assignment. `answers` has a row for each learner and graded cell."""

    assignment: str
    title: str
    class_: list[Standing]
    answers: pd.DataFrame
    reasons: Mapping[str, list[str]]
    over_time: pd.DataFrame

    @property
    def came(self) -> list[Standing]:
        return [one for one in self.class_ if one.status not in (Status.MISSING, NOT_GRADED)]

    @property
    def whole(self) -> list[Standing]:
        """Those with a whole score: all checks were run, and nothing waits."""
        return [o for o in self.came if o.points is not None and o.status == Status.GRADED]

    @cached_property
    def points(self) -> pd.DataFrame:
        """Learners by questions, in the order of the assignment; NaN where it is not known, as
        when a check could not be run: a status is not a low score."""
        known = self.answers.assign(
            points=self.answers.points.where(self.answers.ran.astype(bool)).astype(float)
        )
        if known.empty:
            return pd.DataFrame()
        both = known.groupby(["student", "question"], sort=False).points
        table = both.agg(lambda points: points.sum(skipna=False)).unstack()
        return table[list(dict.fromkeys(self.answers.question))]

    @property
    def most(self) -> pd.Series:
        cells = self.answers.drop_duplicates(["question", "cell"])
        return cells.groupby("question").max_points.sum()

    @cached_property
    def items(self) -> pd.DataFrame:
        """Statistics by question, how many left it blank, and both in words."""
        found = item_statistics(self.points, self.most)
        blank = self.answers[self.answers.blank.astype(bool)].groupby("question").student.nunique()
        found.insert(0, "max_points", self.most)
        found["blank"] = blank.reindex(found.index, fill_value=0)
        found["difficulty_in_words"] = [difficulty_in_words(row) for row in found.itertuples()]
        found["item_rest_in_words"] = [rest_in_words(row) for row in found.itertuples()]
        return found.rename_axis("question")

    @cached_property
    def diagnoses(self) -> pd.DataFrame:
        """What checks said, by how many learners were told it; blank answers are left out."""
        told = self.answers[
            (self.answers.message != "")
            & ~self.answers.blank.astype(bool)
            & self.answers.ran.astype(bool)
        ]
        keys = ["question", "message", "misconception", "name", "where"]
        count = told.groupby(keys, sort=False).student.nunique().rename("learners").reset_index()
        return count.sort_values("learners", ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def misconceptions(self) -> pd.DataFrame:
        """Learners by misconception, over all questions; a learner counts once."""
        told = self.answers[(self.answers.misconception != "") & ~self.answers.blank.astype(bool)]
        keys = ["misconception", "name", "where"]
        count = told.groupby(keys, sort=False).student.nunique().rename("learners").reset_index()
        return count.sort_values("learners", ascending=False, kind="stable", ignore_index=True)

    @property
    def shares(self) -> pd.Series:
        """Whole scores as shares of all points, without the penalty for late work."""
        return pd.Series(
            [(one.points or 0.0) / one.max_points for one in self.whole if one.max_points],
            dtype=float,
        )

    @property
    def learners(self) -> pd.DataFrame:
        """A row for each learner: what is marked, out of what, and the reasons for a talk."""
        rows = []
        for one in self.class_:
            marked, out_of = one.so_far
            why = [said for key, said in REASONS.items() if one.student in self.reasons[key]]
            rows.append((one.student, one.name, one.in_words, marked, out_of, "; ".join(why)))
        return pd.DataFrame(
            rows, columns="student name status points marked_max_points reasons".split()
        )


def class_report(course: CourseDirectory, assignment: str) -> ClassReport:
    """Read what a report needs: the gradebook, results of grading, and graded notebooks."""
    given = handed_in(course, assignment)
    pages = Pages(course, assignment, given=given)
    found = list(pages.standings.values())
    rows = [row for one in found for row in rows_of(pages, one)]
    answers = pd.DataFrame(rows, columns=ANSWER_COLUMNS)
    reasons: dict[str, list[str]] = {key: [] for key in REASONS}
    for one in found:
        for key in {*states_of(course, assignment, one), *(["late"] if one.late else [])}:
            if key in reasons:
                reasons[key].append(one.student)
    reasons["blank"] = list(dict.fromkeys(answers[answers.blank.astype(bool)].student))
    titles = [one.title for one in pages.known.values()]
    title = titles[0] if titles else assignment
    return ClassReport(assignment, title, found, answers, reasons, over_time(course))


def rows_of(pages: Pages, one: Standing) -> Iterator[tuple[object, ...]]:
    graded = folder_of(pages.course, "autograded", one.student, pages.assignment)
    if one.status in (Status.MISSING, Status.CANNOT, NOT_GRADED):
        return
    for path in sorted(graded.glob("*.ipynb")):
        for asked in questions(pages.found(one.student, path)):
            for said in asked.said:
                yield (
                    one.student,
                    asked.title,
                    said.cell,
                    said.points,
                    said.max_points,
                    asked.by_hand,
                    said.ran,
                    asked.blank,
                    "" if said.whole else said.message,
                    said.advice.misconception,
                    said.advice.name,
                    said.advice.where,
                )


def states_of(course: CourseDirectory, assignment: str, one: Standing) -> set[str]:
    """The status of a learner's submission and of each of its checks."""
    folder = folder_of(course, "autograded", one.student, assignment)
    results = results_in(folder).values() if one.status != Status.MISSING else ()
    return {one.status, *(str(check.status) for result in results for check in result.checks)}


def over_time(course: CourseDirectory) -> pd.DataFrame:
    """Each assignment that anybody was graded in, in the order of due dates and names: how many
    came, and the quartiles of whole scores, as shares."""
    rows = []
    with opened(course) as book:
        known = sorted(book.assignments, key=lambda a: (a.duedate is None, a.duedate or 0, a.name))
        for assignment in known:
            try:
                found = standings(course, book, assignment.name)
            except MissingEntry:
                continue
            came = [one for one in found if one.status not in (Status.MISSING, NOT_GRADED)]
            if not came:
                continue
            whole = [
                one.points / one.max_points
                for one in came
                if one.points is not None and one.status == Status.GRADED and one.max_points
            ]
            low, middle, high = pd.Series(whole, dtype=float).quantile([0.25, 0.5, 0.75])
            rows.append((assignment.name, len(found), len(came), len(whole), low, middle, high))
    columns = "assignment roster handed_in whole_scores lower_quarter median upper_quarter".split()
    return pd.DataFrame(rows, columns=columns)


def write_report(report: ClassReport, folder: Path, hide_names: bool = False) -> Path:
    """Write the page and its tables as CSV; gives the path of the page.

    With `hide_names` neither a name nor an id of a learner is in any of them.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tables = {
        "questions": report.items.reset_index(),
        "diagnoses": report.diagnoses,
        "misconceptions": report.misconceptions,
        "progress": report.over_time,
    }
    learners = folder / "learners.csv"
    if hide_names:
        learners.unlink(missing_ok=True)
    else:
        tables["learners"] = report.learners.map(harmless_text)
    for name, table in tables.items():
        put_safely(folder / f"{name}.csv", table.to_csv(index=False))
    put_safely(folder / "report.html", html(report, hide_names))
    return folder / "report.html"


def harmless_text(value: object) -> object:
    from nbjudge._nbgrader.plugins import harmless

    return harmless(value)


def html(report: ClassReport, hide_names: bool) -> str:
    """The page: one file, with its pictures in it, that asks for nothing."""
    names = {one.student: printable(one.name) for one in report.class_}
    blank = report.items[report.items.blank > 0].blank.sort_values(ascending=False, kind="stable")
    return (
        environment()
        .get_template("report.html")
        .render(
            report=report,
            hide=hide_names,
            came=len(report.came),
            whole=len(report.whole),
            waiting=sum(1 for one in report.came if one.waiting),
            talks=[
                (said, len(who), [] if hide_names else sorted(names[student] for student in who))
                for key, said in REASONS.items()
                if (who := report.reasons[key])
            ],
            diagnoses=list(report.diagnoses.itertuples()),
            misconceptions=list(report.misconceptions.itertuples()),
            blank=list(blank.items()),
            items=list(report.items.reset_index().itertuples()),
            few=few_learners(report.items),
            alpha=cronbach_alpha(report.points),
            median=report.shares.median(),
            scores=histogram(report.shares),
            difficulty=intervals(short(report.items)),
            progress=progress(report.over_time),
            over_time=list(report.over_time.itertuples()),
            isnan=math.isnan,
        )
    )


def few_learners(items: pd.DataFrame) -> int:
    """How many learners have every question marked, where they are too few to say anything of any
    question; or 0."""
    words = [*items.difficulty_in_words, *items.item_rest_in_words]
    few = all(one.startswith("too few") for one in words)
    return int(items.pairs.max()) if few and len(items) else 0


def short(items: pd.DataFrame) -> Iterable[tuple[str, float, float, float]]:
    """Rows for the picture of difficulties: "Question 3", share, low, high."""
    for row in items.reset_index().itertuples():
        yield row.question.partition(". ")[0], row.difficulty, row.low, row.high
