"""A made-up class of 60, as Moodle and Canvas would let a teacher download it.

File names and worksheets are written here as the platforms' sources write them: Moodle's
mod/assign/classes/downloader.php and gradingtable.php with PHP's fputcsv, in English, German and
Korean; Canvas's lib/content_zipper.rb and gradebook_exporter.rb.
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

ASSIGNMENT = "ps1"
DUE = datetime(2026, 3, 12, 12, 0)  # by Moodle's clock


# What learners hand in: a file's name and its bytes, by the arrival that they deserve


def zipped(**files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def with_password(archive):
    """The bits that say that a zip's members are encrypted, set in both places."""
    changed = bytearray(archive)
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for match in re.finditer(re.escape(sign), archive):
            changed[match.start() + place] |= 1
    return bytes(changed)


@cache
def bomb():
    return zipped(**{"ps1.ipynb": b"0" * (100 << 20)})


def deep(content, times):
    for _ in range(times):
        content = zipped(**{"in.zip": content})
    return content


def another(notebook):
    """A notebook of nbgrader's, but with the cells of another exercise."""
    return re.sub(rb'"grade_id": "', b'"grade_id": "other_', notebook)


def kinds(right, other):
    """By name of the kind: files, and what should come of them. `right` is a good notebook."""
    litter = {"__MACOSX/._ps1.ipynb": b"x", ".DS_Store": b"x", "ps1/ps1.ipynb": right}
    cases = {
        "renamed": ({"my homework.ipynb": right}, "collected"),
        "again": ({"ps1-1.ipynb": right}, "collected"),
        "browser": ({"ps1 (2).ipynb": right}, "collected"),
        "capitals": ({"PS1.IPYNB": right}, "collected"),
        "zip": ({"ps1.zip": zipped(**{"ps1/ps1.ipynb": right, "ps1/d.csv": b"1"})}, "collected"),
        "mac": ({"ps1.zip": zipped(**litter)}, "collected"),
        "zip in zip": ({"a.zip": deep(zipped(**{"ps1.ipynb": right}), 1)}, "collected"),
        "with data": ({"ps1.ipynb": right, "data.csv": b"1,2"}, "collected"),
        "twice the same": ({"ps1.ipynb": right, "copy.ipynb": right}, "collected"),
        "and an older one": ({"ps1.ipynb": right, "old.ipynb": other}, "collected"),
        "outside": ({"x.zip": zipped(**{"../../ps1.ipynb": right, "/etc/x": b"x"})}, "collected"),
        "broken json": ({"ps1.ipynb": b'{"cells": ['}, "collected"),
        "pdf": ({"ps1.pdf": b"%PDF-1.7"}, "no notebook"),
        "photo": ({"IMG_0001.heic": b"\0\0\0"}, "no notebook"),
        "empty": ({"ps1.ipynb": b""}, "empty"),
        "empty zip": ({"ps1.zip": b""}, "empty"),
        "nothing in it": ({"ps1.zip": zipped()}, "empty"),
        "cut off": ({"ps1.zip": zipped(**{"ps1.ipynb": right})[:-40]}, "broken archive"),
        "bad sum": ({"ps1.zip": zipped(**{"a.ipynb": b"\x01" * 9}).replace(b"\x01", b"\x02")},
                    "broken archive"),
        "password": ({"ps1.zip": with_password(zipped(**{"ps1.ipynb": right}))}, "encrypted"),
        "bomb": ({"ps1.zip": bomb()}, "too large"),
        "deep": ({"ps1.zip": deep(zipped(**{"ps1.ipynb": right}), 8)}, "too deep"),
        "two": ({"one.ipynb": right, "two.ipynb": other}, "several notebooks"),
        "other exercise": ({"ps1.ipynb": another(right)}, "another exercise"),
        "typed": (None, "text online"),
        "missing": ({}, "missing"),
    }  # fmt: skip
    return cases


NAMES = [
    "Ana Kim",
    "Ana Kim",
    "김민지",
    "Zoë O'Neil",
    "José_María 3",
    "Li, Wei",
    "d'Arc-12 J.",
    "Bo_7",
]


@dataclass
class Pupil:
    """One made-up learner; ids are those of Moodle and of Canvas."""

    place: int
    kind: str
    files: dict | None
    expected: str
    late: bool = False
    name: str = field(init=False)

    def __post_init__(self):
        self.name = f"{NAMES[self.place % len(NAMES)]}{'' if self.place % 3 else self.place}"
        self.number = 101 + 7 * self.place  # Moodle's, for this assignment
        self.user = 2001 + self.place  # Canvas's
        self.anonymous = f"x{self.place:02}Qz"
        self.email = f"pupil.{self.place}@school.example"
        first = 9000 + 10 * self.place
        self.attachments = {file: first + i for i, file in enumerate(self.files or [])}

    @property
    def sortable(self):
        first, _, last = self.name.rpartition(" ")
        return f"{last}, {first}" if first else last


def made_up(right, other, size=60):
    """A learner of each kind, and the others with a good notebook; each third one late."""
    cases = [*kinds(right, other).items()]
    cases += [("right", ({"ps1.ipynb": right}, "collected"))] * (size - len(cases))
    return [
        Pupil(place, kind, files, expected, late=place % 3 == 1 and bool(files))
        for place, (kind, (files, expected)) in enumerate(cases)
    ]


# Moodle

GERMAN_MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"


def english_time(t):
    return f"{t:%A}, {t.day} {t:%B} {t.year}, {t.hour % 12 or 12}:{t:%M} {t:%p}"


def german_time(t):
    return f"Donnerstag, {t.day}. {GERMAN_MONTHS.split()[t.month - 1]} {t.year}, {t:%H:%M}"


def korean_time(t):
    half = "오전" if t.hour < 12 else "오후"
    return f"{t.year}년 {t.month}월 {t.day:02}일, 목요일, {half} {t.hour % 12 or 12:02}:{t:%M}"


LANGUAGES = {
    "English": {
        "headings": ["Identifier", "Full name", "Email address", "Status", "Grade",
                     "Maximum grade", "Grade can be changed", "Last modified (submission)",
                     "Last modified (grade)", "Feedback comments"],
        "participant": "Participant ", "yes": "Yes", "decimal": ".", "time": english_time,
        "status": "Submitted for grading - ", "none": "No submission - ",
    },
    "German": {
        "headings": ["ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung",
                     "Bestwertung", "Bewertung kann geändert werden", "Zuletzt geändert (Abgabe)",
                     "Zuletzt geändert (Bewertung)", "Feedback als Kommentar"],
        "participant": "Teilnehmer/in", "yes": "Ja", "decimal": ",", "time": german_time,
        "status": "Zur Bewertung abgegeben - 36 Tage 10 Stunden zu spät - ", "none": "Keine - ",
    },
    "Korean": {
        "headings": ["식별자", "성명", "이메일 주소", "상태", "성적", "최대 성적", "성적 변경 가능",
                     "마지막 수정됨(제출)", "마지막 수정됨(성적)", "피드백 코멘트"],
        "participant": "참가자", "yes": "예", "decimal": ".", "time": korean_time,
        "status": "채점을 위해 제출되었습니다. - ", "none": "제출이 없습니다. - ",
    },
}  # fmt: skip


def fputcsv(fields, delimiter, end):
    """A line as PHP writes it: quotation marks also around what has a blank in it."""
    special = re.compile(rf'[{re.escape(delimiter)}"\\\n\r\t ]')
    texts = ['"' + t.replace('"', '""') + '"' if special.search(t) else t for t in fields]
    return delimiter.join(texts) + end


def moodle_sheet(pupils, language, best, grades=None, delimiter=",", bom=True, end="\n"):
    """Moodle's grading worksheet; `grades` is what stands in the grade column, by pupil."""
    words, grades = LANGUAGES[language], grades or {}
    lines = [fputcsv(words["headings"], delimiter, end)]
    for pupil in pupils:
        came = pupil.files is None or bool(pupil.files)
        time = datetime(2026, 3, 13, 14, 5) if pupil.late else datetime(2026, 3, 11, 9, 30)
        lines.append(fputcsv([
            f"{words['participant']}{pupil.number}", pupil.name, pupil.email,
            (words["status"] if came else words["none"]) + 'said "so";\nand more',
            grades.get(pupil.place, ""), f"{best:.2f}".replace(".", words["decimal"]),
            words["yes"], words["time"](time) if came else "-", "-", "",
        ], delimiter, end))  # fmt: skip
    return (b"\xef\xbb\xbf" if bom else b"") + "".join(lines).encode()


def clean_filename(text):
    return re.sub(r'[\x00-\x1f/\\:*?"<>|&]', "", text)


def moodle_zip(path, pupils, form="folders"):
    """`form`: "folders" (4.1 and later), "older" (with "_" behind), or "flat"."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for pupil in pupils:
            who = clean_filename(f"{pupil.name.replace('_', ' ')}_{pupil.number}")
            if pupil.files is None:
                archive.writestr(f"{who}_assignsubmission_onlinetext/onlinetext.html", "<p>x</p>")
            join = {"folders": "/", "older": "_/", "flat": "_"}[form]
            for name, content in (pupil.files or {}).items():
                archive.writestr(f"{who}_assignsubmission_file{join}{name}", content)
        archive.writestr("desktop.ini", "stray")


def oracle_moodle_grades(content, language, numbers, best, delimiter=","):
    """What importgradeslib.php and locallib.php make of an uploaded worksheet: grade by number."""
    words = LANGUAGES[language]
    text = content.decode("utf-8").removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = rows[0]
    column = {name: header.index(words["headings"][place]) for name, place in
              {"id": 0, "grade": 4, "modified": 8}.items()}  # fmt: skip
    found = {}
    for row in rows[1:]:
        number = row[column["id"]][len(words["participant"]) :]  # substr after the word
        grade = row[column["grade"]].strip()
        if not number.isdigit() or int(number) not in numbers or grade == "":
            continue
        grade = float(grade.replace(words["decimal"], "."))  # unformat_float
        if 0 <= grade <= best:
            found[int(number)] = grade
    return found


def oracle_moodle_pages(path, numbers):
    """is_valid_filename_for_import of importziplib.php: the file's new name, by number."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.rpartition("/")[2][:1] in (".", "~"):
                continue
            parts = name.split("/")
            while parts:
                info = parts.pop(0).split("_", 4)
                if len(info) < 4 or not re.fullmatch(r"\d+", info[1]):
                    continue
                if int(info[1]) not in numbers:
                    continue
                if info[2] not in ("assignfeedback", "assignsubmission") or info[3] != "file":
                    continue
                rest = info[4] if len(info) == 5 else ""
                found.setdefault(int(info[1]), []).append("/".join([rest, *parts]))
                break
    return found


# Canvas


def canvas_zip(path, pupils, anonymous=False):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for pupil in pupils:
            name = re.sub(r"_(\d+)_", r"\1", pupil.sortable).lower()
            who = f"anon_{pupil.anonymous}" if anonymous else str(pupil.user)
            parts = [None if anonymous else name, "LATE" if pupil.late else None, who]
            stem = re.sub(r"[^\w]", "", "_".join(part for part in parts if part))
            if pupil.files is None:
                archive.writestr(f"{stem}_text.html", "<p>typed</p>")
            for file, content in (pupil.files or {}).items():
                shown = re.sub(r'[\x00/\\:*?"<>|]+', "_", file)
                archive.writestr(f"{stem}_{pupil.attachments[file]}_{shown}", content)


def canvas_sheet(pupils, best, grades=None, delimiter=",", bom=False, hidden=False):
    grades = grades or {}
    lines = [["Student", "ID", "SIS Login ID", "Section", "Notes", "Warm up (55)", "PS1 (56)",
              "PS1 again (57)", "Current Score", "Final Score"]]  # fmt: skip
    comma = delimiter == ";"
    lines.append(["", "", "", "", "", "", "Manual Posting", "", "", ""])
    point = f"{best:.2f}".replace(".", ",") if comma else f"{best:.2f}"
    lines.append(["    Points Possible", "", "", "", "", "10.00", point, "5.00",
                  "(read only)", "(read only)"])  # fmt: skip
    for pupil in pupils:
        cell = "N/A" if hidden else grades.get(pupil.place, "")
        lines.append([pupil.sortable, str(pupil.user), pupil.email, 'Sec "A", 1', "", "7.00", cell,
                      "", "70.00", "61.00"])  # fmt: skip
    lines.append(["Student, Test", "1999", "", "Sec", "", "", "N/A" if hidden else "", "", "", ""])

    def quoted(text):
        special = re.search(rf'[{delimiter}"\n]', text)
        return '"' + text.replace('"', '""') + '"' if special else text

    text = "".join(delimiter.join(map(quoted, line)) + "\n" for line in lines)
    return (b"\xef\xbb\xbf" if bom else b"") + text.encode()


def oracle_canvas_grades(content, users):
    """What gradebook_importer.rb reads for the assignment 56: grade by user."""
    text = content.decode("utf-8").removeprefix("\ufeff")
    first = text.splitlines()[:3]
    sizes = {
        sign: {len(next(csv.reader([line], delimiter=sign))) for line in first} for sign in ";,"
    }
    one = {sign: max(found) if len(found) == 1 else 0 for sign, found in sizes.items()}
    sign = ";" if one[";"] > one[","] else ","
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    assert "Student" in rows[0][0] and "ID" in rows[0][1] and "Section" in rows[0][3]
    column = next(i for i, text in enumerate(rows[0]) if text.endswith("(56)"))
    found = {}
    for row in rows[1:]:
        if "Points Possible" in row[0] or not row[1]:
            continue
        grade = row[column].strip()
        if int(row[1]) in users and grade not in ("", "-", "N/A"):
            found[int(row[1])] = float(grade.replace(",", "."))
    return found


def oracle_canvas_pages(path, pupils):
    """infer_comment_context_from_filename of abstract_assignment.rb: names of pages, by user."""
    by_user = {str(p.user): p for p in pupils}
    by_anonymous = {p.anonymous: p for p in pupils}
    found = {}
    with zipfile.ZipFile(path) as archive:
        for full in archive.namelist():
            name = full.rpartition("/")[2]
            parts = [part for part in name.split("_") if part != "LATE"]
            if parts[0] == "anon":
                pupil, attachment = by_anonymous.get(parts[1]), parts[2]
            else:
                numbers = [part for part in parts if re.fullmatch(r"\d+", part)][:2]
                pupil, attachment = by_user.get(numbers[0]), numbers[1]
            if parts[-1].startswith("link") or name.startswith("._"):
                continue
            if pupil and attachment in map(str, pupil.attachments.values()):
                found.setdefault(pupil.user, []).append(full)
    return found
