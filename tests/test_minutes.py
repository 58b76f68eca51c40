"""How long a lesson takes, by the one rule of the course. To see the minutes of each part:

    .venv/bin/python -m pytest -n0 -s tests/test_minutes.py

The rule: prose (title, texts, key points) at 150 words a minute; 12 s for each new line of code to
run; a prediction 1 minute, an Investigate 2, a Modify 3, a Make 4, each with its question and our
answer; a question of the quiz 1; the warm-up 3.

An exercise by the same rule: prose and given code as above; a question answered by letters as an
Investigate, by code or in words as a Make; a check with its message as a question of the quiz.
The brief of exercise 10 takes what its title says.
"""

import re
from collections import Counter

import pytest

from exercises import SOLUTIONS, Exercise, grade_id
from exercises import role as grading_role
from notebooks import LESSONS, Lesson, is_folded, is_more, role, words

WORDS_A_MINUTE, SECONDS_A_LINE = 150, 12
TASKS = {"prediction": 1, "investigate": 2, "modify": 3, "make": 4, "warm-up": 3}
PROSE = ("title", "text", "key-points")
LONGEST = 60  # an hour; the title of a lesson says its own number
PARTS = ["reading", "code", *TASKS, "quiz"]


def minutes(lesson, more=False):
    """Minutes by kind of work, on the core path or in what is marked more."""
    spent, lines_before = Counter(), set()
    for cell in lesson.cells:
        kind = role(cell)
        if is_more(cell) != more:
            continue
        if kind == "run":
            source = re.sub(r"prediction_\d", "prediction", cell.source)  # one line to know
            lines = {line.strip() for line in source.split("\n") if line.strip()}
            spent["code"] += len(lines - lines_before) * SECONDS_A_LINE / 60
            lines_before |= lines
        if kind in PROSE:
            spent["reading"] += words(cell.source) / WORDS_A_MINUTE
        if kind in TASKS and (kind != "make" or cell.cell_type == "markdown"):
            spent[kind] += TASKS[kind]
        if kind == "quiz":
            spent["quiz"] += len(re.findall(r"<summary>\(a\)", cell.source))
    return spent


def told(lesson, more=False):
    spent = minutes(lesson, more)
    parts = ", ".join(f"{part} {spent[part]:.0f}" for part in PARTS if spent[part])
    return f"{lesson.path.stem}{' (more)' if more else ''}: {spent.total():.0f} min ({parts})"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_core_path_fits_a_lesson_and_the_title_says_how_long_it_takes(path):
    lesson = Lesson(path)
    spent = minutes(lesson).total()
    print("", told(lesson), *[told(lesson, more=True)] * any(map(is_more, lesson.cells)), sep="\n")
    if lesson.number == "90":
        assert spent <= 90  # the rest is talk
        return
    assert round(spent) <= LONGEST
    title = r"^Time: about (\d+) minutes(?:, and about (\d+) minutes more)?"
    time = re.search(title, lesson.cells[0].source, flags=re.M)
    said, said_more = int(time[1]), int(time[2] or 0)
    assert abs(said - spent) <= 5, f"the title says {said}, the rule {spent:.0f}"
    more = minutes(lesson, more=True).total()
    assert abs(said_more - more) <= 5, f"the title says {said_more} more, the rule {more:.0f}"


def minutes_of_exercise(exercise):
    """Minutes of an exercise; a question with the heading *Your brief* is left out."""
    spent = Counter(reading=words(exercise.prose) / WORDS_A_MINUTE)
    for cell in exercise.cells:
        kind = grading_role(cell)
        if kind == "setup" and not is_folded(cell):
            lines = [line for line in cell.source.split("\n") if line.strip()]
            spent["code"] += len(lines) * SECONDS_A_LINE / 60
        if kind == "answer":
            letters = re.match(r"q\d = \.\.\.", exercise.stub(grade_id(cell)))
            spent["answers"] += TASKS["investigate" if letters else "make"]
        if kind == "task" and "Your brief" not in cell.source:
            spent["written"] += TASKS["make"]
        spent["checks"] += kind == "check"
    return spent


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_an_exercise_takes_what_its_title_says(path):
    exercise = Exercise(path)
    title, spent = exercise.cells[0].source, minutes_of_exercise(exercise)
    parts = ", ".join(f"{part} {minutes:.0f}" for part, minutes in spent.items())
    print("", f"{path.stem}: {spent.total():.0f} min ({parts})", sep="\n")
    brief = re.search(r"The brief alone takes about (\d+)", title)
    said = int(re.search(r"Time: about (\d+) minutes", title)[1])
    assert abs(said - spent.total() - int(brief[1] if brief else 0)) <= 5
