"""The check runner: a check asks the learner's names, here without a kernel.

The learner's side is the real agent, in this process, over a namespace made from a text of code.
"""

import matplotlib
import pytest

from nbjudge._judge import check_runner
from nbjudge._kernel import agent
from nbjudge._model import Status
from nbjudge._values import snapshots
from nbjudge._values.errors import Forged, Late, Refused

matplotlib.use("agg")
MODULES = ("math", "re", "numpy", "pandas", "matplotlib.pyplot", "folium", "itertools")


# The kinds of checks that exercises have: a check, honest answers to it, and wrong ones.
KINDS = {
    "number": (
        "assert type(mean) is not str and abs(mean - 2.5) < 1e-9, 'the mean'",
        [
            "mean = 2.5",
            "import numpy as np; mean = np.mean([1, 2, 3, 4])",
            "import statistics; mean = statistics.mean([1, 2, 3, 4])",
            "import pandas as pd; mean = pd.Series([1, 2, 3, 4]).mean()",
            "from fractions import Fraction; mean = Fraction(5, 2)",
            "class Float(float): pass\nmean = Float(2.5)",
        ],
        ["mean = 2", "mean = '2.5'", "mean = ...", "pass", "mean = float('inf')"],
    ),
    "function": (
        "assert squares(3) == [1, 4, 9] and squares(n=0) == [], 'squares'",
        [
            "def squares(n): return [i * i for i in range(1, n + 1)]",
            "squares = lambda n: [i ** 2 for i in range(1, n + 1)]",
            "def squares(n: int = 3) -> list[int]:\n    r = []\n"
            "    for i in range(n): r += [(i + 1) ** 2]\n    return r",
            "class L(list): pass\nsquares = lambda n: L(i * i for i in range(1, n + 1))",
            "class Squares:\n    def __call__(self, n): return [i * i for i in range(1, n + 1)]\n"
            "squares = Squares()",
            "import functools\n@functools.lru_cache\ndef squares(n):\n"
            "    return squares(n - 1) + [n * n] if n else []",
            "import warnings\ndef squares(n):\n    warnings.warn('x'); print('hello')\n"
            "    return [i * i for i in range(1, n + 1)]",
        ],
        [
            "def squares(n): return [i * i for i in range(n)]",
            "def squares(n): pass",
            "def squares(n): return (1, 4, 9) if n else ()",
            "squares = 3",
        ],
    ),
    "exception": (
        """
        try:
            root(-1)
        except ValueError as error:
            assert "negative" in str(error), "say that it is negative"
        else:
            assert False, "root(-1) must raise a ValueError"
        """,
        [
            "def root(x):\n    if x < 0: raise ValueError('x is negative')",
            "class Negative(ValueError): pass\ndef root(x): raise Negative('a negative number')",
        ],
        [
            "def root(x): return None",
            "def root(x): raise TypeError('negative')",
            "def root(x): raise ValueError",
            "class Negative(Exception): pass\ndef root(x): raise Negative('a negative number')",
        ],
    ),
    "series": (
        "import pandas as pd\nassert total.loc['a'] == 3 and list(total.index) == ['a', 'b']\n"
        "pd.testing.assert_series_equal(total, pd.Series([3, 5], ['a', 'b']), check_names=False)",
        [
            "import pandas as pd; total = pd.Series({'a': 3, 'b': 5})",
            "import pandas as pd; df = pd.DataFrame({'k': list('aba'), 'v': [1, 5, 2]})\n"
            "total = df.groupby('k')['v'].sum()",
            "import pandas as pd; df = pd.DataFrame({'k': list('aba'), 'v': [1, 5, 2]})\n"
            "total = df.pivot_table(index='k', values='v', aggfunc='sum')['v']",
        ],
        ["import pandas as pd; total = pd.Series({'a': 3.0, 'b': 5})", "total = {'a': 3, 'b': 5}"],
    ),
    "frame": (
        "assert list(df.columns) == ['k', 'v', 'w'] and df['w'].tolist() == [2, 4], 'column w'",
        [
            "import pandas as pd; df = pd.DataFrame({'k': ['a', 'b'], 'v': [1, 2]})\n"
            "df['w'] = df.v * 2",
            "import pandas as pd; df = pd.DataFrame({'k': ['a', 'b'], 'v': [1, 2], 'w': [2, 4]})",
        ],
        ["import pandas as pd; df = pd.DataFrame({'k': ['a', 'b'], 'v': [1, 2]})"],
    ),
    "line chart": (
        "assert list(ax.lines[0].get_ydata()) == [3, 1] and ax.get_title() == 'T', 'the chart'",
        [
            "import matplotlib.pyplot as plt; fig, ax = plt.subplots()\n"
            "ax.plot([1, 2], [3, 1]); ax.set_title('T')",
            "import matplotlib.pyplot as plt; plt.plot([1, 2], [3, 1]); plt.title('T')\n"
            "ax = plt.gca()",
            "import pandas as pd; ax = pd.DataFrame({'a': [3, 1]}).plot(title='T')",
            "import pandas as pd; ax = pd.Series([3, 1]).plot(title='T')",
        ],
        ["import matplotlib.pyplot as plt; fig, ax = plt.subplots(); ax.plot([3, 1])"],
    ),
    "bar chart": (
        "import matplotlib.pyplot as plt\nassert isinstance(ax, plt.Axes)\n"
        "assert [bar.get_height() for bar in ax.patches] == [3, 1], 'the bars'\n"
        "assert [t.get_text() for t in ax.get_xticklabels()] == ['a', 'b']",
        [
            "import matplotlib.pyplot as plt; fig, ax = plt.subplots(); ax.bar(['a', 'b'], [3, 1])",
            "import pandas as pd; ax = pd.Series({'a': 3, 'b': 1}).plot.bar()",
        ],
        ["import pandas as pd; ax = pd.Series({'a': 3, 'b': 1}).plot.line()"],
    ),
    "map": (
        "import folium\nassert isinstance(m, folium.Map)\n"
        "def walk(x):\n    yield x\n    for c in x._children.values(): yield from walk(c)\n"
        "spots = [c for c in walk(m) if isinstance(c, folium.CircleMarker)]\n"
        "assert [c.location for c in spots] == [[1, 2], [3, 4]], 'two circles'",
        [
            "import folium; m = folium.Map()\n"
            "for p in ([1, 2], [3, 4]): folium.CircleMarker(p, 5).add_to(m)",
            "import folium; m = folium.Map(); g = folium.FeatureGroup().add_to(m)\n"
            "for p in ((1, 2), (3, 4)): g.add_child(folium.CircleMarker(p, tooltip='x'))",
        ],
        ["import folium; m = folium.Map(); folium.Marker([1, 2]).add_to(m)", "m = 'folium.Map'"],
    ),
    "in place": (
        "items = [3, 1, 2]\nassert order(items) is None\nassert items == [1, 2, 3], 'sorted'",
        [
            "def order(x): x.sort()",
            "def order(x):\n    x[:] = sorted(x)",
            "def order(x):\n    y = sorted(x); x.clear(); x.extend(y)",
        ],
        ["def order(x): return sorted(x)", "def order(x): x = sorted(x)"],
    ),
    "no change": (
        "items = [3, 1, 2]\nassert order(items) == [1, 2, 3] and items == [3, 1, 2], 'unchanged'",
        ["order = sorted", "def order(x): return sorted(x)"],
        ["def order(x):\n    x.sort(); return x"],
    ),
    "function argument": (
        "assert apply(lambda x: x + k, [1, 2]) == [11, 12] and apply(abs, [-1]) == [1], 'apply'",
        [
            "k = 10\ndef apply(f, xs): return [f(x) for x in xs]",
            "k = 10\ndef apply(f, xs): return list(map(f, xs))",
        ],
        ["k = 10\ndef apply(f, xs): return xs", "k = 1\ndef apply(f, xs): return list(map(f, xs))"],
    ),
    "generator": (
        "import itertools\nassert list(itertools.islice(evens(), 3)) == [0, 2, 4], 'evens'",
        [
            "def evens():\n    n = 0\n    while True: yield n; n += 2",
            "import itertools\ndef evens(): return itertools.count(0, 2)",
            "class evens:\n    def __init__(self): self.n = -2\n"
            "    def __iter__(self): return self\n"
            "    def __next__(self):\n        self.n += 2; return self.n",
        ],
        ["def evens():\n    yield 0; yield 2", "def evens(): return 0"],
    ),
    "class": (
        """
        account = Account("Ann", 5)
        account.deposit(3)
        assert account.owner == "Ann" and account.balance == 8, "the balance"
        assert str(account) == "Ann: 8" and isinstance(account, Account)
        assert type(account).__name__ == "Account"
        """,
        [
            "class Account:\n    def __init__(self, owner, balance=0):\n"
            "        self.owner, self.balance = owner, balance\n"
            "    def deposit(self, x): self.balance += x\n"
            "    def __str__(self): return f'{self.owner}: {self.balance}'",
            "from dataclasses import dataclass\n@dataclass\nclass Account:\n    owner: str\n"
            "    balance: int = 0\n    def deposit(self, x): self.balance += x\n"
            "    def __str__(self): return f'{self.owner}: {self.balance}'",
        ],
        ["class Account:\n    def __init__(self, owner, balance): self.owner = owner", "pass"],
    ),
    "uses another": (
        "orig = squares\ndel squares\ntry:\n    total(2)\nexcept NameError:\n    pass\n"
        "else:\n    assert False, 'total has to use squares'\nfinally:\n    squares = orig\n"
        "assert total(2) == 5",
        [
            "def squares(n): return [i * i for i in range(n + 1)]\n"
            "def total(n): return sum(squares(n))"
        ],
        ["def squares(n): return []\ndef total(n): return 5"],
    ),
    "print": (
        "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\n"
        "with redirect_stdout(out):\n    greet('Ann')\n"
        "assert out.getvalue() == 'Hi Ann\\n', 'greet'",
        [
            "def greet(name): print('Hi', name)",
            "import sys\ndef greet(name): sys.stdout.write(f'Hi {name}\\n')",
        ],
        ["def greet(name): return 'Hi ' + name", "def greet(name): print('Hi', name, end='')"],
    ),
    "table of cases": (
        "assert all(map(lambda x: square(x) == x * x, range(5))), 'square'",
        [
            "def square(x): return x * x",
            "square = lambda x: x ** 2",
            "import numpy as np\nsquare = np.square",
        ],
        ["def square(x): return 2 * x", "def square(x): raise StopIteration", "square = next"],
    ),
}
OWNED = "mean squares root total df ax m order apply k evens Account greet square"


@pytest.mark.parametrize("kind", KINDS)
def test_honest_answers_in_every_style_have_full_points(kind, desk):
    check, honest, _ = KINDS[kind]
    for answer in honest:
        told = desk.anew().answer(answer).run(check, OWNED)
        assert (told["score"], told["message"]) == (2.0, ""), answer


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_answers_have_no_points(kind, desk):
    check, _, wrong = KINDS[kind]
    for answer in wrong:
        told = desk.anew().answer(answer).run(check, OWNED)
        assert (told["score"], bool(told["message"])) == (0.0, True), answer


# Names


def test_builtins_come_before_the_learners_names(passes):
    passes("def abs(x): return 0\nisinstance = all = len = lambda *a: True", "assert abs(-3) == 3")


def test_a_name_of_the_judges_stays_the_judges(desk):
    desk.setup("factor = 3")
    told = desk.answer("factor = 10; x = 30").run("assert x == 10 * factor", "x")
    assert told["score"] == 2


def test_a_name_becomes_the_learners_where_the_outline_says_so(desk):
    desk.setup("df = 1")
    assert desk.answer("df = 2").run("assert df == 2", "df")["score"] == 2
    desk.setup("df = 1")
    assert desk.run("assert df == 1", "")["score"] == 2


@pytest.mark.parametrize("owned", ["cart add", ""])
def test_a_name_is_fetched_once_in_a_check_and_anew_in_the_next(owned, desk):
    desk.answer("cart = []\ndef add(x): cart.append(x)")
    told = desk.run("assert cart == [] and cart is cart; add(3); assert cart == []", owned)
    assert told["score"] == 2 and told["questions"] == 3
    assert desk.run("assert cart == [3]", owned)["score"] == 2


def test_a_name_used_after_a_call_shows_what_the_call_did(passes):
    passes("cart = []\ndef add(x): cart.append(x)", "add(3); assert cart == [3]", "cart add")


def test_the_learner_is_not_asked_for_the_judges_names(desk):
    """Also where the check that binds them has stopped before, or the name is a builtin one."""
    desk.answer("x = 7; wanted = 7; close = lambda *a: True")
    told = desk.run("assert x == wanted", "x", "wanted")
    assert told["message"] == "NameError: name 'wanted' is not defined"
    assert desk.run("assert close(x, 5)", "x", "wanted close")["score"] == 0
    assert desk.run("assert len([x]) == 1", "x", "len")["score"] == 2


def test_names_that_a_check_binds_last_into_the_next(desk):
    desk.run("def helper(x): return x + one\none = 1")
    assert desk.run("assert helper(1) == 2")["score"] == 2


def test_setting_and_deleting_a_learners_name_reaches_the_learner(passes, desk):
    passes("n = 1; m = 2\ndef get(): return n", "n = 5; assert get() == 5; del m", "n m get")
    assert desk.theirs["n"] == 5 and "m" not in desk.theirs


def test_setting_the_judges_own_name_does_not_reach_the_learner(passes, desk):
    passes("n = 1", "mine = 5; n2 = 3; assert n == 1", "n")
    assert set(desk.theirs) - {"__builtins__"} == {"__name__", "n"}


def test_a_missing_name_is_a_name_error(fails):
    assert fails("", "assert answer == 3", "answer") == "NameError: name 'answer' is not defined"


def test_deleting_a_name_that_nobody_has_is_a_name_error(fails):
    assert fails("", "del nothing").startswith("NameError")


def test_functions_of_the_check_see_the_learners_names(passes):
    passes("x = 3", "def get(): return x\nassert get() == 3 and [x for _ in 'ab'] == [3, 3]", "x")


def test_modules_come_from_the_judges_side_and_only_known_ones(passes, refuses):
    passes("import numpy as anything", "assert anything.pi > 3")
    assert "subprocess" in refuses("import subprocess as anything", "anything.run")


def test_a_name_that_the_source_only_imports_is_the_judges_own(desk):
    desk.answer("class np: pi = 5\nsqrt = pi = lambda *a: 5")
    told = desk.run("assert np.pi < 4 and sqrt(4) == 2", np="numpy", sqrt="math.sqrt")
    assert (told["score"], told["status"]) == (0.0, Status.CANNOT)
    desk.anew().answer("import numpy as np\nfrom math import sqrt")
    told = desk.run("assert np.pi < 4 and sqrt(4) == 2", np="numpy", sqrt="math.sqrt")
    assert (told["score"], told["questions"]) == (2.0, 2)


def test_a_learners_module_in_a_list_is_refused(refuses):
    assert "module" in refuses("import math; x = [math]", "x")


# Functions


def test_arguments_by_place_by_name_and_by_default(passes):
    passes(
        "def f(a, /, b=2, *more, c=3, **named): return [a, b, list(more), c, named]",
        "assert f(1) == [1, 2, [], 3, {}]\n"
        "assert f(1, 5, 6, 7, c=8, d=9) == [1, 5, [6, 7], 8, {'d': 9}]",
    )


def test_a_wrong_number_of_arguments_is_a_type_error(fails):
    assert fails("def f(a): pass", "f()").startswith("TypeError: f() missing 1 required")


CHANGES = {
    "list": ("[3, 1]", "x.append(4)", "[3, 1, 4]"),
    "dict": ("{'a': 1}", "x['b'] = 2; del x['a']", "{'b': 2}"),
    "set": ("{1}", "x.add(2); x.remove(1)", "{2}"),
    "bytearray": ("bytearray(b'a')", "x.extend(b'b')", "bytearray(b'ab')"),
    "counter": ("collections.Counter('a')", "x.update('ab')", "collections.Counter('aab')"),
    "deque": ("collections.deque([1], 2)", "x.extend([2, 3])", "collections.deque([2, 3], 2)"),
    "nested": ("[[1], {'a': [2]}]", "x[1]['a'].append(3)", "[[1], {'a': [2, 3]}]"),
    "array": ("np.zeros((2, 2))", "x[0, 1] = 5", "np.array([[0, 5.0], [0, 0]])"),
    "series": ("pd.Series([1, 2], name='n')", "x.loc[0] = 9", "pd.Series([9, 2], name='n')"),
    "frame": (
        "pd.DataFrame({'a': [1, 2]})",
        "x['b'] = x.a * 2; x.drop(index=0, inplace=True)",
        "pd.DataFrame({'a': [2], 'b': [4]}, index=[1])",
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("how", ["f(x)", "f(x=x)"])
def test_a_change_in_place_is_seen_on_both_names_of_the_argument(kind, how, desk):
    before, change, after = CHANGES[kind]
    told = desk.answer(f"def f(x):\n    {change}").run(
        f"import collections, numpy as np, pandas as pd\nx = {before}; y = x; {how}\n"
        f"assert type(y) is type({after}) and repr(y) == repr({after}), repr(y)"
    )
    assert (told["score"], told["message"]) == (2.0, "")


@pytest.mark.parametrize("kind", CHANGES)
def test_what_is_not_changed_stays_the_very_same(kind, desk):
    before, change, _ = CHANGES[kind]
    told = desk.answer(f"import copy\ndef f(x):\n    x = copy.deepcopy(x); {change}").run(
        f"import collections, numpy as np, pandas as pd\n"
        f"x = {before}; items = [x]; f(x); assert repr(x) == repr({before}) and items[0] is x"
    )
    assert (told["score"], told["message"]) == (2.0, "")


def test_what_is_within_an_unchanged_argument_stays_the_very_same(passes):
    passes("def f(x): return x", "inner = [1]; x = [inner]; f(x); assert x[0] is inner")


def test_a_change_before_an_exception_is_seen(fails):
    """Else "a refused transfer changes nothing" would pass for a function that does change."""
    said = fails(
        "def take(account, x):\n    account['sum'] -= x\n"
        "    if account['sum'] < 0: raise ValueError",
        "a = {'sum': 1}\ntry: take(a, 5)\nexcept ValueError: pass\nassert a == {'sum': 1}, a",
    )
    assert said == "{'sum': -4}"


def test_one_value_given_twice_is_one_value_there(passes):
    passes(
        "def f(x, y):\n    x.append(1); return x is y",
        "a = []; assert f(a, a) and a == [1]\nb = []; assert not f(a, b) and b == []",
    )


@pytest.mark.parametrize(
    "kind", ["ValueError", "KeyError", "ZeroDivisionError", "AttributeError", "RecursionError"]
)
def test_builtin_exceptions_arrive_as_themselves(kind, passes):
    passes(
        f"def f(): raise {kind}('k')",
        f"try: f()\nexcept {kind} as e: assert type(e) is {kind}\nelse: assert False",
    )


def test_the_arguments_of_an_exception_arrive(passes):
    passes(
        "def f(): raise KeyError('k', 3)\ndef g(): open('/nowhere/at/all')",
        "try: f()\nexcept KeyError as e: assert e.args == ('k', 3)\n"
        "try: g()\nexcept OSError as e: assert e.errno == 2 and '/nowhere/at/all' in str(e)",
    )


def test_an_endless_recursion_is_a_recursion_error(fails):
    assert fails("def f(): return f()", "f()").startswith("RecursionError")


def test_a_check_catches_the_learners_own_exceptions(passes):
    passes(
        "class Base(ValueError): pass\nclass Mixin: pass\nclass Own(Mixin, Base): pass\n"
        "class Other(ValueError): pass\ndef f(x): raise Own(x)",
        "try: f(3)\nexcept Other: assert False\nexcept Own as e: assert e.args == (3,)\n"
        "try: f(3)\nexcept Base as e: assert type(e) is Own and type(e).__name__ == 'Own'\n"
        "assert issubclass(Own, Base) and issubclass(Base, ValueError)",
    )


def test_stop_iteration_does_not_end_an_all(fails):
    for kind in ("StopIteration", "StopAsyncIteration", "Own"):
        answer = f"class Own(StopIteration): pass\ndef f(x): raise {kind}"
        assert kind in fails(answer, "assert all(map(lambda x: f(x) == x, [1, 2]))")


@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "SystemExit", "GeneratorExit", "Own"])
def test_code_that_raises_no_exception_is_refused(kind, refuses):
    said = refuses(
        f"class Own(BaseException): pass\ndef f(): raise {kind}",
        "try: f()\nexcept BaseException: pass",
    )
    assert kind in said


def test_where_an_exception_happened_is_told(desk):
    code = compile("def f(): return 1 / 0", "/tmp/ipykernel_1/2.py", "exec")
    exec(code, desk.theirs)
    message = desk.run("f()")["message"]
    assert message == "ZeroDivisionError: division by zero (line 1 of your cell, in f)"


def test_a_learners_function_can_be_asked_about_itself(passes):
    passes(
        "def area(width: float, height: float = 2) -> float:\n    'The area.'\n    return 1",
        "import inspect, types\nassert area.__name__ == 'area' and area.__doc__ == 'The area.'\n"
        "assert callable(area) and isinstance(area, types.FunctionType)\n"
        "assert list(inspect.signature(area).parameters) == ['width', 'height']",
    )


def test_functions_of_functions(passes):
    passes(
        "def adder(n): return lambda x: x + n\ndef compose(f, g): return lambda x: f(g(x))",
        "assert adder(2)(3) == 5 and compose(adder(1), adder(2))(0) == 3\n"
        "assert compose(lambda x: -x, abs)(-4) == -4",
    )


def test_a_function_is_one_object_however_often_it_comes(passes):
    passes("def f(): return f\ng = f\nh = [f, f]", "assert f() is f and g is f and h[0] is h[1]")


# Functions of the check as arguments

ARGUMENTS = {
    "lambda": "f = lambda x: x * 2",
    "closure": "def make(n): return lambda x: x * n\nf = make(2)",
    "recursive": "def f(x): return 2 + f(x - 1) if x else 0",
    "inner recursive": "def make():\n    def f(x): return 2 + f(x - 1) if x else 0\n"
    "    return f\nf = make()",
    "two that call each other": "def g(x): return 2 + f(x - 1) if x else 0\ndef f(x): return g(x)",
    "with a helper": "def double(x): return x * 2\ndef f(x): return double(x)",
    "with a module": "import math as m\ndef f(x): return m.floor(x * 2)",
    "with a default": "def f(x, n=2, *, m=1): return x * n * m",
    "with an attribute of the name of a global": "real = object()\nf = lambda x: x.real * 2",
    "with the learner's function": "f = lambda x: times(x, 2)",
    "with a constant": "N = [2]\nf = lambda x: x * N[0]",
    "learner's own": "f = twice",
}


@pytest.mark.parametrize("kind", ARGUMENTS)
def test_a_function_of_the_check_is_called_by_the_learners(kind, passes):
    passes(
        "def apply(f, xs): return [f(x) for x in xs]\ndef times(a, b): return a * b\n"
        "def twice(x): return x * 2",
        f"{ARGUMENTS[kind]}\nassert apply(f, [1, 2]) == [2, 4] and apply(f=f, xs=[3]) == [6]",
    )


@pytest.mark.parametrize(
    "f, x, y",
    [("np.sqrt", "4.0", "2.0"), ("abs", "-1", "1"), ("str.upper", "'a'", "'A'")]
    + [("math.sqrt", "4", "2.0"), ("int", "'3'", "3"), ("dt.date.fromisoformat", "0", "0")][:2]
    + [("statistics.mean", "[1, 3]", "2"), ("operator.neg", "1", "-1"), ("len", "'abc'", "3")],
)
def test_a_named_function_is_called_by_the_learners(f, x, y, passes):
    passes(
        "def call(f, x): return f(x)",
        f"import math, operator, statistics, numpy as np\nassert call({f}, {x}) == {y}",
    )


def test_what_a_callback_collects_is_seen_by_the_check(passes):
    passes(
        "def each(f, xs):\n    for x in xs: f(x)",
        "seen = []; calls = {}\neach(lambda x: seen.append(x), [1, 2])\n"
        "def count():\n    n = []\n    each(lambda x: n.append(x), 'abc'); return len(n)\n"
        "each(lambda x: calls.setdefault(x, 1), 'ab')\n"
        "assert seen == [1, 2] and count() == 3 and calls == {'a': 1, 'b': 1}",
    )


@pytest.mark.parametrize("argument", ["open('/dev/null')", "type('Own', (), {})", "object()"])
def test_an_argument_that_cannot_be_sent_is_refused(argument, refuses):
    assert "the check hands over a" in refuses("def f(x): pass", f"f({argument})")


# Iterators and other objects


def test_generators_are_consumed_step_by_step(passes):
    passes(
        "def gen():\n    got = yield 1\n    yield 2\n    return 3",
        "g = gen(); assert next(g) == 1 and iter(g) is g and list(g) == [2] and list(g) == []\n"
        "try: next(g)\nexcept StopIteration: pass\nelse: assert False\n"
        "assert sum(gen()) == 3 and next(gen(), 0) == 1 "
        "and [*zip(gen(), 'ab')] == [(1, 'a'), (2, 'b')]",
    )


def test_an_endless_loop_over_an_iterator_is_refused(monkeypatch, refuses):
    monkeypatch.setattr("nbjudge._judge.proxies.LONGEST_LOOP", 50)
    assert "50 items" in refuses("import itertools; it = itertools.count()", "list(it)")


def test_an_exception_in_a_generator_arrives(fails):
    answer = "def gen():\n    yield 1\n    raise ValueError('late')"
    assert fails(answer, "list(gen())") == "ValueError: late"


def test_an_iterator_of_the_learners_class_has_its_attributes(passes):
    passes(
        "class Down:\n    def __init__(self, n): self.n = n\n    def __next__(self):\n"
        "        if not self.n: raise StopIteration\n        self.n -= 1; return self.n\n"
        "    def __iter__(self): return self\n    def __len__(self): return self.n",
        "d = Down(3); assert len(d) == 3 and next(d) == 2 and d.n == 2 and list(d) == [1, 0]",
    )


THING = """
class Point:
    "A point."
    def __init__(self, x, y): self.x, self.y, self.tags = x, y, []
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __bool__(self): return True
    def __hash__(self): return 0
    def __len__(self): return 2
    def __getitem__(self, i): return [self.x, self.y][i]
    def __setitem__(self, i, v): self.x = v
    def __contains__(self, v): return v in (self.x, self.y)
    def __add__(self, other): return Point(self.x + other.x, self.y + other.y)
    def __radd__(self, other): return self if other == 0 else None
    def __mul__(self, n): return Point(self.x * n, self.y * n)
    __rmul__ = __mul__
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __float__(self): return float(self.x)
    def __call__(self, *, by=1): return self.x * by
    def __str__(self): return f"({self.x}, {self.y})"
    def __repr__(self): return f"Point{self}"
    def moved(self, *, dx=0): return Point(self.x + dx, self.y)
    @property
    def both(self): return [self.x, self.y]
    @classmethod
    def zero(cls): return cls(0, 0)
    def __enter__(self): return self
    def __exit__(self, *e): self.x = -1
class Point3(Point): pass
p = Point(3, 4)
class Empty: pass
"""


@pytest.mark.parametrize(
    "use",
    [
        *("p.x == 3 and p.both == [3, 4] and p.tags == []", "len(p) == 2", "p[1] == 4"),
        *("3 in p and 9 not in p", "list(p) == [3, 4]", "(p + p).x == 6", "(2 * p).y == 8"),
        *("abs(p) == 5.0 and abs(p * 2) == 10", "float(p) == 3.0", "p(by=2) == 6 and p() == 3"),
        *("str(p) == '(3, 4)' and repr(p) == 'Point(3, 4)' and f'{p!s}' == '(3, 4)'",),
        *("Point(y=1, x=2).x == 2", "Point(1, 2).moved(dx=1).x == 2", "Point.zero().x == 0"),
        *("isinstance(p, Point) and p.moved(dx=1).x == 4 and p.moved(dx=1).moved(dx=1).x == 5",),
        *("not isinstance(p, Point3) or p.moved(dx=3)", "sum([p, p, p]).x == 9"),
        *("isinstance(p, Point) and not isinstance(3, Point) and not isinstance(p, int)",),
        *("isinstance(Point3(1, 2), Point) and not isinstance(p, Point3)",),
        *("isinstance(p, (int, Point))", "type(p).__name__ == 'Point' and isinstance(Point, type)"),
        *("hasattr(p, 'x') and not hasattr(p, 'z') and getattr(p, 'z', 5) == 5",),
        *("Point.__name__ == 'Point' and Point.__doc__ == 'A point.' and callable(Point)",),
        *("p is not None and p.moved is not None", "{p: 1}[p] == 1", "not hasattr(Empty(), 'x')"),
    ],
)
def test_an_object_of_the_learners_class_answers(use, passes):
    passes(THING, f"assert {use}")


def test_an_object_of_the_learners_class_can_be_worked_with(passes):
    passes(THING, "p[0] = 7; assert p.x == 7\nwith p as q: assert q is p\nassert p.x == -1")


@pytest.mark.parametrize(
    "use",
    [
        *("p == p", "p == 3", "p != 3", "3 == p", "p < 3", "3 >= p", "p in [1]", "not p"),
        *(
            "bool(p)",
            "p",
            "p and True",
            "sorted([p, p])",
            "p.moved() == p",
            "[p] == [3]",
            "p.x == p",
        ),
        *("all([p])", "(1, 2) == (1, p)", "{'a': 3} == {'a': p}"),
    ],
)
def test_what_a_check_decides_by_is_not_left_to_the_learner(use, refuses):
    said = refuses(THING, f"assert {use}")
    assert "of a Point" in said and ("comparison" in said or "truth" in said)


def test_an_object_of_the_learners_cannot_be_changed_copied_or_inherited(refuses):
    assert "change of x" in refuses(THING, "p.x = 3")
    assert "copy" in refuses(THING, "import copy; copy.deepcopy(p)")
    assert "copy" in refuses(THING, "import pickle; pickle.dumps(p)")
    assert "makes a class of one" in refuses(THING, "class More(Point): pass")


def test_a_container_of_the_learners_class_keeps_its_methods(passes):
    passes(
        "class Stack(list):\n    def push(self, x): self.append(x)",
        "s = Stack(); s.push(3); s.push(4); assert len(s) == 2 and s[0] == 3 "
        "and list(s) == [3, 4]\n"
        "assert s.pop() == 4 and isinstance(s, Stack)",
    )


def test_named_tuples_arrive_as_such(passes):
    passes(
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\nq = P(1, 2)",
        "assert q.x == 1 and q == (1, 2) and P(3, y=4).y == 4 and q._asdict() == {'x': 1, 'y': 2}",
    )


def test_other_objects_answer_by_their_methods(passes):
    passes(
        "import re, io, pandas as pd\ndf = pd.DataFrame({'k': list('aba'), 'v': [1, 2, 3]})\n"
        "groups = df.groupby('k'); match = re.match(r'(\\w)(\\d)', 'a1'); "
        "file = io.StringIO('x\\ny')\n"
        "pattern = re.compile('a+')\nimport functools; part = functools.partial(max, 3)",
        "assert groups['v'].sum().to_dict() == {'a': 4, 'b': 2} and len(groups) == 2\n"
        "assert [k for k, _ in groups] == ['a', 'b']\n"
        "assert match.group() == 'a1' and match[2] == '1' and match.groups() == ('a', '1')\n"
        "assert next(file) == 'x\\n' and file.read() == 'y'\n"
        "assert pattern.pattern == 'a+' and part(5) == 5",
    )


def test_a_check_says_what_kind_of_object_it_cannot_judge(refuses):
    answer = "import pandas as pd; df = pd.DataFrame({'k': [1]}); groups = df.groupby('k')"
    assert "DataFrameGroupBy" in refuses(answer, "assert groups == 3")
    assert "Styler" in refuses(answer + "; styled = df.style", "assert styled")


# Objects that lie


@pytest.mark.parametrize(
    "lie",
    [
        "class Any:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n"
        "    def __sub__(self, o): return 0\n    def __lt__(self, o): return True\n"
        "    def __abs__(self): return 0\n    def __hash__(self): return 42\n"
        "    def __contains__(self, o): return True\n    def __iter__(self): return iter('abc')\n"
        "    def __getattr__(self, n): return lambda *a: 0 if a else 1\n"
        "    __add__ = __mul__ = __truediv__ = lambda self, o: self\n"
        "    def equals(self, o): return True\nx = Any()",
        "class Any:\n    def __sub__(self, o): return self\n"
        "    def __abs__(self): return 0\nx = Any()",
        "def x(): return 42\nx.equals = lambda o: True\nx.index = lambda o: 0",
        "class x:\n    equals = staticmethod(lambda o: True)\n"
        "    index = staticmethod(lambda o: 0)",
        "class Any(float):\n    def __eq__(self, o): return True\n"
        "    def __sub__(self, o): return 0.0\n    def __float__(self): return 42.0\nx = Any(1)",
        "class Any(int):\n    def __eq__(self, o): return True\n"
        "    def __sub__(self, o): return 0\n"
        "    def __int__(self): return 42\n    def __index__(self): return 42\nx = Any(1)",
        "import unittest.mock; x = unittest.mock.ANY",
        "import unittest.mock; x = unittest.mock.MagicMock()",
        "class Meta(type):\n    def __instancecheck__(cls, o): return True\n"
        "    def __eq__(cls, o): return True\nclass x(metaclass=Meta): pass",
        "import collections\n"
        "x = collections.namedtuple('Any', 'equals index')(lambda o: True, lambda o: 0)",
        "import collections\nx = collections.namedtuple('Any', 'equals')(list)",
        "class Any:\n    def __contains__(self, o): self.o = o; return True\n"
        "    def __iter__(self): return iter([self.o])\n    o = None\nx = Any()",
        "import numpy as np\nclass Any(np.ndarray):\n    def __eq__(self, o): return True\n"
        "    def __sub__(self, o): return 0\nx = np.array(1).view(Any)",
    ],
)
@pytest.mark.parametrize(
    "check",
    [
        *("x == 42", "abs(x - 42) < 1e-9", "x in (41, 42)", "not x != 42", "abs(42 - x) < 1"),
        *("abs(x / 42 - 1) < 1e-9", "x + 3 == 45", "x * 2 == 84", "x.equals(42)", "42 in x"),
        *("x.index(42) == 0", "not x.compare(42)", "41 < x < 43", "not (x - 42)", "x is 42"),
    ],
)
def test_an_object_that_equals_anything_has_no_points(lie, check, desk):
    assert desk.answer(lie).run(f"assert {check}")["score"] == 0


def test_a_method_that_gets_what_is_expected_needs_a_class_that_the_check_uses(refuses):
    answer = "class Table:\n    def equals(self, other): return True\ntable = Table()"
    said = refuses(answer, "assert table.equals([1, 2, 3])")
    assert said == (
        "the check calls equals(...) of a Table, which may be the learner's own code: let it first "
        "assert isinstance(..., Table)"
    )
    refuses(answer, "isinstance(table, Table)\ntable.other = 3")


@pytest.mark.parametrize("kept", ["lambda o: True", "str", "str.upper", "type('C', (), {})"])
def test_no_function_stands_behind_a_dot_of_a_value(kept, refuses, desk):
    names = "from collections import namedtuple\nimport pandas as pd\n"
    check = "assert x.startswith('B')"
    refuses(f"{names}x = namedtuple('T', 'n startswith')(1, {kept})", check)
    refuses(f"{names}x = [namedtuple('T', 'startswith')({kept})]", "assert x[0].startswith('B')")
    refuses(f"{names}x = pd.Series({{'startswith': {kept}, 'n': 1}})", check)
    told = desk.anew().answer(f"{names}x = pd.Series([{kept}, 1])").run("assert len(x) == 2")
    assert told["score"] == 2


def test_no_function_stands_behind_a_dot_of_a_record(desk):
    function = {"t": "function", "n": 7, "type": "function", "name": "f", "doc": None}
    forged = {"t": "snapshot", "n": 0, "id": 1, "of": ["matplotlib.lines.Line2D"], "c": []}
    desk.remote.replies = [{"value": {**forged, "a": {"equals": function}}}]
    desk.remote.replies.append({"value": True})
    assert desk.run("assert x.equals(42)")["status"] is Status.CANNOT


def test_what_a_check_has_made_is_no_other_answer(desk):
    desk.answer(
        "class Account:\n    def __init__(self): Account.first = self\n"
        "    def equals(self, other): return True"
    )
    assert desk.run("mine = Account()\nassert mine.equals(1)", "Account table")["score"] == 2
    assert desk.run("assert mine.equals(1)", "Account table")["score"] == 2
    desk.answer("table = Account.first\ndef table_of(): return table")
    owned = "Account table table_of"
    assert desk.run("assert table.equals([1, 2])", owned)["status"] is Status.CANNOT
    desk.run("mine = Account()", owned)
    assert desk.run("assert table_of().equals([1, 2])", owned)["status"] is Status.CANNOT


def test_that_a_check_has_used_a_class_holds_for_this_check_and_what_it_made(desk):
    desk.answer(THING).run("mine = Point(1, 2)", "Point p")
    assert desk.run("assert mine.moved(dx=1).x == 2", "Point p")["score"] == 2
    assert desk.run("p.moved(dx=1)", "Point p")["status"] is Status.CANNOT


# Verdicts


@pytest.mark.parametrize(
    "value, score",
    [("0.5", 0.5), ("1", 1.0), ("np.float64(1.5)", 1.5), ("np.int64(2)", 2.0), ("0", 0.0)]
    + [("None", 2.0), ("2.0", 2.0), ("np.float32(0.5)", 0.5), ("1;", 2.0)],
)
def test_a_check_gives_the_points_it_ends_in(value, score, desk):
    told = desk.run(f"import numpy as np\n{value}")
    assert (told["status"], told["score"]) == (Status.GRADED, score)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "float('nan')",
            "float('inf')",
            "-1",
            "-0.1",
            "2.1",
            "10**400",
            "True",
            "False",
            "'full'",
        ),
        *("np.bool_(True)", "np.array([1.0])", "np.array([1, 2])", "[1]", "np.float64('nan')"),
        *("b'1'", "1j", "object()", "pd.Series([1])", "p", "ax"),
    ],
)
def test_a_check_that_ends_in_no_number_of_points_is_refused(value, desk):
    desk.answer(THING + "import matplotlib.pyplot as plt; ax = plt.subplots()[1]")
    told = desk.run(f"import numpy as np, pandas as pd\n{value}")
    assert (told["status"], told["score"]) == (Status.CANNOT, 0.0)
    assert "points from 0 to 2" in told["message"]


def test_a_message_is_that_of_the_assertion_alone(fails):
    assert fails("", "secret = 42\nassert secret == 41, 'Look again'") == "Look again"
    assert fails("", "secret = 42\nassert secret == 41") == "the check does not hold"


def test_another_error_is_told_with_its_kind(fails, desk):
    assert fails("", "{}['k']") == "KeyError: 'k'"
    assert fails("", "raise ValueError") == "ValueError"
    assert fails("x = '3'", "x + 1").startswith("TypeError: can only concatenate")
    assert fails("", "assert (").startswith("SyntaxError")
    assert desk.run("1 / 0")["kind"] == "ZeroDivisionError"


def test_a_message_that_cannot_be_made_or_is_endless_is_cut(desk):
    code = "class E(Exception):\n    def __str__(self): 1 / 0\nraise E"
    assert desk.run(code)["message"] == "E"
    assert len(desk.run("assert False, 'a' * 10**6")["message"]) == check_runner.LONGEST_MESSAGE


def test_a_check_that_ends_the_process_has_no_points(fails):
    for code in ("exit()", "raise SystemExit(0)", "raise KeyboardInterrupt"):
        assert fails("", code)


def test_prints_of_check_and_learner_stand_in_order(desk):
    desk.answer("def f():\n    print('theirs')\n    return 1")
    told = desk.run("print('before'); f(); print('after')")
    assert told["printed"] == "before\ntheirs\nafter\n"


def test_what_a_function_printed_before_its_exception_is_seen(passes):
    passes(
        "def f():\n    print('hello'); raise ValueError",
        "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "    try: f()\n    except ValueError: pass\nassert out.getvalue() == 'hello\\n'",
    )


def test_what_a_function_says_on_stderr_does_not_matter(passes):
    passes("import sys\ndef f(): print('oh', file=sys.stderr); return 1", "assert f() == 1")


def test_magics_in_a_check_are_passed_over(passes):
    passes("x = 1", "%matplotlib inline\nassert x == 1")


# Trouble

SWALLOWED = [
    "try: {}\nexcept: pass",
    "try: {}\nexcept BaseException: pass",
    "import contextlib\nwith contextlib.suppress(BaseException): {}",
    "try: {}\nfinally: pass",
    "def f():\n    try: {}\n    finally: return\nf()",
]


@pytest.mark.parametrize("swallow", SWALLOWED)
@pytest.mark.parametrize(
    "use", ["p == 3", "ax.get_window_extent()", "ax.name2", "ax.get_title('right', 3)"]
)
def test_a_refusal_is_remembered_when_the_check_catches_it(use, swallow, desk):
    desk.answer(THING + "import matplotlib.pyplot as plt; ax = plt.subplots()[1]")
    told = desk.run(swallow.format(use))
    assert (told["status"], told["score"]) == (Status.CANNOT, 0.0)


@pytest.mark.parametrize("swallow", SWALLOWED)
@pytest.mark.parametrize(
    "reply, status",
    [
        (Late("late"), Status.TIMED_OUT),
        (Forged("forged"), Status.TAMPERED),
        (Refused("refused"), Status.CANNOT),
        (OSError("a broken socket"), Status.TAMPERED),
    ],
)
def test_trouble_with_the_kernel_is_remembered(reply, status, swallow, desk):
    desk.remote.replies = [reply]
    told = desk.run(swallow.format("x"))
    assert (told["status"], told["score"]) == (status, 0.0)


def test_trouble_ends_the_questions_of_this_check_and_not_of_the_next(desk):
    desk.answer("x = 1")
    desk.remote.replies = [Late("late")]
    told = desk.run("try: x\nexcept BaseException: pass\nx")
    assert (told["status"], told["questions"]) == (Status.TIMED_OUT, 1)
    assert desk.run("assert x == 1")["score"] == 2


def test_a_refusal_by_a_record_does_not_last_into_the_next_check(desk):
    desk.answer("import matplotlib.pyplot as plt; ax = plt.subplots()[1]")
    assert desk.run("ax.get_window_extent()")["status"] is Status.CANNOT
    assert desk.run("assert ax.get_title() == ''")["score"] == 2 and not snapshots.refusals


FORGED = [
    *("", "null", "[]", "3", '"x"', "{", "{}", "NaN", '{"value": NaN}', "\x00", "[" * 100_000),
    *({"value": {}}, {"value": {"t": 3}}, {"value": [{}]}, {"value": {"t": "os"}}, '{"value": {}'),
    *({"value": {"t": "function"}}, {"value": {"t": "instance", "n": 1, "type": "x"}}),
    *({"value": {"t": "instance", "n": "1", "type": "x", "has": [], "kinds": []}},),
    *({"value": {"t": "code", "n": 1, "v": ""}}, {"value": {"t": "named", "n": 1, "v": "os"}}),
    *({"value": {"t": "yours", "n": 1}}, {"value": {"t": "shared", "n": 0}}),
    *({"value": 3, "printed": 3}, {"value": 3, "printed": ["x"]}),
    *({"value": 3, "changed": 3}, {"value": 3, "changed": [[0, []]]}),
    *({"value": 3, "changed": [["0", []]]}, {"value": 3, "changed": [[0]]}),
    *(
        {"error": 3},
        {"error": {}},
        {"error": {"of": 3, "args": []}},
        {"error": {"of": [], "args": 3}},
    ),
    *(
        {"error": {"of": ["Exception"], "args": [{}]}},
        {"error": {"of": ["Exception"], "args": [{"t": 3}]}},
    ),
    *({"module": ["os"], "value": 3},),
]


@pytest.mark.parametrize("reply", FORGED, ids=lambda reply: str(reply)[:40])
def test_a_forged_reply_has_no_points_and_is_told(reply, desk):
    desk.remote.replies = [reply]
    told = desk.run("try: x\nexcept BaseException: pass")
    assert (told["status"] in (Status.TAMPERED, Status.CANNOT), told["score"]) == (True, 0.0)


@pytest.mark.parametrize(
    "changed",
    [
        *([[0, 3]], [[0, {"t": "dict", "v": [], "of": "dict"}]], [[1, []]], [[-1, []]]),
        *([[0, {}]], [[0, None]], [[True, []]], [[10**30, []]], [0], "ab", {"0": []}, 7),
    ],
    ids=str,
)
def test_a_forged_change_is_told(changed, desk):
    desk.answer("def f(x): pass")
    desk.run("f")
    desk.remote.replies = [agent.answer('{"op": "get", "name": "f"}').text]
    desk.remote.replies.append({"value": None, "changed": changed})
    told = desk.run("a = [1]\ntry: f(a)\nexcept Exception: pass\nassert a == [1]")
    assert (told["status"], told["score"]) == (Status.TAMPERED, 0.0)


def test_a_change_to_what_an_earlier_call_was_given_is_told(desk):
    desk.answer("def f(x): pass")
    get = agent.answer('{"op": "get", "name": "f"}').text
    late = {"value": 5, "changed": [[0, [5]]]}
    desk.remote.replies = [get, {"value": None, "changed": []}, late]
    told = desk.run("wanted = [1]\nf(wanted)\nx\nassert wanted == [5]", "f x")
    assert (told["status"], told["score"]) == (Status.TAMPERED, 0.0)


def test_a_value_nested_too_deeply_is_refused(refuses):
    assert "deep" in refuses("x = []\nfor _ in range(10**4): x = [x]", "x")
    assert "deep" in refuses("x = []; x.append(x)", "x")
    assert "deep" in refuses("f = len", "x = []; x.append(x); f(x)")


def test_a_lying_error_class_is_no_way_around(desk):
    desk.remote.replies = [{"error": {"of": ["StopIteration", "Exception"] * 500, "args": []}}]
    told = desk.run("assert all(map(lambda x: f, [1]))")
    assert told["score"] == 0
