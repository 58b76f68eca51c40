"""Right and wrong answers to real exercises: each has the recorded status, points and message."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fixture_course import EXERCISES, submission_of
from nbjudge import Source, Status, grade

STYLES = 3


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)
def test_every_answer_of_the_bank_is_judged_as_recorded(exercise, golden):
    source, mixes = Source.read(exercise.source), list(exercise.mixes())
    with ThreadPoolExecutor(2) as pool:
        results = [
            *pool.map(lambda answers: grade(source, submission_of(exercise, answers)), mixes)
        ]
    for number, (answers, result) in enumerate(zip(mixes, results, strict=True)):
        golden.check("bank", f"{exercise.name}-{number:02}", result)
        for answer, code in answers.items():
            check = result[f"{answer}_check"]
            assert check.status is Status.GRADED, check
            assert (check.score == check.max_score) == (code in exercise.bank[answer]["right"])


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)
def test_the_bank_has_enough_of_both_kinds(exercise):
    for entry in exercise.bank.values():
        assert len(set(entry["right"])) >= STYLES and entry["wrong"]
