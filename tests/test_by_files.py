"""TEACHING.md's screen "By files", from two downloaded files to two uploaded files.

The commands are typed as a teacher would; a class of 60 and the platforms' own rules are in
packages/nbjudge/tests/test_class_of_60.py.
"""

import contextlib
import csv
import http.client
import io
import json
import re
import shlex
import shutil
import subprocess
import zipfile
from types import SimpleNamespace
from urllib.parse import urlsplit

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbjudge.__main__ import main
from test_nbgrader_cycle import (
    BY_FILES,
    EXERCISE,
    FULL,
    NAME,
    RAN,
    Person,
    handed_in,
    told_in_teaching_md,
)

from notebooks import ROOT

SHEET = """\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum grade",\
"Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 11","Ana Kim",ana@school.example,"Submitted for grading",{ana},{best:.2f},Yes,\
"Friday, 2 January 2026, 3:05 PM",-,
"Participant 12","Bo Li",bo@school.example,"Submitted for grading",,{best:.2f},Yes,\
"Friday, 2 January 2026, 3:06 PM",-,
"Participant 13","Cy Oh",cy@school.example,"No submission",,{best:.2f},Yes,-,-,
"""
BEST = FULL + 4


class Teacher(Person):
    """Types some of the commands in this process: the start of another takes longer than they."""

    def types_here(self, command, expected=0):
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(io.StringIO()) as out,
            contextlib.redirect_stderr(out),
        ):
            code = main(shlex.split(command)[1:])
        RAN.append(command)
        assert code == expected, out.getvalue()
        return out.getvalue()

    def marks(self, command, points):
        """Types a command that opens a page, and gives points to its one answer, as the page does;
        gives what the command says at its end."""
        typed = [*shlex.split(command), "--no-browser"]
        with subprocess.Popen(
            typed, cwd=self.folder, env=self.env, stdout=subprocess.PIPE, text=True
        ) as marking:
            try:
                RAN.append(command)
                where = urlsplit(marking.stdout.readline().removeprefix("Mark here: ").strip())
                line = http.client.HTTPConnection(where.netloc)
                line.request("GET", f"{where.path}?{where.query}")
                ((key, seen),) = re.findall(ARTICLE, line.getresponse().read().decode())
                question = int(where.path.strip("/"))
                mark = {"question": question, "answer": key, "seen": seen, "points": points}
                headers = {
                    "Origin": f"http://{where.netloc}",
                    "Content-Type": "application/json",
                    "Authorization": where.query.replace("token=", "token "),
                }
                for place, body in (("/mark", mark), ("/end", {})):
                    line.request("POST", place, json.dumps(body), headers)
                    assert line.getresponse().read()
                line.close()
                return marking.communicate(timeout=60)[0]
            finally:
                marking.kill()


ARTICLE = r'data-key="(\w+)" data-version="([\w.]+)"'


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    tmp = tmp_path_factory.mktemp("by files")
    course = tmp / "course"
    course.mkdir(mode=0o700)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "solutions" / NAME, course / "solutions" / NAME)
    for table in ("data/misconceptions.csv", "teaching/where_to_look.csv"):
        if (ROOT / table).exists():
            (course / table).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / table, course / table)
    teacher = Teacher(course, "")
    teacher.types(f"nbgrader generate_assignment {NAME} --force")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        book.update_or_create_assignment(NAME, duedate="2100-01-01 00:00:00 UTC")
    downloaded = course / "downloaded"
    downloaded.mkdir()
    (downloaded / "worksheet.csv").write_text(SHEET.format(ana="", best=BEST), "utf-8", newline="")
    notebook = nbformat.writes(handed_in())
    with zipfile.ZipFile(downloaded / "submissions.zip", "w") as archive:
        archive.writestr(f"Ana Kim_11_assignsubmission_file/{NAME}.ipynb", notebook)
        archive.writestr("Bo Li_12_assignsubmission_file/homework.pdf", b"%PDF-1.7")
    two = "downloaded/submissions.zip downloaded/worksheet.csv"
    said = {"collect": teacher.types_here(f"nbjudge collect {NAME} {two}")}
    said["doctor"] = teacher.types("nbjudge doctor")
    teacher.types(f"nbjudge autograde {NAME}")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        mark = book.find_grade("q8_verdict", NAME, NAME, "ana@school.example")
        mark.manual_score, mark.needs_manual_grade = None, True
        book.db.commit()
    said["waits"] = teacher.types_here(f"nbjudge return {NAME}", expected=1)
    nothing = not (course / "returned").exists()
    said["mark"] = teacher.marks(f"nbjudge mark {NAME}", 2.5)
    said["return"] = teacher.types_here(f"nbjudge return {NAME}")
    teacher.types("nbgrader export --exporter=nbjudge.QuestionScores")
    with open(course / "questions.csv", newline="") as file:
        questions = list(csv.DictReader(file))
    returned = course / "returned" / NAME
    back = (returned / "worksheet.csv").read_bytes()
    with zipfile.ZipFile(returned / "feedback.zip") as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist()}

    # By hand: the same exercise from a folder, with a roster
    (downloaded / "from-mail").mkdir()
    (downloaded / "from-mail/dan.ipynb").write_text(notebook)
    (downloaded / "roster.csv").write_text("id,last_name,first_name,grade\ndan,Roe,Dan,\n")
    two = "downloaded/from-mail downloaded/roster.csv"
    said["by hand"] = teacher.types_here(f"nbjudge collect {NAME} {two}")

    said["would"] = teacher.types_here("nbjudge forget ana@school.example", expected=1)
    teacher.types_here("nbjudge forget ana@school.example --yes")
    left = [path for path in course.rglob("*") if "ana@" in path.name]
    yield SimpleNamespace(
        said=said, back=back, pages=pages, questions=questions, nothing=nothing, left=left
    )


def test_everybody_has_one_arrival(files):
    assert "3 learners: 1 collected, 1 no notebook, 1 missing." in files.said["collect"]
    assert "Bo Li" in files.said["collect"] and "Cy Oh" in files.said["collect"]
    assert "1 learners: 1 collected." in files.said["by hand"]


def test_nothing_goes_back_before_the_mark_is_there(files):
    assert files.nothing
    assert "Waits for a mark (1): Ana Kim (ana@school.example)." in files.said["waits"]
    assert f"Nothing was made. Next: nbjudge mark {NAME}" in files.said["waits"]


def test_the_mark_is_given_on_the_page(files):
    assert "Learners whose marks or comments have changed: 1." in files.said["mark"]
    assert f"Next: nbjudge feedback {NAME}" in files.said["mark"]


def test_the_worksheet_is_the_same_but_for_the_grade(files):
    expected = SHEET.format(ana=f"{FULL + 2.5:g}", best=BEST)
    assert files.back == expected.encode()


def test_pages_go_back_under_the_participants_number(files):
    assert files.pages.keys() == {
        f"Ana Kim_11_assignfeedback_file_{NAME}.html",
        f"Bo Li_12_assignfeedback_file_{NAME}.html",
    }
    assert "no notebook" in files.pages[f"Bo Li_12_assignfeedback_file_{NAME}.html"]
    assert "Bo Li (bo@school.example) needs a person" in files.said["return"]


def test_scores_by_question(files):
    ana = {row["question"]: row for row in files.questions if row["last_name"] == "Ana Kim"}
    assert ana.keys() == {*EXERCISE.checks, "q8_verdict"}
    assert (ana["q8_verdict"]["score"], ana["q8_verdict"]["state"]) == ("2.5", "marked")


def test_doctor_finds_the_course_in_order(files):
    assert "look" not in files.said["doctor"]
    assert f"out of {BEST:g}" in files.said["doctor"]


def test_forget_leaves_no_folder_of_the_learner(files):
    assert "gradebook" in files.said["would"] and not files.left


def test_teaching_md_names_the_commands_that_ran_here(files):
    told = {one for one in told_in_teaching_md() if one.startswith(BY_FILES)}
    assert len(told) > 6
    for command in told:
        assert any(f"{ran} ".startswith(f"{command} ") for ran in RAN), command
