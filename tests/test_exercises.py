"""Exercises are made from solutions, keep their secrets, and speak in one way to a learner."""

import ast
import csv
import filecmp
import re
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest

from exercises import SOLUTIONS, Exercise, grade_id, role
from notebooks import LESSONS, ROOT, Lesson, about, is_folded

EXERCISES = [Exercise(path) for path in SOLUTIONS]
CHECKS = [(exercise, cell) for exercise in EXERCISES for cell in exercise.of("check")]
ANSWERS = [(exercise, cell) for exercise in EXERCISES for cell in exercise.of("answer")]


def ids(pairs):
    return [f"{exercise.name}-{grade_id(cell)}" for exercise, cell in pairs]


each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
each_check = pytest.mark.parametrize(("exercise", "cell"), CHECKS, ids=ids(CHECKS))
each_answer = pytest.mark.parametrize(("exercise", "cell"), ANSWERS, ids=ids(ANSWERS))


# Made from solutions


@pytest.fixture(scope="module")
def made_again(tmp_path_factory):
    """exercises/ as the one command makes it now, in another folder."""
    folder = tmp_path_factory.mktemp("exercises")
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "[0-9]*"]
    command += ["--no-db", "--force", f"--CourseDirectory.release_directory={folder}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def files(folder):
    found = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return sorted(p for p in found if "__pycache__" not in p.parts and ".ipynb_" not in str(p))


def test_exercises_are_what_solutions_make_byte_for_byte(made_again):
    committed = ROOT / "exercises"
    assert files(committed) == files(made_again)
    _, differ, odd = filecmp.cmpfiles(committed, made_again, files(made_again), shallow=False)
    assert not differ and not odd, f"{differ}: run python3 course.py release"


def test_no_copy_of_data_or_helpers_differs_from_its_one_source():
    copies = [*ROOT.glob("solutions/*/data/*"), *ROOT.glob("exercises/*/data/*")]
    assert copies
    for copy in copies:
        assert copy.read_bytes() == (ROOT / "data" / copy.name).read_bytes(), copy
    for folder in ("solutions", "exercises"):
        for exercise in EXERCISES:
            copy = ROOT / folder / exercise.name / "summit_checks.py"
            assert copy.read_bytes() == (ROOT / "solutions" / copy.name).read_bytes(), copy


@each_exercise
def test_each_exercise_carries_the_data_that_it_reads(exercise):
    named = set(re.findall(r"data/(\w+\.\w+)", exercise.source.read_text(encoding="utf-8")))
    for folder in (exercise.source.parent, exercise.released.parent):
        assert {p.name for p in (folder / "data").glob("*")} == named
    assert set(re.findall(r"\b[a-z_]+\.csv\b", exercise.prose)) <= named, "named, and not there"


def test_the_claims_of_the_brief_are_worded_as_in_the_table():
    prose = next(exercise.prose for exercise in EXERCISES if exercise.name.startswith("10"))
    with (ROOT / "data" / "statements.csv").open(encoding="utf-8", newline="") as file:
        table = {row["statement_id"]: row for row in csv.DictReader(file)}
    for claim in ("S04", "S09", "S15", "S20", "S23"):
        row = table[claim]
        assert f"- **{claim} ({row['short_name']}):** {row['paraphrase']}\n" in prose


@each_exercise
def test_belongs_to_a_lesson_and_leads_back_and_on(exercise):
    assert exercise.name in [path.stem for path in LESSONS]
    assert exercise.source.parent.name == exercise.name
    end = exercise.cells[-1].source
    assert f"../../lessons/{exercise.name}.ipynb" in end
    assert exercise.name.startswith("10") or len(re.findall(r"\.\./\.\./lessons/", end)) >= 2
    for target in re.findall(r"\]\((\.\./[^)#]+)\)", exercise.prose):
        assert (exercise.released.parent / target).exists(), target
    place = f"`work`, then `exercises`, then `{exercise.name}`"
    assert f"`{exercise.name}.ipynb`" in end and place in end, "where this file lies"


@each_exercise
def test_says_how_to_get_a_solution_by_a_command_that_exists(exercise):
    commands = re.findall(r"course\.py (\w+) (\d\d)", exercise.cells[-1].source)
    known = re.findall(r'^        "(\w+)": ', (ROOT / "course.py").read_text("utf-8"), flags=re.M)
    assert commands and all(c in known and n == exercise.name[:2] for c, n in commands), commands


# Secrets


def regions(cell, kind):
    return re.findall(rf"### BEGIN {kind}\n(.*?)### END {kind}", cell.source, re.S)


@each_exercise
def test_nothing_secret_is_released(exercise):
    """No line of a solution or of a hidden test, except what stands openly elsewhere."""
    released = "\n".join(cell.source for cell in exercise.released_cells)
    assert not re.search(r"BEGIN SOLUTION|HIDDEN TESTS|MARK SCHEME", released)
    secret = [part for cell in exercise.cells for part in regions(cell, "HIDDEN TESTS")]
    for cell in exercise.of("answer"):
        assert regions(cell, "SOLUTION"), f"{grade_id(cell)} has no solution region"
        secret += regions(cell, "SOLUTION")
    kinds = r"### BEGIN (SOLUTION|HIDDEN TESTS)\n.*?### END \1"
    code = "\n".join(cell.source for cell in exercise.of("setup", "answer", "check"))
    in_sight = re.sub(kinds, "", code, flags=re.S)
    for line in "".join(secret).splitlines():
        if len(line.strip()) > 16 and line.strip() not in in_sight:
            assert line.strip() not in released, line
    assert not any(cell.get("outputs") for cell in exercise.released_cells)


def closed_answer(cell):
    """The letters of a closed question, as in q6 = "B" or q1 = ["B", "A"]; else None."""
    region = regions(cell, "SOLUTION")
    tree = ast.parse("".join(region)) if len(region) == 1 and "def " not in cell.source else None
    if tree and len(tree.body) == 1 and isinstance(tree.body[0], ast.Assign):
        try:
            value = ast.literal_eval(tree.body[0].value)
        except ValueError:
            return None
        letters = [value] if isinstance(value, str) else value
        if isinstance(letters, list) and all(re.fullmatch(r"[A-Z]", str(x)) for x in letters):
            return letters
    return None


@each_exercise
def test_no_key_stands_in_the_checks_that_learners_can_read(exercise):
    """Neither as a letter, nor as a list or a word of letters in the right order."""
    released = {grade_id(c): c for c in exercise.released_cells if role(c) == "check"}
    for cell in exercise.of("answer"):
        right = closed_answer(cell)
        if right is None:
            continue
        for name in exercise.checks_of[grade_id(cell)]:
            for node in ast.walk(ast.parse(released[name].source)):
                if isinstance(node, ast.Constant):
                    assert node.value != "".join(right), (name, node.value)
                elif isinstance(node, (ast.List, ast.Tuple)):
                    held = [getattr(item, "value", None) for item in node.elts]
                    assert held != right or len(right) == 1, (name, held)


def sealed(exercise):
    """What is sealed in the checks of an exercise: keys, and answers that have a reason."""
    return {
        node.value
        for cell in exercise.of("check")
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Constant) and re.fullmatch(r"[0-9a-f]{12}", str(node.value))
    }


def test_no_key_can_be_read_from_another_exercise():
    """A reason for a wrong letter in one exercise must not be the key of another."""
    times = Counter(seal for exercise in EXERCISES for seal in sealed(exercise))
    assert times and set(times.values()) == {1}


def test_right_letters_are_spread():
    """Who always chooses the same letter is right in less than half of the single choices."""
    right = [x[0] for _, cell in ANSWERS if (x := closed_answer(cell)) and len(x) == 1]
    assert max(map(right.count, right)) <= len(right) / 2, right


# What a learner meets


@each_exercise
def test_solution_scores_full_marks_and_the_release_scores_none(exercise):
    assert set(exercise.run().values()) == {None}
    blank = exercise.run({grade_id(c): exercise.stub(grade_id(c)) for c in exercise.of("answer")})
    assert None not in blank.values()


@each_exercise
def test_has_the_promised_size(exercise):
    graded = exercise.of("check", "task")
    points = sum(cell.metadata.nbgrader.points for cell in graded)
    questions = {re.match(r"q\d", grade_id(cell))[0] for cell in graded}
    assert 5 <= len(questions) <= 8 and 20 <= points <= 30
    assert f"{points} points" in exercise.cells[0].source
    by_person = sum(cell.metadata.nbgrader.points for cell in exercise.of("task"))
    said = [int(n) for n in re.findall(r"\b(\d+)(?= points?| by)", exercise.cells[0].source)]
    assert points - by_person in said and by_person in said, "points by checks, by a person"
    assert re.search(r"\d\d minutes", exercise.cells[0].source)


@each_exercise
def test_question_answer_and_check_stand_together(exercise):
    graded = [cell for cell in exercise.cells if role(cell) in ("answer", "check")]
    for answer, checks in exercise.checks_of.items():
        assert 1 <= len(checks) <= 2 and all(name.startswith(answer) for name in checks), answer
    assert role(graded[0]) == "answer"
    for place, cell in enumerate(exercise.cells):
        if role(cell) == "answer":
            assert role(exercise.cells[place - 1]) == "question", grade_id(cell)
            assert role(exercise.cells[place + 1]) == "check", grade_id(cell)


@each_exercise
def test_questions_state_points_and_objectives(exercise):
    """On a line of their own, so that headings stay short where the window is narrow.

    And each objective of the lesson has a question that tests it.
    """
    lesson = next(Lesson(path) for path in LESSONS if path.stem == exercise.name)
    known = set(re.findall(r"^- \*\*(\d+[a-f])\*\*", lesson.cells[0].source, flags=re.M))
    title = r"^## Question (\d)\. [^()\n]+\n\n\*(\d+) points?, objectives? ([^*]+)\*\n$"
    stated, tested = {}, set()
    for number, points, objectives in re.findall(title, exercise.prose, flags=re.M):
        stated[f"q{number}"] = int(points)
        tested |= set(re.findall(r"\b\d+[a-f]\b", objectives))
    given = {}
    for cell in exercise.of("check", "task"):
        question = re.match(r"q\d", grade_id(cell))[0]
        given[question] = given.get(question, 0) + cell.metadata.nbgrader.points
    assert stated == given
    assert tested == known


def test_lesson_and_exercise_draw_calibration_in_one_way():
    function = re.compile(r"^def calibration_chart\(.*?plt\.show\(\)$", re.M | re.S)
    lesson = next(Lesson(path) for path in LESSONS if path.name.startswith("09"))
    exercise = next(exercise for exercise in EXERCISES if exercise.name.startswith("09"))
    drawn = [function.findall("\n".join(c.source for c in x.cells)) for x in (lesson, exercise)]
    assert len(drawn[0]) == 1 and drawn[0] == drawn[1]


@each_exercise
def test_half_of_the_points_cannot_be_had_by_a_copied_number(exercise):
    """They need a function, a chart or a map of one's own, or meet other data when handed in."""
    all_points = safe = 0
    for answer, checks in exercise.checks_of.items():
        code = next(c.source for c in exercise.of("answer") if grade_id(c) == answer)
        for name in checks:
            check = exercise.checks[name]
            all_points += check.metadata.nbgrader.points
            own = r"^def |^ax = |^my_list = "
            if re.search(own, code, re.M) or "HIDDEN TESTS" in check.source:
                safe += check.metadata.nbgrader.points
    assert safe >= all_points / 2


# Checks


@each_check
def test_a_check_is_folded_and_named(exercise, cell):
    number = re.match(r"q(\d)", grade_id(cell))[1]
    assert is_folded(cell)
    assert re.match(rf"# Check {number}\b", cell.source)


@each_exercise
def test_run_all_goes_on_after_a_check_that_fails(exercise):
    """By the tag raises-exception; an error in the first cells stops a run, as it should."""
    for cell in exercise.released_cells:
        tags = cell.metadata.get("tags", [])
        assert ("raises-exception" in tags) == (role(cell) in ("answer", "check")), cell.id


@cache
def said_to_the_solution(exercise):
    said = {}
    exercise.run(said=said)
    return said


@each_check
def test_a_check_that_passes_says_so_and_what_follows(exercise, cell):
    said = said_to_the_solution(exercise)
    number = re.match(r"q(\d)", grade_id(cell))[1]
    last = said[grade_id(cell)].strip().split("\n")[-1]
    part = ", second part," if ", second part:" in cell.source.split("\n")[0] else ""
    assert last.startswith(f"Check {number}{part} passed."), last
    hidden = "HIDDEN TESTS" in cell.source
    assert hidden == ("When you hand in" in last), "hidden tests are announced"


@each_answer
def test_a_cell_that_has_not_been_run_is_the_first_message(exercise, cell):
    assert "Run the answer cell" in exercise.message(grade_id(cell), "pass")


@each_answer
def test_a_blank_is_called_a_blank(exercise, cell):
    """And what is given with a bug in it is called unchanged."""
    told = exercise.message(grade_id(cell), exercise.stub(grade_id(cell)))
    if re.search(r"(?<!\[)\.\.\.", exercise.stub(grade_id(cell))):
        assert re.search(r"blank|three dots", told), told
    else:
        assert "when you got it" in told, "the bug is explained before anybody looked for it"


def functions(cell):
    return [n for n in ast.parse(cell.source).body if isinstance(n, ast.FunctionDef)]


@each_answer
def test_a_function_that_gives_nothing_back_is_asked_whether_it_prints(exercise, cell):
    for function in functions(cell):
        printing = f"def {function.name}({ast.unparse(function.args)}):\n    print('the answer')"
        told = exercise.message(grade_id(cell), printing)
        assert "nothing back" in told, told


@each_answer
def test_pythons_own_sentence_reaches_the_learner(exercise, cell):
    for function in functions(cell):
        failing = f"def {function.name}({ast.unparse(function.args)}):\n    return [][7]"
        told = exercise.message(grade_id(cell), failing)
        assert "list index out of range" in told, told


@each_answer
def test_what_a_learners_function_changes_is_a_copy(exercise, cell):
    """A function that spoils what it is given spoils nothing for the next question."""
    right = "\n".join(line for line in cell.source.splitlines() if " SOLUTION" not in line)
    for function in functions(cell):
        names = [argument.arg for argument in function.args.args]
        spoiling = right + f"\n_right = {function.name}\ndef {function.name}({', '.join(names)}):\n"
        spoiling += f"    got = _right({', '.join(names)})\n"
        for name in names:
            spoiling += f"    if hasattr({name}, 'drop'): {name}.drop({name}.index, inplace=True)\n"
            spoiling += f"    if isinstance({name}, (list, dict)): {name}.clear()\n"
        verdicts = exercise.run({grade_id(cell): spoiling + "    return got\n"})
        assert set(verdicts.values()) == {None}, verdicts


def spoken(message):
    """The text of an assertion's message, what is filled in being a word; None if it is a name."""
    if isinstance(message, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "something" for p in message.values)
        return re.sub(r"(?<=\. )something$", "Something.", "".join(parts))
    return message.value if isinstance(message, ast.Constant) else None


def messages(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert):
            assert node.msg, f"an assertion without a message: {ast.unparse(node)}"
            if spoken(node.msg):
                yield spoken(node.msg)


@each_check
def test_messages_have_two_sentences_and_neither_blame_nor_code(exercise, cell):
    for message in messages(cell.source):
        assert 2 <= len(re.findall(r"[.?](?: |$)", message)) <= 3, message
        assert not re.search(r"stupid|careless|silly|lazy|obvious", message, re.I)
        assert not re.search(r"\b[MFEG]\d\d\b", message), message


@each_check
def test_checks_ask_for_values_alone(exercise, cell):
    """What a grader in another process can ask (no figure manager, no source, no names)."""
    never = r"gcf|gca\(|input\(|getsource|get_ipython|globals\(|\bdir\(|\bIn\[|^[%!]|default_rng"
    assert not re.search(never, cell.source, re.M)


@each_check
def test_names_only_misconceptions_that_exist(exercise, cell, table):
    known = set(table("misconceptions")["misconception_id"])
    assert set(about(cell, "misconceptions") or []) <= known


# Written answers


@each_exercise
def test_a_written_answer_has_its_rubric_in_sight_and_samples_for_who_marks(exercise):
    assert exercise.of("task")
    for cell in exercise.of("task"):
        scheme = re.search(r"BEGIN MARK SCHEME(.*)END MARK SCHEME", cell.source, re.S)
        assert scheme, grade_id(cell)
        in_sight = cell.source.replace(scheme[0], "")
        assert re.search(r"one point|point each|^\|[- |]+\|$", in_sight, re.I | re.M), "a rubric"
        assert re.search(r"\b(middle|sample)\b", in_sight, re.I), "a sample of a middle level"
        assert len(re.findall(r"sample", scheme[1], re.I)) >= 2, "samples on two sides"


# Helpers that a lesson and its exercise have in common


def helpers(cells):
    """Code of the functions and constants of these cells, by name, with one way to the data."""
    found = {}
    for cell in cells:
        if cell.cell_type == "code" and not cell.source.startswith("%"):
            for node in ast.parse(cell.source).body:
                named = node.targets[0] if isinstance(node, ast.Assign) else node
                name = getattr(named, "id", getattr(named, "name", None))
                if isinstance(node, ast.FunctionDef) or (name and name.isupper()):
                    found[name] = ast.unparse(node).replace("Path('data/", "(DATA / '")
    return found


@pytest.mark.parametrize("number", ["02", "03", "06"])
def test_helpers_are_the_same_lines_as_in_the_lesson(number):
    """They stand in both, since they are part of what is taught, and a learner may read them."""
    exercise = next(e for e in EXERCISES if e.name.startswith(number))
    lesson = Lesson(next(path for path in LESSONS if path.stem == exercise.name))
    tools = [c for c in exercise.of("setup") if grade_id(c) in ("helpers", "map_tools")]
    ours, theirs = helpers(tools), helpers(lesson.cells)
    assert len(ours) >= 5
    assert {name: theirs.get(name) for name in ours} == ours


def test_the_maps_of_two_lessons_are_fitted_by_the_same_lines():
    fits = {helpers(Lesson(path).cells).get("fit") for path in LESSONS} - {None}
    assert len(fits) == 1
