"""A damaged notebook comes back to the source's cells, nothing of the learner's is lost, and an
honest one is left in peace."""

import copy
import json
from pathlib import Path

import nbformat
import nbgrader
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.nbgraderformat import MetadataValidator

from fixture_course import EXERCISES
from malformed import CASES, dumped, named, solved, source
from nbjudge._assignment.matching import increasing, repair
from nbjudge._assignment.outline import Role, outline
from nbjudge._assignment.reading import Unreadable
from nbjudge._model import Source

DOCS = Path(nbgrader.__path__[0]) / "docs" / "source" / "user_guide"
READABLE = [name for name, case in CASES.items() if case.lost is not None]
UNREADABLE = [name for name, case in CASES.items() if case.lost is None]


@pytest.fixture(scope="module")
def plan():
    return outline(source())


@pytest.fixture
def repaired(plan):
    """Repair a solved submission after an edit of its notebook."""

    def repaired(change=lambda nb: None):
        notebook = json.loads(solved())
        change(notebook)
        return repair(plan, dumped(notebook))

    return repaired


@pytest.fixture
def own():
    """A code cell as a learner adds it."""

    def own(code):
        return {"cell_type": "code", "metadata": {}, "source": code, "outputs": [], "id": "own"}

    return own


def ids(result):
    return [step.grade_id if step else None for step in result.steps]


def text_of(result, name):
    return result.cells[ids(result).index(name)].source


def sentences(result):
    return [f"{one.cell}: {one.what}" for one in result.damage]


def says(result, damage):
    """Whether the damage that a case names is reported."""
    cell, _, what = damage.rpartition(": ")
    return any(what in one.what and cell in ("", one.cell) for one in result.damage)


# The corpus


def whole(repaired, plan):
    """A notebook of the repaired cells."""
    return nbformat.v4.new_notebook(cells=repaired.cells, metadata=plan.metadata)


@pytest.mark.parametrize("name", READABLE)
def test_the_damage_is_reported_and_no_other(plan, name):
    result, wanted = repair(plan, CASES[name].bytes), CASES[name].damage
    assert says(result, wanted) if wanted else result.damage == []


@pytest.mark.parametrize("name", READABLE)
def test_every_step_of_the_source_is_there_once_and_in_order(plan, name):
    found = [step for step in repair(plan, CASES[name].bytes).steps if step and step.named]
    assert found == [step for step in plan.steps if step.named]


@pytest.mark.parametrize("name", READABLE)
def test_read_only_cells_have_the_text_and_the_metadata_of_the_source(plan, name):
    result = repair(plan, CASES[name].bytes)
    for cell, step in zip(result.cells, result.steps, strict=True):
        if step and step.named:
            assert cell.cell_type == step.cell_type
            assert cell.metadata.nbgrader == step.metadata
            if step.role is not Role.ANSWER:
                assert cell.source == step.source
        else:
            assert "nbgrader" not in cell.metadata


@pytest.mark.parametrize("name", READABLE)
def test_a_repaired_notebook_is_valid_to_nbformat_and_to_nbgrader(plan, name):
    result = repair(plan, CASES[name].bytes)
    # First, because nbformat puts ids right itself whenever it makes or validates a notebook.
    assert len({cell.id for cell in result.cells}) == len(result.cells)
    notebook = whole(result, plan)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    nbformat.writes(notebook).encode()  # no half signs left
    assert not any(cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("name", READABLE)
def test_a_repaired_notebook_needs_no_repair(plan, name):
    once = repair(plan, CASES[name].bytes)
    again = repair(plan, nbformat.writes(whole(once, plan)).encode())
    assert again.damage == []
    assert [cell.source for cell in again.cells] == [cell.source for cell in once.cells]


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_says_so_in_a_sentence(plan, name):
    with pytest.raises(Unreadable, match=CASES[name].damage) as raised:
        repair(plan, CASES[name].bytes)
    assert str(raised.value).startswith("The ") and str(raised.value).endswith(".")


# Honest submissions


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)
def test_a_release_and_the_source_itself_are_undamaged(exercise):
    plan = outline(Source.read(exercise.source))
    for handed_in in (exercise.released, exercise.source):
        result = repair(plan, handed_in.read_bytes())
        assert result.damage == []
        assert [step.grade_id for step in result.steps if step and step.named] == [
            step.grade_id for step in plan.steps if step.named
        ]


def test_a_solved_release_is_undamaged_and_its_answers_are_kept(plan):
    result = repair(plan, solved())
    assert result.damage == []
    assert "result = change / earlier * 100" in text_of(result, "q1_growth")


@pytest.mark.parametrize(
    "path", sorted(DOCS.glob("release/*/*.ipynb")), ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_nbgraders_own_releases_are_undamaged(path):
    plan = outline(Source.read(DOCS / "source" / path.parent.name / path.name))
    assert repair(plan, path.read_bytes()).damage == []


def test_nbgraders_own_submission_with_checks_commented_out_is_damaged_there_alone():
    plan = outline(Source.read(DOCS / "source" / "ps1" / "problem1.ipynb"))
    for learner, edited in (
        ("hacker", set()),
        ("bitdiddle", {"correct_squares", "squares_invalid_input"}),
    ):
        result = repair(plan, (DOCS / "submitted" / learner / "ps1/problem1.ipynb").read_bytes())
        assert {one.cell for one in result.damage} == edited


def test_a_check_whose_autotest_is_not_filled_in_is_not_called_edited():
    plan = outline(Source.read(DOCS / "source" / "ps1_autotest" / "problem1.ipynb"))
    notebook = json.loads((DOCS / "source" / "ps1_autotest" / "problem1.ipynb").read_bytes())
    named(notebook, "correct_squares")["source"] = "assert squares(1) == [1]"
    assert repair(plan, dumped(notebook)).damage == []


def test_white_space_at_line_ends_is_no_edit(repaired):
    def add(nb):
        for cell in nb["cells"]:
            cell["source"] = "".join(cell["source"]).replace("\n", "  \n") + "\n\n"

    assert repaired(add).damage == []


def test_a_grade_cell_counts_as_locked_whatever_its_metadata_says(repaired):
    def unlock(nb):
        named(nb, "q5_choice_check")["metadata"]["nbgrader"]["locked"] = False

    assert repaired(unlock).damage == []


def test_an_emptied_answer_is_no_damage_beside_a_check_that_is_all_hidden():
    nb, handed_in = json.loads(source().notebook), json.loads(solved())
    hidden = "### BEGIN HIDDEN TESTS\nassert q6\n### END HIDDEN TESTS"
    named(nb, "q6_order_check")["source"] = hidden
    named(handed_in, "q6_order_check")["source"] = named(handed_in, "q5_choice")["source"] = ""
    result = repair(outline(Source("hidden", json.dumps(nb))), dumped(handed_in))
    assert result.damage == [] and text_of(result, "q5_choice") == ""


# Copies and pieces: the learner's code runs in the learner's order


def test_of_two_versions_before_a_check_the_last_is_the_answer_and_both_run(repaired):
    def add(nb):
        older = copy.deepcopy(named(nb, "q5_choice"))
        older["source"] = 'q5 = "A"'
        nb["cells"].insert(nb["cells"].index(named(nb, "q5_choice")), older)

    result = repaired(add)
    place = ids(result).index("q5_choice")
    assert [cell.source for cell in result.cells[place - 1 : place]] == ['q5 = "A"']
    assert result.steps[place - 1] is None
    assert 'q5 = "B"' in result.cells[place].source


def test_a_version_after_the_check_stays_after_it(repaired):
    def add(nb):
        later = copy.deepcopy(named(nb, "q5_choice"))
        later["source"] = 'q5 = "A"'
        nb["cells"].insert(nb["cells"].index(named(nb, "q5_choice_check")) + 1, later)

    result = repaired(add)
    assert 'q5 = "B"' in text_of(result, "q5_choice")
    assert result.cells[ids(result).index("q5_choice_check") + 1].source == 'q5 = "A"'


def test_a_blank_copy_is_not_run_after_the_answer(plan):
    result = repair(plan, CASES["a_blank_copy_below_the_answer"].bytes)
    defining = [cell for cell in result.cells if cell.source.startswith("def growth_pct")]
    assert len(defining) == 1 and "change / earlier" in defining[0].source


def test_the_halves_of_an_answer_are_one_cell_again(plan):
    whole = text_of(repair(plan, solved()), "q1_growth")
    assert text_of(repair(plan, CASES["a_split_answer"].bytes), "q1_growth") == whole


@pytest.mark.parametrize(
    "code", ["    print(growth_pct(1, 2))", "def helper():\n    return growth_pct(1, 2)"]
)
def test_a_cell_of_the_learners_own_is_not_taken_for_a_lower_half(repaired, own, code):
    def add(nb):
        place = nb["cells"].index(named(nb, "q1_growth"))
        nb["cells"].insert(place + 1, own(code))

    result = repaired(add)
    assert result.damage == []
    assert result.cells[ids(result).index("q1_growth") + 1].source == code


def test_a_copy_of_read_only_code_runs_again_where_it_stands(repaired):
    def add(nb):
        nb["cells"].insert(5, copy.deepcopy(named(nb, "load")))

    result = repaired(add)
    assert [cell.source for cell in result.cells].count(text_of(result, "load")) == 2


# What was lost


def test_a_deleted_answer_is_put_back_above_the_learners_own_code(repaired, own):
    """Below it, the blank would undo what the learner wrote elsewhere."""

    def move(nb):
        place = nb["cells"].index(named(nb, "q1_growth"))
        nb["cells"][place] = own("from solution import growth_pct")

    result = repaired(move)
    assert ids(result)[3:6] == ["q1_growth", None, "q1_growth_check"]
    assert sentences(result) == ["q1_growth: the answer was deleted; the blank was put back"]


def test_a_deleted_check_is_put_back_below_the_learners_own_code(repaired, own):
    """Above it, the check would miss what the learner wrote in a cell of their own."""

    def move(nb):
        place = nb["cells"].index(named(nb, "q5_choice"))
        assert nb["cells"].pop(place + 1)["metadata"]["nbgrader"]["grade"]
        nb["cells"].insert(place + 1, own('q5 = "B"'))

    result = repaired(move)
    place = ids(result).index("q5_choice")
    assert ids(result)[place : place + 3] == ["q5_choice", None, "q5_choice_check"]


def test_an_answer_never_takes_the_text_of_a_check(repaired):
    def lose(nb):
        cell, check = named(nb, "q1_growth"), named(nb, "q1_growth_check")
        cell["source"], check["metadata"], check["id"] = check["source"], {}, "lost"

    result = repaired(lose)
    assert "assert" not in text_of(result, "q1_growth")


@pytest.mark.parametrize(
    ("answer", "blank"),
    [("sum_of_squares", "NotImplementedError"), ("sum_of_squares_equation", "YOUR ANSWER HERE")],
)
def test_a_plain_cell_of_the_source_never_becomes_an_answer(answer, blank):
    path = DOCS / "source" / "ps1" / "problem1.ipynb"
    notebook = json.loads(path.read_bytes())
    notebook["cells"].remove(named(notebook, answer))
    result = repair(outline(Source.read(path)), dumped(notebook))
    assert blank in text_of(result, answer)
    assert [step for step in result.steps if step and step.role is Role.PLAIN] == [
        step for step in outline(Source.read(path)).steps if step.role is Role.PLAIN
    ]


def test_two_checks_with_the_same_text_are_both_found(repaired, plan):
    nb = json.loads(source().notebook)
    for name in ("q5_choice_check", "q6_order_check"):
        named(nb, name)["source"] = "assert True"
    twins = outline(Source("twins", json.dumps(nb)))
    handed_in = json.loads(solved())
    for name in ("q5_choice_check", "q6_order_check"):
        named(handed_in, name)["source"] = "assert True"
    assert repair(twins, dumped(handed_in)).damage == []


def test_what_was_written_into_a_question_follows_it(plan):
    result = repair(plan, CASES["an_answer_written_into_the_question"].bytes)
    place = ids(result).index("q1_growth_question")
    assert "20 per cent" not in result.cells[place].source
    assert "20 per cent" in result.cells[place + 1].source


def test_pictures_in_the_learners_text_are_kept(repaired):
    picture = {"a.svg": {"image/svg+xml": ["<svg>", "</svg>"]}}

    def add(nb):
        nb["cells"][-1]["attachments"] = {**picture, "b": 7}

    assert repaired(add).cells[-1].attachments == {"a.svg": {"image/svg+xml": "<svg></svg>"}}


def test_the_learners_own_cells_follow_the_cell_that_they_followed(repaired, own):
    def shuffle(nb):
        place = nb["cells"].index(named(nb, "q1_growth"))
        nb["cells"][place + 1 : place + 1] = [own("one = 1"), own("two = 2")]
        nb["cells"] = nb["cells"][10:] + nb["cells"][:10]

    result = repaired(shuffle)
    place = ids(result).index("q1_growth")
    assert [c.source for c in result.cells[place + 1 : place + 3]] == ["one = 1", "two = 2"]


def test_only_the_cell_that_moved_is_reported(plan):
    moved = repair(plan, CASES["the_first_cell_last"].bytes)
    assert sentences(moved) == ["load: the cell was moved; the source's order was used"]
    assert increasing([5, 1, 2, 9, 3]) == {1, 2, 4}
    assert increasing([]) == set()


def test_a_damage_never_carries_a_name_that_the_learner_made_up(repaired):
    def rename(nb):
        named(nb, "q5_choice")["metadata"]["nbgrader"]["grade_id"] = "<script>"
        del nb["cells"][-1]["source"]
        nb["cells"][-1]["metadata"] = {"nbgrader": {"grade_id": "<b>"}}

    assert not any("<" in sentence for sentence in sentences(repaired(rename)))


# Anything at all

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ("cell_type", "metadata", "source", "outputs", "id", "attachments")
changes = st.lists(
    st.tuples(
        st.sampled_from(["copy", "delete", "swap", "field", "nbgrader", "cell", "split"]),
        st.integers(0, 25),
        st.integers(0, 25),
        st.sampled_from(FIELDS),
        st.sampled_from(["grade_id", "points", "grade", "solution", "locked", "schema_version"]),
        junk,
    ),
    max_size=6,
)


def change(nb, kind, here, there, part, key, value):
    """Do one random thing to a notebook."""
    cells = nb["cells"]
    if not cells:
        return
    here, there = here % len(cells), there % len(cells)
    cell = cells[here]
    match kind:
        case "copy":
            cells.insert(there, copy.deepcopy(cell))
        case "delete":
            del cells[here]
        case "swap":
            cells[here], cells[there] = cells[there], cell
        case "cell":
            cells[here] = value
        case "field" if isinstance(cell, dict):
            cell[part] = value
        case "nbgrader" if isinstance(cell, dict) and isinstance(cell.get("metadata"), dict):
            cell["metadata"]["nbgrader"] = {**{"grade_id": "q1_growth"}, key: value}
        case "split" if isinstance(cell, dict) and isinstance(cell.get("source"), list):
            lower = copy.deepcopy(cell)
            middle = len(cell["source"]) // 2
            lower["source"], cell["source"] = cell["source"][middle:], cell["source"][:middle]
            cells.insert(here + 1, lower)


@settings(max_examples=150, deadline=None)
@given(changes)
def test_whatever_was_done_to_its_cells_a_notebook_is_realigned(done):
    plan, nb = outline(source()), json.loads(solved())
    for one in done:
        change(nb, *one)
    result = repair(plan, dumped(nb))
    assert [step for step in result.steps if step and step.named] == [
        step for step in plan.steps if step.named
    ]
    notebook = whole(result, plan)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    nbformat.writes(notebook).encode()
    assert done or not result.damage


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | junk.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused_in_a_sentence(raw):
    try:
        repair(outline(source()), raw)
    except Unreadable as refused:
        assert str(refused).endswith(".")


def test_ten_thousand_cells_are_no_trouble(plan):
    cells = json.loads(solved())["cells"]
    many = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells * 400}
    assert repair(plan, dumped(many)).damage
    for cell in many["cells"]:
        cell["metadata"] = {}
    assert repair(plan, dumped(many)).damage
