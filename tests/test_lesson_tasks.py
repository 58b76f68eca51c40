"""What a lesson asks for can be done: each Modify works, each Make is checked as it should be.

One kernel a lesson: the lesson is run as it is, then every folded answer on top of it, and then
once more from the top with each answer in its place, as a learner does who leaves nothing out.
"""

import ast
import re

import pytest
from kernels import LessonRun, error_of, kernel_in, printed, seen

from notebooks import LESSONS, Lesson, python_block, role

BLANK, PASSED = "Still blank", "Passed"


@pytest.fixture(scope="module", params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return Lesson(request.param)


@pytest.fixture(scope="module")
def ran(lesson):
    with kernel_in(lesson.path.parent) as kernel:
        yield LessonRun(lesson, kernel)


def names_checked(check, answer):
    """The names that an answer makes and that its check looks up, as texts, in `globals()`."""
    made = set()
    for node in ast.walk(ast.parse(python_block(answer))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        elif isinstance(node, ast.FunctionDef):
            made.add(node.name)
    constants = (n for n in ast.walk(ast.parse(check.source)) if isinstance(n, ast.Constant))
    return sorted(made & {node.value for node in constants if isinstance(node.value, str)})


def test_a_lesson_runs_from_top_to_bottom(ran):
    assert ran.first_error() is None


def test_a_blank_make_is_told_that_it_is_blank(lesson, ran):
    for _, check, answer in lesson.makes:
        assert printed(ran.outputs[check.id]).startswith(BLANK), check.id
        assert names_checked(check, answer), f"{check.id}: looks up no name"


def test_each_modify_works_on_top_of_the_lesson_and_changes_what_is_seen(lesson, ran):
    troubles = []
    for changed, answer in lesson.modifies:
        before = seen(ran.outputs[changed.id])
        outputs = ran.kernel.run(python_block(answer))
        if error_of(outputs):
            troubles.append(f"{answer.id}: {error_of(outputs)}")
        elif seen(outputs) == before or not seen(outputs):
            troubles.append(f"{answer.id}: shows what {changed.id} shows")
    assert not troubles


def test_each_make_passes_with_its_folded_answer(lesson, ran):
    troubles = []
    for _, check, answer in lesson.makes:
        error = error_of(ran.kernel.run(python_block(answer)))
        said = ran.kernel.run(check.source)
        if error or error_of(said) or PASSED not in printed(said):
            troubles.append((answer.id, error or error_of(said) or printed(said)))
    assert not troubles


def test_no_make_passes_with_a_wrong_kind_of_answer(lesson, ran):
    """And none stops: a check prints one line, whatever it finds, and where there is nothing."""
    troubles = []
    for _, check, answer in lesson.makes:
        names = names_checked(check, answer)
        for name in names:
            for wrong in ("0", '""', "[]"):
                ran.kernel.run(f"_kept = globals().get('{name}', ...); {name} = {wrong}")
                said = ran.kernel.run(check.source)
                ran.kernel.run(f"{name} = _kept")
                if error_of(said) or PASSED in printed(said) or not printed(said).strip():
                    troubles.append((check.id, f"{name} = {wrong}", error_of(said), printed(said)))
        ran.kernel.run(
            "; ".join(f"globals().pop('{name}', None)" for name in names_checked(check, answer))
        )
        said = ran.kernel.run(check.source)
        if not printed(said).startswith(BLANK):
            troubles.append((check.id, "no name at all", error_of(said), printed(said)))
        ran.kernel.run(python_block(answer))
    assert not troubles


def test_who_does_everything_in_its_place_meets_no_error(lesson, ran):
    """Each Modify is run where it stands, each Make filled in: what follows must still work."""
    answers = {answer.id: answer for _, answer in lesson.modifies}
    filled = {blank.id: answer for blank, _, answer in lesson.makes}
    troubles = []
    for cell in lesson.cells:
        if cell.id in answers:
            code = python_block(cell)
        elif cell.cell_type == "code" and "raises-exception" not in cell.metadata.get("tags", []):
            code = python_block(filled[cell.id]) if cell.id in filled else cell.source
        else:
            continue
        outputs = ran.kernel.run(code)
        if error_of(outputs):
            troubles.append((cell.id, error_of(outputs)))
        if role(cell) == "make-check" and PASSED not in printed(outputs):
            troubles.append((cell.id, printed(outputs)))
    assert not troubles


def test_bars_begin_at_zero_or_the_page_says_that_they_mislead(lesson, ran):
    for cell in lesson.code:
        for chart in ran.charts[cell.id]:
            if chart["bars"] and chart["low"] > 0:
                place = lesson.cells.index(cell)
                near = "\n".join(c.source for c in lesson.cells[place : place + 3])
                assert re.search(r"mislead|cut axis|not trust|at zero", near, flags=re.I), cell.id


def test_every_chart_has_a_title_and_names_its_source(lesson, ran):
    for cell in lesson.code:
        for chart in ran.charts[cell.id]:
            place = lesson.cells.index(cell)
            near = "\n".join(c.source for c in lesson.cells[place + 1 : place + 2])
            assert chart["words"].strip(), f"{cell.id}: a chart without a word"
            words = "\n".join(c["words"] for c in ran.charts[cell.id])
            assert re.search(r"\bsources?: ", words + near, flags=re.I), f"{cell.id}: no source"


def documents_on(claim, *sides):
    """The answer to lesson 10's Make: its documents on a claim, of these sides, or of all."""
    rows = f'documents[documents["statement_id"] == "{claim}"]'
    return f"my_evidence = {rows}" + (f'.query("side in {list(sides)}")' if sides else "")


# Answers that a check once judged wrongly: lesson, check, answer, words of the line that it prints
JUDGED = [
    (
        "08",
        "make-check-3",
        'evidence = {"for": ["D021", "D033"], "against": ["D018"], "missing": "one text of all"}',
        "has no day",
    ),
    (
        "08",
        "make-check-3",
        'evidence = {"for": ["D021", "E66"], "against": ["D018"], "missing": "one text of all"}',
        "after the editorial",
    ),
    (
        "09",
        "my-wording-check",
        'my_wording = "The Council adopts a text on Ukraine by 31 May 2027, as its records show."',
        "Passed",
    ),
    (
        "09",
        "my-wording-check",
        'my_wording = "The Council may adopt a text on Ukraine by 31 May 2027, as records show."',
        "way out",
    ),
    ("10", "my-evidence-check", documents_on("S15", "EU", "NATO"), "Too few"),
    ("10", "my-evidence-check", documents_on("S13", "China", "research"), "Too few"),
    ("10", "my-evidence-check", documents_on("S15"), "Passed"),
]


def test_a_check_judges_an_answer_by_what_it_says(lesson, ran):
    for number, check, answer, told in JUDGED:
        if number == lesson.number:
            assert not error_of(ran.kernel.run(answer))
            source = next(cell.source for cell in lesson.cells if cell.id == check)
            assert told in printed(ran.kernel.run(source)), (check, answer)
