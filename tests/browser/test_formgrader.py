"""A teacher grades, marks and returns work in Formgrader, pressing its buttons.

As TEACHING.md says: JupyterLab is started in the course's folder. The pictures are for people.
"""

import re
import shutil
from types import SimpleNamespace

import nbformat
import pytest
from lab_page import LabPage, press, row_of
from nbgrader.api import Gradebook
from playwright.sync_api import expect

from exercises import Exercise, grade_id, role
from notebooks import ROOT

pytestmark = pytest.mark.browser

NAME = "04_chart_the_trade"
EXERCISE = Exercise(ROOT / "solutions" / NAME / f"{NAME}.ipynb")
POINTS = {name: cell.metadata.nbgrader.points for name, cell in EXERCISE.checks.items()}
FULL = sum(POINTS.values())
WRITTEN = "q8_verdict"
WRONG = {answer: cases["wrong"][0][1] for answer, cases in EXERCISE.bank.items()}

# What made-up learners hand in. Scripts only leave a mark in the page that they ran in.
FIRE = "document.documentElement.dataset.fired = true"
SCRIPT = f'<script>{FIRE}</script><img src=x onerror="{FIRE}"><a href="javascript:{FIRE}">x</a>'
TABLE_AND_SCRIPTS = f"""
from IPython.display import HTML, display
display(HTML({SCRIPT!r}))
display(trade[["year", "total_usd_bn"]].head(2))
picture = {{"image/png": "iVBORw0KGgo=", "text/plain": "a picture"}}
width = "1 onerror={FIRE.replace(" ", "")}"
display(picture, raw=True, metadata={{"image/png": {{"width": width}}}})
q3 = "A"
"""


def damaged():
    """Would stop plain nbgrader (an answer twice), or get points there (a check to be skipped)."""
    answers = {"q5_rows": "import os\nos._exit(1)", "q4_bug": WRONG["q4_bug"]}
    notebook = EXERCISE.handed_in({**answers, "q3_chart": TABLE_AND_SCRIPTS})
    cells = {grade_id(cell): cell for cell in notebook.cells if role(cell) != "text"}
    cells["q4_bug_check"].metadata.tags = ["skip-execution"]
    copy = nbformat.from_dict({**cells["q2_points"], "id": "copied"})
    notebook.cells.insert(notebook.cells.index(cells["q2_points"]), copy)
    written = next(i for i, cell in enumerate(notebook.cells) if role(cell) == "task") + 1
    notebook.cells[written].source = f"My verdict:\n\n- **yes**, since `29 < 30`\n\n{SCRIPT}"
    return notebook


def with_verdict():
    notebook = EXERCISE.handed_in()
    written = next(i for i, cell in enumerate(notebook.cells) if role(cell) == "task") + 1
    notebook.cells[written].source = "**Verdict.** Nearly right."
    return notebook


HANDED_IN = {
    "ana": with_verdict(),
    "bo": EXERCISE.handed_in(WRONG),
    "cy": damaged(),
}
LOST = {
    "ana": set(),
    "bo": set(POINTS),
    "cy": {"q5_rows_check", "q4_bug_check"},
}


def deserved(learner):
    return {name: 0 if name in LOST[learner] else points for name, points in POINTS.items()}


# Whether a script of the learner's ran in a page, or could run; the page has scripts of its own.
ACTIVE = """page => page.dataset.fired || [...page.querySelectorAll('*')].some(
  it => it.matches('[onerror], [href^="javascript:"], [src="x"]')
    || it.matches('script') && it.textContent.includes('fired'))"""


class Formgrader(LabPage):
    """Formgrader, opened by the menu in JupyterLab."""

    def __init__(self, page, url, artefacts):
        super().__init__(page)
        self.artefacts = artefacts
        page.goto(f"{url}lab")
        self.menu("Nbgrader", "Formgrader")
        self.frame = page.frame_locator("iframe")

    def follow(self, name):
        self.frame.get_by_role("link", name=name, exact=True).click()

    def choose(self, place):
        """Click the link to a place in the table of a page."""
        self.frame.locator(f"#main-table a[href$='/{place}']").click()

    def row(self, learner):
        return row_of(self.frame, learner)

    def press(self, place, button, picture):
        """Press a button in a row, take a picture of what the dialog says, and give it."""
        return press(self.frame, place, button, look=lambda: self.picture(picture))

    def mark(self, learner):
        """Open a learner's notebook for marking, and wait for its marks."""
        self.follow("Manual Grading")
        self.choose(f"gradebook/{NAME}")
        self.choose(f"gradebook/{NAME}/{NAME}")
        self.frame.locator("#main-table .name-hidden").first.wait_for()
        self.frame.get_by_role("button", name="Show All Names").click()
        with self.page.expect_response(re.compile("/api/comments")):
            self.follow(learner)

    def picture(self, name, whole=False):
        if whole:
            height = self.frame.locator("html").evaluate("page => page.scrollHeight")
            self.page.set_viewport_size({"width": 1280, "height": height + 150})
        self.page.screenshot(path=self.artefacts / f"formgrader-{name}.png", animations="disabled")
        self.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("class")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "solutions" / NAME, root / "solutions" / NAME)
    for learner, notebook in HANDED_IN.items():
        folder = root / "submitted" / learner / NAME
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{NAME}.ipynb")
    return root


@pytest.fixture(scope="module")
def server(jupyter_lab, course):
    url, log = jupyter_lab(course)
    return SimpleNamespace(url=url, log=log)


@pytest.fixture(scope="module")
def formgrader(server, browser, artefacts):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Formgrader(context.new_page(), server.url, artefacts)
    context.close()


@pytest.fixture(scope="module")
def graded(formgrader):
    """What Formgrader said of each learner whose Autograde was pressed, and showed after that."""
    assignment = formgrader.row(NAME)
    said = {"generate": formgrader.press(assignment, "assign", "generate")}
    assignment.locator(".num-submissions a").click()
    shown = {}
    for learner in HANDED_IN:
        row = formgrader.row(learner)
        expect(row.locator(".status")).to_have_text("needs autograding")
        said[learner] = formgrader.press(row, "autograde", f"autograde-{learner}")
        expect(row.locator(".status")).not_to_have_text(re.compile("^$|needs autograding"))
        shown[learner] = row.locator(".status").text_content(), row.locator(".score").text_content()
    formgrader.picture("submissions", whole=True)
    return SimpleNamespace(said=said, shown=shown)


@pytest.fixture(scope="module")
def marked(formgrader, graded):
    """Points and a comment typed for one learner, as they stand after the page is loaded again."""
    frame, page = formgrader.frame, formgrader.page
    formgrader.mark("ana")
    score, comment = frame.locator(f"#{WRITTEN}"), frame.locator(f"#{WRITTEN}-comment")
    for field, text, what in (score, "3", "grade"), (comment, "Name the source.", "comment"):
        field.click()
        page.keyboard.type(text)
        with page.expect_response(lambda r, w=what: f"/api/{w}/" in r.url and r.ok):
            page.keyboard.press("Tab")
    with page.expect_response(re.compile("/api/comments")):
        frame.locator("html").evaluate("() => location.reload()")
    expect(score).to_have_value("3")
    expect(comment).to_have_value("Name the source.")
    formgrader.picture("mark-ana", whole=True)


@pytest.fixture(scope="module")
def feedback(formgrader, marked, browser, course, artefacts):
    """A function that opens a learner's page of feedback, made by the button."""
    formgrader.follow("Manual Grading")
    formgrader.follow("Manage Assignments")
    formgrader.row(NAME).locator(".num-submissions a").click()
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    made = set()

    def feedback(learner):
        if learner not in made:
            row = formgrader.row(learner)
            said = formgrader.press(row, "generate-feedback", f"feedback-{learner}")
            assert said.startswith("×Success"), said
            made.add(learner)
        page.goto((course / "feedback" / learner / NAME / f"{NAME}.html").as_uri())
        page.screenshot(path=artefacts / f"formgrader-page-{learner}.png", full_page=True)
        return page

    yield feedback
    page.close()


def test_the_exercise_is_made_and_lint_warns_of_nothing(graded):
    assert graded.said["generate"].startswith("×Success")
    assert graded.said["generate"].count("Applying preprocessor: Lint") <= 1
    assert f"[WARNING] {NAME}, " not in graded.said["generate"]


@pytest.mark.parametrize("learner", HANDED_IN)
def test_autograde_succeeds_and_shows_the_score_that_is_deserved(graded, learner):
    assert graded.said[learner].startswith("×Success"), graded.said[learner]
    assert "Traceback" not in graded.said[learner]
    score = f"{sum(deserved(learner).values()):g} / {FULL + 4:g}"
    waits = learner != "bo"  # who left the written answer blank
    assert graded.shown[learner] == ("needs manual grading" if waits else "graded", score)


@pytest.mark.parametrize("learner", HANDED_IN)
def test_the_gradebook_has_each_score_and_who_waits_for_a_mark(graded, course, learner):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        grades = {g.name: g for g in book.find_submission_notebook(NAME, NAME, learner).grades}
        assert {name: grades[name].auto_score for name in POINTS} == deserved(learner)
        assert not any(grades[name].needs_manual_grade for name in POINTS)


def test_the_dialog_names_what_is_not_as_expected(graded):
    said = graded.said["cy"]
    assert f"[INFO] {NAME} q2_points: the cell was there more than once" in said
    assert f"[INFO] {NAME} q4_bug_check: the tag skip-execution was removed" in said
    assert f"[WARNING] {NAME} of cy: partial" in said
    assert "[WARNING]" not in graded.said["bo"]


def test_points_and_a_comment_are_saved_as_the_field_is_left(marked, course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        assert book.find_submission(NAME, "ana").score == FULL + 3
        assert not book.find_grade(WRITTEN, NAME, NAME, "ana").needs_manual_grade
        assert book.find_comment(WRITTEN, NAME, NAME, "ana").comment == "Name the source."


def test_the_teacher_sees_what_happened_a_table_and_no_script(formgrader, graded):
    formgrader.mark("cy")
    formgrader.picture("mark-cy", whole=True)
    assert not formgrader.frame.locator("html").evaluate(ACTIVE)
    # nbgrader puts its page into one of nbconvert's with the same id.
    notebook = formgrader.frame.locator("main #notebook-container")
    expect(notebook.locator(".text_cell_render").first).to_contain_text("partial: Some checks")
    expect(notebook.locator("thead th").first).to_have_text("year")
    expect(notebook).to_contain_text("yes, since 29 < 30")
    expect(notebook.locator(".output_error")).to_have_count(2)


def told(page):
    return " ".join(page.locator("main").text_content().split())


def test_feedback_shows_the_marks(feedback):
    said = told(feedback("ana"))
    assert f"{FULL + 3:g} of {FULL + 4:g} points." in said
    assert "Your teacher says Name the source." in said
    assert "How grading went" not in said  # nothing to explain


def test_feedback_explains_what_happened_and_has_no_script(feedback):
    page = feedback("cy")
    said = told(page)
    assert "Partial: Some checks of this notebook could not be run" in said
    assert "q2_points: the cell was there more than once" in said
    assert "q4_bug_check: the tag skip-execution was removed" in said
    assert "The check could not be run: " in said and "4 points more wait for a mark" in said
    assert not page.locator("html").evaluate(ACTIVE)
    page.set_viewport_size({"width": 390, "height": 800})
    width = page.locator("html").evaluate("page => [page.scrollWidth, page.clientWidth]")
    assert width[0] == width[1]


def test_nothing_went_wrong(formgrader, feedback, server):
    """Formgrader asks one thing of the network, the signs of mathematics, and does without."""
    assert [one for one in formgrader.troubles if "mathjax" not in one.lower()] == []
    log = server.log.read_text()
    assert "Traceback" not in log and not re.search(r"^\[E ", log, re.M), log[-3000:]
