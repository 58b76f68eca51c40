"""Every exercise is done from start to end in JupyterLab, without a network, as a learner would.

Pictures for people, in tests/artefacts/, are taken when they are asked for:
    pytest tests/browser/test_exercises_in_lab.py -k 03 -m pictures
"""

import re

import pytest
from map_page import PICTURES, WIDTHS, map_troubles
from playwright.sync_api import expect

from exercises import SOLUTIONS, Exercise, grade_id, role

pytestmark = pytest.mark.browser

RED = '.jp-OutputArea [data-mime-type="application/vnd.jupyter.stderr"]'


# How a check speaks of an answer that nobody has touched.
UNTOUCHED = ("blank", "yet", "still", "three dots", "when you got it")


@pytest.fixture(scope="module", params=SOLUTIONS, ids=lambda path: path.stem)
def exercise(request):
    return Exercise(request.param)


@pytest.fixture(scope="module")
def opened(exercise, open_notebook):
    """The release, open in JupyterLab, and closed with its kernel at the end."""
    notebook = open_notebook(exercise.released)
    yield notebook
    notebook.close()


def test_each_blank_answer_gets_one_plain_message(exercise, opened):
    """One Run All reaches every check, whatever the checks before it found."""
    opened.run_all()
    expect(opened.page.locator(RED)).to_have_count(len(exercise.checks))  # drawn after the run
    messages = [text.strip() for text in opened.page.locator(RED).all_text_contents()]
    for message in messages:
        assert message.startswith("AssertionError: ") and "\n" not in message
        assert any(word in message for word in UNTOUCHED), message


def type_answers(exercise, opened):
    answers = {grade_id(cell): cell.source for cell in exercise.of("answer")}
    for number, cell in enumerate(exercise.released_cells):
        if role(cell) == "answer":
            opened.write(number, answers[grade_id(cell)])
    opened.run_all()


def test_typed_answers_pass_every_check(exercise, opened):
    type_answers(exercise, opened)
    # The last cell has run before its output is drawn, so this waits.
    passed = opened.page.locator(".jp-OutputArea-output").filter(has_text="passed.")
    expect(passed).to_have_count(len(exercise.checks))
    assert opened.page.locator(RED).count() == 0
    without_number = re.compile(r"\[[\s*]*\]")  # drawn when a cell has ended, a moment later
    expect(
        opened.page.locator(".jp-CodeCell .jp-InputPrompt", has_text=without_number)
    ).to_have_count(0)
    runs = [int(prompt.strip("[]: ")) for prompt in opened.prompts()]
    assert runs == sorted(runs)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_names_and_lines_of_maps_can_be_read(opened, width):
    """On the maps that are given and on those of the right answers, which have just been drawn."""
    assert map_troubles(opened.page, width) == []


def test_nothing_went_wrong(opened):
    assert opened.troubles == []


@pytest.mark.pictures
def test_pictures_for_people(exercise, opened, artefacts):
    """With the right answers in it."""
    type_answers(exercise, opened)
    for width in PICTURES:
        opened.take_pictures(artefacts, width)
