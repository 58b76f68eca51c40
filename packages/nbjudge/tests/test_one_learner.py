"""One learner's file never stops the class; nor does a gradebook end in a traceback."""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from nbjudge import Status, Submission, grade
from nbjudge._batch import batch
from nbjudge._batch.troubles import Stopped
from nbjudge._nbgrader import gradebook, plugins
from pretended import pretend
from rights import locked, ordinary
from small_course import RIGHT, copy_of, made, sums

ANA = ("graded", 3)
CANNOT = ("cannot be judged", 0)


@pytest.fixture
def course(tmp_path):
    course = copy_of(made(ps1=sums), tmp_path / "course")
    for student in ("ana", "bo", "cy"):
        course.hand_in(student, "ps1", "ps1", RIGHT)
    return course


def judged(source, submission, limits):
    """The real `grade` for what it gives back before there is a kernel, else a substitute."""
    if submission.notebook is None or submission.unreadable:
        return grade(source, submission, limits)
    return pretend(source, submission, limits)


def run(course, work=judged, **options):
    """What became of each learner, and what was said."""
    said = []
    report = batch.autograde(
        course.directory, "ps1", work=work, workers=1, say=said.append, **options
    )
    return {row.student: (str(row.status), row.score) for row in report.rows}, said


UNREADABLE = {  # what is locked of a learner's folder, and to what rights
    "notebook": ("ps1/ps1.ipynb", 0),
    "file": ("ps1/mine.csv", 0),
    "folder_beside": ("ps1/below", 0),
    "folder_without_names": ("ps1", 0o300),
    "folder_without_entry": ("ps1", 0o400),
    "all_of_it": (".", 0),
    "timestamp": ("ps1/timestamp.txt", 0),
}


def test_what_cannot_be_read_is_one_learners_status_on_every_run(course):
    with contextlib.ExitStack() as all_locked:
        for student, (name, rights) in UNREADABLE.items():
            own = course.hand_in(student, "ps1", "ps1", RIGHT)
            (own / "mine.csv").write_text("a")
            (own / "below").mkdir()
            (own / "timestamp.txt").write_text("2100-01-01 00:00:00 UTC")
            all_locked.enter_context(locked(own.parent / name, rights))
        for _ in range(2):
            found, said = run(course)
            assert found == {**dict.fromkeys(UNREADABLE, CANNOT), "ana": ANA, "bo": ANA, "cy": ANA}
            assert len(said) >= len(UNREADABLE)
            for student in UNREADABLE:
                assert any(f"{student}/ps1" in one and "Permission denied" in one for one in said)
            with course.book as book:
                scores = {s.student_id: s.score for s in book.assignment_submissions("ps1")}
            assert scores == {**dict.fromkeys(UNREADABLE, 0), "ana": 3, "bo": 3, "cy": 3}
        for student in UNREADABLE:
            reason = (course.root / f"autograded/{student}/ps1/ps1.grading.json").read_text()
            assert "what was handed in cannot be read" in reason
    found, said = run(course)
    assert {*found.values()} == {ANA} and said == []


def test_a_locked_file_that_the_teacher_has_too_costs_nothing(course):
    (course.root / "source/ps1/data.csv").write_text("teacher's")
    theirs = course.root / "submitted/bo/ps1/data.csv"
    theirs.write_text("own")
    with locked(theirs):
        found, _ = run(course, pretend)
        assert found["bo"] == ANA
        assert (course.root / "autograded/bo/ps1/data.csv").read_text() == "teacher's"


def deep(folder: Path, size: int) -> None:
    """A file below `folder` whose path there has so many bytes."""
    here = os.open(folder, os.O_RDONLY)
    while size > 252:
        os.mkdir("d" * 250, dir_fd=here)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here, size = below, size - 251
    os.close(os.open("f" * size, os.O_CREAT, dir_fd=here))
    os.close(here)


@pytest.mark.parametrize("size", [4095, 6000])
def test_a_path_that_is_too_long_stops_nobody(course, size):
    """From outside it has as many bytes as a path may have; below autograded/ it has one more."""
    folder = course.root / "submitted/bo/ps1"
    deep(folder, size - len(f"{folder}/") if size == 4095 else size)
    for _ in range(2):
        found, said = run(course, pretend)
        assert found == {"ana": ANA, "bo": ANA, "cy": ANA} and said == []


def test_what_one_learner_makes_fail_at_writing_is_said_and_stops_nobody(course, monkeypatch):
    """Files first: without them the result can be written. Then the result itself."""
    copying = gradebook.BaseConverter.init_assignment

    def cannot_copy(self, assignment, student):
        if student == "bo":
            raise OSError(36, "File name too long")
        copying(self, assignment, student)

    monkeypatch.setattr(gradebook.BaseConverter, "init_assignment", cannot_copy)
    found, said = run(course)
    assert found == {"ana": ANA, "bo": ANA, "cy": ANA}
    assert said == ["The files of bo cannot be written ([Errno 36] File name too long)."]
    assert (course.root / "autograded/bo/ps1/ps1.ipynb").exists()

    filling = gradebook.Writer.save

    def cannot_fill(self, student, *more):
        if student == "bo":
            raise ValueError("odd text")
        filling(self, student, *more)

    monkeypatch.setattr(gradebook.Writer, "save", cannot_fill)
    for _ in range(2):  # and again on the next run, since nothing is known to be written
        found, said = run(course, force=True)
        assert found == {"ana": ANA, "bo": CANNOT, "cy": ANA}
        assert said[-1] == "The results of bo cannot be written (odd text)."
    monkeypatch.undo()
    assert run(course) == ({"ana": ANA, "bo": ANA, "cy": ANA}, [])


def test_nbgraders_own_steps_read_the_same(course):
    """`nbgrader autograde` goes through plugins.hand_in."""
    notebook = course.root / "submitted/bo/ps1/ps1.ipynb"
    sources = gradebook.sources(course.directory, "ps1")
    with locked(notebook):
        found = plugins.hand_in(notebook.parent, sources[0], sources, batch.Limits())
    assert found == Submission(None, {}, (), {"ps1.ipynb": "Permission denied"})
    assert grade(sources[0], found).status is Status.CANNOT


# What is not one learner's


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("submitted", "submitted cannot be read"),
        ("source/ps1/ps1.ipynb", "ps1.ipynb cannot be read"),
        ("source/ps1/data", "data cannot be read"),
        ("autograded", "Nothing can be written into .*autograded"),
        (".grading", "Nothing can be written into .*grading"),
    ],
)
def test_a_course_that_cannot_be_used_is_said_in_one_sentence(course, folder, sentence):
    path = course.root / folder
    if not path.exists():
        path.mkdir()
    with locked(path, 0), pytest.raises(gradebook.CourseError, match=sentence) as stopped:
        run(course)
    assert "\n" not in str(stopped.value)


@contextlib.contextmanager
def held(path):
    """Another program is in the middle of a change."""
    with contextlib.closing(sqlite3.connect(path)) as book:
        book.execute("begin exclusive")
        yield


@contextlib.contextmanager
def overwritten(path):
    kept = path.read_bytes()
    path.write_bytes(b"no database" * 1000)
    yield
    path.write_bytes(kept)


@contextlib.contextmanager
def cut_off(path):
    kept = path.read_bytes()
    os.truncate(path, 5000)
    yield
    path.write_bytes(kept)


@contextlib.contextmanager
def read_only(path):
    with locked(path, 0o400):
        yield


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (overwritten, "is damaged.*backups in its place and run again"),
        (cut_off, "is damaged.*backups in its place and run again"),
        (held, "Another program is using the gradebook.*wait for it or end it"),
        (read_only, "cannot be written.*make it and its folder writable"),
    ],
)
def test_a_gradebook_that_cannot_be_used_is_one_sentence(course, trouble, sentence, monkeypatch):
    waits_for_no_lock(monkeypatch)
    path = course.root / "gradebook.db"
    with trouble(path), pytest.raises(Stopped, match=sentence) as stopped:
        run(course)
    assert "\n" not in str(stopped.value) and str(path) in str(stopped.value)
    assert run(course)[0] == {"ana": ANA, "bo": ANA, "cy": ANA}


def waits_for_no_lock(monkeypatch):
    """SQLite waits for 5 seconds, if not told otherwise."""
    connect = sqlite3.connect

    def impatient(*args, **named):
        return connect(*args, **{**named, "timeout": 0})

    monkeypatch.setattr(sqlite3, "connect", impatient)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", impatient)  # SQLAlchemy's


def test_a_gradebook_that_is_locked_in_the_middle_loses_nothing(course, monkeypatch):
    waits_for_no_lock(monkeypatch)
    path = course.root / "gradebook.db"
    with contextlib.ExitStack() as others:

        def lock(done, total, row):
            others.enter_context(held(path))

        with pytest.raises(Stopped, match="Another program is using"):
            run(course, on_progress=lock)
    with Gradebook(f"sqlite:///{path}") as book:
        assert len(book.assignment_submissions("ps1")) == 1
    assert run(course)[0] == {"ana": ANA, "bo": ANA, "cy": ANA}


def test_a_result_that_cannot_be_kept_is_one_sentence(course):
    run(course)
    shutil.rmtree(course.root / ".grading/ps1/bo")
    (course.root / ".grading/ps1/bo").write_text("in the way")
    with pytest.raises(Stopped, match=r"bo.* cannot be used"):
        run(course)


def test_the_rights_of_an_ordinary_user_are_taken_and_given_back(tmp_path):
    """Or the tests above would show nothing when they run as root."""
    path = tmp_path / "file"
    path.write_text("text")
    with locked(path), pytest.raises(PermissionError):
        path.read_text()
    assert path.read_text() == "text"
    with ordinary():
        assert path.read_text() == "text"
