"""One learner's page of feedback: what it says, and the HTML of it.

Checks, hidden tests and mark schemes stand in the graded notebook that is read here, and are not
shown: what is put into a page is of the released notebook, the learner's own cells, the sentence
that a check said, the marks and comments of the gradebook, and the course's tables. It has no
script, no link into itself (which JupyterLab and a hub take for a page of their own) and asks for
nothing.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import mistune
import nh3
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbformat import NotebookNode

from nbjudge._assignment.matching import normalised
from nbjudge._assignment.written import written_answers
from nbjudge._feedback.guide import Advice, Guide
from nbjudge._files import printable
from nbjudge._model import Result, Status
from nbjudge._nbgrader.marks import Mark, Standing

LONGEST_ANSWER = 2_500  # bytes of one answer that are shown
LONGEST_ANSWERS = 9_000  # and of all of a page
LONGEST_PICTURE = 60_000  # characters of a chart in base64 or SVG
MOST_PICTURES = 4
MOST_REPAIRS = 8
NO_SENTENCE = "the check does not hold"  # what the judge says for a check without a sentence
NOTHING = Markup("")
TEMPLATES = Path(__file__).with_name("templates")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
TAGS_OF_PROSE = set(
    "b blockquote br code del em hr i li ol p pre strong sub sup table tbody td th thead tr u "
    "ul".split()
)


@dataclass(frozen=True)
class Said:
    """What one check, or the person who marks, says of an answer."""

    cell: str
    points: float | None
    max_points: float
    message: str = ""
    ran: bool = True
    in_kernel: bool = False  # the check ran in the learner's kernel, by its author's wish
    advice: Advice = field(default_factory=Advice)

    @property
    def whole(self) -> bool:
        return self.points is not None and self.points >= self.max_points


@dataclass(frozen=True)
class Answer:
    """What was handed in for a question; `text` is code, or HTML that is safe to show.

    `blank` says that nobody answered, and `as_given` that code was left as it was given out.
    """

    text: str | Markup
    blank: bool
    pictures: tuple[str, ...] = ()
    as_given: bool = False


@dataclass(frozen=True)
class Question:
    """A question of the assignment, as released, and what became of it."""

    title: str
    said: tuple[Said, ...]
    answers: tuple[Answer, ...]
    by_hand: bool = False
    before: float | None = None  # the mark of an earlier text, not confirmed yet
    rubric: Markup = NOTHING
    comments: tuple[str, ...] = ()

    @property
    def points(self) -> float | None:
        known = [one.points for one in self.said]
        return None if None in known else sum(points or 0.0 for points in known)

    @property
    def max_points(self) -> float:
        return sum(one.max_points for one in self.said)

    @property
    def whole(self) -> bool:
        return all(one.whole for one in self.said)

    @property
    def blank(self) -> bool:
        return bool(self.answers) and all(answer.blank for answer in self.answers)

    @property
    def as_given(self) -> bool:
        return self.blank and all(answer.as_given for answer in self.answers)

    @property
    def state(self) -> str:
        """How far the answer is, in a word: "right", "in part" or "not yet"; "" while it waits."""
        if self.points is None:
            return ""
        return "right" if self.whole else "in part" if self.points > 0 else "not yet"

    @property
    def wheres(self) -> list[str]:
        """Where the course treats what was lost here."""
        found = (one.advice.where for one in self.said if not one.whole and one.advice.where)
        return list(dict.fromkeys(found))


@dataclass
class Released:
    """The questions of a notebook as learners got it: titles, names of cells, stubs, rubrics."""

    title: str
    asked: list["Asked"]
    stubs: Mapping[str, str]
    plain: list[str]


@dataclass
class Asked:
    title: str
    answers: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    rubric: Markup = NOTHING


def questions_of(notebook: NotebookNode, title: str, texts: bool = True) -> Released:
    """What a page may tell of an assignment. `texts` says that this is the released version; of
    any other one only the names of cells are taken."""
    asked: list[Asked] = [Asked("")]
    stubs: dict[str, str] = {}
    plain: list[str] = []
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader") or {}
        name = about.get("grade_id")
        if texts and cell.cell_type == "markdown":
            for level, words in re.findall(r"^(#{1,6})[ \t]+(.+)$", cell.source, re.M)[:1]:
                if level == "#":
                    title = plain_words(words)
                else:
                    asked.append(Asked(plain_words(words)))
        if not name:
            if texts:
                plain.append(cell.source)
            continue
        question = asked[-1]
        if about.get("task"):
            question.tasks.append(name)
            if texts:
                question.rubric = rubric_of(cell.source)
        elif about.get("solution"):
            if not question.title and question.checks:
                asked.append(question := Asked(""))  # no headings: a question to each answer
            question.answers.append(name)
            stubs[name] = cell.source if texts else "\0"
            if about.get("grade"):
                question.tasks.append(name)
        elif about.get("grade") and cell.cell_type == "code":
            question.checks.append(name)
    found = [one for one in asked if one.checks or one.tasks]
    for number, one in enumerate(found, 1):
        one.title = one.title or f"Question {number}"
    return Released(title, found, stubs, plain)


def plain_words(heading: str) -> str:
    """A heading without marks of Markdown, and without its points, which the page says anew."""
    words = re.sub(r"\s*\([^()]*\bpoints?\b[^()]*\)\s*$", "", heading)
    return re.sub(r"[*_`]+|\[([^]]*)\]\([^)]*\)", r"\1", words).strip()


def rubric_of(text: str) -> Markup:
    """The tables of a question that a person marks: what its points are for."""
    tables = re.findall(r"(?:^[ \t]*\|.*\n?)+", text, re.M)
    return Markup("").join(prose(table) for table in tables)


# What became of it


@dataclass(frozen=True)
class Returned:
    """All that a page is made of."""

    asked: Released
    graded: NotebookNode
    result: Result
    standing: Standing
    notebook: str
    guide: Guide
    assignment: str


def questions(found: Returned) -> Iterator[Question]:
    """Each question of a notebook, in its order, with what its learner handed in and was told."""
    asked, graded, result, standing = found.asked, found.graded, found.result, found.standing
    notebook, guide, assignment = found.notebook, found.guide, found.assignment
    marks = {mark.cell: mark for mark in standing.marks if mark.notebook == notebook}
    checks = {check.name: check for check in result.checks}
    cells = {(c.metadata.get("nbgrader") or {}).get("grade_id"): c for c in graded.cells}
    tasks = {name for one in asked.asked for name in one.tasks if name not in asked.stubs}
    written = written_answers(tasks, asked.plain, graded.cells)
    show = Shown()
    for one in asked.asked:
        said, answers = [], []
        for name in one.answers:
            if cell := cells.get(name):
                answers.append(show.answer([cell], has_text(cell, asked.stubs[name])))
        for name in one.tasks:
            if name in written:
                blank = written[name].blank
                answers.append(show.answer(list(written[name].cells), blank))
        nothing = bool(answers) and all(answer.blank for answer in answers)
        for name in one.checks:
            check, mark = checks.get(name), marks.get(name)
            if mark is None:
                continue
            ran = not check or check.status is Status.GRADED
            # What a check says of code that we gave is about our code, and not about a learner's.
            message = first_paragraph(check.message) if check and not (ran and nothing) else ""
            advice = guide.advice(assignment, name, message) if not is_whole(mark) else Advice()
            inside = bool(check and check.in_kernel)
            said.append(Said(name, mark.points, mark.max_points, message, ran, inside, advice))
        for name in one.tasks:
            if mark := marks.get(name):
                advice = guide.advice(assignment, name, "") if not is_whole(mark) else Advice()
                said.append(Said(name, mark.points, mark.max_points, advice=advice))
        if said:
            names = [*one.answers, *one.tasks, *one.checks]
            comments = [standing.comments.get((notebook, name), "") for name in names]
            by_hand = [marks[name] for name in one.tasks if name in marks]
            yield Question(
                one.title,
                tuple(said),
                tuple(answers),
                bool(by_hand),
                next((mark.before for mark in by_hand if mark.before is not None), None),
                one.rubric,
                tuple(dict.fromkeys(filter(None, comments))),
            )


def has_text(cell: NotebookNode, text: str) -> bool:
    return normalised(cell.source) == normalised(text)


def is_as_given(asked: Released, graded: NotebookNode) -> bool:
    """Whether a whole notebook is as it was given out: nothing in it changed, and nothing added."""
    plain = {normalised(text) for text in asked.plain} | {""}
    for cell in graded.cells:
        name = (cell.metadata.get("nbgrader") or {}).get("grade_id") or ""
        if name in asked.stubs:
            if not has_text(cell, asked.stubs[name]):
                return False
        elif not name and (normalised(cell.source) not in plain or cell.get("attachments")):
            return False
    return True


def is_whole(mark: Mark) -> bool:
    return mark.points is not None and mark.points >= mark.max_points


def first_paragraph(message: str) -> str:
    """What a check said, up to the first empty line: libraries put values expected below it."""
    text = "\n".join(line.rstrip() for line in message.strip().splitlines())
    said = " ".join(printable(text.partition("\n\n")[0].replace("\n", " ")).split())
    return "" if said == NO_SENTENCE else said


class Shown:
    """Makes answers fit to be shown, within the size of one page."""

    def __init__(self) -> None:
        self.left, self.pictures = LONGEST_ANSWERS, MOST_PICTURES

    def answer(self, cells: list[NotebookNode], blank: bool) -> Answer:
        if blank or not any(cell.source.strip() for cell in cells):
            as_given = any(cell.cell_type == "code" and cell.source.strip() for cell in cells)
            return Answer("", True, as_given=as_given)
        text = "\n\n".join(cell.source.strip() for cell in cells)
        most = min(LONGEST_ANSWER, self.left)
        raw = text.encode(errors="replace")
        cut = len(raw) > most
        text = raw[:most].decode(errors="ignore") + (" ... (the rest is in your file)" * cut)
        self.left -= min(len(raw), most)
        is_prose = all(cell.cell_type == "markdown" for cell in cells)
        return Answer(prose(text) if is_prose else text, False, tuple(self.charts(cells)))

    def charts(self, cells: Iterable[NotebookNode]) -> Iterator[str]:
        """The charts that an answer drew, as addresses that hold them."""
        for cell in cells:
            for output in cell.get("outputs", ()):
                data = output.get("data", {})
                picture, vector = data.get("image/png", ""), data.get("image/svg+xml", "")
                if self.pictures and vector and len(vector) <= LONGEST_PICTURE:
                    self.pictures -= 1
                    yield f"data:image/svg+xml;base64,{encoded(''.join(vector))}"
                elif (
                    self.pictures
                    and 0 < len(picture) <= LONGEST_PICTURE
                    and BASE64.fullmatch(picture)
                ):
                    self.pictures -= 1
                    yield f"data:image/png;base64,{''.join(picture.split())}"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def prose(text: str) -> Markup:
    """Markdown as HTML, without links, pictures, headings, styles and whatever could act."""
    bold = re.sub(r"^#{1,6}[ \t]+(.*?)[ \t]*#*$", r"**\1**", text, flags=re.M)
    return Markup(nh3.clean(str(markdown()(bold)), tags=TAGS_OF_PROSE, attributes={}))


@cache
def markdown() -> mistune.Markdown:
    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


# The page


@cache
def environment(folder: Path = TEMPLATES) -> Environment:
    """Templates of pages; all that is put into them is escaped."""
    made = Environment(
        loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["ended"] = ended
    made.filters["number"] = lambda value: f"{value:.4g}"
    return made


def ended(text: str) -> str:
    """A sentence with its stop, and never with two: titles of sections are often questions."""
    return text if text.rstrip("\"'”’)").endswith(("?", ".", "!", "…")) else f"{text}."


def page(about: Returned) -> str:
    """The page of one notebook of one learner, a whole HTML document."""
    result, standing = about.result, about.standing
    found = list(questions(about))
    unread = result.status in (Status.MISSING, Status.CANNOT) and bool(result.damage)
    all_blank = bool(found) and not unread and all(one.blank for one in found)
    repairs = [] if unread else [one for one in result.damage if one.what]
    marked = [said for one in found for said in one.said if said.points is not None]
    return (
        environment()
        .get_template("feedback.html")
        .render(
            title=about.asked.title,
            name=printable(standing.name),
            questions=found,
            so_far=sum(said.points or 0.0 for said in marked),
            so_far_max=sum(said.max_points for said in marked),
            max_points=sum(one.max_points for one in found),
            waits=[one for one in found if one.points is None],
            lost=[one for one in found if one.points is not None and not one.whole],
            penalty=standing.penalty,
            status=result.status,
            as_given=all_blank and is_as_given(about.asked, about.graded),
            learners_folder=about.guide.learners_folder,
            unread=first_paragraph(result.damage[0].what) if unread else "",
            graded=result.status is Status.GRADED,
            repairs=[(one.cell, first_paragraph(one.what)) for one in repairs[:MOST_REPAIRS]],
            more_repairs=max(0, len(repairs) - MOST_REPAIRS),
        )
    )
