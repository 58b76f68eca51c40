"""Pages of feedback: what they say, and what they can never show."""

import logging
import re
from dataclasses import replace

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import GenerateFeedback
from nbgrader.utils import capture_log
from test_pages import ACTS

from nbjudge._batch import batch
from nbjudge._feedback.guide import Guide, where_of
from nbjudge._feedback.page import (
    LONGEST_ANSWER,
    Shown,
    ended,
    first_paragraph,
    plain_words,
    prose,
)
from nbjudge._feedback.page import (
    page as page_of,
)
from nbjudge._feedback.pages import Pages
from pretended import pretend
from small_course import RIGHT, SETTINGS, code, copy_of, made, notebook, sums

SCHEME = """## Question 2. Write more (4 points)

| One point each for | what it needs |
|---|---|
| a reason | a **because** |

=== BEGIN MARK SCHEME ===
The model answer, which nobody may see: forty-two.
=== END MARK SCHEME ==="""
GUIDE = SETTINGS + "c.Guide.where_to_look = 'where.csv'\nc.Guide.misconceptions = 'wrong.csv'\n"


def asked():
    first, *rest = sums().cells
    title = new_markdown_cell("# The **sums**")
    question = new_markdown_cell("## Question 1. Add `two` numbers (3 points, objective 1a)")
    here = new_markdown_cell("Write here.")
    return notebook(
        title, first, question, *rest[:-1], code("essay", SCHEME, task=True, points=4), here
    )


@pytest.fixture
def course(tmp_path):
    course = copy_of(made(GUIDE, ps1=asked), tmp_path / "course")
    (course.root / "where.csv").write_text(
        "assignment,check,message,misconception_id,lesson,section\n"
        "ps1,total_check,wrong,M1,04,1. How large?\n"
        "ps1,total_check,,,04,2. How fast?\n"
        "ps1,essay,,,05,\n"
    )
    (course.root / "wrong.csv").write_text(
        "misconception_id,name,looks_like,look_at\nM1,Too large,It is too large,Make it smaller\n"
    )
    course.hand_in(
        "ana", "ps1", "ps1", {**RIGHT, "why": "Because.", "essay": "Yes, <b>as</b> 1 < 2"}
    )
    course.hand_in("bo", "ps1", "ps1", {"total": "total = 'WRONG'"})
    (course.root / "submitted/cy/ps1").mkdir(parents=True)
    batch.autograde(course.directory, "ps1", work=pretended, workers=1)
    return course


def pretended(source, submission, limits):
    """As `pretend`, on a source with cells that have no name."""
    named = nbformat.reads(source.notebook, as_version=4)
    named.cells = [cell for cell in named.cells if "nbgrader" in cell.metadata]
    return pretend(
        type(source)(source.name, nbformat.writes(named), {}, source.texts), submission, limits
    )


def made_by_command(course):
    for one, trouble in Pages(course.directory, "ps1").write():
        assert not trouble, (one.student, trouble)


def made_by_nbgrader(course):
    directory = course.directory
    directory.parent.log_level = logging.INFO
    directory.assignment_id = "ps1"
    done = capture_log(GenerateFeedback(coursedir=directory, parent=directory.parent))
    assert done["success"], done


def made_by_the_button(course):
    directory = course.directory
    for student in ("ana", "bo", "cy"):
        done = NbGraderAPI(directory, parent=directory.parent).generate_feedback("ps1", student)
        assert done["success"], done


def pages(course):
    return {
        path.parts[-3]: path.read_text(encoding="utf-8")
        for path in course.root.glob("feedback/*/ps1/ps1.html")
    }


def asked_stub(course, name):
    given = nbformat.read(course.root / "release/ps1/ps1.ipynb", as_version=4)
    return next(
        c.source for c in given.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name
    )


def words(page):
    return " ".join(BeautifulSoup(page, "html.parser").main.text.split())


def mark(course, student, points, comment=None):
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        for cell in ("why", "essay"):
            grade = book.find_grade(cell, "ps1", "ps1", student)
            grade.manual_score, grade.needs_manual_grade = points, False
        book.find_comment("essay", "ps1", "ps1", student).manual_comment = comment
        book.db.commit()


def test_the_command_the_stock_command_and_the_button_make_the_same_pages(course):
    made_by_command(course)
    ours = pages(course)
    assert ours.keys() == {"ana", "bo", "cy"}
    for make in (made_by_nbgrader, made_by_the_button):
        for path in course.root.glob("feedback/*/ps1/ps1.html"):
            path.unlink()
        make(course)
        assert pages(course) == ours
        files = {p.name for p in course.root.glob("feedback/**/*") if p.is_file()}
        assert files == {"ps1.html"}


def test_a_page_says_points_answer_message_misconception_and_what_next(course):
    made_by_command(course)
    bo = words(pages(course)["bo"])
    assert bo.startswith("Feedback for bo The sums 2 of 10 points.")
    assert "Question 1. Add two numbers In part 2 of 6 points." in bo
    assert "The check says: wrong" in bo
    assert "Too large. It is too large. Make it smaller." in bo
    assert "Where to look: lesson 4, section 1, “How large?”" in bo and "How fast" not in bo
    assert "total = 'WRONG'" in bo
    assert "Question 2. Write more. You left it blank: answer it. Read lesson 5." in bo
    assert "Not yet 0 of 4 points. You left this blank." in bo
    assert "a reason a because" in bo


def test_code_left_as_given_is_told_so_and_gets_no_word_of_its_check(course):
    given = asked_stub(course, "total")
    course.hand_in("bo", "ps1", "ps1", {"total": given + "  \n", "essay": "Yes."})
    batch.autograde(course.directory, "ps1", work=pretended, workers=1)
    path = next(course.root.glob("autograded/bo/ps1/*.ipynb"))
    told = Pages(course.directory, "ps1").found("bo", path)
    said = replace(
        told.result,
        checks=tuple(replace(check, message="wrong") for check in told.result.checks),
    )
    marks = tuple(
        mark if mark.by_hand else replace(mark, points=0.0) for mark in told.standing.marks
    )
    lost = replace(told.standing, marks=marks)
    bo = words(page_of(replace(told, result=said, standing=lost)))
    assert "You left this as it was given." in bo
    assert "The check says" not in bo and "Too large" not in bo
    assert "Where to look: lesson 4, section 2, “How fast?”" in bo
    assert "just as it was given out" not in bo  # something is written


def test_a_whole_file_as_given_out_is_said_once_with_the_folder_that_was_meant(course):
    course.hand_in("bo", "ps1", "ps1", {})
    batch.autograde(course.directory, "ps1", work=pretended, workers=1)
    path = next(course.root.glob("autograded/bo/ps1/*.ipynb"))
    told = Pages(course.directory, "ps1").found("bo", path)
    assert "did you mean to hand in another one?" in words(page_of(told))
    told.guide.learners_folder = "mine"
    bo = words(page_of(told))
    assert bo.count("just as it was given out: did you mean to hand in the one from") == 1
    assert "your folder mine?" in bo and ": answer it" not in bo
    told.graded.cells.append(new_markdown_cell("A note of my own."))
    assert "just as it was given out" not in words(page_of(told))


def test_a_note_is_left_out_where_the_message_says_as_much(course):
    table = course.root / "where.csv"
    head, first, *rest = table.read_text().splitlines()
    table.write_text("\n".join([head + ",in_message", first + ",yes", *rest]) + "\n")
    made_by_command(course)
    bo = words(pages(course)["bo"])
    assert "The check says: wrong" in bo and "Too large" not in bo and "How large?" in bo


def test_a_check_that_ran_in_the_learners_kernel_is_marked_as_such(course):
    path = course.root / "autograded/ana/ps1/ps1.ipynb"
    told = Pages(course.directory, "ps1").found("ana", path)
    here = [replace(one, in_kernel=one.name == "add_check") for one in told.result.checks]
    page = page_of(replace(told, result=replace(told.result, checks=tuple(here))))
    said = "A check of this question ran in the same Python process as your code."
    assert page.count(said) == 1 and said not in page_of(told)
    assert said in BeautifulSoup(page, "html.parser").find("section").text


def test_no_sentence_has_two_stops(course):
    made_by_command(course)
    assert not re.search(r"[?!.]\.(?!\.)|\?;", "".join(map(words, pages(course).values())))
    assert [ended(one) for one in ("a", "a.", "a?", 'a?"')] == ["a.", "a.", "a?", 'a?"']


def test_what_is_not_marked_waits_and_is_no_zero_and_the_page_follows_the_mark(course):
    made_by_command(course)
    ana = words(pages(course)["ana"])
    assert "3 of 3 points are marked so far. 7 points more wait for a mark." in ana
    assert "The whole is out of 10." in ana
    assert "Waits for a mark It is out of 4 points." in ana and " 0 " not in ana
    assert "Yes, <b>as</b> 1 < 2" in ana
    for make, points in ((made_by_command, 2), (made_by_nbgrader, 3)):
        mark(course, "ana", points, "Say <i>why</i>.")
        make(course)
        ana = words(pages(course)["ana"])
        assert f"{3 + 2 * points} of 10 points." in ana and "wait" not in ana
        assert "Your teacher says Say <i>why</i>." in ana


def test_a_text_handed_in_anew_is_told_with_its_old_mark(course):
    mark(course, "ana", 2, "Of the old text.")
    course.hand_in("ana", "ps1", "ps1", {**RIGHT, "why": "Because.", "essay": "No."})
    batch.autograde(course.directory, "ps1", work=pretended, workers=1)
    made_by_command(course)
    ana = words(pages(course)["ana"])
    assert "Your earlier text had 2 points." in ana and "Of the old text" not in ana


def test_without_a_notebook_the_page_says_so_once(course):
    made_by_command(course)
    cy = words(pages(course)["cy"])
    assert cy.startswith("Feedback for cy The sums 0 of 10 points. no notebook was handed in")
    assert cy.count("The check says") == cy.count("left this blank") == 0


def test_nothing_of_a_check_or_mark_scheme_is_shown(course):
    made_by_command(course)
    for page in pages(course).values():
        assert not re.search("assert|HIDDEN|MARK SCHEME|forty-two|sum\\(numbers\\)", page)


def test_without_the_released_notebook_only_names_are_taken_from_the_other(course):
    (course.root / "release/ps1/ps1.ipynb").unlink()
    made_by_command(course)
    found = pages(course)
    assert "2 of 10 points." in words(found["bo"]) and "Yes, " in words(found["ana"])
    assert "forty-two" not in "".join(found.values())


def test_a_page_has_no_script_no_link_and_asks_for_nothing(course):
    evil = "\n\n".join(ACTS) + "\n\n# A heading\n\n[here](#there) ![x](https://a.org/x.png)"
    course.hand_in("ana", "ps1", "ps1", {"why": evil, "essay": evil, "total": "'</pre><script>'"})
    batch.autograde(course.directory, "ps1", work=pretended, workers=1)
    made_by_command(course)
    page = pages(course)["ana"]
    found = BeautifulSoup(page, "html.parser")
    acting = ["script", "a", "iframe", "form", "link", "svg", "object", "base", "input", "img"]
    assert found.find_all(acting) == [] and len(found.find_all("style")) == 1
    for tag in found.main.find_all(True):
        assert set(tag.attrs) <= {"class", "open"}, tag
    assert "default-src 'none'" in str(found.head)
    assert [h.name for h in found.find_all(re.compile("h[1-6]"))][:2] == ["h1", "h2"]
    assert len(page.encode()) < 20_000


def test_one_page_that_cannot_be_made_stops_nobody_elses(course):
    (course.root / "autograded/bo/ps1/ps1.ipynb").write_text("{")
    found = {one.student: trouble for one, trouble in Pages(course.directory, "ps1").write()}
    assert found["bo"] and not found["ana"] and not found["cy"]
    assert pages(course).keys() == {"ana", "cy"}


def test_a_name_of_the_roster_is_text(course):
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        book.update_or_create_student("bo", first_name="Bo <b>", last_name="김")
    made_by_command(course)
    assert "Feedback for Bo &lt;b&gt; 김" in pages(course)["bo"]


# Parts


def test_long_answers_are_cut_and_say_so():
    show = Shown()
    cells = [new_code_cell("김" * 5_000)]
    answers = [show.answer(cells, False) for _ in range(20)]
    assert all("(the rest is in your file)" in one.text for one in answers)
    assert len(answers[0].text.encode()) < LONGEST_ANSWER + 100
    assert sum(len(one.text.encode()) for one in answers) < 11_000


def test_charts_are_shown_if_they_are_small_and_are_pictures():
    outputs = [
        new_output("display_data", {"image/png": "AA=="}),
        new_output("display_data", {"image/png": 'AA" onload="act()'}),
        new_output("display_data", {"image/svg+xml": "<svg onload=act()></svg>"}),
        new_output("display_data", {"image/png": "A" * 10**6}),
    ]
    (first, second) = Shown().answer([new_code_cell("plot()", outputs=outputs)], False).pictures
    assert first == "data:image/png;base64,AA=="
    assert second.startswith("data:image/svg+xml;base64,") and "act" not in second


def test_of_a_message_only_the_first_paragraph_is_shown():
    assert first_paragraph("The sum is\nwrong.  \n\n[left]: 1\n[right]: 42") == "The sum is wrong."
    assert first_paragraph("the check does not hold") == "" and "\x1b" not in first_paragraph(
        "a\x1b[2J"
    )


def test_prose_keeps_tables_and_emphasis():
    html = prose("# A\n\n**b** ~~c~~ [d](https://e.org)\n\n| f |\n|---|\n| g |")
    assert "<strong>A</strong>" in html and "<td>g</td>" in html and "<h" not in html
    assert "href" not in html and "d" in html


def test_headings_without_marks_and_points():
    assert plain_words("Question 1. *Add* [it](x) (3 points, objective 1a)") == "Question 1. Add it"
    assert plain_words("Growth (in per cent)") == "Growth (in per cent)"


def test_places_in_words():
    assert where_of("04", "1. How?") == "lesson 4, section 1, “How?”"
    assert where_of("chapter two", "") == "chapter two"


def test_a_table_that_is_not_there_is_said_once(caplog, tmp_path):
    guide = Guide(tmp_path, where_to_look="where.csv")
    with caplog.at_level(logging.WARNING):
        guide.log = logging.getLogger()
        assert guide.advice("ps1", "q", "wrong").where == ""
        assert guide.advice("ps1", "q", "wrong").where == ""
    assert len(caplog.records) == 1 and "where.csv is not there" in caplog.text
