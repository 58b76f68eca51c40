"""Marking by question in a real browser, by keyboard alone; axe-core looks at the page."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbgrader.api import Gradebook
from playwright.sync_api import expect

from exercises import Exercise, role
from notebooks import ROOT

pytestmark = pytest.mark.browser

NAME = "04_chart_the_trade"
WRITTEN = "q8_verdict"
EXERCISE = Exercise(ROOT / "solutions" / NAME / f"{NAME}.ipynb")
VERDICTS = [
    "**Verdict.** Nearly right.\n\n**Figure.** 29.3% in 2022, in dollars, by China's customs.",
    "Yes, trade grew a lot.",
    "평결: 대체로 맞다.",
    "It goes further than its evidence.\n\n- in dollars 29.3%\n- in yuan 34.3%",
    "Right by Russia's count, <script>document.title = 'fired'</script> not by China's.",
    "",
]
GRADE = """
import sys
from nbgrader.apps.baseapp import NbGrader
from nbjudge import Check, Result, Status
from nbjudge._batch import batch
from nbjudge._assignment.outline import Role, outline

def graded(source, submission, limits):  # no learner's code is run here
    checks = [s for s in outline(source).steps if s.role is Role.CHECK]
    checks = tuple(Check(s.grade_id, Status.GRADED, s.points, s.points) for s in checks)
    return Result(Status.GRADED, checks, (), submission.notebook.decode())

app = NbGrader()
app.initialize([])
batch.autograde(app.coursedir, sys.argv[1], work=graded, workers=1)
"""


def with_verdict(text):
    notebook = EXERCISE.handed_in()
    written = next(i for i, cell in enumerate(notebook.cells) if role(cell) == "task") + 1
    if text:
        notebook.cells[written].source = text
    return notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("marking")
    root.chmod(0o700)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "solutions" / NAME, root / "solutions" / NAME)
    place = os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"]])
    env = {**os.environ, "PATH": os.pathsep.join([str(os.path.dirname(sys.executable)), place])}
    make = ["nbgrader", "generate_assignment", NAME, "--Lint.enabled=False"]
    subprocess.run(make, cwd=root, env=env, check=True, capture_output=True)
    for number, text in enumerate(VERDICTS):
        folder = root / "submitted" / f"learner{number}" / NAME
        folder.mkdir(parents=True)
        nbformat.write(with_verdict(text), folder / f"{NAME}.ipynb")
    subprocess.run([sys.executable, "-c", GRADE, NAME], cwd=root, env=env, check=True)
    return root


@pytest.fixture(scope="module")
def address(enter, course):
    """What the command prints, in the namespace where the browser is."""
    command = [*enter, sys.executable, "-m", "nbjudge", "mark", NAME, WRITTEN, "--no-browser"]
    with subprocess.Popen(
        command, cwd=course, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as marking:
        try:
            line = marking.stdout.readline()
            assert line.startswith("Mark here: http://127.0.0.1:"), line
            yield line.removeprefix("Mark here: ").strip()
            said, _ = marking.communicate(timeout=60)  # the page has ended it
            assert marking.returncode == 0 and "comments have changed: 5." in said, said
        finally:
            marking.kill()


def saved(page, number, what):
    expect(page.locator("#said")).to_have_text(f"Answer {number}: {what}, saved.")


def in_book(course):
    """Points and comment by learner, as the gradebook holds them."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        found = {}
        for number in range(len(VERDICTS)):
            mark = book.find_grade(WRITTEN, NAME, NAME, f"learner{number}")
            comment = book.find_comment(WRITTEN, NAME, NAME, f"learner{number}")
            found[number] = mark.manual_score, mark.needs_manual_grade, comment.manual_comment
        return found


def test_five_answers_are_marked_by_keyboard_alone(browser, address, course, artefacts):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.goto(address)
    expect(page.locator("article")).to_have_count(len(VERDICTS))
    assert page.title().startswith("Mark: Question 8.") and "learner" not in page.content().replace(
        "the learner reads it", ""
    ).replace("The learner's answer", "")
    press = page.keyboard.press
    order = [  # which verdict stands at which place
        next(
            (n for n, text in enumerate(VERDICTS) if text and text.split()[-1] in shown),
            len(VERDICTS) - 1,
        )
        for shown in page.locator("article").all_inner_texts()
    ]
    assert sorted(order) == list(range(len(VERDICTS)))

    given, first = {}, None
    for points in (3, 0, 4, 2, 1):
        press("n")
        place = page.evaluate("document.activeElement.querySelector('h2').textContent")
        number = int(place.removeprefix("Answer "))
        press(str(points))
        saved(page, number, f"{points} of 4 points")
        if first is None:
            press("c")
            page.keyboard.type("Name the source.")
            press("Escape")
            first = number
        else:
            press("a")
        saved(page, number, "comment")
        given[order[number - 1]] = points
    expect(page.locator("#count")).to_have_text("None of the 6 waits for a mark")
    assert in_book(course) == {
        **{n: (points, False, "Name the source.") for n, points in given.items()},
        len(VERDICTS) - 1: (None, False, None),
    }
    page.screenshot(path=artefacts / "marking-1280.png")

    press("4")
    saved(page, number, "4 of 4 points")
    press(".")
    expect(page.locator("#said")).to_have_text(f"Answer {number}: points are a number from 0 to 4.")
    press("u")
    expect(page.locator("#said")).to_contain_text(f"Answer {number}: taken back.")
    page.locator("#keys").evaluate("box => { box.checked = false; }")
    press("0")
    page.reload()
    pressed = page.locator(".pt[aria-pressed=true]").all_inner_texts()
    by_place = [given.get(order[place], 0) for place in range(len(VERDICTS))]
    assert [int(text) for text in pressed] == by_place
    assert in_book(course)[order[number - 1]][0] == given[order[number - 1]]

    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        told = Axe().run(page)
        assert told.violations_count == 0, told.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=artefacts / f"marking-page-{width}.png", full_page=True)
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert "html-has-lang" in str(Axe().run(page).response["violations"])

    # A window that is behind says so, and nothing is lost: of an answer that is not the blank one,
    # nor the first, which is the chosen one; one click is enough, though the comments move along
    at = next(n for n in (1, 2) if order[n] != len(VERDICTS) - 1)
    other = browser.new_page()
    other.goto(address)
    other.locator("article").nth(at).get_by_role("button", name="2", exact=True).click()
    expect(other.locator("#said")).to_have_text(f"Answer {at + 1}: 2 of 4 points, saved.")
    page.locator("article").nth(at).get_by_role("button", name="1", exact=True).click()
    expect(page.locator(".conflict:not([hidden])")).to_contain_text("now 2 points")
    assert in_book(course)[order[at]][0] == 2
    page.get_by_role("button", name="Save mine").click()
    expect(page.locator("#said")).to_have_text(f"Answer {at + 1}: 1 point, saved.")
    assert in_book(course)[order[at]][0] == 1
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#said")).to_contain_text("taken back. It is marked, with 2 points.")

    # What could not be saved is not called saved at the end
    other.route("**/mark", lambda route: route.abort())
    other.locator("article").last.get_by_role("button", name="3", exact=True).click()
    expect(other.locator("#said")).to_contain_text("has ended")
    other.get_by_role("button", name="End").click()
    expect(other.locator("#said")).to_contain_text("is not saved. Copy your text")
    expect(other.locator("article")).to_have_count(len(VERDICTS))

    assert page.title() != "fired"
    assert [one for one in troubles if "409" not in one] == []
    page.get_by_role("button", name="End").click()
    expect(page.locator("body")).to_contain_text("Ended. All marks are in the gradebook")
    page.close()
    other.close()
