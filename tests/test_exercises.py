"""Exercises are made from solutions, hide what they must, ask what they promise, and are graded."""

import ast
import filecmp
import re
import subprocess
import sys

import pytest

from exercises import SOLUTIONS, Exercise, grade_id, role
from notebooks import LESSONS, ROOT, Lesson, words

EXERCISES = [Exercise(path) for path in SOLUTIONS]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)


@pytest.fixture(scope="module")
def made_again(tmp_path_factory):
    """exercises/ as the one command makes it now, in another folder."""
    folder = tmp_path_factory.mktemp("exercises")
    for exercise in EXERCISES:
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", exercise.name]
        command += ["--no-db", "--force", f"--CourseDirectory.release_directory={folder}"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def files(folder):
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def test_exercises_are_what_solutions_make_byte_for_byte(made_again):
    committed = ROOT / "exercises"
    assert files(committed) == files(made_again)
    _, differ, odd = filecmp.cmpfiles(committed, made_again, files(made_again), shallow=False)
    assert not differ and not odd, f"{differ}: run python3 course.py release"


def test_no_copy_of_the_data_differs():
    copies = [*ROOT.glob("solutions/*/data/*"), *ROOT.glob("exercises/*/data/*")]
    assert copies
    for copy in copies:
        assert copy.read_bytes() == (ROOT / "data" / copy.name).read_bytes(), copy


@each_exercise
def test_each_exercise_carries_the_data_that_it_reads(exercise):
    named = set(re.findall(r"data/(\w+\.\w+)", exercise.source.read_text(encoding="utf-8")))
    for folder in (exercise.source.parent, exercise.released.parent):
        kept = {p.name for p in (folder / "data").glob("*")}
        assert kept == named


@each_exercise
def test_belongs_to_a_lesson(exercise):
    assert exercise.name in [path.stem for path in LESSONS]
    assert exercise.source.parent.name == exercise.name


@each_exercise
def test_nothing_secret_is_released(exercise):
    text = exercise.released.read_text(encoding="utf-8")
    for mark in ("BEGIN SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "Level 4", "sample:"):
        assert mark not in text
    for cell in exercise.of("answer"):
        region = re.search(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.S)
        assert region, f"{grade_id(cell)} has no solution region"
        for line in region[1].splitlines():
            if len(line.strip()) > 12:
                assert line.strip() not in text, line
    for cell in exercise.of("check"):
        for hidden in re.findall(r"BEGIN HIDDEN TESTS\n(.*?)### END", cell.source, re.S):
            for line in hidden.splitlines():
                assert len(line.strip()) < 12 or line.strip() not in text, line
    assert not any(cell.get("outputs") for cell in exercise.released_cells)


@each_exercise
def test_solutions_keep_no_outputs(exercise):
    for cell in exercise.cells:
        assert not cell.get("outputs") and not cell.get("execution_count")


@each_exercise
def test_solution_scores_full_marks_and_the_release_scores_none(exercise):
    assert set(exercise.run().values()) == {None}
    blank = exercise.run({grade_id(c): exercise.stub(grade_id(c)) for c in exercise.of("answer")})
    assert None not in blank.values()


@each_exercise
def test_has_the_promised_size(exercise):
    graded = exercise.of("check", "task")
    points = sum(cell.metadata.nbgrader.points for cell in graded)
    assert 5 <= len(graded) <= 8 and 20 <= points <= 30
    assert f"{points} points" in exercise.cells[0].source


@each_exercise
def test_question_answer_and_check_stand_together(exercise):
    roles = [role(cell) for cell in exercise.cells]
    for place, kind in enumerate(roles):
        if kind == "question":
            assert roles[place + 1 : place + 3] == ["answer", "check"], exercise.cells[place].source
    for check in exercise.checks:
        assert check.removesuffix("_check") in {grade_id(c) for c in exercise.of("answer")}


@each_exercise
def test_questions_state_points_and_objectives(exercise):
    lesson = next(Lesson(path) for path in LESSONS if path.stem == exercise.name)
    known = set(re.findall(r"^- \*\*(\d[a-f])\*\*", lesson.prose, flags=re.M))
    tested = set()
    for cell in exercise.of("question", "task"):
        title = cell.source.split("\n")[0]
        number, points = re.match(
            r"## Question (\d)\. .+\((\d+) points?, objectives? ", title
        ).groups()
        tested |= set(re.findall(r"\b\d[a-f]\b", title))
        name = grade_id(cell).removesuffix("_question")
        assert name.startswith(f"q{number}_")
        graded = cell if role(cell) == "task" else exercise.checks[f"{name}_check"]
        assert graded.metadata.nbgrader.points == int(points)
    assert tested == known


@each_exercise
def test_written_answers_have_levels_and_samples(exercise):
    tasks = exercise.of("task")
    assert tasks
    for cell in tasks:
        scheme = re.search(
            r"=== BEGIN MARK SCHEME ===(.*)=== END MARK SCHEME ===", cell.source, re.S
        )
        assert scheme and len(re.findall(r"^Level \d", scheme[1], flags=re.M)) >= 3
        assert scheme[1].count("sample") >= 3


@each_exercise
def test_names_only_misconceptions_that_exist(exercise, table):
    known = set(table("misconceptions")["misconception_id"])
    named = set(re.findall(r"\bM\d\d\b", "\n".join(c.source for c in exercise.of("check"))))
    assert named and named <= known


def spoken(message):
    """The text of an assertion's message; what is filled in counts as a word."""
    if isinstance(message, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "something" for p in message.values)
        return "".join(parts)
    return message.value


@each_exercise
def test_messages_have_two_sentences_and_no_blame(exercise):
    for cell in exercise.of("check"):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Assert):
                assert node.msg, f"an assertion without a message: {ast.unparse(node)}"
                message = spoken(node.msg)
                assert 2 <= len(re.findall(r"[.?](?: |$)", message)) <= 3, message
                assert not re.search(r"stupid|careless|silly|lazy|obvious", message, re.I)


@each_exercise
def test_most_questions_cannot_be_passed_by_a_copied_number(exercise):
    """A function, or other data in a hidden test."""
    checks = exercise.of("check")
    safe = [c for c in checks if "HIDDEN TESTS" in c.source]
    assert len(safe) >= len(checks) / 2


@each_exercise
def test_checks_ask_for_values_alone(exercise):
    """What the trusted grader can ask of a learner's kernel (no figure manager, no source)."""
    for cell in exercise.of("check"):
        assert not re.search(
            r"gcf|gca\(|input\(|getsource|get_ipython|\bIn\b|^[%!]", cell.source, re.M
        )


@each_exercise
def test_reads_well(exercise):
    for cell in exercise.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"=== BEGIN.*?=== END MARK SCHEME ===", "", cell.source, flags=re.S)
            assert words(text) <= 150, text[:60]
