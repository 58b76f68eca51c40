"""Every lesson is opened and run in JupyterLab without a network, looked at, and its maps changed.

Pictures for people, in tests/artefacts/, are taken when they are asked for:
    pytest tests/browser/test_lessons_in_lab.py -k 03 -m pictures
"""

import base64
import contextlib
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlparse

import pytest
from map_page import LANDED, PICTURES, WIDTHS, map_troubles
from playwright.sync_api import TimeoutError

from notebooks import LESSONS, Lesson, is_chart, is_map, python_block

pytestmark = pytest.mark.browser

CODE = re.compile(r"(`+).+?\1", re.DOTALL)
MATH = re.compile(r"\$\$.+?\$\$|(?<![\\\w$])\$(?=\S).+?(?<=[^\s\\])\$(?!\d)", re.DOTALL)

SEEN = """() => [...document.querySelectorAll('.jp-Notebook .jp-Cell')].map(cell => {
  const count = css => cell.querySelectorAll(css).length;
  const red = [...cell.querySelectorAll('[data-mime-type="application/vnd.jupyter.stderr"]')]
    .map(output => output.textContent);
  return {
    red, maps: count('iframe'), charts: count('.jp-RenderedSVG img'),
    tables: count('.jp-RenderedHTML table'), details: count('details'),
    mermaid: count('.jp-RenderedMermaid img'), math: count('mjx-container'),
  };
})"""
DRAWN = f"""{LANDED} && [...document.querySelectorAll('.leaflet-pane svg path')].some(path => {{
  const box = path.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0
    && box.left < innerWidth && box.top < innerHeight;
}})"""


def promised(cell):
    """What the stored notebook says that a cell shows, in the terms of SEEN."""
    outputs = [output.get("data", {}) for output in cell.get("outputs", [])]
    html = "".join("".join(data.get("text/html", "")) for data in outputs)
    texts = [data.get("text/markdown", "") for data in outputs]
    texts += [cell["source"]] * (cell["cell_type"] == "markdown")
    text = "\n".join("".join(text) for text in texts)
    return {
        "maps": html.count("<iframe"),
        "charts": sum("image/svg+xml" in data for data in outputs),
        "tables": html.count("<table"),
        "details": text.count("<details"),
        "mermaid": text.count("```mermaid"),
        "math": len(MATH.findall(CODE.sub("", text))),  # a sum of money is not mathematics
    }


@pytest.fixture(scope="module", params=LESSONS, ids=lambda path: path.stem)
def lesson(request, open_notebook):
    """A lesson that has just been run from top to bottom."""
    notebook = open_notebook(request.param, "doc")
    notebook.run_all()
    with contextlib.suppress(TimeoutError):  # the tests say what is missing
        notebook.page.wait_for_function(
            "promised => JSON.stringify(promised) === JSON.stringify((" + SEEN + ")()"
            ".map(({red, ...shown}) => shown))",
            arg=[promised(cell) for cell in notebook.cells],
            timeout=20_000,
            polling=100,
        )
    yield notebook
    notebook.close()


def test_network_is_cut(namespace, lab, browser):
    """Read, not tried: the server sits where there is only `lo`, and Chromium finds no host."""
    if namespace:
        net = Path(f"/proc/{namespace}/net")
        devices = (net / "dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in devices] == ["lo"]
        assert (net / "route").read_text().splitlines()[1:] == []
        assert f"0100007F:{urlparse(lab).port:04X}" in (net / "tcp").read_text()
    page = browser.new_page()
    page.goto("chrome://version")
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in page.locator("#command_line").text_content()
    page.close()


def test_there_are_lessons():
    assert LESSONS, "no lessons/NN_verb_object.ipynb: the other tests would only be skipped"


def test_every_cell_runs_in_order(lesson):
    code = [cell for cell in lesson.cells if cell["cell_type"] == "code"]
    folded = [cell["metadata"].get("jupyter", {}).get("source_hidden", False) for cell in code]
    expected = [f"[{n}]:" for n, hidden in enumerate(folded, 1) if not hidden]
    assert lesson.prompts(awaited=expected) == expected


def test_every_cell_shows_what_is_stored(lesson):
    """Also: nothing red (an error, a warning) but where the tag raises-exception announces it."""
    seen = lesson.page.evaluate(SEEN)
    assert len(seen) == len(lesson.cells)
    for number, (cell, shown) in enumerate(zip(lesson.cells, seen, strict=True)):
        red = shown.pop("red")
        where = f"cell {number}: {''.join(cell['source'])[:200]}"
        assert bool(red) == lesson.announces_error(cell), f"{where}\n{red}"
        assert shown == promised(cell), where


def test_maps_are_drawn(lesson):
    lesson.wait_for_maps(DRAWN)


def test_charts_are_drawn(lesson):
    """Vector pictures that the browser can decode, as wide as they should be and not empty."""
    for number, image in enumerate(lesson.page.locator(".jp-RenderedSVG img").all()):
        where = f"chart {number} of {lesson.path.stem}"
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 200, where
        source = image.get_attribute("src")
        head, data = source.split(",", 1)
        svg = base64.b64decode(data) if "base64" in head else unquote_to_bytes(data)
        assert head.startswith("data:image/svg+xml") and svg.count(b"<path") > 20, where


def test_no_prose_stands_at_the_right(lesson):
    """As the browser lays it out: tables of outputs and of the text."""
    prose = lesson.page.evaluate(
        """() => [...document.querySelectorAll('.jp-Notebook tbody td')]
        .filter(cell => /right|end/.test(getComputedStyle(cell).textAlign))
        .map(cell => cell.textContent.trim()).filter(text => /[a-z]+ [a-z]+ [a-z]+/i.test(text))"""
    )
    assert prose == []


def luminance(colour):
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio as defined by WCAG 2.2, success criterion 1.4.3."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_errors_can_be_read(lesson):
    """Every piece of text in an error has the contrast that WCAG asks for small text."""
    colours = lesson.page.evaluate(
        """() => [...document.querySelectorAll(
          '[data-mime-type="application/vnd.jupyter.stderr"] pre, ' +
          '[data-mime-type="application/vnd.jupyter.stderr"] pre *')].map(piece => {
          let ground = piece;
          const clear = it => /rgba\\(.*, 0\\)/.test(getComputedStyle(it).backgroundColor);
          while (clear(ground)) ground = ground.parentElement;
          return [getComputedStyle(piece).color, getComputedStyle(ground).backgroundColor];
        })"""
    )
    assert all(contrast(*pair) >= 4.5 for pair in colours), colours
    announced = sum(map(lesson.announces_error, lesson.cells))
    assert bool(colours) == bool(announced)


def test_nothing_is_asked_of_the_network(lesson):
    hosts = {urlparse(url).hostname for url in lesson.asked} - {None}  # None: data: and blob:
    assert hosts <= {"127.0.0.1", "localhost"}
    assert lesson.troubles == []


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_names_and_lines_of_maps_can_be_read(lesson, width):
    assert map_troubles(lesson.page, width) == []


@pytest.mark.pictures
@pytest.mark.parametrize("width", PICTURES)
def test_pictures_for_people(lesson, artefacts, width):
    lesson.take_pictures(artefacts, width)


def test_each_modify_of_a_picture_draws_another_one(lesson):
    """Done as a learner does: the cell is changed and run, the picture is new, nothing stumbles.

    The last of the tests of a lesson, since it leaves the page changed.
    """
    page, troubles = lesson.page, []
    page.set_viewport_size({"width": 1280, "height": 900})
    read = Lesson(lesson.path)
    for changed, answer in read.modifies:
        if not any(is_chart(o) or is_map(o) for o in changed.outputs):
            continue
        cell = page.locator(".jp-Notebook .jp-Cell").nth(read.cells.index(changed))
        picture = cell.locator("iframe, .jp-RenderedSVG img").last
        picture.scroll_into_view_if_needed()
        before, controls = seen(picture), controls_of(picture)
        runs = cell.locator(".jp-InputPrompt").text_content()
        lesson.write(read.cells.index(changed), python_block(answer))
        page.keyboard.press("ControlOrMeta+Enter")
        page.wait_for_function(
            """([place, runs]) => {
              const cell = document.querySelectorAll('.jp-Notebook .jp-Cell')[place];
              const prompt = cell.querySelector('.jp-InputPrompt').textContent;
              return /\\d/.test(prompt) && prompt !== runs;
            }""",
            arg=[read.cells.index(changed), runs],
        )
        picture = cell.locator("iframe, .jp-RenderedSVG img").last
        picture.wait_for()
        lesson.wait_for_maps(DRAWN)
        if cell.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count():
            troubles.append(f"{answer.id}: an error")
        elif seen(picture) == before:
            troubles.append(f"{answer.id}: the same picture")
        elif controls_of(picture) < controls:
            troubles.append(f"{answer.id}: the control of layers is gone")
    troubles += [text for width in WIDTHS.values() for text in map_troubles(lesson.page, width)]
    assert troubles + lesson.troubles == []


def seen(picture):
    return picture.screenshot()


def controls_of(picture):
    """How many controls of layers a map has; a chart has none."""
    frame = picture.element_handle().content_frame()
    return len(frame.query_selector_all(".leaflet-control-layers")) if frame else 0
