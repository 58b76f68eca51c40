"""From the gradebook to the platform: the same worksheet, filled in, and one zip of pages.

A grade that is not there yet leaves its field as it was, which a platform takes as no change.
It is never 0.
"""

import html
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory

from nbjudge import _files
from nbjudge._batch.troubles import readable_troubles
from nbjudge._feedback.pages import Pages
from nbjudge._model import Status
from nbjudge._nbgrader.gradebook import CourseError, folder_of, opened
from nbjudge._nbgrader.marks import NOT_GRADED, WAITS_FOR_A_MARK, Standing, standings
from nbjudge._platform.archives import Arrival, NoDownload, opened_download
from nbjudge._platform.classes import Target
from nbjudge._platform.collect import (
    PLATFORMS,
    Collected,
    Collection,
    read_small,
    record_of,
)
from nbjudge._platform.sheets import BadSheet, Sheet, with_mark_of


class HowFar(StrEnum):
    """How far one learner's grade is. Only READY goes back as a grade."""

    READY = "ready"
    WAITS = WAITS_FOR_A_MARK
    UNGRADED = "not graded yet"
    PERSON = "needs a person"
    MISSING = "missing"


WITH_PAGE = (HowFar.READY, HowFar.WAITS)


@dataclass
class Outcome:
    """One learner on the way back: the points are of `Return.best`."""

    who: Collected
    standing: HowFar
    points: float | None = None
    reason: str = ""


@dataclass
class Return:
    """What was made: paths are None where nothing was. `best` is the most points that can be had,
    and `out_of` the same in the worksheet, where points may be scaled.

    `without_page` are learners whose page the platform has no way to take, or could not be made.
    """

    assignment: str
    best: float
    grades: list[Outcome]
    sheet: Path | None = None
    pages: Path | None = None
    out_of: float = 0.0
    filled: int = 0
    sent: int = 0
    without_page: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def undecided(self) -> list[Outcome]:
        """Those whose grade can still be given here: what could not be collected has none."""
        return [
            grade
            for grade in self.grades
            if grade.who.arrival is Arrival.COLLECTED and grade.standing is not HowFar.READY
        ]


def return_all(
    course: CourseDirectory,
    assignment: str,
    partial: bool = False,
    scale: bool = False,
    heading: str = "",
    named: tuple[Path, Path] | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Return:
    """Fill in the worksheet of the last collection and zip the pages, into returned/.

    Makes nothing while a grade is undecided, but with `partial`: then those learners have no grade
    yet, and who only waits for a mark has a page that says so.
    `scale` turns points into those of the platform where the two have different bests. `heading`
    chooses the column. `named` is a download and an export of Canvas with names in place of
    hidden ones.

    Raises CourseError or Stopped with one sentence and the next step.
    """
    found = record_of(course, assignment)
    if found is None:
        raise CourseError(
            f"{assignment} has not been collected: run nbjudge collect {assignment} DOWNLOAD.zip."
        )
    try:
        if named:
            found = with_names(found, *named)
        with readable_troubles(course):
            keys = [one.learner.key for one in found.learners]
            with opened(course) as book:
                best = float(book.find_assignment(assignment).max_score)
                known = {one.student: one for one in standings(course, book, assignment, keys)}
            grades = [outcome_of(course, assignment, one, known) for one in found.learners]
            result = Return(assignment, best, grades)
            if result.undecided and not partial:
                return result
            filled = fill_in(found, result, scale, heading)
            shown = [grade.who.learner.key for grade in grades if grade.standing in WITH_PAGE]
            make_pages(course, assignment, shown, on_progress)
            put_back(course, found, result, filled)
    except (BadSheet, NoDownload) as error:
        raise CourseError(str(error)) from None
    except MissingEntry:
        raise CourseError(
            f"The gradebook does not know {assignment!r}: run nbgrader generate_assignment."
        ) from None
    return result


def with_names(found: Collection, download: Path, export: Path) -> Collection:
    """The same learners, by the numbers that a later download has beside the same attachments."""
    platform, sheet = PLATFORMS[found.platform], Sheet(export.name, read_small(export))
    numbers = {learner.number for learner in platform.roster(sheet)}
    with opened_download(download) as entries:
        owners = [platform.owner(entry.name, numbers) for entry in entries]
    by_attachment = {owner.attachment: owner for owner in owners if owner and owner.attachment}
    learners = []
    for one in found.learners:
        owner = by_attachment.get(one.owner.attachment) if one.owner else None
        learner = replace(one.learner, number=owner.number) if owner else one.learner
        learners.append(replace(one, learner=learner, owner=owner or one.owner))
    return replace(found, learners=learners, sheet=sheet)


# How far each grade is


def outcome_of(
    course: CourseDirectory, assignment: str, who: Collected, known: Mapping[str, Standing]
) -> Outcome:
    """What the gradebook says of one learner."""
    if who.arrival is Arrival.MISSING:
        return Outcome(who, HowFar.MISSING)
    if who.arrival is not Arrival.COLLECTED:
        return Outcome(who, HowFar.PERSON, reason=who.arrival.sentence)
    key = who.learner.key
    one = known[key]
    if one.status == NOT_GRADED:
        return Outcome(who, HowFar.UNGRADED)
    graded = folder_of(course, "autograded", key, assignment)
    if newest(folder_of(course, "submitted", key, assignment)) > newest(graded):
        return Outcome(who, HowFar.UNGRADED, reason="It was handed in anew.")
    if one.status == Status.CANNOT and not any(mark.typed for mark in one.marks):
        return Outcome(who, HowFar.PERSON, reason=Status.CANNOT.sentence)
    return Outcome(who, HowFar.WAITS if one.waiting else HowFar.READY, one.score)


def newest(folder: Path) -> float:
    """When the newest file of a folder was written; 0 when there is none."""
    files = [Path(parent, name) for parent, _, names in _files.walk(folder) for name in names]
    return max((path.lstat().st_mtime for path in files), default=0.0)


# The worksheet


def fill_in(found: Collection, result: Return, scale: bool, heading: str) -> bytes | None:
    """The worksheet with the grades that are ready; None where there is none to fill in."""
    if found.sheet is None:
        if found.learners and all(one.owner and one.owner.stem == "anon" for one in found.learners):
            result.notices.append(
                "Canvas takes no grades while names are hidden. Show them there, download "
                "submissions and gradebook again, and type nbjudge return "
                f"{result.assignment} SUBMISSIONS.zip GRADEBOOK.csv"
            )
        else:
            result.notices.append("There was no worksheet, so no grades are filled in.")
        return None
    try:
        target = PLATFORMS[found.platform].target(found.sheet, found.assignment, heading)
    except BadSheet as error:
        if found.platform != "folder" or heading:
            raise
        result.notices.append(str(error))
        return None
    factor = scale_of(target, found.sheet, result, scale)
    cells = {}
    for grade in result.grades:
        row = target.rows.get(grade.who.learner.number)
        if grade.points is None:
            continue
        if row is None:
            result.notices.append(
                f"{grade.who.called} has no field for a grade in {found.sheet.name}."
            )
            continue
        cells[row, target.column] = with_mark_of(target.best_text, grade.points * factor)
    result.filled, result.out_of = len(cells), result.best * factor
    return found.sheet.filled(cells)


def scale_of(target: Target, sheet: Sheet, result: Return, scale: bool) -> float:
    """What points are multiplied with. BadSheet where the two bests differ and nobody said so."""
    if target.best is None or abs(target.best - result.best) < 0.005:
        return 1.0
    if not scale:
        raise BadSheet(
            f"The best grade in {sheet.name} is {target.best:g}, but {result.assignment} is out of "
            f"{result.best:g}: set it to {result.best:g} on the platform, or add --scale."
        )
    return target.best / result.best


# The pages


def make_pages(
    course: CourseDirectory,
    assignment: str,
    students: Sequence[str],
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Make the pages of these learners, with the marks of now.

    One that cannot be made costs nobody else theirs: `put_back` says who has none.
    """
    pages = Pages(course, assignment, list(students))
    for done, _ in enumerate(pages.write(), start=1):
        on_progress(done, len(students))


def put_back(
    course: CourseDirectory, found: Collection, result: Return, filled: bytes | None
) -> None:
    """Write the worksheet and the zip into returned/, each whole or not at all."""
    folder = Path(course.root, "returned", result.assignment)
    folder.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    platform = PLATFORMS[found.platform]
    new = folder / ".feedback.zip.new"
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for grade in result.grades:
            who = grade.who
            pages = pages_of(course, result.assignment, grade)
            for name, content in pages.items():
                if place := platform.page_name(who.learner, who.owner, name):
                    archive.writestr(place, content)
            if any(platform.page_name(who.learner, who.owner, name) for name in pages):
                result.sent += 1
            elif grade.standing in WITH_PAGE or pages:
                result.without_page.append(who.called)
    if result.sent:
        result.pages = folder / "feedback.zip"
        new.replace(result.pages)
    new.unlink(missing_ok=True)
    if filled is not None and found.sheet:
        unfinished = folder / ".worksheet.new"
        unfinished.write_bytes(filled)
        result.sheet = folder / Path(found.sheet.name).name
        unfinished.replace(result.sheet)


def pages_of(course: CourseDirectory, assignment: str, grade: Outcome) -> dict[str, bytes]:
    """What goes back to one learner: pages by name of the notebook."""
    if grade.standing in WITH_PAGE:
        folder = folder_of(course, "feedback", grade.who.learner.key, assignment)
        return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.html"))}
    if grade.standing is HowFar.PERSON and grade.who.arrival is not Arrival.COLLECTED:
        return {assignment: notice(assignment, grade.who.arrival).encode()}
    return {}


def notice(assignment: str, arrival: Arrival) -> str:
    """A page for a learner whose work could not be collected."""
    title = html.escape(assignment)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: not graded</title>
<style>body {{ font: 1.1rem/1.5 sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }}
</style>
</head>
<body>
<main>
<h1>{title}: not graded</h1>
<p>We could not grade what you handed in.</p>
<p><strong>{html.escape(arrival.sentence)}</strong></p>
<p>Please hand in the notebook itself: one file, whose name ends in <code>.ipynb</code>.</p>
</main>
</body>
</html>
"""
