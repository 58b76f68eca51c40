"""JupyterLab as `course.py start` shows it to a learner, with the course's own settings."""

import json
import shutil
from functools import cache

import nbformat
import pytest
from lab_page import IDLE, LabPage
from playwright.sync_api import expect

from notebooks import LESSONS, ROOT

pytestmark = pytest.mark.browser

CHART = """import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar(["2021", "2022"], [1, 2])
ax.set_title("It grew & grew\\nBillion US dollars")
plt.show()"""
MAP = '''from IPython.display import Markdown
Markdown("""```mermaid
flowchart BT
accTitle: A small argument
A["a reason"]:::record --> B["a claim"]
classDef record fill:#cfe3f3,stroke:#0072B2
```""")'''
TABLE = """import pandas as pd
pd.DataFrame({"statement_id": ["S01"], "text": ["A sentence."], "count": [3]})"""
CODE = """Lines of code in text:

```python
    kept = table[(table["paragraph"] == paragraph) & (table["hedge"] == hedge)]
```"""
WIDE = """print("word " * 40)
pd.DataFrame({
    "date": ["2023-03-21"], "who_says_so_in_public": ["Vladimir Putin"], "count_of_mentions": [3],
    "text": ["A sentence that is long enough to need more than one line on a phone."],
}).set_index("date")"""


@pytest.fixture(scope="module")
def address(jupyter_lab, tmp_path_factory):
    """A JupyterLab with the course's settings, on a folder with a lesson and a small notebook."""
    folder = tmp_path_factory.mktemp("work")
    shutil.copy(LESSONS[0], folder)
    cells = [nbformat.v4.new_code_cell(source) for source in (CHART, MAP, TABLE, WIDE)]
    cells.append(nbformat.v4.new_markdown_cell(CODE))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "small.ipynb")
    return jupyter_lab(folder, settings=ROOT / ".jupyter")[0], folder


@pytest.fixture(scope="module")
def visit(address, browser):
    """A function that opens a page as somebody who was never here before, at a width, once."""
    contexts = []

    @cache
    def visit(name, width):
        contexts.append(browser.new_context(viewport={"width": width, "height": 844}))
        lab = LabPage(contexts[-1].new_page())
        lab.page.goto(f"{address[0]}lab/workspaces/{width}{name[:2]}/tree/{name}")
        lab.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        lab.page.wait_for_function("localStorage.getItem('summit-look:seen')")
        return lab

    yield visit
    for context in contexts:
        context.close()


def test_the_contents_of_the_page_are_in_sight(visit):
    page = visit(LESSONS[0].name, 1280).page
    page.locator(".jp-tocItem").nth(3).wait_for()
    assert page.locator(".jp-Notebook").bounding_box()["width"] > 700


@pytest.mark.parametrize("width", [640, 390])
def test_a_narrow_window_shows_the_notebook(visit, artefacts, width):
    page = visit(LESSONS[0].name, width).page
    page.wait_for_function(
        "document.querySelector('.jp-Notebook').getBoundingClientRect().width > innerWidth - 100"
    )
    page.screenshot(path=artefacts / f"first_page_{width}.png")


def test_a_learner_alone_sees_no_menu_of_teachers(visit):
    page = visit(LESSONS[0].name, 1280).page
    expect(page.locator("#jp-top-panel")).to_contain_text("File")
    page.wait_for_function(IDLE, polling=50)
    seen = page.locator("#jp-top-panel, .jp-NotebookPanel-toolbar").all_text_contents()
    assert "nbgrader" not in "".join(seen).lower() and "validate" not in "".join(seen).lower()


def test_no_question_stands_before_the_lesson(visit):
    page = visit(LESSONS[0].name, 1280).page
    page.wait_for_function(IDLE, polling=50)
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0


@pytest.fixture(scope="module")
def small(visit):
    """The small notebook, which has been run by the menu."""
    lab = visit("small.ipynb", 1280)
    lab.page.wait_for_function(IDLE, polling=50)
    lab.menu("Run", "Run All Cells")
    lab.page.locator(".jp-OutputArea-output table").nth(1).wait_for()
    lab.page.locator(".jp-RenderedMermaid img").wait_for()
    return lab


def test_chart_and_diagram_speak_and_ask_nothing_of_the_web(small):
    images = small.page.locator(".jp-OutputArea-output img")
    small.page.wait_for_function(
        "[...document.querySelectorAll('.jp-OutputArea-output img')].every(i => i.alt)"
    )
    texts = [images.nth(number).get_attribute("alt") for number in range(images.count())]
    assert texts == ["It grew & grew Billion US dollars", "A small argument"]
    assert [
        url
        for url in small.asked
        if "127.0.0.1" not in url
        and "://localhost" not in url
        and not url.startswith(("data:", "blob:"))
    ] == []
    assert small.troubles == []


@pytest.mark.parametrize("width", [1280, 640, 390])  # 640 is 1280 at 200%
def test_a_chart_fits_its_column(small, width):
    small.page.set_viewport_size({"width": width, "height": 844})
    small.page.wait_for_function(
        """() => {
          const room = document.querySelector('.jp-RenderedSVG').clientWidth;
          const chart = document.querySelector('.jp-RenderedSVG img');
          const {clientWidth: seen, naturalWidth: drawn} = chart;
          return 0.9 * Math.min(room, drawn) < seen && seen <= room;
        }"""
    )


def test_a_tap_enlarges_a_small_picture_and_shows_the_whole_again(small):
    """On a phone its letters are small; enlarged it scrolls, and the page beside it does not."""
    small.page.set_viewport_size({"width": 390, "height": 844})
    chart = small.page.locator(".summit-look-small img")
    chart.wait_for()  # the diagram is small enough to be read as it is
    for large in (True, False):
        chart.click(position={"x": 20, "y": 20})
        small.page.wait_for_function(
            """large => {
              const chart = document.querySelector('.summit-look-small img');
              return chart.clientWidth > chart.parentElement.clientWidth === large
                && document.documentElement.scrollWidth <= innerWidth;
            }""",
            arg=large,
        )


def test_a_table_of_prose_fits_a_phone_and_breaks_no_word(small):
    small.page.set_viewport_size({"width": 390, "height": 844})
    small.page.wait_for_function(
        """() => [...document.querySelectorAll('.jp-OutputArea-output:has(table, pre)')].every(
          box => box.clientWidth > 200 && box.scrollWidth <= box.clientWidth + 2)"""
    )


def test_a_row_of_prose_is_a_card_on_a_phone_and_still_a_table_for_who_hears_it(small):
    small.page.set_viewport_size({"width": 390, "height": 844})
    table = small.page.locator("table", has_text="A sentence that is long enough")
    row = table.get_by_role("row").last
    expect(row.get_by_role("cell")).to_have_count(3)
    expect(table.get_by_role("columnheader")).to_have_count(4)
    boxes = [row.locator("> *").nth(n).bounding_box() for n in range(4)]
    assert boxes[3]["y"] > boxes[0]["y"], "prose has a line of its own"
    assert boxes[3]["width"] > 0.9 * row.bounding_box()["width"]
    label = "cell => getComputedStyle(cell, '::before').content"
    assert "text" in row.locator("> *").nth(3).evaluate(label), "each entry says its column"
    small.page.set_viewport_size({"width": 1280, "height": 844})
    assert row.evaluate("row => getComputedStyle(row).display") == "table-row"


def test_code_in_text_keeps_its_lines_on_a_phone_and_scrolls(small):
    """As code in cells does: a line that went on at the left end would lose its indentation."""
    small.page.set_viewport_size({"width": 390, "height": 844})
    code = small.page.locator(".jp-MarkdownCell pre")
    code.scroll_into_view_if_needed()
    assert code.bounding_box()["height"] < 60, "one line stays one line"
    assert code.evaluate("box => (box.scrollLeft = 1000, box.scrollLeft)") > 0
    assert small.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_header_of_a_table_stays_in_one_line_where_there_is_room(small):
    small.page.set_viewport_size({"width": 1280, "height": 844})
    mark = small.page.locator("table.dataframe thead th:first-child wbr").first
    assert mark.evaluate("mark => getComputedStyle(mark).display") == "none"


def test_a_table_shows_text_left_and_numbers_right(small):
    align = "cell => getComputedStyle(cell).textAlign"
    cells = small.page.locator(".jp-OutputArea-output table").nth(0).locator("tbody td")
    assert [cells.nth(n).evaluate(align) for n in range(cells.count())] == ["left", "left", "right"]


def test_a_diagram_is_stored_as_text_and_saving_leaves_it_so(small, address):
    small.page.keyboard.press("ControlOrMeta+s")
    stored = address[1] / "small.ipynb"
    small.page.wait_for_function("!document.querySelector('.jp-mod-dirty')")
    outputs = json.loads(stored.read_text())["cells"][1]["outputs"]
    assert [sorted(output["data"]) for output in outputs] == [["text/markdown", "text/plain"]]
