"""An assignment with many kinds of checks, and honest learners who solve it in many styles."""

from small_course import code, notebook

SETUP = """import pandas as pd
import folium
import matplotlib.pyplot as plt
df = pd.DataFrame({"town": ["Bo", "Ay", "Bo", "Cy"], "year": [1, 1, 2, 2], "n": [1, 2, 3, 4]})"""

# Checks, by the name of the answer cell; the last statement of `credit` is its partial credit.
CHECKS = {
    "mean": "assert abs(mean - 2.5) < 1e-9, 'The mean is another number.'",
    "names": "assert list(names) == ['Ay', 'Bo', 'Cy']",
    "squares": """assert squares(1) == [1]
### BEGIN HIDDEN TESTS
assert squares(4) == [1, 4, 9, 16]
### END HIDDEN TESTS""",
    "raises": """try:
    root(-1)
except ValueError as error:
    assert "negative" in str(error)
else:
    raise AssertionError("did not raise")""",
    "uses": """assert sum_of_squares(3) == 14
orig_squares = squares
del squares
try:
    sum_of_squares(1)
except NameError:
    pass
else:
    raise AssertionError("sum_of_squares does not use squares")
finally:
    squares = orig_squares""",
    "totals": """pd.testing.assert_series_equal(
    totals.sort_index(), df.groupby("town")["n"].sum(), check_names=False, check_dtype=False
)""",
    "table": """assert list(table.columns) == ["town", "n", "share"] and table.shape == (4, 3)
assert abs(table["share"].sum() - 1) < 1e-9 and "share" not in df.columns""",
    "line": """(drawn,) = line.get_lines()
assert list(drawn.get_ydata()) == [1, 2, 3, 4]
assert "year" in line.get_title().lower() and line.get_ylabel()""",
    "bars": """assert isinstance(bars, plt.Axes)
assert sorted(bar.get_height() for bar in bars.patches) == [2, 4, 4]""",
    "map": """assert isinstance(m, folium.Map) and list(m.location) == [1, 2]
def markers(thing):
    below = [one for child in thing._children.values() for one in markers(child)]
    return below + ([thing] if isinstance(thing, folium.Marker) else [])
assert sorted(tuple(one.location) for one in markers(m)) == [(1, 2), (3, 4)]""",
    "in_place": """numbers = [3, 1, 2]
assert arrange(numbers) is None and numbers == [1, 2, 3]""",
    "unchanged": """numbers = [3, 1, 2]
assert list(doubled(numbers)) == [6, 2, 4] and numbers == [3, 1, 2]""",
    "function": "assert list(each(lambda x: x + 1, [1, 2])) == [2, 3]",
    "endless": """counted = evens()
assert [next(counted) for _ in range(4)] == [0, 2, 4, 6]""",
    "own_class": """account = Account(5)
account.deposit(3)
assert account.balance == 8 and str(account) == 'Account with 8'""",
    "credit": """right = [grade_of(points) for points in (0, 49, 50, 100)]
sum(0.5 for got, due in zip(right, ['fail', 'fail', 'pass', 'pass']) if got == due)""",
    "printed": """import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as told:
    greet("Ana")
assert told.getvalue().strip() == "Hello, Ana!" """,
}
POINTS = {"credit": 2}

PLAIN = {
    "mean": "mean = 2.5",
    "names": "names = sorted(set(df['town']))",
    "squares": "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]",
    "raises": """def root(x):
    if x < 0:
        raise ValueError("negative")
    return x ** 0.5""",
    "uses": "def sum_of_squares(n):\n    return sum(squares(n))",
    "totals": "totals = df.groupby('town')['n'].sum()",
    "table": "table = df[['town', 'n']].assign(share=df['n'] / df['n'].sum())",
    "line": """fig, line = plt.subplots()
line.plot(df['n'])
line.set_title('By year')
line.set_ylabel('n')""",
    "bars": "bars = df.groupby('town')['n'].sum().plot(kind='bar')",
    "map": """m = folium.Map(location=[1, 2])
for place in ([1, 2], [3, 4]):
    folium.Marker(place).add_to(m)""",
    "in_place": "def arrange(numbers):\n    numbers.sort()",
    "unchanged": "def doubled(numbers):\n    return [2 * x for x in numbers]",
    "function": "def each(f, numbers):\n    return [f(x) for x in numbers]",
    "endless": """def evens():
    n = 0
    while True:
        yield n
        n += 2""",
    "own_class": """class Account:
    def __init__(self, balance):
        self.balance = balance
    def deposit(self, more):
        self.balance += more
    def __str__(self):
        return f'Account with {self.balance}'""",
    "credit": "def grade_of(points):\n    return 'pass' if points >= 50 else 'fail'",
    "printed": "def greet(name):\n    print(f'Hello, {name}!')",
}

LOOPS = {
    "mean": """total = 0
for value in df['n']:
    total += value
mean = total / len(df)""",
    "names": """names = []
for town in df['town']:
    if town not in names:
        names.append(town)
names.sort()""",
    "squares": """def squares(n: int) -> list[int]:
    found = []
    for i in range(n):
        found.append((i + 1) * (i + 1))
    return found""",
    "raises": """class Negative(ValueError):
    pass

def root(x):
    if x < 0:
        raise Negative("a negative number:", x)""",
    "totals": """sums = {}
for town, n in zip(df['town'], df['n']):
    sums[town] = sums.get(town, 0) + n
totals = pd.Series(sums)""",
    "table": """table = df.copy()
del table['year']
table['share'] = [n / 10 for n in table['n']]""",
    "line": """plt.plot([1, 2, 3, 4], marker='o')
plt.title('THE YEARS')
plt.ylabel('number')
line = plt.gca()
plt.show()""",
    "bars": """fig, bars = plt.subplots()
for place, (town, n) in enumerate(totals.items()):
    bars.bar(place, n, label=town)
bars.legend()""",
    "in_place": """def arrange(numbers):
    for _ in numbers:
        for i in range(len(numbers) - 1):
            if numbers[i] > numbers[i + 1]:
                numbers[i], numbers[i + 1] = numbers[i + 1], numbers[i]""",
    "endless": """class evens:
    def __init__(self):
        self.n = -2
    def __iter__(self):
        return self
    def __next__(self):
        self.n += 2
        return self.n""",
    "own_class": """from dataclasses import dataclass
@dataclass
class Account:
    balance: int = 0
    def deposit(self, more):
        self.balance = self.balance + more
    def __str__(self):
        return 'Account with ' + str(self.balance)""",
    "printed": """def greet(name):
    print('Hello', end=', ')
    print(name + '!')""",
}

LIBRARIES = {
    "mean": "import numpy as np\nmean = np.mean(df['n'].to_numpy())",
    "names": "names = np.unique(df['town'])",
    "squares": "squares = lambda n: list(map(int, np.arange(1, n + 1) ** 2))",
    "raises": """import math
def root(x):
    try:
        return math.sqrt(x)
    except ValueError as error:
        raise ValueError(f"negative: {x}") from error""",
    "uses": """from functools import reduce
sum_of_squares = lambda n: reduce(int.__add__, squares(n))""",
    "totals": "totals = df.pivot_table(index='town', values='n', aggfunc='sum')['n']",
    "table": "table = df.drop(columns='year').eval('share = n / n.sum()')",
    "line": "line = df.set_index('year')['n'].plot(title='Each year', ylabel='n')",
    "bars": """bars = plt.figure().add_subplot()
bars.barh(0, 1)
bars.clear()
bars.bar(*zip(*totals.items()))""",
    "map": """group = folium.FeatureGroup(name='places')
m = folium.Map((1, 2), zoom_start=3, tiles=None)
m.add_child(group)
for at in ((1, 2), (3.0, 4.0)):
    group.add_child(folium.Marker(at, popup='here', tooltip='there'))
folium.LayerControl().add_to(m)""",
    "in_place": "def arrange(numbers):\n    numbers[:] = np.sort(numbers).tolist()",
    "unchanged": "doubled = lambda numbers: np.multiply(numbers, 2)",
    "function": "each = lambda f, numbers: map(f, numbers)",
    "endless": "import itertools\nevens = lambda: itertools.count(0, 2)",
    "own_class": """from types import SimpleNamespace
class Account(SimpleNamespace):
    def __init__(self, balance):
        super().__init__(_balance=balance)
    @property
    def balance(self):
        return self._balance
    def deposit(self, more):
        self._balance += more
    def __str__(self):
        return 'Account with %d' % self.balance""",
    "credit": "grade_of = lambda points: np.where(points >= 50, 'pass', 'fail').item()",
    "printed": "greet = lambda name: print('Hello, {}!'.format(name))",
}

# Prints and warns wherever it can, and has a helper of its own.
NOISY = {
    "mean": "print('thinking')\nmean = float(df['n'].mean())\nmean",
    "squares": """import sys
def squares(n):
    print('careful', file=sys.stderr)
    return [square(i) for i in range(1, n + 1)]
def square(i):
    print('square of', i)
    return i * i""",
    "raises": """import warnings
def root(x):
    warnings.warn('roots of negative numbers do not exist')
    if x < 0:
        raise ValueError('negative')""",
    "unchanged": """def doubled(numbers):
    print('given', numbers)
    numbers = list(numbers)
    for i in range(len(numbers)):
        numbers[i] *= 2
    return numbers""",
    "own_class": """class Account:
    def __init__(self, balance):
        print('a new account')
        self.balance = balance
    def deposit(self, more):
        print('more', more)
        self.balance += more
    __str__ = lambda self: f'Account with {self.balance}'""",
    "table": "table = df[['town', 'n']]\ntable['share'] = table['n'] / 10\ntable",
}

WRONG = {
    "mean": "mean = float('nan')",
    "names": "names = list(df['town'])",
    "squares": "def squares(n):\n    return [1]",
    "raises": "def root(x):\n    raise TypeError('negative')",
    "uses": "def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6",
    "totals": "totals = df.groupby('town')['n'].mean()",
    "table": "df['share'] = df['n'] / df['n'].sum()\ntable = df[['town', 'n', 'share']]",
    "line": "line = plt.figure().add_subplot()\nline.plot([1, 2])\nline.plot([3, 4])",
    "bars": "bars = df['n'].plot(kind='bar')",
    "map": "m = folium.Map(location=[1, 2])\nfolium.Circle([1, 2]).add_to(m)",
    "in_place": "def arrange(numbers):\n    return sorted(numbers)",
    "unchanged": """def doubled(numbers):
    for i in range(len(numbers)):
        numbers[i] *= 2
    return numbers""",
    "function": "def each(f, numbers):\n    return f(numbers)",
    "endless": "def evens():\n    yield from [0, 2]",
    "own_class": "class Account:\n    def __init__(self, balance):\n        self.balance = balance",
    "credit": "def grade_of(points):\n    return 'pass' if points > 49.5 else 'Fail'",
    "printed": "def greet(name):\n    return f'Hello, {name}!'",
}
WRITTEN = {"essay": "why = 'Because.'"}
STYLES = {
    "plain": PLAIN | WRITTEN,
    "loops": PLAIN | LOOPS | WRITTEN,
    "libraries": PLAIN | LIBRARIES | WRITTEN,
    "noisy": PLAIN | NOISY | WRITTEN,
    "wrong": WRONG | WRITTEN,
    "blank": {},
}


def content():
    """The source: a question and a check of each kind, and one written answer."""
    cells = [code("setup", SETUP)]
    for name, check in CHECKS.items():
        answer = f"...\n### BEGIN SOLUTION\n{PLAIN[name]}\n### END SOLUTION"
        cells.append(code(name, answer, solution=True))
        cells.append(code(f"{name}_check", check, POINTS.get(name, 1)))
    return notebook(*cells, code("essay", "Say why.", 3, solution=True))
