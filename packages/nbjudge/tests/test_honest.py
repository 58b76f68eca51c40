"""What other people's courses ask for: judged as in nbgrader, or not judged, and never a false 0.

Each part stands for a difference that was silent. The learner's side is the real agent, and where
a kernel matters, a real one in the sandbox.
"""

import json
import linecache
from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString

import nbjudge
from nbjudge import Limits, Source, Status, Submission, grade, try_out
from nbjudge._assignment.lint import lint
from nbjudge._assignment.outline import TAG, outline
from nbjudge._nbgrader import plugins
from nbjudge._nbgrader.gradebook import CourseError
from small_course import code, notebook

STUB = "pass\n### BEGIN SOLUTION\n{}\n### END SOLUTION"


def source(*cells, files=None, **metadata):
    """Of strings that are read-only, of pairs (solution, check), and of cells."""
    made = []
    for number, cell in enumerate(cells):
        if isinstance(cell, str):
            made.append(code(f"setup{number}", cell))
        elif isinstance(cell, tuple):
            made.append(code(f"q{number}", STUB.format(cell[0]), solution=True))
            made.append(code(f"q{number}_check", cell[1], 2))
        else:
            made.append(cell)
    nb = notebook(*made)
    nb.metadata.update(metadata)
    return Source("ps1", nbformat.writes(nb), files or {})


def hand_in(source, files=None, **answers):
    """The author's solution, but for these answers."""
    nb = nbformat.reads(source.notebook, 4)
    for cell in nb.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    return Submission(nbformat.writes(nb).encode(), files or {})


def judged(source, limits=None, files=None, **answers):
    """Status, points and message of each check, with the trial applied."""
    result = try_out(source).apply(grade(source, hand_in(source, files, **answers), limits))
    return {one.name: (one.status, one.score, one.message) for one in result.checks}


def scores(source, **answers):
    return [score for _, score, _ in judged(source, **answers).values()]


# What a learner imports


def test_what_only_an_answer_imports_the_learner_has_to_import(desk):
    told = desk.run("assert id(np)", np="numpy")
    assert (told["score"], told["message"]) == (0.0, "NameError: name 'np' is not defined")
    assert desk.answer("import numpy as np").run("assert id(np)", np="numpy")["score"] == 2.0


def test_another_thing_by_the_name_of_an_import_is_neither_believed_nor_a_zero(desk):
    desk.answer("import random as np\nfrom math import floor as sqrt")
    told = desk.run("assert np.pi > 3", np="numpy")
    assert told["status"] == Status.CANNOT
    assert told["message"] == "np, which is random here, and numpy in the assignment"
    assert desk.run("assert sqrt(9) == 3", sqrt="math.sqrt")["status"] == Status.CANNOT


def test_a_blank_that_imports_nothing_gets_no_points_for_the_import():
    asked = source(
        ("import statistics as st\nfrom helper import half", "assert st and half(4) == 2")
    )
    asked = replace(asked, files={"helper.py": b"def half(n): return n / 2"})
    assert scores(asked) == [2.0]
    assert scores(asked, q0="pass") == scores(asked, q0="import statistics as st") == [0.0]


# What a learner writes into a file


def test_a_check_never_takes_the_authors_file_for_the_learners():
    solution = "kept = 1\nopen('out.txt', 'w').write('7')"
    asked = source((solution, "assert kept == 1 and open('out.txt').read() == '7'"))
    asked = replace(asked, files={"out.txt": b"7", "given.txt": b"3"})
    wrong = judged(asked, q0="kept = 1")["q0_check"]
    assert wrong[:2] == (Status.CANNOT, 0) and "out.txt, which the answer writes" in wrong[2]
    assert judged(asked)["q0_check"][0] is Status.CANNOT
    assert "out.txt" in try_out(asked).complaints()[0].sentence
    # What is only given is the author's, also where a learner has changed it.
    given = source(("kept = 1", "assert kept == 1 and open('given.txt').read() == '3'"))
    given = replace(given, files=asked.files)
    assert scores(given, q0="kept = 1\nopen('given.txt', 'w').write('4')") == [2.0]


def test_a_file_that_the_author_does_not_have_is_no_false_zero():
    asked = source(("open('mine.txt', 'w').write('7')", "assert open('mine.txt').read() == '7'"))
    assert judged(asked)["q0_check"][0] is Status.CANNOT


# What a check can find out of where it runs


def test_a_check_is_told_as_by_nbgrader_that_it_is_graded():
    asked = source(
        ("import os\nmode = os.environ['NBGRADER_EXECUTION']", "assert mode == 'autograde'"),
        ("pass", "import os\nassert os.environ.get('NBGRADER_EXECUTION') != 'autograde'"),
    )
    given = grade(asked, hand_in(asked))
    assert [check.score for check in given.checks] == [2.0, 0.0]


def test_a_check_sees_the_learners_names(desk, passes, fails):
    seen = "def there(names): return 'q' in names\n"
    for names in ("dir()", "locals()", "globals()", "vars()"):
        passes("q = 3", f"{seen}assert there({names}) and not 'zz' in {names}")
        desk.anew()
        fails("p = 3", f"assert 'q' in {names}", "q")
    passes("q = 3", "assert globals()['q'] == 3 and globals().get('zz', 4) == 4")
    passes("q = 3", "import inspect\nassert 'q' in inspect.currentframe().f_globals")


# Values


OPEN = "class Bunch(dict):\n    def __getattr__(self, n): return self[n]\nb = Bunch(x=3, f=len)"


def test_a_dict_whose_items_are_attributes_keeps_them(passes, fails):
    passes(OPEN, "assert b.x == b['x'] == 3 and sorted(b) == ['f', 'x'] and isinstance(b, dict)")
    fails(OPEN, "assert b.x == 4, 'x'")
    fails(OPEN, "assert b.f(3)")  # a function behind a dot could be any method
    fails("b = dict(x=3)", "assert b.x == 3")


def test_a_value_of_a_class_of_ones_own_goes_as_what_it_equals(passes):
    """`str(ink)` is another text, and so are the items that `Pair` goes through."""
    passes(
        "import enum\nclass Ink(str, enum.Enum): RED = 'red'\nink = Ink.RED",
        "assert ink == 'red' and ink in ('red', 'blue') and f'{ink}'",
    )
    pair = "class Pair(list):\n    def __iter__(self): return iter('no')\npair = Pair([1, 2])"
    passes(pair, "assert pair == [1, 2] and len(pair) == 2")


def test_an_array_in_a_list_is_the_one_that_has_a_name(desk, passes, fails):
    made = "import numpy as np\na = np.arange(3)\nb = np.arange(3)\nlist_a = [0, a]"
    passes(made, "assert list_a == [0, a] and list_a[1] is a and a is not b")
    assert "ambiguous" in fails(made, "assert list_a == [0, b]")
    grown = f"{made}\ndef grow(): a[0] += 1"
    passes(grown, "assert a[0] == 0\ngrow()\nassert list_a[1][0] == 1", "a list_a grow")
    called = "import numpy as np\ndef two(): return np.arange(2)"
    passes(called, "x, y = two(), two()\nx[0] = 5\nassert y[0] == 0")


CHANNEL = """
class X:
    def __getitem__(self, key): return {'shorthand': 'year'}[key]
    def __call__(self, *a): return 5
    size = 4
class Chart: pass
chart = Chart(); chart.x = X()
"""


def test_what_can_be_called_can_also_be_indexed(passes, refuses):
    passes(
        CHANNEL, "assert chart.x['shorthand'] == 'year' and chart.x.size == 4 and chart.x() == 5"
    )
    assert "x(...) of a Chart" in refuses(CHANNEL, "assert chart.x(3) == 5")


SENT = """
def running():
    total = 0
    while True: total += (yield total) or 0
"""


def test_a_generator_can_be_sent_values_and_lies_about_nothing_by_it(passes, fails):
    check = "g = running()\nassert (next(g), g.send(2), g.send(3), next(g)) == (0, 2, 5, 5)"
    passes(SENT, check)
    fails("def running(): yield from [0, 2, 4, 5]", check)


def test_a_decorated_function_can_be_undone(desk, passes, fails):
    made = "import functools\ndef twice(f):\n    @functools.wraps(f)\n"
    made += "    def inner(n): return 2 * f(n)\n    return inner\ndef one(n): return n\n"
    check = "one = twice(one)\nassert one(3) == 6\none = one.__wrapped__"
    passes(made, check, "one twice")
    assert desk.theirs["one"](3) == 3
    assert "__wrapped__" in fails(made.replace("@functools.wraps(f)", ""), check, "one twice")


SUMS = "def sums(n, step=2):\n    return sum(range(0, n, step))\n"


def asks_for_text(desk, answer, check):
    """Of an answer in a cell, as ipykernel has it."""
    desk.remote.cells = [answer]
    linecache.cache["cell"] = (len(answer), None, answer.splitlines(keepends=True), "cell")
    exec(compile(answer, "cell", "exec"), desk.theirs)
    told = desk.run(f"import inspect\n{check}")
    return told["status"], told["score"], told["message"]


def test_the_text_of_a_function_is_known_where_a_cell_of_the_learners_has_it(desk):
    passed = (Status.GRADED, 2.0, "")
    assert asks_for_text(desk, SUMS, f"assert inspect.getsource(sums) == {SUMS!r}") == passed
    lines = "assert inspect.getsourcelines(sums)[0][1] == '    return sum(range(0, n, step))\\n'"
    assert asks_for_text(desk, SUMS, lines) == passed
    made = "class P:\n    def __init__(self, n):\n        print(n)\n        self.n = n\n"
    check = "assert 'print(' in inspect.getsource(P(1).__init__)\n"
    check += "assert [*inspect.signature(P(2).__init__).parameters] == ['n']"
    assert asks_for_text(desk, made, check) == passed
    assert asks_for_text(desk, made.replace("print", "str"), check)[:2] == (Status.GRADED, 0.0)


def lies(desk, op, lie):
    """Let this be the value in the replies to questions of one kind."""
    honest = desk.remote.exchange

    def exchange(question):
        return json.dumps({"value": lie}) if json.loads(question)["op"] == op else honest(question)

    desk.remote.exchange = exchange


@pytest.mark.parametrize("lie", ["def sums(n, step=2):\n    return 6\n", "def sums(n", "", 5])
def test_a_lie_about_the_text_of_a_function_shows_only_what_was_handed_in(desk, lie):
    desk.answer(SUMS).remote.cells = [SUMS]
    lies(desk, "source", lie)
    told = desk.run("import inspect\ntry: inspect.getsource(sums)\nexcept OSError: assert False")
    assert told["score"] == 0 and (lie == "" or told["status"] != Status.GRADED)


def test_a_function_tells_its_defaults_and_the_names_in_its_code(passes, fails):
    passes(SUMS, "assert sums.__defaults__ == (2,) and 'range' in sums.__code__.co_names")
    signature = "import inspect\nassert inspect.signature(sums).parameters['step'].default == 2"
    passes(SUMS, signature)
    fails(SUMS.replace("=2", "=3"), signature)


def test_a_forged_signature_is_seen(desk):
    desk.answer(SUMS)
    lies(desk, "signature", [["; import os", 9, "x"]])
    check = "import inspect\ntry: inspect.signature(sums)\nexcept Exception: pass"
    assert desk.run(check)["status"] == Status.TAMPERED


def test_a_function_of_a_module_is_known_by_where_it_is_defined(passes, fails, refuses):
    passes("from math import sqrt as f", "import math\nassert f == math.sqrt and f != math.floor")
    held = "import math\nclass C: pass\nc = C()\nc.f = math.sqrt"
    passes(held, "import math\nassert c.f == math.sqrt and c.f in [math.sqrt]")
    fails(held, "import math\nassert c.f == math.floor")
    # Of the same name as a function of the check, which has no module either.
    fails("def f(): pass", "def g(): pass\ng.__qualname__ = 'f'\nassert f == g")


def test_what_an_object_has_is_seen_by_dir(passes, fails):
    made = "class Dog:\n    def bark(self): return 'w'\nd = Dog()\nd.age = 3"
    passes(made, "assert 'bark' in dir(Dog) and 'age' in dir(d) and 'bark' in dir(d)")
    fails(made, "assert 'age' in dir(Dog)")


@pytest.mark.parametrize("lie", [["age", 3], "age", {"age": 1}])
def test_forged_names_are_seen(desk, lie):
    desk.answer("class Dog: pass\nd = Dog()")
    lies(desk, "dir", lie)
    assert desk.run("try: dir(d)\nexcept: pass")["status"] == Status.TAMPERED


def test_the_colour_of_a_line_is_known_by_the_name_that_courses_use(passes, fails):
    drawn = "import matplotlib.pyplot as plt\nax = plt.figure().add_subplot()\n"
    drawn += "ax.plot([1, 2], color='red')"
    passes(drawn, "assert ax.lines[0]._color == ax.lines[0].get_color() == 'red'")
    fails(drawn.replace("red", "tan"), "assert ax.lines[0]._color == 'red'")


def test_two_copies_of_one_chart_are_equal(passes, fails):
    made = "import matplotlib.pyplot as plt\nfig, axes = plt.subplots(2)\nlow = axes[1]"
    passes(made, "assert low == axes[-1] and low != axes[0] and low in fig.axes and {low: 1}")
    fails(made, "assert low == axes[0]")


def test_the_parts_of_a_chart_that_courses_ask_for(passes, fails):
    made = "import matplotlib.pyplot as plt\nax = plt.figure().add_subplot()\n"
    made += "ax.plot([1, 2], 'D--')\nax.bar([1, 2], [3, 4], alpha=0.5)\n"
    made += "ax.imshow([[1, 2]], cmap='gray')"
    check = "import matplotlib\nbars = [one for one in ax.get_children()"
    check += " if one.__class__ == matplotlib.patches.Rectangle]\n"
    check += "assert len(bars) == 3 and bars[0]._alpha == 0.5\nline = ax.lines[0]\n"
    check += "assert (line._linestyle, line._marker._marker) == ('--', 'D')\n"
    check += "assert ax.images[0].cmap.name == 'gray' and ax.images[0]._A.max() == 2"
    passes(made, check)
    fails(made.replace("gray", "hot"), check)


DRAWN = """
def draw(ax, colour='red'):
    ax.plot([1, 2], color=colour)
    ax.set_title('Votes')
"""
ON_AXES = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"


def test_a_function_can_draw_into_an_axes_of_the_checks(passes, fails, refuses):
    check = f"{ON_AXES}draw(ax, 'tan')\nassert ax.get_title() == 'Votes' and len(ax.lines) == 1\n"
    check += "assert ax.lines[0].get_color() == 'tan' and fig.axes[0] is ax\nplt.close(fig)"
    passes(DRAWN, check, "draw")
    fails("def draw(ax, colour='red'): ax.plot([1])", check, "draw")
    fails("def draw(ax, colour='red'): pass", check, "draw")
    begun = check.replace("draw(ax", "ax.plot([3])\ndraw(ax")  # it has only an empty one to send
    assert "which is not among" in refuses(DRAWN, begun, "draw")


def test_only_an_empty_axes_becomes_what_a_reply_says_that_it_is(desk):
    desk.answer("def order(items): pass\ndef draw(ax): pass")
    of = ["matplotlib.axes._axes.Axes"]
    chart = {"t": "snapshot", "n": 0, "id": 1, "of": of, "a": {}, "c": [["get_title", [], "V"]]}
    real = desk.remote.exchange

    def exchange(question):
        reply = json.loads(real(question))
        if json.loads(question)["op"] == "call":
            reply["changed"] = [[0, chart]]
        return json.dumps(reply)

    desk.remote.exchange = exchange
    assert desk.run(f"{ON_AXES}draw(ax)\nassert ax.get_title() == 'V'", "draw")["score"] == 2
    assert desk.run("items = [1]\norder(items)", "order")["status"] == Status.TAMPERED
    chart["of"] = ["matplotlib.figure.Figure"]
    assert desk.run(f"{ON_AXES}draw(ax)", "draw")["status"] == Status.TAMPERED


PICTURE = """
from PIL import Image
picture = Image.new('RGB', (4, 3), (1, 2, 3))
palette = picture.quantize(2)
def crop(img, n=2): return img.crop((0, 0, n, n))
"""


def test_a_picture_goes_by_value(passes, fails):
    check = "import numpy as np\nfrom PIL import Image\nassert isinstance(picture, Image.Image)\n"
    check += "assert picture.size == (4, 3) and np.array(picture)[0, 0].tolist() == [1, 2, 3]\n"
    check += "assert crop(Image.new('L', (5, 5)), 3).size == (3, 3) and crop(picture).mode == 'RGB'"
    passes(PICTURE, check)
    # With a palette, it stays where it is and answers for itself.
    passes(PICTURE, "assert palette.size == (4, 3) and palette.getpalette()[:3] == [1, 2, 3]")
    fails(PICTURE.replace("2, 3))", "2, 4))"), check)


@pytest.mark.parametrize("size", [[10**6, 10**6], [0, 5], [-2, -2], [1.5, 2], [9]])
def test_a_picture_of_more_than_was_sent_is_not_made(desk, size):
    desk.remote.replies = [{"value": {"t": "picture", "mode": "L", "size": size, "v": "AAAA"}}]
    assert desk.run("assert picture")["status"] == Status.TAMPERED


# What a check must not do with what it gets


@pytest.mark.parametrize(
    "check",
    [
        "wanted = 4711\nassert eval(text) == wanted",
        "wanted = 4711\nassert eval(text_of()) == wanted",
        "wanted = 4711\ndef value(of): return eval(of, globals())\nassert value(text) == wanted",
        "wanted = 4711\nfor one in [text]:\n    assert eval(compile(one, '', 'eval')) == wanted",
        "wanted = 4711\nexec('got = ' + text)\nassert got == wanted",
        "exec(In[-1])\nassert done",
        "import pickle\nassert pickle.loads(text_of())",
    ],
)
def test_a_check_never_runs_text_of_the_learners_as_code(desk, check):
    """That would be where the checks and what they know are, with the teacher's own rights."""
    lie = "__import__('sys')._getframe(1).f_globals['wanted']"
    desk.answer(f"text = {lie!r}\nIn = ['done = 1']\ndef text_of(): return text")
    told = desk.run(check, "text text_of")
    assert (told["score"], told["status"]) == (0, Status.CANNOT)
    assert "as code" in told["message"]
    asked = source(("text = '1'\ndef text_of(): return text\ndone = 1", check))
    assert any("as code" in one.sentence for one in lint(asked))


def test_a_check_may_run_text_of_its_own(passes):
    check = "import json, re\nfor n in range(3):\n    assert eval(f'f({n})') == n\n"
    check += "assert json.loads(text) == 5 and re.compile(text)"
    passes("def f(n): return n\ntext = '5'", check, "f text")


LIBRARY = "import re\nt = re.compile('[0-9]')"


def test_a_class_of_a_library_is_known_by_name(desk, passes, fails):
    known = "import re\nassert isinstance(t, re.Pattern) and type(t) is re.Pattern\n"
    passes(LIBRARY, f"{known}assert t.findall('a1b') == ['1'] and 'Pattern' in str(type(t))")
    fails("t = '[0-9]'", known)
    fails("import random\nt = random.Random()", known)


def test_a_method_with_arguments_needs_a_class_that_the_check_names(refuses):
    said = refuses(LIBRARY, "assert t.findall('a1b') == ['1']")
    assert said.endswith("let it first assert isinstance(..., Pattern)")


def test_a_class_that_travels_by_value_is_not_believed_by_name(desk):
    """An object that says it is a table could answer for one: table.equals(wanted)."""
    desk.answer("t = 3")
    desk.remote.get("t")
    told = {"t": "instance", "n": 9, "type": "DataFrame", "has": [], "kinds": []}
    told["classes"] = ["pandas.core.frame:DataFrame"]
    check = "import pandas as pd\nassert isinstance(t, pd.DataFrame)"
    desk.remote.replies = [{"value": told}]
    assert desk.run(check)["score"] == 0
    told["classes"] = ["re:Pattern"]  # is believed, but has no such method
    method = {"t": "function", "n": 11, "type": "function", "name": "equals", "doc": None}
    desk.remote.replies = [{"value": {**told, "n": 10}}, {"value": method}, {"value": True}]
    told = desk.run("import re\nassert isinstance(t, re.Pattern) and t.equals(3)")
    assert (told["score"], told["status"]) == (0, Status.CANNOT)


def test_the_type_of_a_learners_object_is_the_learners_class(passes, fails):
    dog = "class Dog: pass\nclass Cat: pass\nd, e, c = Dog(), Dog(), Cat()"
    passes(dog, "assert type(d) is Dog and type(d) is type(e) and type(d).__name__ == 'Dog'")
    fails(dog, "assert type(c) is Dog")
    passes("n = 3", "assert type(n) is int and type(n) in (int, float)\nT = type('T', (), {})")


def test_what_a_call_changed_may_be_compared_by_a_tool_that_the_learner_imports(desk):
    """numpy is no answer: `rows == np.array(...)` compares with nothing of the learner's."""
    desk.answer("import numpy as np\ndef f(a): a[0] = 5\ndef g(a): a[:] = 0; return 0")
    check = "rows = np.arange(2)\nf(rows)\nassert (rows == np.array([5, 1])).all()"
    assert desk.run(check, "np f", np="numpy")["score"] == 2
    check = "rows = np.arange(3)\nassert g(rows) == np.sum(rows)"
    assert desk.run(check, "np g", np="numpy")["score"] == 0


# Names that a check binds


def test_what_a_check_binds_is_there_for_code_that_uses_it_in_the_source():
    """By mistake, which nobody notices in nbgrader."""
    asked = source(
        "import math\nscale = 1",
        (
            "def f(x):\n    return x * scale + len(table)",
            "table = [1, 2]\nscale = 3\nassert f(1) == 5",
        ),
        ("g = helper(2) + copy.copy(1)", "assert g == 5"),
    )
    asked = replace(
        asked,
        notebook=asked.notebook.replace(
            "assert f(1)", "import copy\\nhelper = lambda n: 2 * n\\nassert f(1)"
        ),
    )
    assert scores(asked) == [2.0, 2.0]
    steps = outline(asked)
    assert steps["q1_check"].lent == {"table", "scale", "copy", "helper"}
    assert steps["q2_check"].lent == set()
    said = [one.sentence for one in lint(asked)]
    assert any(one.startswith("An answer uses table, which this check binds") for one in said)


# The end of a check


def test_a_last_line_that_is_no_number_gives_all_points_as_in_nbgrader():
    check = "assert pair[0] == 1\npair"
    asked = source(("pair = (1, 2)", check))
    assert scores(asked) == [2.0] and scores(asked, q0="pair = (3, 2)") == [0.0]
    assert "Write assert in front" in try_out(asked).complaints()[0].sentence
    raw = grade(asked, hand_in(asked))
    assert raw.status is Status.CANNOT  # without the author's word for it
    numbers = source(("n = 1", "n"))  # there, a learner's text is no full mark
    assert judged(numbers, q0="n = 'all'")["q0_check"][0] is Status.CANNOT
    assert judged(numbers, q0="n = 2")["q0_check"][1] == 2.0


@pytest.mark.parametrize("end", ["n == 1", "(np.array([n]) == 1).all()"])
def test_a_last_line_that_is_true_gives_all_points_and_a_false_one_is_left_to_a_person(end):
    asked = source("import numpy as np", ("n = 1", f"assert n\n{end}"))
    assert judged(asked)["q1_check"][:2] == (Status.GRADED, 2)
    assert judged(asked, q1="n = 2")["q1_check"][:2] == (Status.CANNOT, 0)
    assert judged(asked, q1="n = 0")["q1_check"][:2] == (Status.GRADED, 0)
    assert "The last line is true" in try_out(asked).complaints()[0].sentence
    points = source(("n = 1", "n"))  # where the author's is a number, true is none
    assert judged(points, q0="n = True")["q0_check"][0] is Status.CANNOT


# Cells


def test_a_read_only_cell_that_stops_costs_what_needs_it_alone():
    asked = source(
        "import math\nmath.no_such_name\nlimit = 3",
        ("n = 1", "assert n == 1"),
        ("m = 1", "assert m < limit"),
    )
    found = judged(asked)
    assert found["q1_check"][:2] == (Status.GRADED, 2)
    raw = grade(asked, hand_in(asked, q1="n = 2")).checks
    assert [check.status for check in raw] == [Status.CANNOT] * 2
    assert "a read-only cell of the author's stops: AttributeError" in raw[1].message


def test_the_authors_own_cells_take_no_seconds_of_a_check():
    slow = "import sys, time\nshell = sys.modules.get('IPython')\n"
    slow += "time.sleep(0 if shell and shell.get_ipython() else 6)\nlimit = 3"  # with the judge
    asked = source(slow, ("n = 1", "assert n < limit"))
    result = grade(asked, hand_in(asked), Limits(check_seconds=1.5))
    assert (result.status, result.score) == (Status.GRADED, 2)


WIDGET = """
from comm import create_comm
state = {"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel", "outputs": []}
out = create_comm(target_name="jupyter.widget", data={"state": {**state, "msg_id": ""}})
message = get_ipython().kernel.get_parent()["header"]["msg_id"]
out.send({"method": "update", "state": {"msg_id": message}})
print("shown in a widget")
out.send({"method": "update", "state": {"msg_id": ""}})
n = 1
"""


def test_a_widget_is_honest():
    asked = source(*[(WIDGET, "assert n == 1")] * 5)
    result = grade(asked, hand_in(asked))
    assert result.status is Status.GRADED and result.score == 10
    assert result.cost["kernels"] == 1 and "shown in a widget" in result.notebook


def test_another_language_is_refused_by_name():
    spec = {"name": "ir", "display_name": "R", "language": "R"}
    asked = source(("n <- 1", "stopifnot(n == 1)"), kernelspec=spec)
    result = grade(asked, hand_in(asked))
    assert (result.status, result.cost["kernels"]) == (Status.CANNOT, 0)
    assert result.checks[0].message == "the notebook is in r, not in Python"
    assert [one.sentence for one in lint(asked)] == [
        "The notebook is in r: only Python is judged, so all checks wait for your mark."
    ]
    assert try_out(asked).complaints() == []


def test_a_module_beside_the_notebook_goes_before_one_that_was_imported_early():
    """For the check, too. colorsys is of the standard library: it stays Python's own."""
    from nbjudge._kernel.forkserver import ForkServer

    files = {"xdrtools.py": b"where = 'beside'"}
    files |= {"nbformat/__init__.py": b"where = 'beside'", "colorsys.py": b"where = 'beside'"}
    asked = source(
        "import nbformat",
        ("mine = nbformat.where", "import nbformat\nassert mine == nbformat.where == 'beside'"),
        ("n = 1", "import colorsys\nassert colorsys.hsv_to_rgb and n == 1"),
        files=files,
    )
    with ForkServer(["nbformat", "colorsys"]) as early:
        result = grade(asked, hand_in(asked), forkserver=early)
    assert [check.score for check in result.checks] == [2.0, 2.0]


def test_a_notebook_that_is_graded_again_is_the_same():
    asked = source(("n = 1", "assert n == 1"))
    nb = nbformat.reads(asked.notebook, 4)
    nb.cells += [new_code_cell("p = 1"), new_code_cell("p = 1")]
    for cell in nb.cells:
        cell.pop("id", None)
    nb.nbformat_minor = 4
    asked = replace(asked, notebook=nbformat.writes(nb))
    given = Submission(nbformat.writes(nb).encode())
    ids = [
        [cell["id"] for cell in json.loads(grade(asked, given).notebook)["cells"]] for _ in range(2)
    ]
    assert ids[0] == ids[1] and len(set(ids[0])) == 4


# nbgrader's settings


def test_nbgraders_time_for_a_cell_is_ours():
    assert plugins.Grade(config=Config(Execute={"timeout": 7})).all_limits == Limits(
        cell_seconds=7, check_seconds=7
    )
    assert plugins.Grade(config=Config(Execute={"timeout": 90})).all_limits.notebook_seconds == 900
    both = Config(Execute={"timeout": 7}, Grade={"limits": {"cell_seconds": 9}})
    assert plugins.Grade(config=both).all_limits.cell_seconds == 9
    typed = Config(Execute={"timeout": DeferredConfigString("7")})  # --Execute.timeout=7
    assert plugins.Grade(config=typed).all_limits == Limits(cell_seconds=7, check_seconds=7)
    for none in (None, -1):
        assert plugins.Grade(config=Config(Execute={"timeout": none})).all_limits == Limits()


@pytest.mark.parametrize("off", [False, DeferredConfigString("False")])
def test_outputs_that_were_handed_in_are_not_believed(off):
    with pytest.raises(CourseError, match="only what it has run itself"):
        _ = plugins.Grade(config=Config(Execute={"enabled": off})).all_limits


# Lint


def test_lint_never_stops_an_assignment():
    nb = new_notebook(cells=[code("q", "", solution=True), code("q", "", solution=True)])
    (said,) = plugins.complaints(Source("ps1", nbformat.writes(nb)), plugins.Grade())
    assert said == "ps1: the checks were not read. grade ids that occur twice: q"


def test_lint_is_calm_where_solutions_are_left_out():
    asked = source(
        ("", "import numpy as np\nassert np.isclose(mean([1]), 1)"), ("", "assert total == 3")
    )
    assert lint(asked) == []
    (said,) = plugins.complaints(asked, plugins.Grade())
    assert said.startswith("ps1: No solution is written for the answers to q0_check, q1_check")


def test_lint_says_once_for_a_notebook_that_only_an_answer_imports_a_tool():
    asked = source(*[("import math\nn = 1", "assert math.isclose(n, 1)")] * 3)
    assert [one.cell for one in lint(asked)] == ["q0_check"]


# A way out


def tagged(name, check, points=2, tag=TAG):
    cell = code(name, check, points)
    cell.metadata["tags"] = [tag]
    return cell


def wayout(check, solution="n = 1", **more):
    return source(code("q", STUB.format(solution), solution=True), tagged("q_check", check, **more))


def test_a_tagged_check_runs_in_the_learners_kernel():
    asked = wayout(
        "import inspect\nassert 'n + 1' in inspect.getsource(f)", "def f(n):\n    return n + 1"
    )
    trial = try_out(asked)
    assert trial.unpassed == set() and trial.reference["q_check"].in_kernel
    result = trial.apply(grade(asked, hand_in(asked)))
    assert (result.status, result.score) == (Status.GRADED, 2)
    wrong = grade(asked, hand_in(asked, q="def f(n):\n    return 1 + n"))
    assert (wrong.score, wrong.checks[0].status) == (0, Status.GRADED)
    crash = grade(
        asked,
        hand_in(
            asked,
            q="import os, inspect\ndef f(n): inspect.getsource = lambda f: os._exit(1)\nf(1)",
        ),
    )
    assert (crash.status, crash.score) == (Status.CRASHED, 0)


def test_a_tagged_check_counts_as_in_nbgrader():
    half = wayout("1.5 if n == 1 else 0.5")
    assert [grade(half, hand_in(half, q=f"n = {n}")).score for n in (1, 2)] == [1.5, 0.5]
    assert grade(half, hand_in(half, q="n = 1\nclass Big(float): pass")).score == 1.5
    more = wayout("7.0")
    result = grade(more, hand_in(more))
    assert (result.status, result.score) == (Status.CANNOT, 0)
    free = wayout("print('all come so far')")
    assert try_out(free).apply(grade(free, hand_in(free, q="pass"))).score == 2


def test_a_tagged_check_is_marked_as_such_wherever_it_is_seen():
    asked = wayout("assert n == 1")
    result = grade(asked, hand_in(asked))
    assert nbjudge.Result.from_json(result.to_json())["q_check"].in_kernel
    assert f"q_check: {plugins.IN_KERNEL}" in plugins.explanation(result).replace("&#x27;", "'")
    assert [one.cell for one in lint(asked)] == ["q_check"]
    assert "as in plain nbgrader: code can read it" in lint(asked)[0].sentence


def test_an_unknown_tag_gets_one_sentence():
    asked = source(
        ("n = 1", "assert n == 1"), tagged("q_check", "assert n == 1", tag="nbjudge-kernal")
    )
    assert [str(one) for one in lint(asked)] == [
        "q_check: The tag nbjudge-kernal is not known. The only one is nbjudge-kernel, for a check."
    ]
    misplaced = source(tagged("read", "import math", points=0), ("n = 1", "assert n == 1"))
    assert ["does nothing here" in one.sentence for one in lint(misplaced)] == [True]


def test_what_a_tagged_check_binds_is_the_learners_and_survives_a_new_kernel():
    asked = source(
        code("q", STUB.format("n = 1"), solution=True),
        tagged("q_check", "table = [n, 2]\nassert n == 1"),
        ("import os\nm = sum(table)", "assert m == 3 and table == [1, 2]"),
    )
    assert scores(asked) == [2.0, 2.0]
    dead = "import os; os._exit(1)"
    assert [c.score for c in grade(asked, hand_in(asked, q2=dead)).checks] == [2.0, 0.0]
