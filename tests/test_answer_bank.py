"""Each check is proven by a bank of answers: right ones pass, wrong ones lose their own points.

The answers are judged by `nbjudge.grade`, as a learner's are. One submission holds an answer to
each question, about half of them wrong, so an answer must also leave the others alone.

Run with -s for the size of the bank and the share of assertions that it would miss if gone:
    .venv/bin/python -m pytest -n0 -s tests/test_answer_bank.py
"""

import ast
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import nbformat
import pytest
from nbjudge import Source, Status, Submission, grade

from exercises import SOLUTIONS, Exercise, asserts, grade_id, role, without

EXERCISES = [Exercise(path) for path in SOLUTIONS]
ANSWERS = [(e, grade_id(cell)) for e in EXERCISES for cell in e.of("answer")]
each_answer = pytest.mark.parametrize(
    ("exercise", "answer"), ANSWERS, ids=[f"{e.name}-{answer}" for e, answer in ANSWERS]
)
STYLES = 3


def entries(exercise, answer):
    """The wrong answers: the bank's, and the blank one, as pairs of expected message and code."""
    return [("", exercise.stub(answer)), *exercise.bank[answer]["wrong"]]


def mixed(exercise):
    """Answers to all questions at once, until each of the bank has been given.

    At most half of the questions, rounded up, have a wrong answer; there are right ones in each.
    """
    wrong = {answer: [code for _, code in entries(exercise, answer)] for answer in exercise.bank}
    right = {answer: list(entry["right"]) for answer, entry in exercise.bank.items()}
    while any([*wrong.values(), *right.values()]):
        most = sorted(wrong, key=lambda answer: -len(wrong[answer]))[: (len(wrong) + 1) // 2]
        now_wrong = {answer: wrong[answer].pop() for answer in most if wrong[answer]}
        others = [answer for answer in exercise.bank if answer not in now_wrong]
        now_right = {
            answer: right[answer].pop() if right[answer] else exercise.bank[answer]["right"][0]
            for answer in others
        }
        yield now_wrong | now_right


def filled_in(exercise, answers):
    """The release with these answers, by grade id, as a learner hands it in."""
    notebook = nbformat.read(exercise.released, as_version=4)
    for cell in notebook.cells:
        if role(cell) == "answer":
            cell.source = answers[grade_id(cell)]
    return Submission(nbformat.writes(notebook).encode())


@pytest.fixture(scope="module")
def judged():
    """Judges an exercise's bank, once.

    Gives, by answer cell and code, a list of pairs of the judge's checks and the messages of the
    same checks in plain Python: one for each submission that had this code in this cell.
    """
    with ThreadPoolExecutor() as pool:

        @cache
        def judge(exercise):
            source, found = Source.read(exercise.source), defaultdict(list)
            mixes = list(mixed(exercise))
            given = (filled_in(exercise, answers) for answers in mixes)
            results = pool.map(lambda submission: grade(source, submission), given)
            for answers, result in zip(mixes, results, strict=True):
                plain = exercise.run(answers)
                for answer, code in answers.items():
                    names = exercise.checks_of[answer]
                    pair = [result[name] for name in names], [plain[name] for name in names]
                    found[answer, code].append(pair)
            return dict(found)

        yield judge


def test_the_bank_holds_every_question_and_no_other():
    for exercise in EXERCISES:
        assert set(exercise.bank) == {grade_id(cell) for cell in exercise.of("answer")}


@each_answer
def test_right_answers_in_every_style_get_full_marks(exercise, answer, judged):
    right = exercise.bank[answer]["right"]
    assert len(set(right)) >= STYLES
    for code in right:
        for checks, _ in judged(exercise)[answer, code]:
            for check in checks:
                assert (check.status, check.message) == (Status.GRADED, ""), code
                assert check.score == check.max_score > 0


@each_answer
def test_wrong_answers_lose_points_with_their_own_message(exercise, answer, judged):
    """A question with two checks may keep the points of the other one."""
    for expected, code in entries(exercise, answer):
        for checks, _ in judged(exercise)[answer, code]:
            lost = next((check for check in checks if check.message), None)
            assert lost, f"nothing lost by {code}"
            assert (lost.status, lost.score) == (Status.GRADED, 0), (code, lost)
            assert expected in lost.message, (code, expected, lost.message)
            assert "Traceback" not in lost.message and "\n" not in lost.message


@each_answer
def test_the_judge_says_what_the_checks_say_in_plain_python(exercise, answer, judged):
    for code in [*exercise.bank[answer]["right"], *(c for _, c in entries(exercise, answer))]:
        for checks, plain in judged(exercise)[answer, code]:
            assert [check.message for check in checks] == [told or "" for told in plain], code


@each_answer
def test_no_assertion_could_be_taken_out_unnoticed(exercise, answer):
    """Mutation: without one assertion, some answer that stops there must get another message."""
    told, stops = {}, defaultdict(list)
    for _, code in entries(exercise, answer):
        stopped = {}
        told[code] = exercise.run({answer: code}, only=answer, stopped=stopped)
        for name in exercise.checks_of[answer]:
            for line in stopped.get(name, []):
                stops[name, line].append(code)
    missed, total = [], 0
    for name in exercise.checks_of[answer]:
        check = exercise.checks[name].source
        for first, last in asserts(check):
            total += 1
            mutant = {name: without(check, (first, last))}
            codes = [code for line in range(first, last + 1) for code in stops[name, line]]
            if all(exercise.run({answer: c}, mutant, only=answer) == told[c] for c in codes):
                missed.append(check.split("\n")[first - 1])
    print(f"\n{exercise.name} {answer}: {total - len(missed)} of {total} assertions noticed")
    assert not missed


# Kinds: whoever gives the right numbers or the right list is right, whatever holds them

NUMBERS = {"int", "float", "Fraction", "float64", "float32", "int64"}
HOLDERS = {"list", "tuple", "Series", "ndarray", "Index", "range"}


def kind_of(code, exercise, names):
    """The kind of what code puts into its one name, where it does."""
    tree = ast.parse(code)
    made = [n.targets[0] for n in tree.body if isinstance(n, ast.Assign)]
    name = made[-1].id if made and isinstance(made[-1], ast.Name) else None
    if name is None or any(isinstance(n, ast.FunctionDef) for n in tree.body):
        return None
    space = dict(names)
    exec(compile(code, "answer", "exec"), space)
    return type(space[name]).__name__


@each_answer
def test_right_answers_come_in_kinds_that_learners_use(exercise, answer):
    """A number as int, float and numpy's; a list as a tuple, a Series or an array, too."""
    import numpy as np
    import pandas as pd

    names = {"np": np, "pd": pd, "numpy": np, "pandas": pd}
    kinds = set()
    for code in exercise.bank[answer]["right"]:
        try:
            kinds.add(kind_of(code, exercise, names))
        except Exception:  # it needs what other cells made: such an answer is no plain value
            return
    if kinds & (NUMBERS | HOLDERS) and "str" not in kinds:  # letters: see test_summit_checks
        assert len(kinds) >= STYLES, kinds


def test_prints_the_size_of_the_bank():
    right = sum(len(q["right"]) for e in EXERCISES for q in e.bank.values())
    wrong = sum(len(q["wrong"]) + 1 for e in EXERCISES for q in e.bank.values())
    checks = sum(len(asserts(c.source)) for e in EXERCISES for c in e.of("check"))
    print(
        f"\n{len(ANSWERS)} questions, {right} right and {wrong} wrong answers, {checks} assertions"
    )
    assert right >= STYLES * len(ANSWERS) and wrong >= len(ANSWERS)
