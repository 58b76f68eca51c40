"""No platform: a folder or a zip of files, and a roster with a line for each learner."""

import re
from collections.abc import Container
from typing import ClassVar

from nbjudge._platform.classes import (
    Learner,
    Owner,
    Target,
    best_in,
    column_of,
    once_each,
    safe_key,
)
from nbjudge._platform.sheets import BadSheet, Sheet, as_number

GRADES = ("grade", "score", "points")


class Plain:
    title: ClassVar[str] = "a folder"

    def owner(self, name: str, numbers: Container[str]) -> Owner | None:
        """The learner whose id is a folder's name, or begins the name of the file."""
        folders, _, file = name.rpartition("/")
        for place, part in enumerate(folders.split("/")):
            if part in numbers:
                return Owner(part, "/".join([*folders.split("/")[place + 1 :], file]))
        stem = file.rpartition(".")[0] or file
        ends = [match.start() for match in re.finditer(r"[^\w.@+-]|[_.-]", stem)]
        for end in [len(stem), *reversed(ends)]:  # the longest id that it begins with
            if stem[:end] in numbers:
                return Owner(stem[:end], file)
        return None

    def roster(self, sheet: Sheet) -> list[Learner]:
        headings = [text.strip().casefold() for text in sheet.header]
        if "id" not in headings:
            raise BadSheet(
                f"{sheet.name} is not a roster: a roster has the heading id, "
                "and it may have first_name, last_name and email."
            )
        place = {name: headings.index(name) for name in headings}
        learners = []
        for row in sheet.rows:
            about = {name: row[index].text.strip() for name, index in place.items()}
            key = about["id"]
            if not safe_key(key):
                raise BadSheet(
                    f"{sheet.name} has the id {key!r}: an id is made of letters, digits, "
                    "and the signs . + @ _ -"
                )
            last = about.get("last_name") or about.get("name", "")
            learners.append(
                Learner(key, key, last, about.get("first_name", ""), about.get("email", ""))
            )
        return once_each(sheet, learners)

    def target(self, sheet: Sheet, assignment: str, heading: str) -> Target:
        headings = [text.strip().casefold() for text in sheet.header]
        names = [name for name in (assignment.casefold(), *GRADES) if name in headings]
        if not heading and not names:
            raise BadSheet(
                f"{sheet.name} has no column for grades: give it an empty one with the heading "
                "grade, or use nbgrader export."
            )
        column = column_of(sheet, heading) if heading else headings.index(names[0])
        place = headings.index("id")
        rows = {row[place].text.strip(): number for number, row in enumerate(sheet.rows)}
        best = best_in(sheet.column(headings.index("max"))) if "max" in headings else ""
        return Target(column, rows, as_number(best), best)

    def page_name(self, learner: Learner, owner: Owner | None, assignment: str) -> str | None:
        return f"{learner.key}/{assignment}.html"
