"""Doctor, forget, scores by question, and the refusal to work in a course that others can read."""

import csv
import os
import types

import pytest

import made_up_class as ours
from nbjudge import QuestionScores
from nbjudge.__main__ import main
from nbjudge._batch import batch
from nbjudge._kernel.sandbox import Form, SandboxError
from nbjudge._nbgrader import privacy
from nbjudge._platform.collect import collect, record_of
from nbjudge._platform.hand_back import return_all
from nbjudge._upkeep import doctor
from pretended import pretend
from small_course import RIGHT, copy_of, made, sums

WRITTEN = {**RIGHT, "why": "Because.", "essay": "More."}


@pytest.fixture
def course(tmp_path):
    course = copy_of(made(ps1=sums), tmp_path / "course")
    os.chmod(course.root, 0o700)
    return course


def collected(course, tmp_path):
    """Two learners: ana and bo, collected, graded, and one of them marked."""
    notebook = (course.hand_in("x", "ps1", "ps1", WRITTEN) / "ps1.ipynb").read_bytes()
    import shutil

    shutil.rmtree(course.root / "submitted" / "x")
    pupils = ours.made_up(notebook, b"", 3)[:2]
    for pupil in pupils:
        pupil.files = {"ps1.ipynb": notebook}
    (tmp_path / "w.csv").write_bytes(ours.moodle_sheet(pupils, "English", 10))
    ours.moodle_zip(tmp_path / "a.zip", pupils)
    collect(course.directory, "ps1", tmp_path / "a.zip", tmp_path / "w.csv")
    batch.autograde(course.directory, "ps1", work=pretend, workers=1)
    with course.book as book:
        for name in ("why", "essay"):
            grade = book.find_grade(name, "ps1", "ps1", pupils[0].email)
            grade.manual_score, grade.needs_manual_grade = 2, False
        book.db.commit()
    return pupils


# Forget


def test_forget_leaves_nothing_of_a_learner_and_all_of_the_others(
    course, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(course.root)
    ana, bo = collected(course, tmp_path)
    return_all(course.directory, "ps1", partial=True)
    assert main(["report", "ps1"]) == 0
    reported = course.root / "reports/ps1/learners.csv"
    assert ana.email in reported.read_text()
    mine = [course.root / name for name in ("grades.csv", "submissions.zip", "worksheet.csv")]
    for path in mine:
        path.write_text("who")
    capsys.readouterr()
    assert main(["forget", ana.email]) == 1
    said = capsys.readouterr().out
    assert "This would be removed" in said and "gradebook" in said
    assert (course.root / "submitted" / ana.email).is_dir()

    assert main(["forget", ana.email, "--yes"]) == 0
    said = capsys.readouterr().out
    assert all(str(path) in said for path in mine)  # not looked into
    sought = [ana.email.encode(), f"Participant {ana.number}".encode()]
    for path in course.root.rglob("*"):
        assert ana.email not in str(path)
        if path.is_file():
            assert not any(text in path.read_bytes() for text in sought), path
    with course.book as book:
        assert [student.id for student in book.students] == [bo.email]
    (kept,) = record_of(course.directory, "ps1").learners
    assert kept.learner.key == bo.email
    assert bo.email.encode() in record_of(course.directory, "ps1").sheet.content
    assert (course.root / "submitted" / bo.email / "ps1" / "ps1.ipynb").exists()
    assert not return_all(course.directory, "ps1", partial=True).filled  # bo waits for a mark


def test_forget_of_somebody_unknown_names_the_nearest(course, capsys, monkeypatch):
    monkeypatch.chdir(course.root)
    with course.book as book:
        book.update_or_create_student("bitdiddle")
    assert main(["forget", "bitdidle", "--yes"]) == 1
    assert "Nothing is kept of 'bitdidle'. Did you mean bitdiddle?" in capsys.readouterr().err


# Scores by question


def test_scores_by_question_are_empty_where_a_mark_is_missing(course, tmp_path):
    ana, bo = collected(course, tmp_path)
    with course.book as book:
        book.update_or_create_student("late.comer")
        QuestionScores(to=str(tmp_path / "q.csv"), parent=course.directory.parent).export(book)
    with open(tmp_path / "q.csv", newline="") as file:
        found = {
            (row["student_id"], row["question"]): (row["score"], row["max_score"], row["state"])
            for row in csv.DictReader(file)
        }
    assert len(found) == 3 * 4
    assert found[ana.email, "add_check"] == ("2.0", "2.0", "graded")
    assert found[ana.email, "essay"] == ("2.0", "4.0", "marked")
    assert found[bo.email, "essay"] == ("", "4.0", "waits for a mark")
    assert found["late.comer", "essay"] == ("0.0", "4.0", "missing")  # as in grades.csv


# Who can read the course


def person(name, number, group=5000, shell="/bin/bash"):
    return types.SimpleNamespace(pw_name=name, pw_uid=number, pw_gid=group, pw_shell=shell)


@pytest.fixture
def bo_has_an_account(monkeypatch):
    people = [person("bo", 1001), person("daemon", 2), person("web", 1002, shell="/bin/false")]
    monkeypatch.setattr("pwd.getpwall", lambda: people)
    monkeypatch.setattr("pwd.getpwnam", lambda name: people[0])


def test_an_open_course_is_refused_with_the_command_that_closes_it(
    course, capsys, monkeypatch, bo_has_an_account
):
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(privacy.Path, "resolve", lambda path: privacy.Path("/x"))  # only "/" above
    assert privacy.other_people() == ["bo"]
    os.chmod(course.root, 0o755)
    for command in ("autograde", "collect", "return", "lint"):
        assert main([command, "ps1"]) == 1
        said = capsys.readouterr().err
        assert "(bo) can read the course" in said and f"chmod go-rwx {course.root}" in said
    assert not (course.root / ".grading").exists()
    os.system(f"chmod go-rwx {course.root}")
    main(["collect", "ps1"])
    assert "Say which file to collect" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("mode", "group", "shared", "is_open"),
    [
        (0o755, 1, False, True),
        (0o711, 1, False, True),
        (0o700, 1, False, False),
        (0o750, 1, False, False),  # nobody else is in the group
        (0o750, 5000, False, True),
        (0o770, 5000, True, False),  # the group is meant to
    ],
)
def test_open_is_what_others_or_a_group_with_others_may_enter(
    tmp_path, monkeypatch, bo_has_an_account, mode, group, shared, is_open
):
    about = types.SimpleNamespace(st_mode=0o40000 | mode, st_gid=group)
    above = types.SimpleNamespace(st_mode=0o40755, st_gid=0)
    monkeypatch.setattr(
        privacy.Path, "stat", lambda path, **kw: about if path.name == "course" else above
    )
    found = privacy.open_to_others(privacy.Path("/srv/course"), group=not shared)
    assert found == is_open


def test_a_closed_folder_above_closes_the_course(tmp_path, bo_has_an_account):
    folder = tmp_path / "closed" / "course"
    folder.mkdir(parents=True)
    os.chmod(folder, 0o755)
    os.chmod(folder.parent, 0o700)
    assert not privacy.open_to_others(folder)


# Doctor


def test_doctor_says_what_is_to_be_mended(course, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(
        doctor, "forkserver_for", lambda modules: types.SimpleNamespace(form=Form.FULL, notice="")
    )
    monkeypatch.setattr(privacy, "other_people", lambda: [])
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok    versions: Python 3.")
    assert "ok    sandbox: full" in lines
    assert "look  roster: nobody" in lines
    assert "ok    ps1: out of 10, no due date, so nobody is late" in lines

    collected(course, tmp_path)
    with course.book as book:
        book.update_or_create_assignment("ps1", duedate="2100-01-01 00:00:00 UTC")
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "ok    roster: 2 learners" in said
    assert "ok    ps1: out of 10, due 2100-01-01 00:00 UTC, to come" in said


def test_doctor_without_a_sandbox_or_a_gradebook(course, capsys, monkeypatch):
    def none(modules):
        raise SandboxError("Use Linux.")

    monkeypatch.chdir(course.root)
    monkeypatch.setattr(doctor, "forkserver_for", none)
    (course.root / "gradebook.db").unlink()
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index("look  sandbox: there is none") + 1].strip() == "Use Linux."
    assert "run nbgrader generate_assignment" in lines[-1]
