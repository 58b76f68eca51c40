"""Moodle: "Download all submissions", the grading worksheet, and the zip of feedback files.

As its source writes and reads them: mod/assign/classes/downloader.php (names of files),
mod/assign/gradingtable.php (columns of the worksheet), mod/assign/feedback/offline (grades) and
mod/assign/feedback/file/importziplib.php (feedback). Headings, the word before the number and the
times are in the language of the teacher, so columns are known by what stands in them.
"""

import re
import unicodedata
from collections.abc import Container
from datetime import datetime, tzinfo
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

# NAME_NUMBER_assignsubmission_file and then "/" (a folder, in older ones with "_" before it) or
# "_" (no folders). Moodle turns each "_" of a name into a blank.
PART = re.compile(r"([^_/]*)_(\d+)_assignsubmission_(file|onlinetext)(?:_(.*))?", re.DOTALL)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
GRADE_HEADINGS = {"Grade", "Bewertung", "성적", "Note", "Calificación"}
MONTHS = {
    name: number
    for row in (
        "January February March April May June July August September October November December",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월",
    )
    for number, name in enumerate(row.split(), start=1)
}
NOON = {"am": 0, "오전": 0, "pm": 12, "오후": 12}


class Moodle:
    title: ClassVar[str] = "Moodle"

    def owner(self, name: str, numbers: Container[str]) -> Owner | None:
        parts = name.split("/")
        for place, part in enumerate(parts):
            if match := PART.fullmatch(part):
                who, number, kind, rest = match.groups()
                file = "/".join([*([rest] if rest else []), *parts[place + 1 :]])
                if file:
                    return Owner(number, file, name=who, is_text=kind == "onlinetext")
        return None

    def roster(self, sheet: Sheet) -> list[Learner]:
        numbers = [number_in(text) for text in sheet.column(0)]
        if not all(numbers):
            raise BadSheet(
                f"{sheet.name} is not a grading worksheet of Moodle: "
                f"its first column, {sheet.header[0]!r}, has no participant numbers."
            )
        target = self.target(sheet, "", "") if len(grade_columns(sheet)) == 1 else None
        emails, none = self.emails(sheet), [""] * len(numbers)
        names = sheet.column(1) if self.has_names(sheet, emails) else none
        times = sheet.column(place) if (place := time_column(sheet, target)) else none
        # The number is another one in each assignment, an address is not.
        keys = emails if emails and all(map(safe_key, emails)) else numbers
        rows = zip(keys, numbers, names, emails or none, times, strict=True)
        return once_each(
            sheet,
            [
                Learner(key, number, re.sub("<[^>]*>", "", name).strip(), "", email, time)
                for key, number, name, email, time in rows
            ],
        )

    def emails(self, sheet: Sheet) -> list[str]:
        """The learners' addresses; none when the worksheet does not have one for each."""
        for index in range(1, len(sheet.header)):
            texts = [text.strip() for text in sheet.column(index)]
            if all(map(EMAIL.fullmatch, texts)) and len(set(texts)) == len(texts):
                return texts
        return []

    def has_names(self, sheet: Sheet, emails: list[str]) -> bool:
        """Beside the number stands the name, or the status where marking is blind."""
        if emails:
            return True
        grades, texts = grade_columns(sheet), sheet.column(1)
        return (not grades or grades[0] > 2) and 2 * len(set(texts)) > len(texts)

    def target(self, sheet: Sheet, assignment: str, heading: str) -> Target:
        if heading:
            column, best = column_of(sheet, heading), ""
            if column + 1 < len(sheet.header):
                best = best_in(sheet.column(column + 1))
        else:
            columns = grade_columns(sheet)
            if len(columns) != 1:
                raise BadSheet(
                    f"It is not clear which column of {sheet.name} takes the grades: "
                    'add --column="HEADING", with one of ' + ", ".join(sheet.header) + "."
                )
            column = columns[0]
            best = best_in(sheet.column(column + 1))
        rows = {number_in(text): place for place, text in enumerate(sheet.column(0))}
        return Target(column, rows, as_number(best), best)

    def page_name(self, learner: Learner, owner: Owner | None, assignment: str) -> str | None:
        # Without folders, so that versions before and after 4.1 take it; and as a feedback file,
        # so that a page that is already there, unchanged, tells nobody again.
        name = re.sub(r'[\x00-\x1f_/\\:*?"<>|]+', " ", learner.full_name).strip(" .~")[:60]
        return f"{name or 'Participant'}_{learner.number}_assignfeedback_file_{assignment}.html"


def number_in(text: str) -> str:
    """The participant number at the end of "Participant 101" or "Teilnehmer/in101"."""
    match = re.fullmatch(r"\D*?(\d{1,18})\s*", text)
    return str(int(match[1])) if match else ""


def grade_columns(sheet: Sheet) -> list[int]:
    """The columns that can be the grade: left of one with the same number, the best, everywhere."""
    found = [
        column
        for column in range(1, len(sheet.header) - 1)
        if as_number(best_in(sheet.column(column + 1))) is not None
        and all(not text.strip() or as_number(text) is not None for text in sheet.column(column))
    ]
    named = [column for column in found if sheet.header[column].strip() in GRADE_HEADINGS]
    return named or found


def time_column(sheet: Sheet, target: Target | None) -> int | None:
    """The column with the times of handing in: the first of times behind the grades."""
    for column in range(target.column + 2 if target else 2, len(sheet.header)):
        texts = [text.strip() for text in sheet.column(column)]
        some = [text for text in texts if text not in ("", "-")]
        if some and all(is_like_a_time(text) for text in some):
            return column
    return None


def is_like_a_time(text: str) -> bool:
    return bool(re.search(r"\b\d{4}", text) and re.search(r"\d:\d\d", text))


def read_time(text: str, zone: tzinfo | None) -> datetime | None:
    """A time as Moodle writes it in English, German or Korean; None for any other text.

    `zone` is the time zone that Moodle showed it in; None is that of this machine.
    """
    text = unicodedata.normalize("NFC", text).strip()
    year = re.search(r"\b(\d{4})(?!\d)", text)
    clock = re.search(r"(\d{1,2}):(\d\d)", text)
    words = re.findall(r"\d{1,2}월|[^\W\d]+", text)
    months = [MONTHS[word] for word in words if word in MONTHS]
    days = re.findall(r"(?<![\d:])(\d{1,2})(?=일|\.|\s|,)(?!:)", text)
    if not (year and clock and len(months) == 1 and days):
        return None
    hour = int(clock[1])
    for word in words:
        if word.casefold() in NOON:
            hour = hour % 12 + NOON[word.casefold()]
    try:
        naive = datetime(int(year[1]), months[0], int(days[0]), hour, int(clock[2]))
        return naive.replace(tzinfo=zone) if zone else naive.astimezone()
    except (ValueError, OverflowError, OSError):
        return None
