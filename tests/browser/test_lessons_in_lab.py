"""Every lesson is opened and run in JupyterLab without a network, and looked at cell by cell.

The pictures in tests/artefacts/ are for people. Those of one lesson alone:
    pytest tests/browser/test_lessons_in_lab.py -k "03 and pictures"
"""

import base64
import io
import re
from pathlib import Path
from urllib.parse import urlparse

import pytest
from PIL import Image
from playwright.sync_api import TimeoutError

from notebooks import LESSONS

pytestmark = pytest.mark.browser

SCROLLER = ".jp-WindowedPanel-outer"

CODE = re.compile(r"(`+).+?\1", re.DOTALL)
MATH = re.compile(r"\$\$.+?\$\$|(?<![\\\w$])\$(?=\S).+?(?<=[^\s\\])\$(?!\d)", re.DOTALL)

SEEN = """() => [...document.querySelectorAll('.jp-Notebook .jp-Cell')].map(cell => {
  const count = css => cell.querySelectorAll(css).length;
  const red = [...cell.querySelectorAll('[data-mime-type="application/vnd.jupyter.stderr"]')]
    .map(output => output.textContent);
  return {
    red, maps: count('iframe'), charts: count('.jp-RenderedImage img'),
    tables: count('.jp-RenderedHTML table'), details: count('details'),
    mermaid: count('.jp-RenderedMermaid img'), math: count('mjx-container'),
  };
})"""
# Leaflet flies to the bounds: a picture on the way shows blurred and cut shapes.
LANDED = "!document.querySelector('.leaflet-zoom-anim, .leaflet-pan-anim')"
DRAWN = f"""{LANDED} && [...document.querySelectorAll('.leaflet-pane svg path')].some(path => {{
  const box = path.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0
    && box.left < innerWidth && box.top < innerHeight;
}})"""
# Maps fit their bounds when they are made: make them again at another width, and let two
# frames pass before and after, for JupyterLab to lay out the page and Leaflet to take off.
REDRAW_MAPS = """async () => {
  const frames = page => new Promise(
    done => page.requestAnimationFrame(() => page.requestAnimationFrame(done)));
  await frames(window);
  await Promise.all([...document.querySelectorAll('.jp-Notebook iframe')].map(async map => {
    await new Promise(done => { map.onload = done; map.srcdoc += ''; });
    await frames(map.contentWindow);
  }));
}"""


def promised(cell):
    """What the stored notebook says that a cell shows, in the terms of SEEN."""
    outputs = [output.get("data", {}) for output in cell.get("outputs", [])]
    html = "".join("".join(data.get("text/html", "")) for data in outputs)
    texts = [data.get("text/markdown", "") for data in outputs]
    texts += [cell["source"]] * (cell["cell_type"] == "markdown")
    text = "\n".join("".join(text) for text in texts)
    return {
        "maps": html.count("<iframe"),
        "charts": sum("image/png" in data for data in outputs),
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
    assert lesson.prompts() == [f"[{n}]:" for n in range(1, len(code) + 1)]


def test_every_cell_shows_what_is_stored(lesson):
    """Also: nothing red (an error, a warning) but where the tag raises-exception announces it."""
    seen = lesson.page.evaluate(SEEN)
    assert len(seen) == len(lesson.cells)
    for number, (cell, shown) in enumerate(zip(lesson.cells, seen, strict=True)):
        red = shown.pop("red")
        where = f"cell {number}: {''.join(cell['source'])[:200]}"
        assert bool(red) == lesson.announces_error(cell), f"{where}\n{red}"
        assert shown == promised(cell), where


def wait_for_maps(lesson, condition):
    for number, frame in enumerate(lesson.page.locator(".jp-Notebook iframe").element_handles()):
        try:
            frame.content_frame().wait_for_function(condition, timeout=10_000)
        except TimeoutError as error:
            pytest.fail(f"map {number} of {lesson.path.stem} has no shape in sight: {error}")


def test_maps_are_drawn(lesson):
    wait_for_maps(lesson, DRAWN)


def test_charts_are_drawn(lesson):
    """Axes alone are grey: a chart has coloured marks on them."""
    for number, image in enumerate(lesson.page.locator(".jp-RenderedImage img").all()):
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 200
        png = base64.b64decode(image.get_attribute("src").split(",")[1])
        pixels = Image.open(io.BytesIO(png)).convert("RGB").get_flattened_data()
        coloured = sum(max(pixel) - min(pixel) > 40 for pixel in pixels)
        assert coloured > 200, f"chart {number} of {lesson.path.stem}: {coloured} coloured pixels"


def test_nothing_is_asked_of_the_network(lesson):
    hosts = {urlparse(url).hostname for url in lesson.asked} - {None}  # None: data: and blob:
    assert hosts <= {"127.0.0.1", "localhost"}
    assert lesson.troubles == []


@pytest.mark.parametrize("width", [1280, 390])
def test_pictures_for_people(lesson, artefacts, width):
    """The whole notebook, as wide as a laptop and as a phone, in pieces that a viewer can open."""
    page = lesson.page
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(REDRAW_MAPS)
    wait_for_maps(lesson, LANDED)
    scroller = page.locator(SCROLLER)
    length, shown = scroller.evaluate("it => [it.scrollHeight, it.clientHeight]")
    height = min(900 + length - shown, 6000)
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(f"document.querySelector('{SCROLLER}').clientHeight > {height} - 300")

    for old in artefacts.glob(f"{lesson.path.stem}-{width}-*.png"):
        old.unlink()
    length, shown = scroller.evaluate("it => [it.scrollHeight, it.clientHeight]")
    for number, top in enumerate(range(0, length, shown), 1):
        scroller.evaluate("(it, top) => it.scrollTop = top", top)
        page.screenshot(path=artefacts / f"{lesson.path.stem}-{width}-{number}.png")
    assert top + shown >= length
