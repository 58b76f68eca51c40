"""The lint tells an author what is weak or cannot be judged, and leaves good checks in peace."""

from dataclasses import replace

import nbformat
import pytest

from fixture_course import SOLUTIONS
from lending import lent
from nbjudge._assignment.lint import lint
from nbjudge._assignment.matching import repair
from nbjudge._assignment.outline import outline
from nbjudge._judge.trial import released, try_out
from nbjudge._model import Source

NB = {"schema_version": 3, "task": False}
ANSWER = {**NB, "grade": False, "solution": True, "locked": False}
CHECK = {**NB, "grade": True, "solution": False, "locked": True, "points": 2}
SETUP = {**NB, "grade": False, "solution": False, "locked": True}
STUB = """q = ...
def f(x=1):
    return ...
### BEGIN SOLUTION
q = 3
def f(x=1):
    return x + 1
### END SOLUTION
"""


def notebook(*cells):
    """A source of (settings, code), with the grade ids cell0, cell1 ..., and check for CHECK."""
    nb = nbformat.v4.new_notebook()
    for number, (settings, code) in enumerate(cells):
        name = "check" if settings is CHECK else f"cell{number}"
        cell = nbformat.v4.new_code_cell(code)
        cell.metadata["nbgrader"] = {**settings, "grade_id": name}
        nb.cells.append(cell)
    return Source("small", nbformat.writes(nb))


def of_check(code, setup="import math", answer=STUB):
    """The complaints about one check below a set-up cell and an answer."""
    source = notebook((SETUP, setup), (ANSWER, answer), (CHECK, code))
    return [(one.line, one.sentence) for one in lint(source)]


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_real_exercises_have_no_complaints(path):
    assert lint(Source.read(path)) == []


GOOD = [
    "assert q == 3",
    "assert f(1) == 2\nprint('fine')",
    "score = (f(1) == 2) + (q == 3)\nscore",
    "(q == 3) * 1.0 + (f(1) == 2) * 0.5",
    "try:\n    f(-1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError('no error')",
    "import numpy as np\nnp.testing.assert_allclose(q, 3)",
    "%matplotlib inline\nassert q == 3",
    "got = f(3)\nassert abs(got - 4) < 1e-6, 'f gives another number'",
    "xs = [3, 1]\nf(xs)\nassert xs == [1, 3]",
    "kept = [1]\nassert f(kept) == 2 and kept",
    "def helper():\n    return math.pi + q\nassert helper() > 6",
    "assert all(f(x) == x + 1 for x in range(3))",
    "assert 'q' in globals()",
    "assert 'q' in dir() and 'q' in locals() and 'q' in vars()",
    "%%capture\nassert q == 3",
    "import pytest\nwith pytest.raises(ValueError):\n    f('a')",
    "def test_q(n):\n    assert n == 3\ntest_q(q)",
    "import numpy as np\nassert np.shape(q) == (3,) and (q == 3).all()",
    "assert q[0] == 3\nassert all(one > 2 for one in q)",
    "assert all(one > 2 for one in q) and sum(q) == 6",
    "import numpy as np\nassert all(f(x) > 1 for x in range(3)) and np.allclose(f(1), 2)",
    "assert sorted(q) == [1, 3]\nends = [one + 1 for one in q]\nassert all(n > 1 for n in ends)",
    "import numpy as np\nassert np.allclose(f(1), 2) and not f(1) < 2, 'f'\nassert f(3) == 4",
]


@pytest.mark.parametrize("code", GOOD)
def test_a_good_check_has_no_complaints(code):
    assert of_check(code) == []


BAD = [
    ("assert q\nf(3)", 2, "its value is the score, from 0 to 2"),
    ("q == 3", 1, "its value is the score"),
    ("assert f(1)", 1, "passes for every f that is not zero or empty"),
    ("assert q", 1, "passes for every q"),
    ("assert q == 3\nassert not abs(f(1) - 2) > 0.1", 2, "passes for NaN"),
    ("assert (q == 3, 'no')", 1, "a tuple, which is always true"),
    ("f(1)\nassert True", 2, "always holds"),
    ("try:\n    assert q == 3\nexcept Exception:\n    pass", 2, "swallows"),
    ("try:\n    assert q == 3\nexcept:\n    pass", 2, "swallows"),
    ("got = f(1)", 0, "asserts nothing"),
    ("assert 1 < 2", 0, "no name of the learner's"),
    ("import inspect\nassert 'x' in inspect.getsource(f)", 2, "how the answer is written"),
    ("assert f.__code__.co_argcount == 1", 1, "how the answer is written"),
    ("import time\nt = time.time()\nf(1)\nassert time.time() - t < 1", 2, "how long"),
    ("from unittest import mock\nwith mock.patch('f') as m:\n    assert f(1)", 2, "calls"),
    ("old = f\ndel f\nassert q == 3\nf = old", 2, "whether f is used"),
    ("a = [1]\nb = a.copy()\nf(a)\nassert a == b", 4, "an argument is left as it was"),
    ("a = [1]\nb = list(a)\nf(b)\nassert a == b", 4, "an argument is left as it was"),
    ("import matplotlib.pyplot as plt\nassert plt.gcf().axes and q == 3", 2, "let the answer end"),
    ("import matplotlib.pyplot as plt\nassert len(plt.gca().lines) == q", 2, "let the answer end"),
    ("assert q == input()", 1, "Nobody is there to type"),
    ("import random\nrandom.seed(1)\nassert f(1) == 2", 2, "not the learner's"),
    ("import numpy as np\nnp.random.seed(1)\nassert f(1) == 2", 2, "not the learner's"),
    ("%time f(1)\nassert q == 3", 1, "no magics"),
    ("files = !ls\nassert q == 3", 1, "no magics"),
    ("!ls\nassert q == 3", 1, "no magics"),
    ("assert get_ipython().user_ns['q'] == q", 1, "outside of the notebook's kernel"),
    ("assert await f(1) == 2", 1, "no await"),
    ("assert q == = 3", 1, "not Python"),
    ("assert q == wanted", 1, "No cell above binds wanted"),
    ("import numpy as np\nassert np.allclose(q, 3)", 2, "can pass where q has, or gives, no items"),
    (
        "import numpy as np\ngot = f(1)\nassert np.allclose(got, 2)",
        3,
        "where got has, or gives, no items",
    ),
    ("assert (q == 3).all()", 1, "can pass where q has, or gives, no items"),
    (
        "import numpy as np\nassert not np.isnan(q).any()",
        2,
        "can pass where q has, or gives, no items",
    ),
    ("assert all(one > 2 for one in q)", 1, "can pass where q has, or gives, no items"),
    ("assert all(x > 2 for x in q)\nassert all(x < 4 for x in q)", 2, "q has, or gives, no items"),
    ("assert f and all(one > 2 for one in q)", 1, "can pass where q has, or gives, no items"),
]


@pytest.mark.parametrize(("code", "line", "sentence"), BAD, ids=[code for code, _, _ in BAD])
def test_a_bad_check_is_complained_of(code, line, sentence):
    assert any(at == line and sentence in said for at, said in of_check(code))


def test_each_complaint_is_a_sentence_with_its_place():
    source = notebook((ANSWER, STUB), (CHECK, "assert q == 3\nf(3)"))
    assert [str(one) for one in lint(source)] == [
        "check, line 2: The check ends in an expression: its value is the score, from 0 to 2. "
        "Write assert in front of it, or assign it to a name."
    ]


def test_a_last_call_that_returns_nothing_is_no_score():
    code = "import helpers\nassert q == 3\nhelpers.passed(1)"
    source = notebook((SETUP, "import math"), (ANSWER, STUB), (CHECK, code))
    says, scores = b"def passed(n):\n    print(n)\n", b"def passed(n):\n    return n\n"
    beside = {name: replace(source, files={"helpers.py": name}) for name in (says, scores)}
    assert lint(beside[says]) == []
    assert "its value is the score" in lint(beside[scores])[0].sentence
    both = replace(source, files={"helpers.py": says, "more.py": scores})
    assert "its value is the score" in lint(both)[0].sentence


def test_a_tool_that_only_an_answer_imports_is_complained_of():
    answer = f"import numpy as np\n{STUB}"
    assert "Import it in the check" in of_check("assert np.isclose(q, 3)", answer=answer)[0][1]
    assert of_check("import numpy as np\nassert np.isclose(q, 3)", answer=answer) == []
    assert of_check("assert np.isclose(q, 3)", "import numpy as np", answer) == []


def test_a_name_that_only_another_check_binds_is_complained_of():
    first = {**CHECK, "points": 1}
    source = notebook((ANSWER, STUB), (first, "got = f(1)\nassert got == 2"), (CHECK, "assert got"))
    assert [one.sentence for one in lint(source) if "may stop before" in one.sentence]


def test_code_in_the_kernel_that_needs_a_check_is_complained_of():
    source = notebook((ANSWER, STUB), (CHECK, "got = f(1)\nassert got == 2"), (SETUP, "print(got)"))
    assert [(one.cell, one.line) for one in lint(source)] == [("cell2", 1)]
    assert "the learner's code is shown its value" in lint(source)[0].sentence


def test_a_mixed_cell_is_complained_of():
    source = notebook((ANSWER, STUB), (SETUP, "double = 2 * q"), (CHECK, "assert double == 6"))
    assert ["learner's q" in one.sentence for one in lint(source)] == [True]


def test_an_answer_with_the_name_of_a_builtin_is_complained_of():
    source = notebook((ANSWER, "def sum(x):\n    return 0"), (CHECK, "assert sum([1]) == 1"))
    assert any("Python's own sum" in one.sentence for one in lint(source))


def test_names_of_a_star_import_are_not_called_unbound():
    assert of_check("assert sqrt(q) < 2", setup="from math import *") == []


def test_an_autotest_that_is_not_filled_in_is_not_called_empty():
    source = notebook((ANSWER, STUB), (CHECK, "### AUTOTEST f(1)"))
    assert lint(source) == []


def test_the_weak_check_of_the_hostile_corpus_is_named():
    assert [one.cell for one in lint(lent()) if "no items" in one.sentence] == ["near_check"]


# With the judge


def trial(source):
    return try_out(source).complaints()


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_reference_gets_all_points_and_the_release_is_judged_and_gets_none(path):
    assert trial(Source.read(path)) == []


def test_the_release_of_a_trial_is_the_undamaged_release():
    source = Source.read(SOLUTIONS[0])
    assert repair(outline(source), released(source)).damage == []
    assert b"SOLUTION" not in released(source) and b"HIDDEN" not in released(source)


def test_a_trial_tells_what_is_wrong_with_an_assignment():
    other = {**CHECK}
    source = notebook(
        (ANSWER, STUB),
        (CHECK, "assert q == 4, 'q should be 4.'"),  # the reference fails
        (other, "assert q is not None"),  # the blank passes
    )
    assert [str(one) for one in trial(source)] == [
        "check: The reference solution gets 0 of 2 points: q should be 4. A submission that fails "
        "it gets no 0: it waits for your mark. Change the check or the solution, or have it run as "
        "in plain nbgrader: give its cell the tag nbjudge-kernel.",
        "cell2: The untouched release gets 2 of 2 points. A submission that gets no more gets no "
        "points: it waits for your mark. Write a check that the untouched release fails.",
    ]


def test_a_trial_tells_of_a_check_that_cannot_be_judged():
    answer = "class Box:\n    pass\nq = Box()"
    source = notebook((ANSWER, answer), (CHECK, "assert q == 3"))
    assert any("cannot be judged" in one.sentence for one in trial(source))
