"""A made-up class of 60 through the platforms' files and back, with the platforms' own rules.

`made_up_class` writes the files as the platforms do, and its oracles read what goes back as the
platforms would: every learner gets exactly their own grade and page.
"""

import contextlib
import json
import sqlite3
import zipfile
from zoneinfo import ZoneInfo

import nbformat
import pytest

import made_up_class as ours
from made_up_class import made_up
from nbjudge._batch import batch
from nbjudge._batch.troubles import Stopped
from nbjudge._nbgrader.gradebook import CourseError
from nbjudge._platform import hand_back
from nbjudge._platform.collect import collect, record_of
from nbjudge._platform.hand_back import HowFar, return_all
from pretended import pretend
from small_course import RIGHT, copy_of, made, sums

BEST = 10
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def course(tmp_path):
    return copy_of(made(ps1=sums), tmp_path / "course")


@pytest.fixture
def pupils(course, request):
    """60 in the first test of each platform; in the others, one of each kind and some more."""
    size = getattr(request, "param", 30)
    return made_up(handed_in(course, RIGHT), handed_in(course, {}), size)


def handed_in(course, answers):
    """A notebook with these answers, as bytes."""
    notebook = nbformat.read(course.root / "release" / "ps1" / "ps1.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.nbgrader.grade_id, cell.source)
    if answers:
        notebook.cells.append(nbformat.v4.new_markdown_cell("More."))  # below the task
    return nbformat.writes(notebook).encode()


def readable(pupil):
    """Whether grading can make something of it without the sandbox, as `pretend` does."""
    return pupil.expected == "collected" and pupil.kind != "broken json"


def grade_and_mark(course, pupils, key):
    """Grade with a substitute, then mark: each learner's points are their own. Gives them."""
    for pupil in pupils:
        if pupil.kind == "broken json":  # `pretend` takes only notebooks
            (course.root / "submitted" / key(pupil) / "ps1" / "ps1.ipynb").write_text(
                (course.root / "release/ps1/ps1.ipynb").read_text()
            )
    batch.autograde(course.directory, "ps1", work=pretend, workers=1)
    with course.book as book:
        for pupil in pupils:
            if pupil.expected == "collected":
                for name, points in (("why", 0.01 * pupil.place), ("essay", 2)):
                    grade = book.find_grade(name, "ps1", "ps1", key(pupil))
                    grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()
    return {p.place: round(5 + 0.01 * p.place, 2) for p in pupils if p.expected == "collected"}


def small_pages(monkeypatch):
    """Pages that say whose they are, in place of nbgrader's, which take a while."""

    def make(course, assignment, marks, on_progress):
        for key in marks:
            folder = hand_back.folder_of(course, "feedback", key, assignment)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{assignment}.html").write_text(f"page of {key}")

    monkeypatch.setattr(hand_back, "make_pages", make)


def arrivals(found):
    return {one.learner.number: str(one.arrival) for one in found.learners}


def as_text(number, mark="."):
    return f"{number:.2f}".rstrip("0").rstrip(".").replace(".", mark)


MOODLE = [
    (60, "English", "folders", ",", True, "\n"),
    (30, "German", "older", ";", True, "\r\n"),
    (30, "Korean", "flat", ",", False, "\n"),
]
SHAPE = ("pupils", "language", "form", "delimiter", "bom", "end")


@pytest.mark.parametrize(SHAPE, MOODLE, indirect=["pupils"])
def test_moodle(course, pupils, tmp_path, monkeypatch, language, form, delimiter, bom, end):
    small_pages(monkeypatch)
    shape = {"delimiter": delimiter, "bom": bom, "end": end}
    sheet = ours.moodle_sheet(pupils, language, BEST, **shape)
    (tmp_path / "worksheet.csv").write_bytes(sheet)
    ours.moodle_zip(tmp_path / "all.zip", pupils, form)
    found = collect(
        course.directory, "ps1", tmp_path / "all.zip", tmp_path / "worksheet.csv", zone=SEOUL
    )
    assert found.platform == "moodle"
    assert arrivals(found) == {str(p.number): p.expected for p in pupils}
    assert found.strays == ["desktop.ini"] and not found.strangers and not found.notices
    names = {one.learner.number: one.learner for one in found.learners}
    assert all(names[str(p.number)].full_name == p.name for p in pupils)
    assert all(names[str(p.number)].email == p.email for p in pupils)
    for pupil in pupils:
        folder = course.root / "submitted" / pupil.email / "ps1"
        assert folder.exists() == (pupil.expected == "collected")
        if folder.exists():  # the time is Seoul's in the worksheet
            time = "2026-03-13 05:05:00 UTC" if pupil.late else "2026-03-11 00:30:00 UTC"
            assert (folder / "timestamp.txt").read_text().strip() == time

    points = grade_and_mark(course, pupils, lambda pupil: pupil.email)
    result = return_all(course.directory, "ps1", partial=True)
    back = result.sheet.read_bytes()
    mark = ours.LANGUAGES[language]["decimal"]
    written = {place: as_text(number, mark) for place, number in points.items()}
    assert back == ours.moodle_sheet(pupils, language, BEST, written, **shape)
    numbers = {p.number for p in pupils}
    got = ours.oracle_moodle_grades(back, language, numbers, BEST, delimiter)
    assert got == {p.number: points[p.place] for p in pupils if p.place in points}
    check_pages(pupils, result, ours.oracle_moodle_pages(result.pages, numbers), "number", "email")


def check_pages(pupils, result, by_number, number, key):
    """Each learner has their own page, and who could not be graded a page that says why."""
    came = {p.place for p in pupils if p.expected != "missing"}
    if number != "number":  # Canvas takes a page only beside a file
        came -= {p.place for p in pupils if p.files is None}
    assert set(by_number) == {getattr(pupils[place], number) for place in came}
    with zipfile.ZipFile(result.pages) as archive:
        every = archive.namelist()
        assert len(every) == len(set(every)) == len(came)
        texts = {name: archive.read(name).decode() for name in every}
    for place in came:
        pupil = pupils[place]
        (name,) = by_number[getattr(pupil, number)]
        (text,) = [texts[each] for each in texts if each.endswith(name) and str(
            getattr(pupil, number)) in each]  # fmt: skip
        if pupil.expected == "collected":
            assert text == f"page of {getattr(pupil, key)}"
        else:
            assert "not graded" in text and "page of" not in text


CANVAS = [(60, ",", False), (30, ";", True)]


@pytest.mark.parametrize(("pupils", "delimiter", "bom"), CANVAS, indirect=["pupils"])
def test_canvas(course, pupils, tmp_path, monkeypatch, delimiter, bom):
    small_pages(monkeypatch)
    sheet = ours.canvas_sheet(pupils, BEST, delimiter=delimiter, bom=bom)
    (tmp_path / "grades.csv").write_bytes(sheet)
    ours.canvas_zip(tmp_path / "submissions.zip", pupils)
    found = collect(course.directory, "ps1", tmp_path / "submissions.zip", tmp_path / "grades.csv")
    assert found.platform == "canvas"
    expected = {str(p.user): p.expected for p in pupils} | {"1999": "missing"}
    assert arrivals(found) == expected
    assert not found.strays and not found.strangers
    late = {one.learner.number for one in found.learners if "late" in one.remarks}
    assert late == {str(p.user) for p in pupils if p.late}

    points = grade_and_mark(course, pupils, lambda pupil: str(pupil.user))
    result = return_all(course.directory, "ps1", partial=True)
    back = result.sheet.read_bytes()
    written = {
        place: as_text(number, "," if delimiter == ";" else ".") for place, number in points.items()
    }
    assert back == ours.canvas_sheet(pupils, BEST, written, delimiter=delimiter, bom=bom)
    got = ours.oracle_canvas_grades(back, {p.user for p in pupils})
    assert got == {p.user: points[p.place] for p in pupils if p.place in points}
    typed = [p.name for p in pupils if p.files is None]
    assert len(result.without_page) == len(typed)
    check_pages(pupils, result, ours.oracle_canvas_pages(result.pages, pupils), "user", "user")


def test_canvas_with_hidden_names(course, pupils, tmp_path, monkeypatch):
    small_pages(monkeypatch)
    ours.canvas_zip(tmp_path / "hidden.zip", pupils, anonymous=True)
    (tmp_path / "hidden.csv").write_bytes(ours.canvas_sheet(pupils, BEST, hidden=True))
    with pytest.raises(CourseError, match="collect without the worksheet"):
        collect(course.directory, "ps1", tmp_path / "hidden.zip", tmp_path / "hidden.csv")
    found = collect(course.directory, "ps1", tmp_path / "hidden.zip")
    came = [p for p in pupils if p.expected != "missing"]
    assert arrivals(found) == {p.anonymous: p.expected for p in came}
    late = {one.learner.number for one in found.learners if "late" in one.remarks}
    assert late == {p.anonymous for p in pupils if p.late}

    points = grade_and_mark(course, pupils, lambda pupil: pupil.anonymous)
    result = return_all(course.directory, "ps1", partial=True)
    assert result.sheet is None and "while names are hidden" in result.notices[0]
    pages = ours.oracle_canvas_pages(result.pages, pupils)
    with_page = [p for p in came if p.files is not None]
    assert pages.keys() == {p.user for p in with_page}

    # Names are shown: the same attachments, now beside the learners' own numbers
    ours.canvas_zip(tmp_path / "named.zip", pupils)
    (tmp_path / "named.csv").write_bytes(ours.canvas_sheet(pupils, BEST))
    named = (tmp_path / "named.zip", tmp_path / "named.csv")
    result = return_all(course.directory, "ps1", partial=True, named=named)
    got = ours.oracle_canvas_grades(result.sheet.read_bytes(), {p.user for p in pupils})
    assert got == {p.user: points[p.place] for p in pupils if p.place in points}


def test_a_folder_and_a_roster(course, pupils, tmp_path, monkeypatch):
    small_pages(monkeypatch)
    few = [p for p in pupils if p.kind in ("right", "pdf", "bomb", "missing", "renamed")][:9]
    folder = tmp_path / "from mail"
    for p in few:
        (folder / f"pupil{p.place}").mkdir(parents=True)
        for name, content in p.files.items():
            (folder / f"pupil{p.place}" / name).write_bytes(content)
    (folder / "pupil99.ipynb").write_bytes(b"{}")
    (folder / "link.ipynb").symlink_to(course.root / "source/ps1/ps1.ipynb")
    lines = [f'pupil{p.place},"{p.name}",{p.email},' for p in few]
    (tmp_path / "roster.csv").write_text("\n".join(["id,name,email,grade", *lines]) + "\n")
    found = collect(course.directory, "ps1", folder, tmp_path / "roster.csv")
    assert found.platform == "folder" and found.strays == ["pupil99.ipynb"]
    assert arrivals(found) == {f"pupil{p.place}": p.expected for p in few}
    points = grade_and_mark(course, few, lambda pupil: f"pupil{pupil.place}")
    result = return_all(course.directory, "ps1", partial=True)
    for p, line in zip(few, result.sheet.read_text().splitlines()[1:], strict=True):
        assert line.endswith(f",{as_text(points[p.place]) if p.place in points else ''}")


# One learner's trouble stays one learner's


def a_few(pupils, *kinds):
    return [p for p in pupils if p.kind in kinds]


def take_in(course, tmp_path, pupils, **sheet):
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "w.csv").write_bytes(ours.moodle_sheet(pupils, "English", BEST, **sheet))
    ours.moodle_zip(tmp_path / "a.zip", pupils)
    return collect(course.directory, "ps1", tmp_path / "a.zip", tmp_path / "w.csv", zone=SEOUL)


def test_nothing_is_written_outside_and_nothing_that_is_not_named(course, pupils, tmp_path):
    def around():
        below = {path for path in tmp_path.rglob("*") if course.root not in path.parents}
        return below | set(tmp_path.parent.iterdir())  # below others there are other tests

    before = around()
    take_in(course, tmp_path / "in", pupils)
    written = {p for p in (course.root / "submitted").rglob("*") if p.is_file()}
    assert {p.name for p in written} <= {"ps1.ipynb", "timestamp.txt", "data.csv", "d.csv"}
    assert {p.name for p in around() - before} <= {"in", "w.csv", "a.zip"}


def test_what_waits_is_empty_and_stops_the_return_until_it_is_marked(course, pupils, tmp_path):
    few = a_few(pupils, "renamed", "zip", "pdf", "missing")
    take_in(course, tmp_path, few)
    result = return_all(course.directory, "ps1")
    assert len(result.undecided) == 2  # the PDF has no grade to wait for
    assert {g.standing for g in result.grades} == {
        HowFar.UNGRADED, HowFar.PERSON, HowFar.MISSING,
    }  # fmt: skip
    batch.autograde(course.directory, "ps1", work=pretend, workers=1)
    result = return_all(course.directory, "ps1")
    assert [g.standing for g in result.grades].count(HowFar.WAITS) == 2
    assert result.sheet is None and not (course.root / "returned").exists()
    result = return_all(course.directory, "ps1", partial=True)
    assert result.filled == 0
    assert result.sheet.read_bytes() == ours.moodle_sheet(few, "English", BEST)


def test_a_0_that_nobody_could_judge_is_no_grade(course, pupils, tmp_path):
    few = a_few(pupils, "renamed", "zip")
    take_in(course, tmp_path, few)
    points = grade_and_mark(course, few, lambda pupil: pupil.email)
    with course.book as book:  # no person has looked at the first one
        for name in ("why", "essay"):
            book.find_grade(name, "ps1", "ps1", few[0].email).manual_score = None
        book.db.commit()
    result = course.root / "autograded" / few[0].email / "ps1" / "ps1.grading.json"
    data = json.loads(result.read_text())
    assert data["status"] == "graded"
    result.write_text(json.dumps(data | {"status": "cannot be judged"}))
    assert [g.standing for g in return_all(course.directory, "ps1").undecided] == [HowFar.PERSON]
    back = return_all(course.directory, "ps1", partial=True).sheet.read_bytes()
    got = ours.oracle_moodle_grades(back, "English", {p.number for p in few}, BEST)
    assert got == {few[1].number: points[few[1].place]}


def test_pages_are_nbgraders_and_are_made_anew_when_a_mark_changes(course, pupils, tmp_path):
    few = a_few(pupils, "renamed", "zip")
    take_in(course, tmp_path, few)
    grade_and_mark(course, few, lambda pupil: pupil.email)
    page = course.root / "feedback" / few[0].email / "ps1" / "ps1.html"
    return_all(course.directory, "ps1")
    assert "3.17" not in page.read_text()
    with course.book as book:
        book.find_grade("essay", "ps1", "ps1", few[0].email).manual_score = 3.17
        book.db.commit()
    other = course.root / "feedback" / few[1].email / "ps1" / "ps1.html"
    untouched = other.stat().st_mtime_ns
    assert return_all(course.directory, "ps1").sent == 2
    assert "3.17" in page.read_text()
    assert other.stat().st_mtime_ns == untouched

    # A page that cannot be made costs nobody else theirs, and the one of before does not go back
    (course.root / "autograded" / few[1].email / "ps1" / "ps1.ipynb").write_text("no notebook")
    result = return_all(course.directory, "ps1")
    assert (result.sent, result.filled) == (1, 2)
    assert result.without_page == [f"{few[1].name} ({few[1].email})"]


def test_late_is_what_moodles_time_and_the_due_date_say(course, pupils, tmp_path):
    few = a_few(pupils, "renamed", "again")  # the second one is late
    with course.book as book:
        book.update_or_create_assignment("ps1", duedate="2026-03-13 05:04:59 UTC")
    found = take_in(course, tmp_path, few)
    assert ["late" in one.remarks for one in found.learners] == [False, True]
    batch.autograde(course.directory, "ps1", work=pretend, workers=1)
    with course.book as book:
        seconds = [book.find_submission("ps1", p.email).total_seconds_late for p in few]
    assert seconds == [0, 1]


def test_handed_in_anew_is_not_returned_before_it_is_graded_anew(course, pupils, tmp_path):
    few = a_few(pupils, "renamed", "zip")
    take_in(course, tmp_path, few)
    grade_and_mark(course, few, lambda pupil: pupil.email)
    again = take_in(course, tmp_path, few)
    assert not any("handed in anew" in one.remarks for one in again.learners)
    assert not return_all(course.directory, "ps1", partial=True).undecided
    few[0].files = {"ps1.ipynb": handed_in(course, {"add": "def add(a, b): return 3"})}
    again = take_in(course, tmp_path, few)
    assert [bool("handed in anew" in one.remarks) for one in again.learners] == [True, False]
    assert [g.standing for g in return_all(course.directory, "ps1").undecided] == [HowFar.UNGRADED]


def test_a_download_that_lacks_somebody_takes_nothing_away(course, pupils, tmp_path):
    few = a_few(pupils, "renamed", "zip")
    take_in(course, tmp_path, few)
    few[0].files = {}
    found = take_in(course, tmp_path, few)
    assert arrivals(found)[str(few[0].number)] == "collected"
    assert "from an earlier download" in found.learners[0].remarks
    assert (course.root / "submitted" / few[0].email / "ps1" / "ps1.ipynb").exists()
    assert arrivals(record_of(course.directory, "ps1"))[str(few[0].number)] == "collected"


# Bad input: one sentence, and nothing half written


@contextlib.contextmanager
def refused(course, match, error=CourseError):
    before = sorted(p for p in course.root.rglob("*") if ".grading" not in p.parts)
    with pytest.raises(error, match=match):
        yield
    assert sorted(p for p in course.root.rglob("*") if ".grading" not in p.parts) == before


def test_the_worksheet_of_another_assignment(course, pupils, tmp_path):
    few = a_few(pupils, "renamed", "zip")
    ours.moodle_zip(tmp_path / "a.zip", few)
    for p in few:
        p.number += 1000  # Moodle counts anew in each assignment
    (tmp_path / "w.csv").write_bytes(ours.moodle_sheet(few, "English", BEST))
    with refused(course, "worksheet of another assignment or course"):
        collect(course.directory, "ps1", tmp_path / "a.zip", tmp_path / "w.csv")


def test_the_zip_of_another_exercise(course, pupils, tmp_path):
    few = a_few(pupils, "right")[:5]
    for p in few:
        p.files = {"ps1.ipynb": ours.another(p.files["ps1.ipynb"])}
    with refused(course, "of another exercise than ps1"):
        take_in(course, tmp_path, few)


def test_a_learner_who_is_twice_in_the_roster(course, pupils, tmp_path):
    few = a_few(pupils, "renamed", "zip")
    few[1].number = few[0].number
    with refused(course, r"has 1\d\d twice"):
        take_in(course, tmp_path, few)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "not a CSV file"),
        (b"PK\x03\x04\x00\x00", "not a CSV file"),
        ("Identifier,Grade\nÄ1,\n".encode("latin-1"), "not in UTF-8"),
        (b"Identifier,Grade,Best\nParticipant 1,,10\nParticipant 2\n", "line 3 has 1 fields"),
        (b"a,b\nx,y\n", "no participant numbers"),
    ],
)
def test_a_worksheet_that_is_none(course, pupils, tmp_path, content, match):
    ours.moodle_zip(tmp_path / "a.zip", a_few(pupils, "renamed"))
    (tmp_path / "w.csv").write_bytes(content)
    with refused(course, match):
        collect(course.directory, "ps1", tmp_path / "a.zip", tmp_path / "w.csv")


def test_a_download_that_is_none(course, tmp_path):
    with refused(course, "There is no file"):
        collect(course.directory, "ps1", tmp_path / "a.zip")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 cut off")
    with refused(course, "not a whole zip file"):
        collect(course.directory, "ps1", tmp_path / "a.zip")


def test_a_gradebook_that_another_program_holds(course, pupils, tmp_path):
    holder = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with refused(course, "Another program is using the gradebook", Stopped):
            take_in(course, tmp_path, a_few(pupils, "renamed"))
    finally:
        holder.close()


def test_another_best_grade_is_asked_about(course, pupils, tmp_path):
    few = a_few(pupils, "renamed", "zip")
    (tmp_path / "w.csv").write_bytes(ours.moodle_sheet(few, "English", 100))
    ours.moodle_zip(tmp_path / "a.zip", few)
    collect(course.directory, "ps1", tmp_path / "a.zip", tmp_path / "w.csv")
    points = grade_and_mark(course, few, lambda pupil: pupil.email)
    with pytest.raises(CourseError, match=r"best grade in w\.csv is 100, but ps1 is out of 10"):
        return_all(course.directory, "ps1")
    result = return_all(course.directory, "ps1", scale=True)
    assert (result.best, result.out_of) == (10, 100)
    back = result.sheet.read_bytes()
    got = ours.oracle_moodle_grades(back, "English", {p.number for p in few}, 100)
    assert got == {p.number: pytest.approx(10 * points[p.place]) for p in few}


def test_the_record_is_closed_to_others(course, pupils, tmp_path):
    take_in(course, tmp_path, a_few(pupils, "renamed"))
    assert (course.root / ".grading").stat().st_mode & 0o077 == 0
    record = json.loads((course.root / ".grading/collected/ps1/record.json").read_text())
    assert record["learners"][0]["learner"]["email"]
