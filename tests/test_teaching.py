"""The teacher has a page for each lesson, and pages for the printer that say what the data say."""

import re
import subprocess
import sys

import pytest
from nbjudge import Status
from nbjudge._nbgrader.marks import NOT_GRADED, WAITS_FOR_A_MARK

from notebooks import ROOT

TEACHING = ROOT / "teaching"
LESSONS = sorted(path.stem for path in (ROOT / "lessons").glob("*.ipynb"))
PARTS = ("aim", "minutes", "board", "predict", "wrong", "civil")


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_lesson_has_its_teachers_page(lesson):
    page = (TEACHING / f"{lesson}.md").read_text(encoding="utf-8")
    assert not [part for part in PARTS if part not in page.lower()]
    assert len(re.findall(r"^(?:\d\.|-) .*\?", page, flags=re.M)) >= 3, "questions to discuss"


def test_each_status_is_explained_to_teachers():
    page = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    table = page.partition("| status | what it means |\n|---|---|\n")[2].partition("\n\n")[0]
    explained = {row.split("|")[1].strip() for row in table.splitlines()}
    lacking = {*Status} - explained
    assert not lacking, f"no row of TEACHING.md explains {', '.join(lacking)}"
    assert explained - {*Status} == {WAITS_FOR_A_MARK, NOT_GRADED}  # said in grades.csv, too


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_overview_leads_to_each_page(lesson):
    assert f"]({lesson}.md)" in (TEACHING / "README.md").read_text(encoding="utf-8")


def test_the_printed_pages_are_made_from_the_data(tmp_path):
    tool = ROOT / "tools" / "teaching_prints.py"
    subprocess.run([sys.executable, str(tool), str(tmp_path)], check=True)
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (TEACHING / made.name).read_bytes(), f"run {tool.name} again"


def test_there_is_a_card_for_each_statement(table):
    cards = (TEACHING / "statement_cards.html").read_text(encoding="utf-8")
    assert re.findall(r"<h2>(S\d\d)", cards) == list(table("statements")["statement_id"])
