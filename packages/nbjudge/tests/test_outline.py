"""What the cells of a source are, and whose the names in them are."""

import json
import sys
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbgrader import utils

from fixture_course import EXERCISES, role
from nbjudge._assignment.names import names_of
from nbjudge._assignment.outline import Role, outline
from nbjudge._model import Source

DOCS = Path(nbgrader.__path__[0]) / "docs" / "source" / "user_guide" / "source"
KINDS = {  # grade, solution, locked
    "check": (True, False, True),
    "setup": (False, False, True),
    "answer": (False, True, False),
}
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


@pytest.fixture
def plan():
    """The outline of a notebook, given as (kind, code) for each cell, named by place: c0, c1 ..."""

    def plan(*cells, texts=None):
        nb = nbformat.v4.new_notebook()
        for place, (kind, code) in enumerate(cells):
            cell = nbformat.v4.new_code_cell(code)
            if kind in KINDS:
                grade, solution, locked = KINDS[kind]
                cell.metadata["nbgrader"] = {
                    **{"grade_id": f"c{place}", "schema_version": 3, "task": False},
                    **{"grade": grade, "solution": solution, "locked": locked},
                    **({"points": 1} if grade else {}),
                }
            nb.cells.append(cell)
        return outline(Source("small", nbformat.writes(nb), texts=texts or {}))

    return plan


@pytest.fixture
def owned(plan):
    """The learner's names at the last cell."""
    return lambda *cells: set(plan(*cells).steps[-1].learner_names)


# Cells


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)
def test_every_cell_has_its_role_and_what_was_released(exercise):
    steps = outline(Source.read(exercise.source)).steps
    roles = {"question": Role.TEXT, "text": Role.PLAIN}
    for step, cell, released in zip(steps, exercise.cells, exercise.released_cells, strict=True):
        assert step.role == roles.get(role(cell), role(cell))
        assert step.reference == cell.source
        if step.role is not Role.ANSWER:
            assert (step.source, step.released) == (cell.source, released.source)


def test_the_checksums_are_those_that_generate_assignment_writes():
    plan = outline(Source.read(DOCS / "ps1" / "problem1.ipynb"))
    released = nbformat.read(DOCS.parent / "release" / "ps1" / "problem1.ipynb", as_version=4)
    checksums = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.checksum
        for cell in released.cells
        if "nbgrader" in cell.metadata and not utils.is_task(cell)
    }
    for step in plan.steps:
        if step.role in (Role.CHECK, Role.ANSWER):
            assert step.metadata["checksum"] == checksums[step.grade_id]


def test_the_text_for_grading_has_hidden_tests_and_the_released_one_has_not(plan):
    hidden = "assert q == 1\n### BEGIN HIDDEN TESTS\nassert q < 2\n### END HIDDEN TESTS"
    step = plan(("check", hidden)).steps[0]
    assert (step.source, step.released) == (hidden, "assert q == 1")


def test_an_answer_is_its_stub_with_the_reference_beside_it(plan):
    code = f"q = ...\n{BEGIN}\nq = 1\n{END}"
    step = plan(("answer", code)).steps[0]
    assert step.source == step.released == "q = ...\n# YOUR CODE HERE\nraise NotImplementedError()"
    assert step.reference == code


def test_the_gradebooks_text_counts_before_the_notebooks(plan):
    cells = ("answer", "q = 1"), ("check", "### AUTOTEST q")
    filled = plan(*cells, texts={"c0": "q = None", "c1": "assert str(q) == '1'"})
    assert [step.source for step in filled.steps] == ["q = None", "assert str(q) == '1'"]
    assert [step.unresolved for step in plan(*cells).steps] == [False, True]
    assert not any(step.unresolved for step in filled.steps)


def test_a_source_in_another_language_has_an_outline():
    nb = json.loads((DOCS / "ps1" / "problem1.ipynb").read_bytes())
    nb["metadata"]["kernelspec"] = {"name": "julia", "language": "julia", "display_name": "J"}
    assert outline(Source("j", json.dumps(nb))).language == "julia"


@pytest.mark.parametrize("code", [f"{BEGIN}\nq = 1", f"{BEGIN}\n{BEGIN}\n{END}"])
def test_what_nbgrader_could_not_release_is_refused(plan, code):
    with pytest.raises(ValueError, match="cannot release"):
        plan(("answer", code))


def test_a_grade_id_that_occurs_twice_is_refused(plan):
    nb = json.loads((DOCS / "ps1" / "problem1.ipynb").read_bytes())
    nb["cells"] *= 2
    with pytest.raises(ValueError, match="correct_squares"):
        outline(Source("twice", json.dumps(nb)))


# Owners

CHECK = ("check", "assert True")


@pytest.mark.parametrize(
    "code",
    [
        "x = 1",
        "x: int = 1",
        "x += 1",
        "def x(): pass",
        "class x: pass",
        "for x in range(3): pass",
        "with open('f') as x: pass",
        "try: pass\nexcept Exception as x: pass",
        "print(x := 1)",
        "[x := i for i in range(3)]",
        "del x",
        "(a, *x), b = 1, 2",
        "import x",
        "from y import z as x",
        "def f():\n    global x\n    x = 1",
        "match 1:\n    case x: pass",
    ],
)
def test_every_way_to_bind_a_name_makes_it_the_learners(owned, code):
    assert "x" in owned(("answer", f"{BEGIN}\n{code}\n{END}"), CHECK)
    assert "x" in owned(("plain", code), CHECK)


@pytest.mark.parametrize(
    "code",
    [
        "x['new'] = 1",
        "x.columns = ['a']",
        "x.loc[0, 'a'] = 1",
        "x[0].append(3)",
        "x.sort()",
        "x.drop('a', inplace=True)",
        "x['a'].fillna(0, inplace=True)",
        "x.add(3)",
        "x.plot([1, 2])",
        "x.set_title('Trade')",
        "folium.Marker([0, 0]).add_to(x)",
        "random.shuffle(x)",
        "def change():\n    x.append(1)",
        "del x['a']",
        "class A:\n    x = 1\n    def change(self):\n        x.append(1)",
        "last = x.pop()",
    ],
)
def test_a_teachers_object_that_the_answer_changes_in_place_is_the_learners(owned, code):
    setup = ("setup", "x = make()")
    assert "x" in owned(setup, ("answer", f"{BEGIN}\n{code}\n{END}"), CHECK)


@pytest.mark.parametrize(
    "code",
    [
        "y = x + 1",
        "x.head()",
        "x.plot.bar()",
        "x.plot()",
        "total = x.add(1)",
        "y = x.drop('a')",
        "x.set_index('a')",
        "x.fillna(0, inplace=False)",
        "print(x)",
        "def f(x):\n    x.append(1)\n    x = 2",
        "f = lambda x: x.append(1)",
        "def f():\n    x = []\n    x.append(1)\n    for x in x: pass",
        "class A:\n    x = 1",
        "[x for x in range(3)]",
    ],
)
def test_a_teachers_object_that_the_answer_only_uses_stays_the_teachers(owned, code):
    setup = ("setup", "x = make()")
    assert "x" not in owned(setup, ("answer", f"{BEGIN}\n{code}\n{END}"), CHECK)


def test_a_setting_of_a_module_leaves_the_module_the_teachers(owned):
    setup = ("setup", "import matplotlib.pyplot as plt")
    assert "plt" not in owned(setup, ("answer", "plt.rcParams['font.size'] = 3"), CHECK)


def test_an_import_of_what_the_teacher_imports_leaves_it_the_teachers(owned):
    setup, answer = ("setup", "import numpy as np"), ("answer", "import numpy as np\nq = np.pi")
    assert owned(setup, answer, CHECK) == {"q"}


def test_what_only_an_answer_imports_is_the_learners_and_known_to_be_that_module(plan):
    cells = ("answer", "import numpy as np\nfrom math import sqrt\nq = 1"), CHECK
    assert plan(*cells).steps[-1].modules == {"np": "numpy", "sqrt": "math.sqrt"}
    again = plan(cells[0], ("answer", "np = 3"), CHECK).steps[-1]
    assert "np" in again.learner_names and "np" not in again.modules


def test_a_name_is_the_learners_from_the_answer_on_and_not_before(plan):
    steps = plan(CHECK, ("answer", "x = 1"), CHECK).steps
    assert [bool(step.learner_names) for step in steps] == [False, False, True]


def test_a_builtin_never_is_the_learners(owned):
    assert owned(("answer", "def sum(x): return 0\nisinstance = 1\nq = 1"), CHECK) == {"q"}


def test_read_only_code_that_uses_a_learners_name_is_mixed_and_binds_for_the_learner(plan):
    steps = plan(("answer", "q = 1"), ("setup", "double = 2 * q"), CHECK).steps
    assert not steps[1].trusted
    assert steps[2].learner_names == {"q", "double"}


def test_a_use_in_a_function_counts_as_a_use(plan):
    setup = "def shown():\n    return [q for _ in range(3)]"
    assert not plan(("answer", "q = 1"), ("setup", setup)).steps[1].trusted


def test_read_only_code_that_binds_the_name_first_takes_it_back(plan):
    steps = plan(("answer", "df = 1"), ("setup", "df = read()\nprint(df)"), CHECK).steps
    assert steps[1].trusted
    assert steps[2].learner_names == set()


@pytest.mark.parametrize("code", ["df += 1", "df = df + 1", "print(df)\ndf = 1", "del df"])
def test_read_only_code_that_uses_the_name_before_it_binds_it_is_mixed(plan, code):
    assert not plan(("answer", "df = 1"), ("setup", code)).steps[1].trusted


@pytest.mark.parametrize("code", ["!ls", "x = !ls", "%%bash\nls", "get_ipython().system('ls')"])
def test_read_only_code_that_is_no_plain_python_runs_in_the_kernel_alone(plan, code):
    assert not plan(("setup", code)).steps[0].trusted


def test_a_magic_that_only_sets_up_charts_is_no_obstacle(plan):
    assert plan(("setup", "%matplotlib inline\nx = 1")).steps[0].trusted


def test_a_check_that_binds_a_name_keeps_it(owned):
    answer = ("answer", f"def f(x):\n    {BEGIN}\n    return x\n    {END}\n")
    other = ("answer", "got = 0")
    assert owned(answer, other, ("check", "got = f(1)\nassert got == 1")) == {"f"}


def test_a_check_that_takes_a_function_away_and_puts_it_back_leaves_it_the_learners(owned):
    check = "old = squares\ndel squares\ntry:\n    total(1)\nfinally:\n    squares = old"
    assert owned(("answer", "def squares(n): pass"), ("check", check), CHECK) == {"squares"}


def test_the_judges_names_are_those_of_checks_and_trusted_cells_until_an_answer_takes_them(plan):
    steps = plan(
        *(("setup", "df = 1\nn = 2"), ("answer", "df = 2"), ("setup", "m = df"), CHECK),
        *(("check", "wanted = df"), CHECK, ("answer", "wanted = 3"), CHECK),
    ).steps
    assert [set(steps[at].judge_names) for at in (3, 5, 7)] == [{"n"}, {"n", "wanted"}, {"n"}]


def test_a_check_lends_what_a_later_one_uses_and_does_not_bind(plan):
    answer = ("answer", "x = 1")
    first = ("check", "import math\nwanted = 1\nassert x == wanted")
    assert plan(answer, first, ("check", "assert x == wanted")).steps[1].exports
    assert plan(answer, first, ("setup", "y = math.pi")).steps[1].exports
    assert not plan(answer, first, ("check", "wanted = 2\nassert x == wanted")).steps[1].exports
    assert not plan(answer, first, ("answer", "y = wanted")).steps[1].exports
    assert not plan(answer, first, ("answer", "wanted = 2"), ("check", "wanted")).steps[1].exports


DEFINITIONS = [("class A:\n    x = 1\n    def m(self, y=x): pass", set(), {"A"})]
if sys.version_info >= (3, 12):  # which brought type parameters
    DEFINITIONS += [
        ("def f[T: q](x: T, y: r) -> T: return z", {"q", "r", "z"}, {"f"}),
        ("class A[T](list[T]):\n    x: T\n    def m(self, y: T): pass", {"list"}, {"A"}),
        ("type P[T] = dict[T, q]", {"dict", "q"}, {"P"}),
        ("type P = q", {"q"}, {"P"}),
    ]


@pytest.mark.parametrize(("code", "free", "bound"), DEFINITIONS)
def test_what_a_definition_names_for_itself_is_its_own(code, free, bound):
    names = names_of(code)
    assert (names.free, names.bound) == (free, bound)


def test_code_that_is_no_python_binds_nothing(owned):
    assert owned(("answer", "q = = 1"), CHECK) == set()
    assert not names_of("q = = 1").parsed
