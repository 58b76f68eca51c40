"""Each check is proven by a bank of answers: right ones pass, wrong ones lose their own points.

Run with -s for the size of the bank and the share of assertions that it would miss if gone:
    .venv/bin/python -m pytest -n0 -s tests/test_answer_bank.py
"""

import re

import pytest

from exercises import SOLUTIONS, Exercise, asserts, grade_id, without

EXERCISES = [Exercise(path) for path in SOLUTIONS]
ANSWERS = [(e, grade_id(cell)) for e in EXERCISES for cell in e.of("answer")]
each_answer = pytest.mark.parametrize(
    ("exercise", "answer"), ANSWERS, ids=[f"{e.name}-{answer}" for e, answer in ANSWERS]
)
STYLES = 3


def entries(exercise, answer):
    """The wrong answers: the bank's, and the blank one, as pairs of expected message and code."""
    return [("", exercise.stub(answer)), *exercise.bank[answer]["wrong"]]


def test_the_bank_holds_every_question_and_no_other():
    for exercise in EXERCISES:
        assert set(exercise.bank) == {grade_id(cell) for cell in exercise.of("answer")}


@each_answer
def test_right_answers_in_every_style_get_full_marks(exercise, answer):
    right = exercise.bank[answer]["right"]
    assert len(set(right)) >= STYLES
    for code in right:
        verdicts = exercise.run({answer: code})
        assert set(verdicts.values()) == {None}, (code, verdicts)


@each_answer
def test_wrong_answers_lose_their_own_points_with_their_own_message(exercise, answer):
    for expected, code in entries(exercise, answer):
        verdicts = exercise.run({answer: code})
        message = verdicts.pop(f"{answer}_check")
        assert message and expected in message, (code, expected, message)
        assert "Traceback" not in message and "\n" not in message
        assert set(verdicts.values()) <= {None}, (code, verdicts)


@each_answer
def test_every_named_misconception_has_its_wrong_answer(exercise, answer):
    named = set(re.findall(r"\(M\d\d\)", exercise.checks[f"{answer}_check"].source))
    shown = {expected for expected, _ in exercise.bank[answer]["wrong"]}
    assert named <= shown


@each_answer
def test_no_assertion_could_be_taken_out_unnoticed(exercise, answer):
    """Mutation: without one assertion, some answer of the bank must get another message."""
    name = f"{answer}_check"
    check = exercise.checks[name].source
    codes = [code for _, code in entries(exercise, answer)]
    before = [exercise.run({answer: code}, only=answer)[name] for code in codes]
    unnoticed = []
    for lines in asserts(check):
        mutant = {name: without(check, lines)}
        after = (exercise.run({answer: code}, mutant, only=answer)[name] for code in codes)
        if all(a == b for a, b in zip(after, before, strict=True)):
            unnoticed.append(check.split("\n")[lines[0] - 1])
    total = len(asserts(check))
    print(f"\n{exercise.name} {answer}: {total - len(unnoticed)} of {total} assertions noticed")
    assert not unnoticed


def test_prints_the_size_of_the_bank():
    right = sum(len(q["right"]) for e in EXERCISES for q in e.bank.values())
    wrong = sum(len(q["wrong"]) + 1 for e in EXERCISES for q in e.bank.values())
    checks = sum(len(asserts(c.source)) for e in EXERCISES for c in e.of("check"))
    print(
        f"\n{len(ANSWERS)} questions, {right} right and {wrong} wrong answers, {checks} assertions"
    )
    assert right >= STYLES * len(ANSWERS) and wrong >= len(ANSWERS)
