"""axe-core, in Chromium and offline, on a page of feedback and on the report on a class."""

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbjudge._feedback.guide import Guide
from nbjudge._feedback.page import page, questions
from nbjudge._feedback.report import ANSWER_COLUMNS, REASONS, ClassReport, html
from test_feedback_pages import EXERCISES, SETTINGS, bank, handed_back

from notebooks import ROOT

EXERCISE = next(one for one in EXERCISES if one.name.startswith("04"))


@pytest.fixture(scope="module")
def found():
    """One learner: a wrong answer, or none, to each question."""
    answers = next(iter(bank(EXERCISE)))
    told = {"q2_points_check": "The second number divides by the later rate."}
    return handed_back(EXERCISE, {"q2_points": answers["q2_points"]}, told)(Guide(ROOT, **SETTINGS))


def report(found):
    rows = [
        ("101", one.title, said.cell, said.points, said.max_points, one.by_hand, said.ran)
        + (one.blank, said.message, *(said.advice.misconception, said.advice.name))
        + (said.advice.where,)
        for one in questions(found)
        for said in one.said
    ]
    reasons = dict.fromkeys(REASONS, ()) | {"blank": ["101"]}
    columns = "assignment roster handed_in whole_scores lower_quarter median upper_quarter".split()
    time = pd.DataFrame([(name, 1, 1, 1, 0.1, 0.2, 0.3) for name in "ab"], columns=columns)
    answers = pd.DataFrame(rows, columns=ANSWER_COLUMNS)
    made = ClassReport("a", "Exercise 4", [found.standing], answers, reasons, time)
    return html(made, hide_names=False)


@pytest.mark.parametrize("make", [page, report], ids=["feedback", "report"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(browser, found, make, width):
    tab = browser.new_page(viewport={"width": width, "height": 900})
    try:
        tab.set_content(make(found))
        told = Axe().run(tab)
        assert told.violations_count == 0, told.generate_report()
        assert len(told.response["passes"]) > 10
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.evaluate("document.documentElement.removeAttribute('lang')")
        assert "html-has-lang" in str(Axe().run(tab).response["violations"])
    finally:
        tab.close()
