"""Canvas: "Download Submissions", the gradebook's export, and "Upload Submissions" for comments.

As its source writes and reads them: lib/content_zipper.rb (names of files), gradebook_exporter.rb
and gradebook_importer.rb (the export), and infer_comment_context_from_filename in
app/models/abstract_assignment.rb (whose a page is).
"""

import re
from collections.abc import Container
from itertools import pairwise
from typing import ClassVar

from nbjudge._platform.classes import Learner, Owner, Target, column_of, once_each, safe_key
from nbjudge._platform.sheets import BadSheet, Sheet, as_number

TYPED = re.compile(r"(.*)_(?:text|link)\.html", re.DOTALL)


class Canvas:
    title: ClassVar[str] = "Canvas"

    def owner(self, name: str, numbers: Container[str]) -> Owner | None:
        name = name.rpartition("/")[2]
        parts = name.split("_")
        late = any(part in ("LATE", "late") for part in parts[:-2])
        parts = [part for part in parts if part != "LATE"]
        if parts[0] == "anon":
            return self.anonymous(name, parts, late)
        typed = TYPED.fullmatch(name)
        writer = last_number(typed[1]) if typed else ""
        pairs = [
            (place, number, attachment)
            for place, (number, attachment) in enumerate(pairwise(parts))
            if is_id(number) and is_id(attachment) and place + 2 < len(parts)
        ]
        # A name may have numbers in it, so one of the roster goes before any other.
        known = [pair for pair in pairs if pair[1] in numbers]
        if not known and writer and (writer in numbers or not pairs):
            return Owner(writer, name, is_text=True, late=late)
        if not pairs:
            return None
        place, number, attachment = (known or pairs)[0]
        file = "_".join(parts[place + 2 :])
        return Owner(number, file, "_".join(parts[:place]), attachment, late=late)

    def anonymous(self, name: str, parts: list[str], late: bool) -> Owner | None:
        """anon_xK3fQ_990_homework.ipynb, or anon_xK3fQ_text.html."""
        if len(parts) > 2 and TYPED.fullmatch(name) and not is_id(parts[2]):
            return Owner(parts[1], name, "anon", is_text=True, late=late)
        if len(parts) < 4 or not is_id(parts[2]):
            return None
        return Owner(parts[1], "_".join(parts[3:]), "anon", parts[2], late=late)

    def roster(self, sheet: Sheet) -> list[Learner]:
        if not is_export(sheet):
            raise BadSheet(f"{sheet.name} is not an export of Canvas's gradebook.")
        two = sheet.header[0] == "LastName"
        learners = []
        for row in sheet.rows:
            texts = [field.text.strip() for field in row]
            number = texts[2 if two else 1]
            if not is_id(number):
                continue  # points possible, and what is posted by hand
            last, _, first = (texts[0], "", texts[1]) if two else texts[0].partition(", ")
            learners.append(Learner(number, number, last, first))
        if not learners:
            raise BadSheet(f"{sheet.name} has no learners in it.")
        return once_each(sheet, learners)

    def target(self, sheet: Sheet, assignment: str, heading: str) -> Target:
        column = column_of(sheet, heading) if heading else self.column(sheet, assignment)
        place = 2 if sheet.header[0] == "LastName" else 1
        rows = {
            row[place].text.strip(): number
            for number, row in enumerate(sheet.rows)
            if row[column].text.strip() != "N/A"  # it isn't theirs to do, or names are still hidden
        }
        best = next(
            (row[column].text for row in sheet.rows if "Points Possible" in row[0].text), ""
        )
        return Target(column, rows, as_number(best), best)

    def column(self, sheet: Sheet, assignment: str) -> int:
        """The column of the assignment: "Chart the trade (1234)"."""
        columns = [
            (index, match[1])
            for index, text in enumerate(sheet.header)
            if (match := re.fullmatch(r"(.*) \((\d+)\)", text.strip(), re.DOTALL))
        ]
        wanted = letters(assignment)
        bare = wanted.lstrip("0123456789")  # a title need not have the exercise's number
        same = [index for index, title in columns if letters(title) == wanted]
        near = same or [index for index, title in columns if bare and letters(title).endswith(bare)]
        found = near or [index for index, _ in columns]
        if len(found) == 1:
            return found[0]
        titles = ", ".join(f'"{sheet.header[index]}"' for index, _ in columns) or "none"
        raise BadSheet(
            f"It is not clear which column of {sheet.name} is {assignment}: "
            f"add --column=HEADING, with one of {titles}."
        )

    def page_name(self, learner: Learner, owner: Owner | None, assignment: str) -> str | None:
        if owner is None or not owner.attachment:
            return None  # Canvas takes a page only beside a file that was handed in
        known = f"{learner.number}_{owner.attachment}_{assignment}.html"
        if owner.stem == "anon":
            return f"anon_{known}"
        full = f"{owner.stem}_{known}" if owner.stem else known
        # Canvas takes the first two numbers, whatever they are.
        return full if first_numbers(full) == (learner.number, owner.attachment) else known


def is_export(sheet: Sheet) -> bool:
    """Whether the headings are those that gradebook_importer.rb asks for; Canvas has them in
    English in every language."""
    header = [*sheet.header, "", "", ""]
    names = ("Student" in header[0] and "ID" in header[1]) or (
        header[0] == "LastName" and header[1] == "FirstName" and "ID" in header[2]
    )
    return names and any("Section" in text for text in header)


def is_id(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,20}", text)) and safe_key(text)


def last_number(text: str) -> str:
    """The number at the end of "kimana_LATE_201"; "" without one."""
    number = text.split("_")[-1]
    return number if is_id(number) else ""


def first_numbers(name: str) -> tuple[str, ...]:
    return tuple([part for part in name.split("_") if is_id(part)][:2])


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
