"""No answer stands in sight before its prediction, on the copy that a learner works on.

A prediction cell says in its metadata what gives it away: `summit: {"answer": ["29.3", ...]}`.
In sight are all cells above it with what they put out when they are run one after another, the
question, and the code of the run cell that follows (its titles, texts and comments).
Where no words could give it away, the cell says why: `summit: {"reason": "..."}`.
"""

import io
import re
import tokenize

import pytest

from notebooks import LESSONS, Lesson, about, outputs_text, role

PREDICTIONS = [
    pytest.param(lesson, cell, id=f"{lesson.path.stem}-{cell.id}")
    for lesson in map(Lesson, LESSONS)
    for cell in lesson.of("prediction")
]
each_prediction = pytest.mark.parametrize(("lesson", "cell"), PREDICTIONS)


def answers(cell):
    return about(cell, "answer") or []


def shows(text, answer):
    """Whether a text shows an answer: 29.3 is not in 129.3 nor in 29.35, and lines may break."""
    words = r"\s+".join(map(re.escape, answer.split()))
    return re.search(rf"(?<![\w.,]){words}(?!\w|[.,]\d)", text, flags=re.I) is not None


def words_of_code(source):
    """What a reader sees said in code: its texts and comments."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    kinds = {tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", None)}
    return "\n".join(token.string for token in tokens if token.type in kinds)


def in_sight(lesson, cell):
    """Pairs of a place and what a learner reads there before answering."""
    place = lesson.cells.index(cell)
    for above in lesson.cells[:place]:
        yield above.id, above.source
        yield f"output of {above.id}", outputs_text(above)
    run = next((c for c in lesson.cells[place:] if role(c) == "run"), None)
    if run:
        yield run.id, words_of_code(run.source)


def told_afterwards(lesson, cell):
    """What a learner reads from the run on, up to the next prediction."""
    text = []
    for below in lesson.cells[lesson.cells.index(cell) + 1 :]:
        if role(below) == "prediction":
            break
        text += [below.source, outputs_text(below)]
    return "\n".join(text)


@each_prediction
def test_no_answer_stands_in_sight_before_its_prediction(lesson, cell):
    for place, text in in_sight(lesson, cell):
        for answer in answers(cell):
            assert not shows(text, answer), f"{answer!r} stands in {place}"


@each_prediction
def test_each_prediction_names_what_would_give_it_away(lesson, cell):
    reason = about(cell, "reason") or ""
    assert answers(cell) or len(reason.split()) >= 5, "an answer, or why there is none"
    assert all(isinstance(answer, str) and answer.strip() for answer in answers(cell))


@each_prediction
def test_a_named_answer_is_told_afterwards(lesson, cell):
    """Else it would guard nothing: words that stand nowhere cannot stand in sight."""
    after = told_afterwards(lesson, cell)
    assert not answers(cell) or any(shows(after, answer) for answer in answers(cell))
