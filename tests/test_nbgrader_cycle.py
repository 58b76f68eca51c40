"""The real nbgrader, from the command line as a teacher and a learner would: TEACHING.md's steps.

Run with -s for the seconds that each command took.
"""

import csv
import getpass
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins.zipcollect import FileNameCollectorPlugin
from traitlets.config import PyFileConfigLoader

from exercises import Exercise, role
from notebooks import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the exchange needs Linux or macOS")

NAME = "04_chart_the_trade"
EXERCISE = Exercise(ROOT / "solutions" / NAME / f"{NAME}.ipynb")
POINTS = {name: cell.metadata.nbgrader.points for name, cell in EXERCISE.checks.items()}
FULL = sum(POINTS.values())
handed_in = EXERCISE.handed_in
ME = getpass.getuser()  # nbgrader names a learner of the exchange after the account
DUE, LATE = "2100-01-01 00:00:00 UTC", "2100-01-02 00:00:00 UTC"

# What made-up learners hand in


def untouched():
    return nbformat.read(EXERCISE.released, as_version=4)


def without_check():
    notebook = handed_in()
    notebook.cells = [c for c in notebook.cells if "q2_points_check" not in str(c.metadata)]
    return notebook


def with_copied_cell():
    notebook = handed_in()
    place = next(i for i, c in enumerate(notebook.cells) if role(c) == "answer")
    copy = nbformat.from_dict({**notebook.cells[place], "id": "copied"})
    notebook.cells.insert(place, copy)
    return notebook


def with_verdict(notebook):
    """The same with a written answer, in the cell that is there for it."""
    task = next(i for i, c in enumerate(notebook.cells) if "q8_verdict" in str(c.metadata))
    notebook.cells[task + 1].source = "**Verdict.** Nearly right.\n\n**Figure.** 29.3%"
    return notebook


ENDS_PYTHON = "import os\nos._exit(1)"
ENDLESS = "def compare_rates(first, second):\n    while True:\n        pass"


def taken_from_bank(answer, message):
    return next(code for said, code in EXERCISE.bank[answer]["wrong"] if said == message)


MOODLE = {
    "Ana Blank_101_assignsubmission_file": (NAME, untouched()),
    "Bo Wrong_102_assignsubmission_file_": (
        NAME,
        handed_in({"q2_points": taken_from_bank("q2_points", "divides by the later rate")}),
    ),
    "김민지_103_assignsubmission_file": ("my homework (1)", without_check()),
}
CANVAS = {
    f"lateeli_late_201_9001_{NAME}-1": handed_in(),
    f"raisesfay_202_9002_{NAME}": handed_in({"q4_bug": "1 / 0"}),
    f"loopgus_203_9003_{NAME}": handed_in({"q2_points": ENDLESS}),
}
LOST = {  # the questions that a learner loses; all others keep their points
    **{ME: set(), "101": set(POINTS), "102": {"q2_points_check"}, "103": set()},
    **{"201": set(), "202": {"q4_bug_check"}, "203": {"q2_points_check"}, "301": set()},
    **{"302": set(), "303": {"q5_rows_check"}, "304": set(POINTS)},
}
STATUS = dict.fromkeys(LOST, "graded") | {
    **{"203": "partial", "303": "partial", "304": "missing"},
}

# The cycle

RAN = []  # every command typed


class Person:
    """Someone at a terminal, with a home and a folder of their own and the environment on PATH."""

    def __init__(self, folder, settings):
        self.folder = folder
        home = folder.parent / f"home of {folder.name}"
        (home / ".jupyter").mkdir(parents=True)
        (home / ".jupyter" / "nbgrader_config.py").write_text("c = get_config()\n" + settings)
        places = [str(Path(sys.executable).parent), os.environ["PATH"]]
        self.env = {**os.environ, "HOME": str(home), "PATH": os.pathsep.join(places)}
        self.env["MPLCONFIGDIR"] = matplotlib.get_cachedir()  # or each home lists all fonts anew
        # A checker of web addresses that nothing here needs takes 2 s of each command's start.
        (home / "left out").mkdir()
        (home / "left out" / "rfc3987_syntax.py").write_text("raise ImportError")
        self.env["PYTHONPATH"] = str(home / "left out")
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "JUPYTER_DATA_DIR"):
            self.env.pop(name, None)

    def types(self, command, expected=0):
        begin = os.times()
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.env, capture_output=True, text=True
        )
        now = os.times()
        RAN.append(command)
        worked = sum(now[2:4]) - sum(begin[2:4])
        print(f"{now.elapsed - begin.elapsed:5.1f} s, {worked:4.1f} s of a processor: {command}")
        said = done.stdout + done.stderr
        assert done.returncode == expected, f"{command}\n{said}"
        return said


def hand_over(course, learner, notebook, name=NAME):
    """Put a submission where collect would leave it."""
    folder = course / "submitted" / learner / NAME
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


def download(archive):
    """Two archives, one named by Moodle and one by Canvas."""
    archive.mkdir(parents=True)
    with zipfile.ZipFile(archive / "HIST101-Exercise 4-567.zip", "w") as moodle:
        for folder, (name, notebook) in MOODLE.items():
            moodle.writestr(f"{folder}/{name}.ipynb", nbformat.writes(notebook))
    with zipfile.ZipFile(archive / "submissions.zip", "w") as canvas:
        for name, notebook in CANVAS.items():
            canvas.writestr(f"{name}.ipynb", nbformat.writes(notebook))
        canvas.writestr(f"__MACOSX/._loopgus_203_9003_{NAME}.ipynb", "not a notebook")


def scores(book, learner):
    """Automatic scores by question."""
    notebook = book.find_submission_notebook(NAME, NAME, learner)
    return {g.name: g.auto_score for g in notebook.grades if g.name in POINTS}


@pytest.fixture(scope="session")
def cycle(tmp_path_factory):
    tmp = tmp_path_factory.mktemp("class")
    exchange, course, mine = tmp / "exchange", tmp / "course", tmp / "learner"
    for folder in (exchange, course, mine):
        folder.mkdir()
    exchange.chmod(0o777)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    for table in ("data/misconceptions.csv", "teaching/where_to_look.csv"):
        (course / table).parent.mkdir()
        shutil.copy(ROOT / table, course / table)
    shutil.copytree(ROOT / "solutions" / NAME, course / "solutions" / NAME)
    shutil.copytree(ROOT / "exercises" / NAME, course / "exercises" / NAME)
    root = f"c.Exchange.root = {str(exchange)!r}\n"
    teacher = Person(course, root + 'c.Grade.limits = {"check_seconds": 4}\n')
    learner = Person(mine, root + 'c.CourseDirectory.course_id = "reading-the-summit"\n')
    said = {}

    # Assign
    teacher.types(f"nbgrader generate_assignment {NAME} --force")
    teacher.types(f'nbgrader db assignment add {NAME} --duedate="{DUE}"')
    teacher.types(f"nbgrader release_assignment {NAME}")
    said["list"] = learner.types("nbgrader list")
    learner.types(f"nbgrader fetch_assignment {NAME}")
    fetched = mine / NAME / f"{NAME}.ipynb"
    nbformat.write(with_verdict(handed_in()), fetched)
    learner.types(f"nbgrader submit {NAME}")

    # Collect
    teacher.types(f"nbgrader collect {NAME}")
    download(course / "downloaded" / NAME / "archive")
    said["zip_collect"] = teacher.types(f"nbgrader zip_collect {NAME}")
    (course / "submitted" / "201" / NAME / "timestamp.txt").write_text(LATE)
    hand_over(course, "301", handed_in(), "homework")
    hand_over(course, "302", with_verdict(with_copied_cell()))
    hand_over(course, "303", handed_in({"q5_rows": ENDS_PYTHON}))
    (course / "submitted" / "304" / NAME).mkdir(parents=True)

    # Grade: all at once, then one by nbgrader's own command
    said["autograde"] = teacher.types(f"nbjudge autograde {NAME}")
    said["again"] = teacher.types(f"nbjudge autograde {NAME}")
    said["stock"] = teacher.types(f"nbgrader autograde {NAME} --student=302 --force")

    # Mark the written answer, with what formgrader does when a mark is typed
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        grade = book.find_grade("q8_verdict", NAME, NAME, ME)
        said["waits for a mark"] = grade.needs_manual_grade
        grade.manual_score, grade.needs_manual_grade = 3, False
        book.db.commit()

    # Return
    said["feedback"] = teacher.types(f"nbjudge feedback {NAME}")
    teacher.types(f"nbjudge report {NAME} --hide-names")
    teacher.types(f"nbgrader generate_feedback {NAME} --student=102")
    teacher.types(f"nbgrader release_feedback {NAME} --student={ME}")  # files have no time
    learner.types(f"nbgrader fetch_feedback {NAME}")
    teacher.types("nbgrader export")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        yield SimpleNamespace(course=course, mine=mine, said=said, book=book)


def test_learner_finds_the_exercise_with_its_data(cycle):
    assert f"reading-the-summit {NAME}" in cycle.said["list"]
    assert {p.name for p in (cycle.mine / NAME / "data").iterdir()} == {
        p.name for p in (EXERCISE.released.parent / "data").iterdir()
    }


def test_assigning_changes_no_byte_of_the_exercise(cycle):
    made = cycle.course / "exercises" / NAME / f"{NAME}.ipynb"
    assert made.read_bytes() == EXERCISE.released.read_bytes()


@pytest.mark.parametrize("learner", LOST)
def test_scores_of_each_question(cycle, learner):
    expected = {name: 0 if name in LOST[learner] else points for name, points in POINTS.items()}
    assert scores(cycle.book, learner) == expected


@pytest.mark.parametrize("learner", LOST)
def test_summary_says_what_became_of_each(cycle, learner):
    score = FULL - sum(POINTS[name] for name in LOST[learner])
    assert f"{learner}: {STATUS[learner]}, {score:g}/{FULL:g}" in cycle.said["autograde"]


def test_what_is_graded_is_not_graded_again(cycle):
    assert f"0 graded, {len(LOST)} graded before" in cycle.said["again"]


def test_nbgraders_own_command_grades_the_same_way_without_a_warning(cycle):
    told = [line for line in cycle.said["stock"].splitlines() if "| INFO]" not in line]
    (removing,) = told  # what --force does first; nothing about changed checksums
    assert "Removing existing assignment" in removing


def test_written_answers_wait_for_a_person(cycle):
    assert cycle.said["waits for a mark"]
    for learner in LOST:
        grade = cycle.book.find_grade("q8_verdict", NAME, NAME, learner)
        assert grade.needs_manual_grade == (learner == "302")  # the others left it blank
    assert cycle.book.find_submission(NAME, ME).score == FULL + 3


def test_a_run_ends_with_who_is_missing_who_waits_and_the_next_step(cycle):
    end = cycle.said["autograde"].partition("Grades are in the gradebook.")[2]
    assert "Nothing handed in (1): 304." in end
    assert "with the learner (2): 203 (partial), 303 (partial)." in end
    assert f"A written answer waits for a mark (2): 302, {ME}." in end
    assert "Next: give the marks that are missing" in end and "feedback" not in end


def test_late_work_is_marked_late_and_keeps_its_points(cycle):
    late = cycle.book.find_submission(NAME, "201")
    assert late.total_seconds_late == 24 * 3600 and late.score == FULL
    assert cycle.book.find_submission(NAME, "102").total_seconds_late == 0


def feedback(cycle, learner):
    page = cycle.course / "feedback" / learner / NAME / f"{NAME}.html"
    return re.sub(r"\s+", " ", page.read_text(encoding="utf-8"))


def test_feedback_says_what_the_check_says(cycle):
    assert "divides by the later rate" in feedback(cycle, "102")
    assert "There is no implied_base yet" in feedback(cycle, "202")
    assert "This file is just as it was given out" in feedback(cycle, "101")
    assert "the kernel died in a cell before this check" in feedback(cycle, "303")
    assert "No notebook was handed in." in feedback(cycle, "304")
    assert "divides by the later rate" not in feedback(cycle, ME)


def test_feedback_teaches_and_shows_no_check_and_no_mark_scheme(cycle):
    page = feedback(cycle, "102")  # by nbgrader's own command
    assert "divides by the later rate" in page
    assert "lesson 4, section 1, “How large was it, and how fast did it grow?”" in page
    for learner in LOST:
        assert not re.search("assert |HIDDEN|MARK SCHEME|Level 4", feedback(cycle, learner))


def test_the_report_ranks_what_was_said_and_hides_names(cycle):
    folder = cycle.course / "reports" / NAME
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Divided by the wrong year</b>: 1 of" in page and "1 handed in nothing" in page
    assert ME not in page and not (folder / "learners.csv").exists()
    with open(folder / "questions.csv", newline="", encoding="utf-8") as file:
        assert [float(row["max_points"]) for row in csv.DictReader(file)][:2] == [2, 4]


def test_feedback_says_who_still_waits(cycle):
    assert f"{len(LOST)} pages" in cycle.said["feedback"]
    assert "A written answer waits for a mark (1): 302." in cycle.said["feedback"]
    assert "4 points more wait for a mark" in feedback(cycle, "302")
    assert f"{FULL + 3:g} of {FULL + 4:g} points." in feedback(cycle, ME)


def test_feedback_comes_back_to_the_learner(cycle):
    (page,) = (cycle.mine / NAME / "feedback").glob(f"*/{NAME}.html")
    assert page.read_bytes() == (cycle.course / f"feedback/{ME}/{NAME}/{NAME}.html").read_bytes()


def test_export_has_a_row_for_each_learner(cycle):
    with open(cycle.course / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    for learner, lost in LOST.items():
        expected = FULL - sum(POINTS[name] for name in lost) + 3 * (learner == ME)
        waits = learner == "302"
        assert rows[learner]["score"] == ("" if waits else str(float(expected)))
        assert float(rows[learner]["marked"]) == expected
        assert float(rows[learner]["marked_max"]) == FULL + 4 * (not waits)
        assert float(rows[learner]["max_score"]) == FULL + 4
        assert rows[learner]["status"] == ("waits for a mark" if waits else STATUS[learner])
    assert rows["201"]["timestamp"] > rows["201"]["duedate"] == "2100-01-01 00:00:00"


BY_FILES = (  # what tests/test_by_files.py types
    *("nbjudge collect", "nbjudge mark", "nbjudge return", "nbjudge doctor", "nbjudge forget"),
    "nbgrader export --exporter",
)


def told_in_teaching_md(*sections):
    """The commands of TEACHING.md, or of those sections of it that begin with these words."""
    text = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    parts = [p for p in text.split("\n## ") if not sections or p.startswith(sections)]
    blocks = re.findall(r"```\n(.*?)```", "\n".join(parts), re.S)
    lines = {line.strip() for block in blocks for line in block.splitlines()}
    return {line for line in lines if line.startswith(("nbgrader ", "nbjudge "))}


def test_teaching_md_names_the_commands_that_ran_here(cycle):
    told = told_in_teaching_md()
    assert len(told) > 10
    for command in told:  # the tests may add an option
        if not command.startswith(BY_FILES):
            assert any(f"{ran} ".startswith(f"{command} ") for ran in RAN), command


# Names of downloaded files

BEGIN = f"/course/downloaded/{NAME}/extracted"


@pytest.mark.parametrize(
    ("path", "learner"),
    [
        (f"Kim Minji_4711_assignsubmission_file/{NAME}.ipynb", "4711"),  # Moodle from 4.1
        ("김민지_4711_assignsubmission_file_/work/x_1_2_y.ipynb", "4711"),  # Moodle before
        (f"Kim Minji_4711_assignsubmission_file_{NAME}.ipynb", "4711"),  # Moodle, no folders
        (f"submissions/kimminji_4711_990_{NAME}.ipynb", "4711"),  # Canvas
        (f"submissions/kimminji_late_4711_990_{NAME}-2.ipynb", "4711"),
        (f"submissions/anon_xK3fQ_990_{NAME}.ipynb", "xK3fQ"),  # Canvas, names hidden
        (f"submissions/LATE_anon_12345_990_{NAME}.ipynb", "12345"),
        ("kimminji_4711_990_homework/03/homework.ipynb", "4711"),  # a zip handed in
        ("Kim_4711_assignsubmission_file/.ipynb_checkpoints/x-checkpoint.ipynb", None),
        (f"__MACOSX/._kimminji_4711_990_{NAME}.ipynb", None),
        (f"{NAME}.ipynb", None),
    ],
)
def test_pattern_reads_the_names_that_moodle_and_canvas_write(path, learner):
    config = PyFileConfigLoader("nbgrader_config.py", str(ROOT)).load_config()
    found = FileNameCollectorPlugin(config=config).collect(f"{BEGIN}/{path}")
    assert found == (learner and {"file_id": NAME, "student_id": learner})


# Learners without a teacher
