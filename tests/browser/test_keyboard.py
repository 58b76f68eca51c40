"""One learner's path through the first lesson with the keyboard alone: no mouse call at all."""

import pytest
from playwright.sync_api import expect

from notebooks import LESSONS

pytestmark = pytest.mark.browser

FIRST = LESSONS[0]
ACTIVE = """() => {
  const cells = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];
  return cells.findIndex(cell => cell.classList.contains('jp-mod-active'));
}"""


@pytest.fixture(scope="module")
def learner(open_notebook):
    notebook = open_notebook(FIRST)
    yield notebook
    notebook.close()


def runs(learner):
    """Which run each code cell is if they are run from the top; None for a folded one."""
    code = (cell for cell in learner.cells if cell["cell_type"] == "code")
    folded = [cell["metadata"].get("jupyter", {}).get("source_hidden", False) for cell in code]
    return [None if hidden else number for number, hidden in enumerate(folded, 1)]


def press(learner, *keys):
    for key in keys:
        learner.page.keyboard.press(key)


def begin_to_edit(learner):
    """Enter, and wait until the cell takes what is typed."""
    press(learner, "Enter")
    expect(learner.page.locator(".jp-Notebook .jp-mod-active .cm-content")).to_be_focused()


def wait_for_prompt(learner, cell, number):
    """Wait until a cell has run as the kernel's nth."""
    learner.page.wait_for_function(
        """([cell, prompt]) => document.querySelectorAll('.jp-Notebook .jp-Cell')[cell]
          .querySelector('.jp-InputPrompt').textContent === prompt""",
        arg=[cell, f"[{number}]:"],
    )


def wait_for_output(learner, cell, text):
    shown = learner.page.locator(".jp-Notebook .jp-Cell").nth(cell)
    shown.locator(".jp-OutputArea-output").filter(has_text=text).first.wait_for()


def test_shift_enter_runs_cells_and_moves_down(learner):
    codes = [n for n, cell in enumerate(learner.cells) if cell["cell_type"] == "code"]
    place, run = next((n, run) for n, run in zip(codes, runs(learner), strict=True) if run)
    for number in range(place + 1):
        learner.page.wait_for_function(f"({ACTIVE})() === {number}")
        press(learner, "Shift+Enter")
    wait_for_prompt(learner, place, run)


def test_a_cell_is_edited_and_run(learner):
    codes = [n for n, cell in enumerate(learner.cells) if cell["cell_type"] == "code"]
    here = learner.page.evaluate(ACTIVE)
    shown = [n for n, run in zip(codes, runs(learner), strict=True) if run]
    target = next(n for n in shown if n >= here)
    press(learner, *["ArrowDown"] * (target - here))
    begin_to_edit(learner)
    press(learner, "ControlOrMeta+Home")
    learner.page.keyboard.type("typed = 6 * 7\nprint('The answer is', typed)\n")
    press(learner, "Shift+Enter")
    wait_for_prompt(learner, target, next(filter(None, runs(learner))) + 1)
    wait_for_output(learner, target, "The answer is 42")


def test_run_all_by_the_palette(learner):
    before = next(filter(None, runs(learner))) + 1
    learner.choose("Run All Cells")
    codes = [n for n, cell in enumerate(learner.cells) if cell["cell_type"] == "code"]
    last, run = max((n, run) for n, run in zip(codes, runs(learner), strict=True) if run)
    wait_for_prompt(learner, last, run + before)
    expected = [f"[{run + before}]:" for run in runs(learner) if run]
    assert learner.prompts(awaited=expected) == expected


def test_restart_is_confirmed_and_forgets(learner):
    """A name made above is gone, and the kernel counts from one again."""
    learner.choose("Restart Kernel…")
    learner.page.locator(".jp-Dialog").wait_for()
    with learner.page.expect_response(lambda response: "/restart" in response.url):
        press(learner, "Enter")
    learner.wait_until_idle()
    press(learner, "Escape", "b")  # a new cell below
    begin_to_edit(learner)
    here = learner.page.evaluate(ACTIVE)
    learner.page.keyboard.type("typed")
    press(learner, "Control+Enter")
    wait_for_prompt(learner, here, 1)
    wait_for_output(learner, here, "NameError")


def test_nothing_went_wrong(learner):
    assert learner.troubles == []
