"""What is to be marked: the questions that a person marks, and what each learner wrote.

The rubric is found in the source alone, so it is there for any nbgrader course: the question's own
text with its mark scheme, the author's own answer, or the check that could not judge.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import nbformat
from markupsafe import Markup, escape
from nbformat import NotebookNode

from nbjudge._assignment.matching import normalised
from nbjudge._assignment.outline import Role, Step, outline
from nbjudge._assignment.written import digest_of
from nbjudge._feedback.page import BASE64, NOTHING, Shown, first_paragraph, plain_words, prose
from nbjudge._model import RESULT_SUFFIX, Result, Source, Status
from nbjudge._nbgrader.marks import answers_in

LONGEST_SHOWN = 20_000  # characters of one answer; what nobody writes can take long to make HTML of
MOST_WORDS = 5_000  # of a text whose changes are shown
SCHEME = re.compile(
    r"^.*BEGIN MARK SCHEME.*\n?((?:.*\n)*?).*END MARK SCHEME.*$", re.M
)  # as nbgrader's ClearMarkScheme takes it out
LINE_END = re.compile(r"(?<=[^\n|])\n(?=[^\n|])")  # of text; a mark scheme is read line by line
SOLUTION_LINES = re.compile(r"^.*(?:BEGIN|END) SOLUTION.*\n?", re.M)
NOWHERE = "(The file of this learner is gone from autograded/: grade it again.)"


@dataclass(frozen=True)
class ToMark:
    """A graded cell that a person gives points to, with all that helps to do so.

    `asked` is what learners were asked, `scheme` what only the teacher sees; `found` says where
    both stand. `answers` are the grade ids of what is shown as the learner's answer; a task has
    none, since its answer is in cells without a name.
    """

    notebook: str
    cell: str
    title: str
    role: Role
    max_points: float
    asked: Markup
    scheme: Markup
    found: str
    answers: tuple[str, ...] = ()
    stub: str = ""


@dataclass(frozen=True)
class Paper:
    """What one learner handed in for a question: HTML that is safe to show.

    `digest` changes with the text. `astray` is text that stands where nobody asked, `trouble` what
    the marker has to know besides.
    """

    digest: str
    text: str = ""
    shown: Markup = NOTHING
    astray: Markup = NOTHING
    trouble: str = ""


def to_mark(source: Source) -> Iterator[ToMark]:
    """The cells of a notebook that can need a person's mark, in the author's order.

    Tasks, answers with points of their own, and checks: these only where one could not judge.
    """
    heading, above, answers = "", list[str](), list[Step]()
    for step in outline(source).steps:
        place = f"the cell {step.grade_id} of {source.name}.ipynb, in the folder of solutions"
        for level, words in heading_of(step):
            heading = plain_words(words) if level != "#" else heading
        title = heading or step.grade_id
        about = (source.name, step.grade_id, title, step.role, step.points)
        if step.role is Role.TASK:
            scheme = "\n\n".join(SCHEME.findall(step.source)).strip()
            none = "" if scheme else "; no mark scheme stands in it"
            lines = prose(LINE_END.sub("  \n", scheme))
            yield ToMark(*about, prose(step.released), lines, f"From {place}{none}.")
        elif step.role is Role.ANSWER and step.points:
            own = SOLUTION_LINES.sub("", step.reference)
            shown = as_code(own) if step.code else prose(own)
            found = f"The author's own answer, from {place}."
            yield ToMark(
                *about, prose("\n\n".join(above)), shown, found, (step.grade_id,), step.source
            )
        elif step.role is Role.CHECK:
            found = f"The check, from {place}. It could not judge these answers."
            names = tuple(one.grade_id for one in answers)
            yield ToMark(*about, prose("\n\n".join(above)), as_code(step.source), found, names)
        if step.role is Role.ANSWER:
            answers.append(step)
            above = [] if step.points else above
        elif step.role in (Role.CHECK, Role.TASK):
            above, answers = [], []
        elif step.cell_type == "markdown":
            above.append(step.released)


def heading_of(step: Step) -> list[tuple[str, str]]:
    if step.cell_type != "markdown":
        return []
    return re.findall(r"^(#{1,6})[ \t]+(.+)$", step.released, re.M)[:1]


def as_code(text: str) -> Markup:
    return Markup("<pre>{}</pre>").format(text.strip()) if text.strip() else Markup("")


def paper_of(question: ToMark, source: Source, folder: Path) -> Paper:
    """What a learner's autograded folder holds of a question."""
    try:
        text = (folder / f"{question.notebook}.ipynb").read_text(encoding="utf-8")
        notebook = nbformat.v4.reads(text)  # not checked again: grading has written it
        result = Result.from_json((folder / f"{question.notebook}{RESULT_SUFFIX}").read_text())
    except (OSError, ValueError):
        return Paper("", trouble=NOWHERE)
    trouble = ""
    if result.status is Status.CANNOT and result.damage:
        trouble = f"Nothing could be read: {first_paragraph(result.damage[0].what)}"
    if question.role is Role.TASK:
        written = answers_in(source, notebook)[question.cell]
        return Paper(
            written.digest,
            written.text,
            cells_shown(written.cells),
            cells_shown(written.astray),
            trouble,
        )
    cells = {(c.metadata.get("nbgrader") or {}).get("grade_id"): c for c in notebook.cells}
    answers = [cells[name] for name in question.answers if name in cells]
    if question.role is Role.CHECK:
        said = [check.message for check in result.checks if check.name == question.cell]
        trouble = trouble or " ".join(map(first_paragraph, said))
    elif answers and normalised(answers[0].source) == normalised(question.stub):
        trouble = trouble or "It is as it was given out."
    text = "\n\n".join(cell.source.strip() for cell in answers)
    return Paper(digest_of(answers), text, cells_shown(answers), trouble=trouble)


def cells_shown(cells: Iterable[NotebookNode]) -> Markup:
    """Cells of a learner as HTML: prose without links and what could act, code as text, charts and
    pasted pictures."""
    found, left = list[Markup](), LONGEST_SHOWN
    charts = Shown()
    for cell in cells:
        text = cell.source.strip()
        cut = len(text) > left
        text, left = text[:left], max(0, left - len(text))
        if cut:
            text += "\n\n(The rest is in the file.)"
        found.append(prose(text) if cell.cell_type == "markdown" else as_code(text))
        for picture in [*pasted(cell), *charts.charts([cell])]:
            found.append(Markup('<img src="{}" alt="A picture in the answer">').format(picture))
    return Markup("\n").join(found)


def pasted(cell: NotebookNode) -> Iterator[str]:
    """The pictures that were pasted into a text, as addresses that hold them."""
    for data in (cell.get("attachments") or {}).values():
        for kind, content in data.items() if isinstance(data, dict) else ():
            known = kind in ("image/png", "image/jpeg", "image/gif", "image/webp")
            if known and isinstance(content, str) and BASE64.fullmatch(content):
                yield f"data:{kind};base64,{''.join(content.split())}"


def difference(old: str, new: str) -> Markup:
    """A newer text, with what was taken out and what was put in, also for those who listen."""
    before, now = (re.findall(r"\s+|[^\s]+", text[:LONGEST_SHOWN]) for text in (old, new))
    if max(len(before), len(now)) > MOST_WORDS:
        return Markup("<p>{}</p>").format("Both texts are too long to be compared here.")
    parts = []
    for what, a, b, c, d in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        out, put_in = escape("".join(before[a:b])), escape("".join(now[c:d]))
        if what == "equal":
            parts.append(out)
            continue
        if out:
            parts.append(Markup('<del><span class="unseen">[taken out: </span>{}').format(out))
            parts.append(Markup('<span class="unseen">] </span></del>'))
        if put_in:
            parts.append(Markup('<ins><span class="unseen">[put in: </span>{}').format(put_in))
            parts.append(Markup('<span class="unseen">] </span></ins>'))
    return Markup('<p class="diff">{}</p>').format(Markup("").join(parts))
