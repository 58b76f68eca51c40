"""What a call may change here: its arguments, where a check is about that, and nothing else.

Without a kernel: the hostile corpus has the same with one.
"""

import ast

import pytest

from nbjudge._judge.changes import Held, changed_names, compares_with_arguments
from nbjudge._model import Status

ROWS = "import pandas as pd\nrows = pd.DataFrame({'x': [1, 2, 3]})\nnames = {'a': ['b']}"


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        ("def f(t): t.drop(index=0, inplace=True)", "f(rows); assert len(rows) == 3"),
        ("def f(d): d.clear()", "f(names); assert names == {'a': ['b']}"),
        ("def f(d): d.clear()", "f(names['a']); assert names == {'a': ['b']}"),
        ("def f(d): d.pop()", "one = names['a']; f(d=one); assert names == {'a': ['b']}"),
        ("def f(g): g.__globals__['names'].clear()", "f(lambda: names); assert 'a' in names"),
    ],
)
def test_what_the_teachers_cells_hold_never_changes(answer, check, desk):
    assert desk.setup(ROWS) == ""
    for _ in range(2):  # in this check, and for the next
        told = desk.answer(answer).run(check)
        assert (told["score"], told["message"]) == (2.0, "")


def test_an_array_that_is_a_view_of_the_teachers_does_not_change_either(desk):
    assert desk.setup("import numpy as np\ngrid = np.zeros((2, 2))") == ""
    told = desk.answer("def f(a): a[:] = 5").run("f(grid[1:]); assert grid.sum() == 0")
    assert (told["score"], told["message"]) == (2.0, "")


def test_what_an_earlier_check_has_bound_does_not_change_later(desk):
    desk.answer("def f(a): a.append(1)")
    assert desk.run("mine = []; f(mine); assert mine == [1]")["score"] == 2
    assert desk.run("f(mine); assert mine == [1]")["score"] == 2


def test_a_check_that_the_teachers_value_would_have_to_change_for_says_so(desk):
    assert desk.setup("numbers = [3, 1, 2]") == ""
    told = desk.answer("def f(a): a.sort()").run("f(numbers); assert numbers == [1, 2, 3], 'order'")
    assert told["score"] == 0 and told["message"].startswith("order (A call changed a value")


UNDESERVED = {  # a check, and an answer that is right only by what it does to the argument
    "compared": ("assert f(t) == sum(t)", "def f(t): t.clear(); return 0"),
    "by_keyword": ("assert f(t=t) == sum(t)", "def f(t): t.clear(); return 0"),
    "kept_first": (
        "got = f(t); want = sum(t)\nassert got == want",
        "def f(t): t.clear(); return 0",
    ),
    "in_a_loop": (
        "lines = f(t)\nfor n, line in enumerate(lines): assert line == t[n]",
        "def f(t):\n    t[:] = [0, 0, 0]\n    return t",
    ),
    "by_a_function": (
        "def same(a, b): return a == b\nassert same(f(t), sum(t))",
        "def f(t): t.clear(); return 0",
    ),
    "by_a_method": (
        "import pandas as pd\nt = pd.Series([1, 2]); got = f(t)\nassert got.equals(t * 2)",
        "def f(t): t[:] = 0; return t",
    ),
    "by_difference": ("assert abs(f(t) - sum(t)) < 1", "def f(t): t.clear(); return 0"),
    "as_a_place": ("assert t[f(t)] == 3 and f([1]) == 0", "def f(t): t[:] = [3]; return 0"),
    "through_a_lambda": (
        "wanted = [3]\nassert f(lambda n: n in wanted, t) == wanted",
        "def f(rule, t): rule.__globals__['wanted'].clear(); return []",
    ),
    "through_a_closure": (
        "def make():\n    wanted = [3]\n    assert f(lambda n: n in wanted, t) == wanted\nmake()",
        "def f(rule, t): rule.__closure__[0].cell_contents.clear(); return []",
    ),
    "what_a_rule_reads": (
        "table = {1: 2, 2: 4, 3: 6}\nf(lambda n: table[n], t)\n"
        "assert t == [table.get(n) for n in (1, 2, 3)]",
        "def f(rule, t): rule.__globals__['table'].clear(); t[:] = [None, None, None]",
    ),
    "through_one_that_records": (
        "wanted = [3]; calls = []\nassert f(lambda n: calls.append(n) or n in wanted, t) == wanted",
        "def f(rule, t): rule.__globals__['wanted'].clear(); return []",
    ),
}


@pytest.mark.parametrize("name", UNDESERVED)
def test_no_answer_is_right_by_a_change_of_what_it_is_compared_with(name, desk):
    check, answer = UNDESERVED[name]
    told = desk.answer(answer).run("t = [1, 2, 3]\n" + check)
    assert told["score"] == 0 and told["status"] == Status.GRADED


DESERVED = {  # a check, and an honest answer that changes its argument
    "in_place": ("f(t); assert t == [1, 2, 3]", "def f(t): t.sort()"),
    "gives_nothing": ("assert f(t) is None and t == [1, 2, 3]", "def f(t): t.sort()"),
    "gives_it_back": ("assert f(t) == [1, 2, 3]", "def f(t): t.sort(); return t"),
    "harmless": ("assert f(t) == sum(t)", "def f(t): t.sort(); return sum(t)"),
    "not_looked_at": (
        "assert f(t) == 6",
        "def f(t):\n    n = 0\n    while t: n += t.pop()\n    return n",
    ),
    "records": ("c = []; f(lambda n: c.append(n)); assert c == [1]", "def f(g): g(1)"),
    "stores": ("d = {}\ndef g(n): d[n] = 1\nf(g); assert d == {1: 1}", "def f(g): g(1)"),
    "counts": ("d = [0]\ndef g(): d[0] += 1\nf(g); assert d == [1]", "def f(g): g()"),
    "nested": (
        "def make():\n    c = []\n    f(lambda n: c.append(n))\n    assert c == [1]\nmake()",
        "def f(g): g(1)",
    ),
    "by_a_helper": (
        "c = []\ndef note(n): c.append(n)\nf(lambda n: note(n)); assert c == [1]",
        "def f(g): g(1)",
    ),
}


@pytest.mark.parametrize("name", DESERVED)
def test_a_change_that_a_check_is_about_is_seen(name, passes):
    check, answer = DESERVED[name]
    passes(answer, "t = [3, 1, 2]\n" + check, "")


def test_a_function_that_changes_what_it_must_not_is_told(fails):
    fails("def f(t): t.sort(); return t", "t = [2, 1]; assert f(t) == [1, 2] and t == [2, 1]")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("lambda n: n in wanted", set()),
        ("lambda n: wanted[n]", set()),
        ("lambda n: len(wanted)", set()),
        ("lambda n: calls.append(n) or n in wanted", {"calls"}),
        ("lambda n: [calls.add(m) for m in wanted]", {"calls"}),
        ("lambda n: list.append(calls, n)", {"calls", "wanted"}),
        ("lambda n: wanted.drop(n, inplace=True)", {"calls", "wanted"}),
    ],
)
def test_a_function_that_only_reads_a_name_is_told_from_one_that_changes_it(code, found):
    assert changed_names(eval(code).__code__, ["calls", "wanted"]) == found


@pytest.mark.parametrize(
    ("check", "compares"),
    [
        ("f(t); assert t == [1, 2]", False),
        ("assert f(t) == [1, 2]", False),
        ("before = list(t); f(t); assert t == before", False),
        ("assert f(t) == len(t)", True),
        ("got = f(t); assert got == max(t)", True),
        ("import numpy as np; assert np.allclose(f(t), t)", True),
        ("assert f(t) == [x for x in t if x]", True),
    ],
)
def test_a_check_that_compares_with_what_it_gave_is_known(check, compares):
    assert compares_with_arguments(ast.parse(check), ["f"]) is compares


def test_what_is_within_a_value_is_held_with_it():
    inner = [1]
    held = Held([{"a": (inner,)}])
    assert inner in held and [1] not in held


# Objects


SAYS = """
class Sly:
    said = 0
    def __str__(self): Sly.said += 1; return "A" if Sly.said == 1 else "B"
    def __len__(self): Sly.said += 1; return Sly.said
    def __float__(self): Sly.said += 1; return float(Sly.said)
    def __getitem__(self, n): Sly.said += 1; return Sly.said
    @property
    def now(self): Sly.said += 1; return Sly.said
    def __contains__(self, value): self.told = value; return False
    told = None
q = Sly()
"""


@pytest.mark.parametrize("ask", ["str(q)", "len(q)", "float(q)", "q[0]", "q.now", "f'{q!s}'"])
def test_an_object_answers_a_question_once_a_check(ask, passes):
    passes(SAYS, f"assert {ask} == {ask} == {ask}")


def test_it_answers_again_when_something_was_called_since(passes):
    stack = "class Stack(list):\n    def push(self, x): self.append(x)"
    passes(
        stack,
        "s = Stack()\nassert len(s) == 0\ns.push(3)\nassert len(s) == 1 and s[0] == 3\n"
        "s.push(4)\nassert len(s) == 2 and str(s) == '[3, 4]'",
    )


def test_an_object_is_never_told_what_is_looked_for_in_it(refuses, passes):
    assert "`in`" in refuses(SAYS.replace("__getitem__", "get"), "assert 4711 not in q")
    passes("", "assert q.told is None")
    items = "class Box:\n    def __iter__(self): return iter([1, 2])\n"
    items += "    def __contains__(self, value): self.told = value; return False\nb = Box()"
    passes(items, "assert 1 in b and 3 not in b and not hasattr(b, 'told')")
