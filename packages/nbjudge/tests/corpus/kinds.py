"""The kinds of checks that other people's courses have: one of each, in words of our own.

A kind is (solution, wrong answer, check); `@` stands for a name that no other kind uses. What the
kinds are was read in 53 published assignments of ten courses; no text of theirs is here.
"""

import textwrap

from small_course import code, notebook

SETUP = """import collections, copy, datetime, math, random, re
import numpy as np
import pandas as pd
class Animal:
    def speak(self): return '...'
def is_defined(names, name): return name in names"""

KINDS = {
    # Values
    "number": ("@ = 3", "@ = 4", "assert @ == 3"),
    "close": ("@ = 0.1 + 0.2", "@ = 0.4", "assert abs(@ - 0.3) < 1e-9"),
    "text": ("@ = 'Ay'", "@ = 'By'", "assert @.lower() == 'ay' and isinstance(@, str)"),
    "list": ("@ = [1, 2]", "@ = [2, 1]", "assert @ == [1, 2] and len(@) == 2"),
    "set": ("@ = {1, 2}", "@ = {1}", "assert @ == {2, 1} and 2 in @"),
    "dict": ("@ = {'a': 1}", "@ = {'a': 2}", "assert @['a'] == 1 and list(@) == ['a']"),
    "bunch": (
        "class Result(dict):\n    __getattr__ = dict.__getitem__\n@ = Result(x=3)",
        "class Result(dict):\n    __getattr__ = dict.__getitem__\n@ = Result(x=4)",
        "assert @.x == 3 and @['x'] == 3",
    ),
    "named_tuple": (
        "@ = collections.namedtuple('P', 'x y')(1, 2)",
        "@ = collections.namedtuple('P', 'x y')(2, 2)",
        "assert @.x == 1 and @ == (1, 2)",
    ),
    "date": (
        "@ = datetime.date(2023, 3, 1)",
        "@ = datetime.date(2023, 4, 1)",
        "assert @.month == 3 and type(@) is datetime.date",
    ),
    "array": (
        "@ = np.arange(3)",
        "@ = np.arange(4)",
        "np.testing.assert_array_equal(@, [0, 1, 2])",
    ),
    "matrix": ("@ = np.matrix([[1, 2]])", "@ = np.matrix([[2, 2]])", "assert (@ * @.T)[0, 0] == 5"),
    "structured": (
        "@ = np.array([(1, 2.0)], [('a', int), ('b', float)])",
        "@ = np.array([(3, 2.0)], [('a', int), ('b', float)])",
        "assert @['a'][0] == 1",
    ),
    "array_in_a_list": (
        "@ = np.arange(3)\n@_all = [0, @]",
        "@ = np.arange(3)\n@_all = [1, @]",
        "assert @_all == [0, @]",
    ),
    "table": (
        "@ = pd.DataFrame({'a': [1, 2]})",
        "@ = pd.DataFrame({'a': [1, 3]})",
        "pd.testing.assert_frame_equal(@, pd.DataFrame({'a': [1, 2]}))",
    ),
    "series": (
        "@ = pd.Series([1, 2], name='n')",
        "@ = pd.Series([1, 2], name='m')",
        "assert @.name == 'n' and @.sum() == 3",
    ),
    "digest": (
        "@ = 12",
        "@ = 13",
        "from hashlib import sha1\n"
        "assert sha1(str(@).encode()).hexdigest()[:6] == sha1(b'12').hexdigest()[:6]",
    ),
    "digest_of_type": (
        "@ = [1]",
        "@ = (1,)",
        "from hashlib import sha1\nwanted = sha1(b\"<class 'list'>\").hexdigest()\n"
        "assert sha1(str(type(@)).encode()).hexdigest() == wanted",
    ),
    "picture": (
        "from PIL import Image\n@ = Image.new('L', (2, 3), 7)",
        "from PIL import Image\n@ = Image.new('L', (2, 3), 8)",
        "assert @.size == (2, 3) and @.getpixel((0, 0)) == 7",
    ),
    "text_of_a_sum": ("@ = '1 + 1'", "@ = '1'", "assert eval(@) == 2"),
    # Functions
    "function": (
        "def @(n): return n * 2",
        "def @(n): return n + 2",
        "assert @(2) == 4\nassert @(5) == 10",
    ),
    "table_function": (
        "def @(t): return t['a'].sum()",
        "def @(t): return t['a'].max()",
        "assert @(pd.DataFrame({'a': [1, 2]})) == 3",
    ),
    "in_place": (
        "def @(xs): xs.sort()",
        "def @(xs): pass",
        "numbers = [2, 1]\n@(numbers)\nassert numbers == [1, 2]",
    ),
    "in_place_by_a_module": (
        "import numpy as @_np\ndef @(a): a[0] = 5",
        "import numpy as @_np\ndef @(a): pass",
        "rows = @_np.arange(2)\n@(rows)\nassert (rows == @_np.array([5, 1])).all()",
    ),
    "picture_given": (
        "def @(img): return img.crop((0, 0, 2, 2))",
        "def @(img): return img.crop((0, 0, 3, 2))",
        "from PIL import Image\nassert @(Image.new('RGB', (5, 5))).size == (2, 2)",
    ),
    "function_of_a_module": (
        "class Rounding: pass\n@ = Rounding()\n@.rule = math.floor",
        "class Rounding: pass\n@ = Rounding()\n@.rule = math.ceil",
        "assert @.rule == math.floor and @.rule != math.ceil",
    ),
    "raises": (
        "def @(n):\n    if n < 0: raise ValueError('below')",
        "def @(n): pass",
        "import pytest\nwith pytest.raises(ValueError):\n    @(-1)",
    ),
    "raises_by_hand": (
        "def @(n):\n    if n < 0: raise ValueError('below')",
        "def @(n): return n",
        "try:\n    @(-1)\nexcept ValueError as e:\n    assert 'below' in str(e)\n"
        "else:\n    raise AssertionError('no error')",
    ),
    "prints": (
        "def @(): print('hello')",
        "def @(): print('bye')",
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n    @()\n"
        "assert out.getvalue().strip() == 'hello'",
    ),
    "generator": (
        "def @():\n    yield 1\n    yield 2",
        "def @():\n    yield 2",
        "assert list(@()) == [1, 2] and next(@()) == 1",
    ),
    "sends": (
        "def @():\n    got = yield 0\n    yield got + 1",
        "def @():\n    got = yield 0\n    yield got",
        "g = @()\nnext(g)\nassert g.send(4) == 5",
    ),
    "closure": (
        "def @(n):\n    return lambda x: x + n",
        "def @(n):\n    return lambda x: x",
        "assert @(3)(4) == 7",
    ),
    "takes_function": (
        "def @(f, xs): return [f(x) for x in xs]",
        "def @(f, xs): return list(xs)",
        "assert @(lambda n: n ** 2, [1, 2]) == [1, 4]",
    ),
    "decorator": (
        "def @(f):\n    def inner(*a): return f(*a) + 1\n    return inner",
        "def @(f): return f",
        "def five(): return 5\nassert @(five)() == 6",
    ),
    "defaults": (
        "def @(a, b=3): return a + b",
        "def @(a, b=4): return a + b",
        "import inspect\nassert inspect.signature(@).parameters['b'].default == 3\n"
        "assert @.__defaults__ == (3,) and inspect.getfullargspec(@).args == ['a', 'b']",
    ),
    "source_text": (
        "def @(n): return sum(range(n))",
        "def @(n): return 3",
        "import inspect\nassert 'range' in inspect.getsource(@) and @(3) == 3",
    ),
    "source_text_of_method": (
        "class @:\n    def total(self, n):\n        return sum(range(n))",
        "class @:\n    def total(self, n):\n        return 3",
        "import inspect\nassert 'range' in inspect.getsourcelines(@().total)[0][1]",
    ),
    "code": (
        "def @(n): return sum(range(n))",
        "def @(n): return 3",
        "assert 'range' in @.__code__.co_names and @.__code__.co_argcount == 1",
    ),
    "patched_input": (
        "def @(): return int(input())",
        "def @(): return 3",
        "from unittest.mock import patch\nwith patch('builtins.input', return_value='7'):\n"
        "    assert @() == 7",
    ),
    "patched_print": (
        "def @(): print('x')",
        "def @(): pass",
        "from unittest.mock import patch\nwith patch('builtins.print') as p:\n    @()\n"
        "assert p.called",
    ),
    "seeded": (
        "def @(): return random.random()",
        "def @(): return 0.5",
        "random.seed(1)\nwanted = random.random()\nrandom.seed(1)\nassert @() == wanted",
    ),
    "counts_calls": (
        "def @_part(n): return n * n\ndef @(n): return @_part(n) + 1",
        "def @_part(n): return n * n\ndef @(n): return n * n + 1",
        "kept_part = @_part\ndel @_part\ntry:\n    @(2)\nexcept NameError:\n    pass\nelse:\n"
        "    raise AssertionError('does not use it')\nfinally:\n    @_part = kept_part",
    ),
    # Classes and objects
    "class": (
        "class @:\n    def __init__(self, n): self.n = n\n    def twice(self): return 2 * self.n",
        "class @:\n    def __init__(self, n): self.n = n\n    def twice(self): return self.n",
        "assert @(3).n == 3 and @(3).twice() == 6",
    ),
    "equal_objects": (
        "class @:\n    def __init__(self, n): self.n = n\n"
        "    def __eq__(self, other): return self.n == other.n",
        "class @:\n    def __init__(self, n): self.n = n",
        "assert @(1) == @(1)",
    ),
    "ordered_objects": (
        "class @:\n    def __init__(self, n): self.n = n\n"
        "    def __lt__(self, other): return self.n < other.n",
        "class @:\n    def __init__(self, n): self.n = n",
        "assert @(1) < @(2)",
    ),
    "text_of_object": (
        "class @:\n    def __str__(self): return 'me'",
        "class @:\n    pass",
        "assert str(@()) == 'me'",
    ),
    "subclass": (
        "class @(Animal):\n    def speak(self): return 'wuff'",
        "class @:\n    def speak(self): return 'wuff'",
        "assert issubclass(@, Animal) and @().speak() == 'wuff'",
    ),
    "type_of_object": (
        "class @: pass\n@_one = @()",
        "class @: pass\n@_one = 3",
        "assert type(@_one) is @ and isinstance(@_one, @)",
    ),
    "has_method": (
        "class @:\n    def twice(self): return 2",
        "class @:\n    def half(self): return 2",
        "assert 'twice' in dir(@) and 'twice' in dir(@())",
    ),
    "attribute_set": (
        "class @:\n    n = 1\n    def read(self): return self.n",
        "class @:\n    n = 1\n    def read(self): return 1",
        "one = @()\none.n = 5\nassert one.read() == 5",
    ),
    "dataclass": (
        "import dataclasses\n@ = dataclasses.make_dataclass('Point', ['n'])",
        "class @:\n    def __init__(self, n): self.n = n",
        "assert @(1) == @(1) and @(1).n == 1",
    ),
    "enum": (
        "import enum\n@ = enum.Enum('Colour', 'RED BLUE')",
        "import enum\n@ = enum.Enum('Colour', 'BLUE')",
        "assert @.RED is @['RED']",
    ),
    "indexed_callable": (
        "class Channel:\n    def __call__(self): return self\n"
        "    def __getitem__(self, key): return {'field': 'year'}[key]\n"
        "class Chart: pass\n@ = Chart()\n@.x = Channel()",
        "class Chart: pass\n@ = Chart()\n@.x = {'field': 'n'}",
        "assert @.x['field'] == 'year'",
    ),
    "library_object": (
        "@ = re.compile('[0-9]+')",
        "@ = '[0-9]+'",
        "assert isinstance(@, re.Pattern) and @.findall('a12') == ['12']",
    ),
    "library_object_unnamed": (
        "@ = re.compile('[0-9]+')",
        "@ = re.compile('[a-z]+')",
        "assert @.findall('a12') == ['12']",
    ),
    "match": (
        "@ = re.match('(a)b', 'ab')",
        "@ = re.match('(a)', 'ab')",
        "assert @.group(0) == 'ab'",
    ),
    "connection": (
        "import sqlite3\n@ = sqlite3.connect(':memory:')\n@.execute('create table t (n)')",
        "import sqlite3\n@ = sqlite3.connect(':memory:')",
        "assert @.execute('select count(*) from t').fetchone()[0] == 0",
    ),
    # Charts
    "chart": (
        "import matplotlib.pyplot as plt\n_, @ = plt.subplots()\n@.plot([1, 2])\n@.set_title('T')",
        "import matplotlib.pyplot as plt\n_, @ = plt.subplots()\n@.plot([1, 2])",
        "assert @.get_title() == 'T' and list(@.lines[0].get_ydata()) == [1, 2]",
    ),
    "chart_given": (
        "def @(ax): ax.set_title('T')",
        "def @(ax): pass",
        "import matplotlib.pyplot as plt\n_, axes = plt.subplots()\n@(axes)\n"
        "assert axes.get_title() == 'T'",
    ),
    "chart_of_several": (
        "import matplotlib.pyplot as plt\n_, @_all = plt.subplots(2)\n@ = @_all[1]",
        "import matplotlib.pyplot as plt\n_, @_all = plt.subplots(2)\n@ = @_all[0]",
        "assert @ == @_all.flatten()[-1] and @ != @_all.flatten()[0]",
    ),
    "parts_of_a_chart": (
        "import matplotlib.pyplot as plt\n_, @ = plt.subplots()\n"
        "@.hist([1, 2], bins=4, alpha=0.5)\n@.plot([1], 'D--')",
        "import matplotlib.pyplot as plt\n_, @ = plt.subplots()\n"
        "@.hist([1, 2], bins=4)\n@.plot([1], 'D--')",
        "import matplotlib\nbars = [one for one in @.get_children()"
        " if one.__class__ == matplotlib.patches.Rectangle]\n"
        "assert len(bars) == 5 and bars[0]._alpha == 0.5\n"
        "assert @.lines[0]._linestyle == '--' and @.lines[0]._marker._marker == 'D'",
    ),
    "picture_in_a_chart": (
        "import matplotlib.pyplot as plt\n_, @ = plt.subplots()\n@.matshow([[1, 2]], cmap='gray')",
        "import matplotlib.pyplot as plt\n_, @ = plt.subplots()\n@.matshow([[1, 2]])",
        "assert @.images[0].cmap.name == 'gray' and @.images[0]._A.max() == 2",
    ),
    # Names
    "in_dir": ("@ = 1", "@_other = 1", "assert '@' in dir()"),
    "in_globals": ("@ = 1", "@ = None", "assert '@' in globals() and globals()['@'] == 1"),
    "in_locals": ("@ = 1", "@_other = 1", "assert is_defined(locals(), '@')"),
    "imports": ("import statistics as @", "@_other = 1", "assert id(@)"),
    "imports_name": ("from math import gcd as @", "@_other = 1", "assert @(4, 6) == 2"),
    "check_binds": (
        "def @(x): return x + len(@_rows)",
        "def @(x): return x",
        "@_rows = [1, 2]\nassert @(1) == 3",
    ),
    "check_imports": (
        "def @(x): return @_copy.copy(x) + [1]",
        "def @(x): return x",
        "import copy as @_copy\nassert @([0]) == [0, 1]",
    ),
    # Files
    "file_written": (
        "with open('@.txt', 'w') as f:\n    f.write('7')",
        "pass",
        "assert open('@.txt').read() == '7'",
    ),
    "file_there": (
        "with open('@.txt', 'w') as f:\n    f.write('7')",
        "pass",
        "import os\nassert os.path.exists('@.txt')",
    ),
    "file_read": (
        "@ = open('given.txt').read().strip()",
        "@ = ''",
        "assert @ == open('given.txt').read().strip()",
    ),
    # How a check ends
    "ends_in_number": ("@ = 2", "@ = 1", "2 if @ == 2 else 0.5"),
    "ends_in_tuple": ("@ = 2", "@ = 1", "assert @ == 2\n(@, 3)"),
    "ends_in_truth": ("@ = 2", "@ = 1", "@ == 2"),
    "ends_in_text": ("@ = 2", "@ = 1", "assert @ == 2\n'well done'"),
    "ends_in_nothing": ("@ = 2", "@ = 1", "def see(n): assert n == 2\nsee(@)"),
    "environment": (
        "import os\n@ = os.environ.get('NBGRADER_EXECUTION')",
        "@ = None",
        "import os\nassert @ == os.environ.get('NBGRADER_EXECUTION') != None",
    ),
}
# Those that cannot be judged outside of the learner's kernel: a person marks them, or a tag lets
# them run there. All others score as in nbgrader alone.
CANNOT = set(
    "structured patched_input patched_print seeded equal_objects "
    "ordered_objects subclass attribute_set dataclass library_object_unnamed match connection "
    "text_of_a_sum file_written file_there matrix enum".split()
)


def named(text, kind):
    return text.replace("@", f"v_{kind}")


def content(which, tags=()):
    """A notebook with all kinds: `which` is "solution", "wrong" or "blank"."""
    cells = [code("setup", SETUP)]
    for kind, (solution, wrong, check) in KINDS.items():
        body = named({"solution": solution, "wrong": wrong, "blank": ""}[which], kind)
        if which == "solution":
            body = f"pass\n### BEGIN SOLUTION\n{body}\n### END SOLUTION"
        cells.append(code(kind, textwrap.dedent(body), solution=True))
        cells.append(code(f"{kind}_check", named(check, kind), 2))
        cells[-1].metadata["tags"] = list(tags)
    return notebook(*cells)
