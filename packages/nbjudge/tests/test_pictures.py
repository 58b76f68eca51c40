"""A picture pasted into a text is shown, and one that is missing costs nobody the page."""

import json

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets.config import Config

import nbjudge
from malformed import dumped, named, solved, source
from nbjudge._assignment.matching import repair
from nbjudge._assignment.outline import Role, outline

DOT = "iVBORw0KGgo="  # as a PNG begins
PASTED = "Look:\n\n![words for it](attachment:image.png)"


def page(*cells):
    c = Config()
    nbjudge.configure(c)
    return HTMLExporter(config=c).from_notebook_node(new_notebook(cells=list(cells)))[0]


def test_a_picture_pasted_into_a_question_stays_with_what_was_written_there():
    plan = outline(source())
    question = next(step for step in plan.steps if step.role is Role.TEXT)
    notebook = json.loads(solved())
    cell = named(notebook, question.grade_id)
    cell["source"] = ["".join(cell["source"]), "\n\n" + PASTED]
    cell["attachments"] = {"image.png": {"image/png": DOT}}
    cells = repair(plan, dumped(notebook)).cells
    (written,) = [one for one in cells if "attachment:image.png" in one.source]
    assert written.attachments == {"image.png": {"image/png": DOT}}
    assert f"data:image/png;base64,{DOT}" in page(*cells)


@pytest.mark.parametrize(
    "text",
    [
        PASTED,
        "![words for it](&#97;ttachment:image.png)",
        "![words for it][1]\n\n[1]: attachment:image.png",
        "![words for it](attachment:)",
        "![words for it](<attachment:a b.png>)",
    ],
)
@pytest.mark.parametrize("attachments", [None, {}, {"other.png": {"image/png": DOT}}])
def test_a_text_that_names_a_picture_which_is_not_there_is_shown(text, attachments):
    cell = new_markdown_cell(text)
    if attachments is not None:
        cell.attachments = attachments
    shown = page(cell, new_markdown_cell("the next answer"))
    assert "words for it" in shown and "the next answer" in shown
