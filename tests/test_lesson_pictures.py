"""Charts, maps and tables can be read: by their stored outputs, as they are shown at 1280 px.

What only a running kernel tells (where bars begin, titles, sources) is in test_lesson_tasks.py,
what only a browser tells (labels that overlap, contrast of errors) in browser/.
"""

import html
import re
from html.parser import HTMLParser
from itertools import combinations

import numpy as np
import pytest
from colorspacious import cspace_convert, deltaE

from notebooks import LESSONS, Lesson, is_chart, is_map, is_table, role

BODY, COLUMN = 14, 848  # px: text of a notebook, and its column in a window of 1280 px
HEAVIEST_MAP = 400 * 1024  # letters


def without_tints(source):
    """A box of a diagram has a tint beside its line, and says its layer in words as well."""
    return re.sub(r"fill:#\w{6}(?=,stroke:)", "", source)


def shown(kind):
    """Every stored output of one kind, with its cell."""
    return [
        pytest.param(lesson, cell, output, id=f"{lesson.path.stem}-{cell.id}")
        for lesson in map(Lesson, LESSONS)
        for cell in lesson.code
        for output in cell.outputs
        if kind(output)
    ]


each_chart = pytest.mark.parametrize(("lesson", "cell", "output"), shown(is_chart))
each_map = pytest.mark.parametrize(("lesson", "cell", "output"), shown(is_map))
each_table = pytest.mark.parametrize(("lesson", "cell", "output"), shown(is_table))
each_picture = pytest.mark.parametrize(
    ("lesson", "cell", "output"), shown(is_chart) + shown(is_map)
)
each_cell_with_colours = pytest.mark.parametrize(
    ("cell", "colours"),
    [
        pytest.param(cell, colours, id=f"{lesson.path.stem}-{cell.id}")
        for lesson in map(Lesson, LESSONS)
        for cell in lesson.code
        if (colours := re.findall(r"#[0-9A-Fa-f]{6}\b", without_tints(cell.source)))
    ],
)


# Charts


@each_chart
def test_text_of_a_chart_is_as_large_as_the_text_around_it(lesson, cell, output):
    """Letters are shapes of 100 units an em: their scale is the size of the text in points."""
    svg = output.data["image/svg+xml"]
    points = [100 * float(size) for size in re.findall(r"scale\(([\d.]+) -[\d.]+\)", svg)]
    width = float(re.search(r'width="([\d.]+)pt"', svg)[1]) * 4 / 3
    assert points and "<text" not in svg
    assert min(points) * 4 / 3 * min(1, COLUMN / width) >= BODY


@each_picture
def test_every_picture_is_put_in_words_for_who_cannot_see_it(lesson, cell, output):
    """Before the next picture or the end of the section."""
    for below in lesson.cells[lesson.cells.index(cell) + 1 :]:
        if re.search(r"\bIn words\b", below.source) and below.cell_type == "markdown":
            return
        if role(below) in ("prediction", "quiz"):
            break
    pytest.fail(f"no sentence 'In words' below {cell.id}")


@each_map
def test_a_map_is_light_titled_and_asks_nothing_of_the_network(lesson, cell, output):
    page = html.unescape(output.data["text/html"])
    assert len(output.data["text/html"]) <= HEAVIEST_MAP
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=\"https?:", page)
    assert not re.search(r"L\.tileLayer\(", page)


# Tables


class Cells(HTMLParser):
    """Alignment and text of the cells below a table's header; pandas' own markup aligns none."""

    def __init__(self, markup):
        super().__init__()
        self.cells = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        if tag == "tbody":
            self.cells = []
        if tag in ("td", "th"):
            aligned = re.search(r"text-align: ?(\w+)", dict(attrs).get("style") or "")
            self.cells.append([aligned[1] if aligned else "right", ""])  # JupyterLab's default

    def handle_data(self, data):
        if self.cells:
            self.cells[-1][1] += data


@each_table
def test_no_prose_of_a_table_stands_at_the_right(lesson, cell, output):
    for aligned, text in Cells(output.data["text/html"]).cells:
        assert aligned == "left" or len(re.findall(r"[A-Za-z]+(?= |$)", text)) < 3, text


# Colours


DEFICIENCIES = ["deuteranomaly", "protanomaly", "tritanomaly"]


def rgb(colour):
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def as_seen(colour, deficiency):
    space = {"name": "sRGB1+CVD", "cvd_type": deficiency, "severity": 100}
    return np.clip(cspace_convert(rgb(colour), space, "sRGB1"), 0, 1)


def hues(colours):
    """Colours that carry meaning: greys are ink, paper and land."""
    return sorted({c.lower() for c in colours if np.ptp(rgb(c)) > 0.1})


def too_near(colours):
    """Pairs nearer than 8 in CAM02-UCS, where 1 is just noticeable (Luo and others 2006)."""
    for one, other in combinations(hues(colours), 2):
        for deficiency in DEFICIENCIES:
            gap = deltaE(as_seen(one, deficiency), as_seen(other, deficiency), "sRGB1")
            if gap < 8:
                yield one, other, deficiency, round(float(gap), 1)


@each_cell_with_colours
def test_colours_in_code_stay_apart_for_colour_blind_readers(cell, colours):
    assert not list(too_near(colours))


@each_chart
def test_colours_of_a_chart_stay_apart_for_colour_blind_readers(lesson, cell, output):
    assert not list(too_near(re.findall(r"#[0-9a-f]{6}\b", output.data["image/svg+xml"])))
