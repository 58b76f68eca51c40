"""The report on a class, against published counts and a class worked out by hand."""

import math
import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from nbjudge._feedback.pictures import histogram, intervals, progress
from nbjudge._feedback.report import ANSWER_COLUMNS, REASONS, ClassReport, html, write_report
from nbjudge._feedback.statistics import (
    cronbach_alpha,
    difficulty_in_words,
    fisher,
    item_statistics,
    rest_in_words,
    wilson,
)
from nbjudge._nbgrader.marks import Mark, Standing

# Five questions of the Law School Admission Test, section 6, and 1,000 persons: how many gave
# each pattern of right answers. Bock and Lieberman (1970), Psychometrika 35, 179-197, as the
# package ltm for R has it; read in the column Obs of
# https://rstudio-pubs-static.s3.amazonaws.com/1049111_d258e411eefe4ba085e3bbc59b32dbeb.html
PATTERNS = """
00000 3, 00001 6, 00010 2, 00011 11, 00100 1, 00101 1, 00110 3, 00111 4, 01000 1, 01001 8,
01011 16, 01101 3, 01110 2, 01111 15, 10000 10, 10001 29, 10010 14, 10011 81, 10100 3, 10101 28,
10110 15, 10111 80, 11000 16, 11001 56, 11010 21, 11011 173, 11100 11, 11101 61, 11110 28,
11111 298"""


@pytest.fixture(scope="module")
def lsat():
    counts = [one.split() for one in PATTERNS.replace("\n", " ").split(",")]
    rows = [list(map(float, pattern)) for pattern, n in counts for _ in range(int(n))]
    return pd.DataFrame(rows, columns=list("ABCDE"))


def test_proportions_that_follow_from_the_published_counts_of_the_law_school_test(lsat):
    """The counts were read, and these shares were not: each is a sum of counts over 1,000."""
    assert len(lsat) == 1000
    found = item_statistics(lsat, pd.Series(1.0, index=lsat.columns))
    assert list(found.difficulty) == [0.924, 0.709, 0.553, 0.763, 0.870]
    assert (found.n == 1000).all() and (found.low < found.difficulty).all()


def test_item_rest_and_alpha_of_the_law_school_test_by_their_definitions(lsat):
    """Worked out from the counts alone, by sums of products in whole numbers."""
    found = item_statistics(lsat, pd.Series(1.0, index=lsat.columns))
    table, n = lsat.astype(int).to_numpy().tolist(), 1000
    for place, name in enumerate(lsat.columns):
        pairs = [(row[place], sum(row) - row[place]) for row in table]
        x, y = (sum(pair[side] for pair in pairs) for side in (0, 1))
        xx, yy = (sum(pair[side] ** 2 for pair in pairs) for side in (0, 1))
        xy = sum(one * other for one, other in pairs)
        by_hand = (n * xy - x * y) / math.sqrt((n * xx - x * x) * (n * yy - y * y))
        assert found.item_rest[name] == pytest.approx(by_hand, abs=1e-12)
        assert found.rest_low[name] < by_hand < found.rest_high[name]
    totals = [sum(row) for row in table]
    spread = n * sum(t * t for t in totals) - sum(totals) ** 2
    parts = sum(
        n * sum(row[i] for row in table) - sum(row[i] for row in table) ** 2 for i in range(5)
    )
    assert cronbach_alpha(lsat) == pytest.approx(5 / 4 * (1 - parts / spread), abs=1e-12)


def test_intervals_by_hand():
    low, high = wilson(0.5, 4)
    assert (round(low, 4), round(high, 4)) == (0.1500, 0.8500)  # (2 + 1.9207) / (4 + 3.8415) ...
    low, high = fisher(0.5, 28)  # atanh(0.5) = 0.5493, and 1.96 / 5 = 0.392
    assert (round(low, 3), round(high, 3)) == (0.156, 0.736)
    assert all(map(math.isnan, (*wilson(math.nan, 0), *fisher(0.5, 3))))
    assert wilson(1.0, 5)[1] == 1.0 and wilson(1.0, 5)[0] < 0.6


# A class of five: Ana, Bo and Cy are graded; Di waits for a mark; Eva handed in nothing.


def marks(one, two, essay):
    given = (("one", one, 2.0), ("two", two, 2.0), ("essay", essay, 4.0))
    return tuple(Mark("ps1", name, points, most, name == "essay") for name, points, most in given)


def standing(student, first, status="graded", given=(0.0, 0.0, 0.0), **more):
    return Standing(student, first, "Kim", status=status, marks=marks(*given), **more)


CLASS = [
    standing("s101", "Ana", given=(2.0, 2.0, 4.0)),
    standing("s102", "Bo", given=(2.0, 0.0, 2.0), late=True),
    standing("s103", "Cy", given=(0.0, 0.0, 0.0)),
    standing("s104", "Di", "partial", given=(2.0, 0.0, None)),
    standing("s105", "Eva", "missing"),
]


def row(student, question, points, most, message="", ran=True, blank=False, code=""):
    cell, by_hand = question.split()[1], most == 4
    name, where = ("Divided by the wrong year", "lesson 4") if code else ("", "")
    values = (
        student,
        question,
        cell,
        points,
        most,
        by_hand,
        ran,
        blank,
        message,
        code,
        name,
        where,
    )
    return dict(zip(ANSWER_COLUMNS, values, strict=True))


@pytest.fixture
def report():
    year = "It divides by the later year."
    answers = [
        row("s101", "Question 1. A", 2.0, 2.0),
        row("s101", "Question 2. B", 2.0, 2.0),
        row("s101", "Question 3. C", 4.0, 4.0),
        row("s102", "Question 1. A", 2.0, 2.0),
        row("s102", "Question 2. B", 0.0, 2.0, year, code="M03"),
        row("s102", "Question 3. C", 2.0, 4.0),
        row("s103", "Question 1. A", 0.0, 2.0, "It is <b>too</b> large."),
        row("s103", "Question 2. B", 0.0, 2.0, year, code="M03"),
        row("s103", "Question 3. C", 0.0, 4.0, blank=True),
        row("s104", "Question 1. A", 2.0, 2.0),
        row("s104", "Question 2. B", 0.0, 2.0, "it took too long", ran=False),
        row("s104", "Question 3. C", None, 4.0),
    ]
    reasons = dict.fromkeys(REASONS, ())
    reasons |= {"missing": ["s105"], "blank": ["s103"], "late": ["s102"], "timed out": ["s104"]}
    time = pd.DataFrame(
        [("ps0", 5, 5, 5, 0.5, 0.75, 1.0), ("ps1", 5, 4, 3, 0.25, 0.5, 0.75)],
        columns=list("assignment roster handed_in whole_scores".split())
        + ["lower_quarter", "median", "upper_quarter"],
    )
    return ClassReport("ps1", "The sums", CLASS, pd.DataFrame(answers), reasons, time)


def test_figures_of_a_class_of_five(report):
    items = report.items
    # Question 1: 2, 2, 0, 2 of 2. Question 2: 2, 0, 0 of 2, as Di's could not be run.
    # Question 3: 4, 2, 0 of 4, as Di's waits. Eva is in no mean.
    assert list(items.n) == [4, 3, 3]
    assert list(items.difficulty.round(4)) == [0.75, 0.3333, 0.5]
    assert list(items.max_points) == [2, 2, 4] and list(items.blank) == [0, 0, 1]
    # With every question: Ana (2, 2, 4), Bo (2, 0, 2), Cy (0, 0, 0).
    # Question 1 with the rest (6, 2, 0): sum of products of deviations 16/3, squares 8/3 and 56/3.
    assert list(items.pairs) == [3, 3, 3]
    assert items.item_rest.iloc[0] == pytest.approx((16 / 3) / math.sqrt(8 / 3 * 56 / 3))
    # Question 2 with the rest (6, 4, 0): 16/3, 8/3 and 56/3, too.
    assert items.item_rest.iloc[1] == pytest.approx((16 / 3) / math.sqrt(8 / 3 * 56 / 3))
    # Question 3 with the rest (4, 2, 0): they go up in step.
    assert items.item_rest.iloc[2] == pytest.approx(1)
    assert set(items.item_rest_in_words) == {"too few learners to say (3; 30 are needed)"}
    # Totals 8, 4, 0: variance 16; the questions' 4/3, 4/3 and 4.
    assert cronbach_alpha(report.points) == pytest.approx(3 / 2 * (1 - (8 / 3 + 4) / 16))
    assert sorted(report.shares) == [0, 0.5, 1]  # not Di's, who waits, nor Eva's


def test_diagnoses_are_ranked_by_learners_and_leave_out_what_was_blank_or_not_run(report):
    said = [(one.learners, one.question, one.message) for one in report.diagnoses.itertuples()]
    assert said == [
        (2, "Question 2. B", "It divides by the later year."),
        (1, "Question 1. A", "It is <b>too</b> large."),
    ]
    (one,) = report.misconceptions.itertuples()
    assert (one.learners, one.name, one.where) == (2, "Divided by the wrong year", "lesson 4")


def test_the_page_lists_who_needs_a_talk_and_hides_names_when_asked(report, tmp_path):
    path = write_report(report, tmp_path / "open")
    page = path.read_text(encoding="utf-8")
    told = " ".join(BeautifulSoup(page, "html.parser").main.text.split())
    assert "1 handed in nothing: Eva Kim" in told and "longer than it may: Di Kim" in told
    assert "5 learners, of whom 4 are graded and 3 have a whole score." in told
    assert "Divided by the wrong year: 2 of 4 learners" in told
    assert "3 learners have every question marked. These are too few" in told
    assert "Cronbach" not in told and "goes with the rest (" not in told
    assert (tmp_path / "open").stat().st_mode & 0o077 == 0
    write_report(report, tmp_path / "open", hide_names=True)
    for file in (tmp_path / "open").iterdir():
        assert not re.search("Kim|Ana|Eva|s10[1-5]", file.read_text(encoding="utf-8")), file
    assert {p.suffix for p in (tmp_path / "open").iterdir()} == {".html", ".csv"}


def test_the_page_is_one_file_that_asks_for_nothing_with_pictures_in_words(report):
    found = BeautifulSoup(html(report, False), "html.parser")
    assert not found.find_all(["script", "a", "img", "link", "iframe", "b[onload]"])
    pictures = found.find_all("svg")
    assert len(pictures) == 3
    assert all(one["role"] == "img" and one["aria-label"] for one in pictures)
    assert "Question 2: 33% (6 to 79)" in pictures[0]["aria-label"]
    assert "too</b>" not in found.main.decode() and found.html["lang"] == "en"


def test_nothing_to_show_is_no_picture():
    assert histogram(pd.Series(dtype=float)) == intervals([]) == ""
    assert progress(pd.DataFrame(columns=["assignment", "median"])) == ""
    assert "100 to" not in histogram(pd.Series([1.0])) and "90 to 100%: 1" in histogram(
        pd.Series([1.0])
    )


def test_words_only_where_the_figures_carry_them():
    def one(**fields):
        return pd.DataFrame([fields]).iloc[0]

    assert difficulty_in_words(one(n=5, low=0.0, high=0.1)).startswith("too few")
    assert difficulty_in_words(one(n=40, low=0.1, high=0.4)) == "hard"
    assert difficulty_in_words(one(n=40, low=0.85, high=0.95)) == "easy"
    common = {"pairs": 40, "item_rest": 0.3}
    assert rest_in_words(one(**common, rest_low=0.25, rest_high=0.5)).startswith("goes with")
    assert rest_in_words(one(**common, rest_low=-0.1, rest_high=0.5)).startswith("not to be told")
    assert "look at the question" in rest_in_words(one(**common, rest_low=-0.6, rest_high=-0.1))
    assert rest_in_words(one(pairs=29, item_rest=0.3, rest_low=0, rest_high=1)).startswith(
        "too few"
    )
