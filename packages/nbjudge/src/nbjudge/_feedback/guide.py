"""Where a course treats what a check has found: tables of the course's own, by two settings."""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from traitlets import Unicode
from traitlets.config import LoggingConfigurable


@dataclass(frozen=True)
class Advice:
    """What a course says to one message: `where` it is treated, and the misconception, if known.

    `name`, `looks_like` and `look_at` are the misconception's, in words for a learner. `in_message`
    says that the message itself tells a learner as much, so that a page need not say it again.
    """

    where: str = ""
    misconception: str = ""
    name: str = ""
    looks_like: str = ""
    look_at: str = ""
    in_message: bool = False


class Guide(LoggingConfigurable):
    """Ties what checks say to the lessons of the course. Without tables it knows nothing."""

    where_to_look = Unicode(
        "",
        help="A CSV file in the course's folder with the columns assignment, check, message, "
        "misconception_id, lesson, section, in_message. The row counts whose message, if it has "
        "one, is part of what the check said; one without a message counts for whatever else it "
        "says. With yes in in_message, which may be left out, the message says as much as the "
        "misconception's own words, and a page has only the message.",
    ).tag(config=True)

    misconceptions = Unicode(
        "",
        help="A CSV file in the course's folder with the columns misconception_id, name, "
        "looks_like, look_at.",
    ).tag(config=True)

    learners_folder = Unicode(
        "",
        help="The folder in which learners answer, if they also have one with the files as they "
        "were given out: named to those who handed in the latter.",
    ).tag(config=True)

    def __init__(self, root: str | Path = ".", **kw: Any) -> None:
        super().__init__(**kw)
        self.root = Path(root)

    def advice(self, assignment: str, check: str, message: str) -> Advice:
        """What the course says to this message of this check; empty when it says nothing."""
        rows = self.rows.get((assignment, check), [])
        fit = [row for row in rows if row["message"] and row["message"] in message]
        row = next(iter(fit or [row for row in rows if not row["message"]]), None)
        if row is None:
            return Advice()
        known = self.known.get(row["misconception_id"], {})
        return Advice(
            where_of(row["lesson"], row["section"]),
            row["misconception_id"],
            known.get("name", ""),
            known.get("looks_like", ""),
            known.get("look_at", ""),
            in_message=row.get("in_message") == "yes",
        )

    @cached_property
    def rows(self) -> dict[tuple[str, str], list[dict[str, str]]]:
        found: dict[tuple[str, str], list[dict[str, str]]] = {}
        for row in self.table(self.where_to_look):
            found.setdefault((row["assignment"], row["check"]), []).append(row)
        return found

    @cached_property
    def known(self) -> dict[str, dict[str, str]]:
        return {row["misconception_id"]: row for row in self.table(self.misconceptions)}

    def table(self, name: str) -> list[dict[str, str]]:
        """The rows of a table; none, with a warning, where it is not there."""
        if not name:
            return []
        try:
            with open(self.root / name, newline="", encoding="utf-8") as file:
                return list(csv.DictReader(file))
        except OSError as error:
            self.log.warning(
                "%s is not there (%s): pages do not say where to look.", name, error.strerror
            )
            return []


def where_of(lesson: str, section: str) -> str:
    """A place in the course, in words: lesson 4, section 1, “How large was it?”.

    In quotation marks, since a title that is a question reads as one to the learner.
    """
    place = f"lesson {lesson.lstrip('0') or 0}" if lesson.isdecimal() else lesson
    number, dot, title = section.partition(". ")
    if not dot or not number.isdecimal():
        number, title = "", section
    parts = (place, number and f"section {number}", title and f"“{title}”")
    return ", ".join(filter(None, parts))
