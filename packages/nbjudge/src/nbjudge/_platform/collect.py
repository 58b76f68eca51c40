"""From a platform's download to submitted/: every learner of the roster has exactly one arrival."""

import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory

from nbjudge import _files
from nbjudge._batch.troubles import readable_troubles
from nbjudge._nbgrader.gradebook import CourseError, folder_of, opened, private
from nbjudge._platform.archives import (
    Arrival,
    Entry,
    NoDownload,
    NotReadable,
    Quota,
    is_litter,
    is_notebook,
    opened_download,
    opened_up,
)
from nbjudge._platform.canvas import Canvas, is_export
from nbjudge._platform.classes import Learner, Owner, Platform, safe_key
from nbjudge._platform.moodle import Moodle, read_time
from nbjudge._platform.plain import Plain
from nbjudge._platform.sheets import BadSheet, Sheet

PLATFORMS: dict[str, Platform] = {"moodle": Moodle(), "canvas": Canvas(), "folder": Plain()}
UTC_TIME = "%Y-%m-%d %H:%M:%S UTC"
TIME = "timestamp.txt"  # where nbgrader reads when something was handed in


@dataclass
class Collected:
    """What came of one learner: `files` is what goes to submitted/, by path in the folder."""

    learner: Learner
    arrival: Arrival = Arrival.MISSING
    remarks: list[str] = field(default_factory=list)
    owner: Owner | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    digest: str = ""
    handed_in: str = ""  # the time, in UTC, where the worksheet has one

    @property
    def called(self) -> str:
        """Name and id: two learners may have one name."""
        name = self.learner.full_name
        return f"{name} ({self.learner.key})" if name else self.learner.key

    def to_data(self) -> dict[str, Any]:
        data = asdict(self)
        del data["files"]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Collected":
        owner = Owner(**data["owner"]) if data["owner"] else None
        parts = {"learner": Learner(**data["learner"]), "owner": owner}
        return cls(**{**data, **parts, "arrival": Arrival(data["arrival"])})


@dataclass
class Collection:
    """What a download held, and the worksheet that came with it.

    `strays` are files of nobody; `strangers` are learners who are not in the roster.
    """

    assignment: str
    platform: str
    learners: list[Collected]
    strays: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    sheet: Sheet | None = None

    def counts(self) -> Counter[Arrival]:
        return Counter(one.arrival for one in self.learners)


def collect(
    course: CourseDirectory,
    assignment: str,
    download: Path,
    worksheet: Path | None = None,
    platform: str = "",
    zone: tzinfo | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Collection:
    """Read a download, write submitted/ and the roster, and keep a record for the way back.

    `worksheet` is Moodle's grading worksheet, an export of Canvas's gradebook, or a roster.
    `platform` is a key of PLATFORMS; by default the two files say which it is. `zone` is the time
    zone of the worksheet's times. Nothing is written before everything has been read.

    Raises CourseError or Stopped, with one sentence and the next step, when nothing can be
    collected.
    """
    try:
        with readable_troubles(course):
            notebooks = notebooks_of(course, assignment)
            sheet = Sheet(worksheet.name, read_small(worksheet)) if worksheet else None
            with opened_download(download) as entries:
                entries = [entry for entry in entries if not is_litter(entry.name)]
                reading = Reading(assignment, notebooks, entries, sheet, platform, zone)
                found = reading.all(on_progress)
            before = record_of(course, assignment)
            write(
                course, found, {one.learner.key: one for one in before.learners} if before else {}
            )
    except (BadSheet, NoDownload) as error:
        raise CourseError(str(error)) from None
    return found


def read_small(path: Path) -> bytes:
    try:
        if path.stat().st_size > 64 * 2**20:
            raise BadSheet(f"{path.name} is larger than a worksheet can be.")
        return path.read_bytes()
    except OSError as error:
        raise BadSheet(f"{path} can't be read: {error.strerror}.") from None


def notebooks_of(course: CourseDirectory, assignment: str) -> dict[str, set[str]]:
    """The assignment's notebooks, and the grade ids of each."""
    with opened(course) as book:
        try:
            found = book.find_assignment(assignment).notebooks
        except MissingEntry:
            found = []
        names = {
            notebook.name: {
                cell.name
                for cells in (
                    notebook.source_cells,
                    notebook.grade_cells,
                    notebook.solution_cells,
                    notebook.task_cells,
                )
                for cell in cells
            }
            for notebook in found
        }
    if not names:
        raise CourseError(
            f"The gradebook knows no notebook of {assignment!r}: "
            f"run nbgrader generate_assignment {assignment}."
        )
    return names


class Reading:
    """One download, read: who it is of, and what came of each."""

    def __init__(
        self,
        assignment: str,
        notebooks: Mapping[str, set[str]],
        entries: Sequence[Entry],
        sheet: Sheet | None,
        platform: str,
        zone: tzinfo | None,
    ) -> None:
        self.notebooks, self.entries, self.sheet, self.zone = notebooks, entries, sheet, zone
        name = platform or recognised(entries, sheet)
        self.platform = PLATFORMS[name]
        roster = self.platform.roster(sheet) if sheet else []
        if not sheet and name == "folder":
            raise CourseError(
                "The files are not named as Moodle or Canvas names them: "
                "give a roster too, a CSV file with the heading id."
            )
        self.found = Collection(assignment, name, [Collected(one) for one in roster], sheet=sheet)

    def all(self, on_progress: Callable[[int, int], None]) -> Collection:
        found = self.found
        by_number = {one.learner.number: one for one in found.learners}
        theirs: dict[str, list[tuple[Entry, Owner]]] = defaultdict(list)
        for entry in self.entries:
            owner = self.platform.owner(entry.name, by_number)
            if owner is None:
                found.strays.append(entry.name)
            else:
                theirs[owner.number].append((entry, owner))
        self.match(by_number, theirs)
        for done, (number, one) in enumerate(by_number.items(), start=1):
            self.receive(one, theirs.get(number, []))
            on_progress(done, len(by_number))
        self.look_at_all()
        return found

    def match(
        self, by_number: dict[str, Collected], theirs: Mapping[str, list[tuple[Entry, Owner]]]
    ) -> None:
        """Learners of the download who are not in the roster; without one, they are the roster."""
        for number, files in theirs.items():
            if number in by_number:
                continue
            if self.sheet is None and safe_key(number):
                learner = Learner(number, number, last_name=files[0][1].name)
                by_number[number] = Collected(learner)
                self.found.learners.append(by_number[number])
            else:
                self.found.strangers.append(files[0][1].name or number)
        if self.entries and not theirs:
            raise CourseError(
                "No file of the download has a name that says whose it is, "
                f"such as {self.found.strays[0]!r}."
            )
        if self.sheet and not any(number in by_number for number in theirs):
            anonymous = all(files[0][1].stem == "anon" for files in theirs.values())
            raise CourseError(
                "The names in the download are hidden, so no worksheet fits it yet: "
                "collect without the worksheet."
                if anonymous
                else f"Nobody in the download is in {self.sheet.name}: "
                "it is the worksheet of another assignment or course."
            )

    def receive(self, one: Collected, files: Sequence[tuple[Entry, Owner]]) -> None:
        """What came of one learner, from what the download holds of theirs."""
        if one.learner.handed_in.strip(" -"):
            time = read_time(one.learner.handed_in, self.zone)
            one.handed_in = f"{time.astimezone(UTC):{UTC_TIME}}" if time else ""
        if not files:
            return
        uploads = [(entry, owner) for entry, owner in files if not owner.is_text]
        one.owner = (uploads or files)[0][1]
        if any(owner.late for _, owner in files):
            one.remarks.append("late")
        if not uploads:
            one.arrival = Arrival.TEXT
            return
        allowance = Quota()
        try:
            given: dict[str, bytes] = {}
            for entry, owner in uploads:
                name = owner.file
                while name in given:
                    name = f"_{name}"
                given[name] = entry.read(allowance)
            one.arrival, chosen = self.choose(opened_up(given, allowance), one.remarks)
        except NotReadable as error:
            one.arrival = error.arrival
            return
        if one.arrival is Arrival.COLLECTED:
            one.files = chosen
            one.digest = _files.digest(chosen)
            # The page goes back beside the file that the notebook came from.
            held = [owner for entry, owner in uploads if is_notebook(owner.file)]
            one.owner = held[0] if held else one.owner

    def choose(
        self, files: dict[str, bytes], remarks: list[str]
    ) -> tuple[Arrival, dict[str, bytes]]:
        """The notebooks that count, under the names that the assignment has for them."""
        notebooks = {name: content for name, content in files.items() if is_notebook(name)}
        if not notebooks:
            empty = not any(content.strip() for content in files.values())
            return (Arrival.EMPTY if empty else Arrival.NO_NOTEBOOK), {}
        if not any(content.strip() for content in notebooks.values()):
            return Arrival.EMPTY, {}
        chosen = {
            expected: name
            for expected in self.notebooks
            if (name := the_one(expected, notebooks, alone=len(self.notebooks) == 1))
        }
        if not chosen:
            return Arrival.SEVERAL, {}
        if all(self.is_another(expected, files[name]) for expected, name in chosen.items()):
            return Arrival.ANOTHER, {}
        result: dict[str, bytes] = {}
        for expected, name in chosen.items():
            result[f"{expected}.ipynb"] = files[name]
            if PurePosixPath(name).name != f"{expected}.ipynb":
                remarks.append(f"the notebook was named {_files.printable(name)}")
        left = len(notebooks) - len(chosen)
        if left:
            remarks.append(f"{left} more notebook{'s' * (left > 1)} left out")
        top = PurePosixPath(next(iter(chosen.values()))).parent
        return Arrival.COLLECTED, result | beside(top, files, result)

    def is_another(self, expected: str, content: bytes) -> bool:
        """Whether a notebook has nbgrader's cells, but none of this exercise's."""
        ids = {name.decode(errors="replace") for name in re.findall(GRADE_ID, content[: 2**24])}
        return bool(ids) and not ids & self.notebooks[expected]

    def look_at_all(self) -> None:
        """What is wrong with the download as a whole."""
        found = self.found
        counts = found.counts()
        came = len(found.learners) - counts[Arrival.MISSING]
        if counts[Arrival.ANOTHER] > 1 and 2 * counts[Arrival.ANOTHER] > came:
            raise CourseError(
                f"Most notebooks of the download are of another exercise than {found.assignment}: "
                "download the submissions of this one."
            )
        if not found.learners:
            raise CourseError("The download holds nobody's work.")
        unread = [one for one in found.learners if one.learner.handed_in.strip(" -")]
        unread = [one for one in unread if not one.handed_in]
        if unread:
            found.notices.append(
                f'The times of the worksheet ("{unread[0].learner.handed_in}") can\'t be read, '
                "so nobody is taken as late."
            )
        if any(not safe_key(one.learner.key) for one in found.learners):
            raise CourseError("A learner's id can't be the name of a folder.")


GRADE_ID = rb'"grade_id"\s*:\s*"([^"\\]{1,200})"'


def recognised(entries: Sequence[Entry], sheet: Sheet | None) -> str:
    """The platform that wrote the worksheet, or the names in the download."""
    names = [entry.name for entry in entries]
    counts = {  # of no roster's folders and files: for a folder it is 0
        name: sum(platform.owner(one, ()) is not None for one in names)
        for name, platform in PLATFORMS.items()
    }
    if sheet is None:
        best = max(counts, key=lambda name: counts[name])
        return best if counts[best] else "folder"
    if is_export(sheet):
        return "canvas"
    # In German, Moodle's heading is ID too.
    is_roster = "id" in [text.strip().casefold() for text in sheet.header]
    return "folder" if is_roster and not counts["moodle"] else "moodle"


def the_one(expected: str, notebooks: Mapping[str, bytes], alone: bool) -> str:
    """The name of the one notebook that is meant; "" when nothing says which.

    Canvas and browsers add "-1" or " (1)" to the name of a file that was there before.
    """
    same = [
        name
        for name in notebooks
        if re.sub(r"(?:-\d+|\s?\(\d+\))$", "", PurePosixPath(name).stem).strip() == expected
    ]
    candidates = same or (list(notebooks) if alone else [])
    exact = [name for name in candidates if PurePosixPath(name).stem == expected]
    for group in (exact, candidates):
        if group and len({notebooks[name] for name in group}) == 1:
            return group[0]
    return ""


def beside(
    top: PurePosixPath, files: Mapping[str, bytes], taken: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The learner's other files under the notebook's folder, with paths from there."""
    found = {}
    for name, content in files.items():
        path = PurePosixPath(name)
        if is_notebook(name) or not path.is_relative_to(top):
            continue
        inside = str(path.relative_to(top))
        if _files.is_inside(inside) and _files.is_text(inside) and inside not in (*taken, TIME):
            found[inside] = content
    return found


# Writing


def write(course: CourseDirectory, found: Collection, earlier: Mapping[str, Collected]) -> None:
    """The roster into the gradebook, the notebooks into submitted/, and the record."""
    with opened(course) as book:
        due = book.find_assignment(found.assignment).duedate
        for one in found.learners:
            about = one.learner
            if due and one.handed_in and one.handed_in > f"{due:{UTC_TIME}}":
                one.remarks.append("late")
            names = {"last_name": about.last_name, "first_name": about.first_name}
            known = {key: value[:128] for key, value in names.items() if value}
            if about.email:
                known["email"] = about.email[:128]
            book.update_or_create_student(about.key, **known)
    for one in found.learners:
        before = earlier.get(one.learner.key)
        if one.arrival is Arrival.COLLECTED:
            if before and before.digest and before.digest != one.digest:
                one.remarks.append("handed in anew")
            folder = folder_of(course, "submitted", one.learner.key, found.assignment)
            same = before and (before.digest, before.handed_in) == (one.digest, one.handed_in)
            if not same or not folder.is_dir():
                put_submission(folder, one)
        elif one.arrival is Arrival.MISSING and before and before.arrival is Arrival.COLLECTED:
            # An earlier download had it. What was collected once is never thrown away.
            one.arrival, one.digest, one.owner = before.arrival, before.digest, before.owner
            one.handed_in = one.handed_in or before.handed_in
            one.remarks.append("from an earlier download")
    keep_record(course, found)


def put_submission(folder: Path, one: Collected) -> None:
    """One learner's folder, made beside the old one and then put in its place."""
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    files = dict(one.files)
    if one.handed_in:
        files[TIME] = f"{one.handed_in}\n".encode()
    try:
        _files.write_files(new, files)
    except (OSError, ValueError):  # a name that no file system takes, or a folder of that name
        shutil.rmtree(new, ignore_errors=True)
        alone = {name: files[name] for name in files if is_notebook(name) or name == TIME}
        _files.write_files(new, alone)
        one.remarks.append("its other files left out")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def record_folder(course: CourseDirectory, assignment: str) -> Path:
    """Where what `return` needs is kept: private, and out of nbgrader's sight."""
    return private(course) / "collected" / assignment


def keep_record(course: CourseDirectory, found: Collection) -> None:
    folder = record_folder(course, found.assignment)
    folder.mkdir(parents=True, exist_ok=True)
    data: dict[str, Any] = {
        "platform": found.platform,
        "sheet": found.sheet.name if found.sheet else "",
        "learners": [one.to_data() for one in found.learners],
        "strays": found.strays,
        "strangers": found.strangers,
    }
    if found.sheet:
        (folder / "worksheet").write_bytes(found.sheet.content)
    text = json.dumps(data, indent=1, ensure_ascii=True)
    _files.put_safely(folder / "record.json", text)


def record_of(course: CourseDirectory, assignment: str) -> Collection | None:
    """What was collected last; None when nothing was."""
    folder = record_folder(course, assignment)
    try:
        data = json.loads((folder / "record.json").read_text("utf-8"))
        sheet = Sheet(data["sheet"], (folder / "worksheet").read_bytes()) if data["sheet"] else None
    except OSError:
        return None
    learners = [Collected.from_data(one) for one in data["learners"]]
    return Collection(
        assignment, data["platform"], learners, data["strays"], data["strangers"], sheet=sheet
    )
