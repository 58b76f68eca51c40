"""One learner's path through the first lesson with the keyboard alone: no mouse call at all."""

import pytest

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


def press(learner, *keys):
    for key in keys:
        learner.page.keyboard.press(key)


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
    first_code = next(n for n, cell in enumerate(learner.cells) if cell["cell_type"] == "code")
    for number in range(first_code + 1):
        assert learner.page.evaluate(ACTIVE) == number
        press(learner, "Shift+Enter")
    wait_for_prompt(learner, first_code, 1)


def test_a_cell_is_edited_and_run(learner):
    kinds = [cell["cell_type"] for cell in learner.cells]
    here = learner.page.evaluate(ACTIVE)
    target = kinds.index("code", here)
    press(learner, *["ArrowDown"] * (target - here), "Enter", "ControlOrMeta+Home")
    learner.page.keyboard.type("typed = 6 * 7\nprint('The answer is', typed)\n")
    press(learner, "Shift+Enter")
    wait_for_prompt(learner, target, 2)
    wait_for_output(learner, target, "The answer is 42")


def test_run_all_by_the_palette(learner):
    learner.choose("Run All Cells")
    codes = sum(cell["cell_type"] == "code" for cell in learner.cells)
    last = max(n for n, cell in enumerate(learner.cells) if cell["cell_type"] == "code")
    wait_for_prompt(learner, last, codes + 2)  # two had run before
    assert learner.prompts() == [f"[{n}]:" for n in range(3, codes + 3)]


def test_restart_is_confirmed_and_forgets(learner):
    """A name made above is gone, and the kernel counts from one again."""
    learner.choose("Restart Kernel…")
    learner.page.locator(".jp-Dialog").wait_for()
    with learner.page.expect_response(lambda response: "/restart" in response.url):
        press(learner, "Enter")
    learner.wait_until_idle()
    press(learner, "Escape", "b", "Enter")  # a new cell below
    here = learner.page.evaluate(ACTIVE)
    learner.page.keyboard.type("typed")
    press(learner, "Control+Enter")
    wait_for_prompt(learner, here, 1)
    wait_for_output(learner, here, "NameError")


def test_nothing_went_wrong(learner):
    assert learner.troubles == []
