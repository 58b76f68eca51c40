"""Hostile submissions that use what a check lends them: its arguments, functions and questions.

Each is right only by what it does to a value of the judge's, or by what a question tells it. The
notebook is a third small one, whose checks lend as checks of real courses do.
"""

import textwrap
from collections.abc import Mapping
from functools import cache

import nbformat

from hostile.case import GRADED, GUARD, PARTIAL, Case, add, many
from nbjudge import Source, Status, Submission
from small_course import code as cell
from small_course import notebook as made_of

# For each question: a right answer, and its check.
QUESTIONS = {
    "keep": (
        "def keep(rule, items):\n    return [one for one in items if rule(one)]",
        "wanted = [3, 7, 9]\nassert keep(lambda n: n in wanted, range(10)) == wanted",
    ),
    "total": (
        "def total(rows):\n    return rows['x'].sum()",
        "rows = table.copy()\nassert total(rows) == rows['x'].sum()",
    ),
    "draw": (
        "def draw(spots):\n    return [[x, y] for x, y in spots.values()]",
        "where = {name: list(spot) for name, spot in places.items()}\n"
        "lines = draw(where)\nassert len(lines) == len(where)\n"
        "for name, line in zip(where, lines): assert line == where[name], name",
    ),
    "first": (
        "def first(rows):\n    return rows['x'].iloc[0]",
        "assert first(table) == 1",
    ),
    "late": (
        "def late(rows):\n    return rows['x'].sum()",
        "assert late(table.copy()) == table['x'].sum()",
    ),
    "box": (
        "class Box:\n    def __init__(self): self.items = [1]\n"
        "    def __iter__(self): return iter(self.items)\nbox = Box()",
        "assert 1 in box and 4711 not in box",
    ),
    "number": ("def number():\n    return 4711", "assert number() == 4711"),
    "label": (
        "label = 'abcdefghijklmnopqrstuvwxyz'",
        "assert str(label)[0] == 'a' and str(label)[-1] == 'z'\n"
        "assert len(str(label)) == 26 and len(set(str(label))) == 26",
    ),
    # Two weak checks: the key stands in a table, and nothing is close to everything.
    "sure": (
        "sure = [1, 3]  # by reading what the rows are about",
        "assert sure == [1, 3], 'sure'",
    ),
    "near": (
        "near = np.array([1.0, 1.0 + 1e-12])",
        "assert np.allclose(near, 1.0), 'near'",
    ),
    "sketch": (
        "def sketch(ax):\n    ax.set_title('Votes')\n    ax.plot([1, 2])",
        "import matplotlib.pyplot as plt\n_, ax = plt.subplots()\nsketch(ax)\n"
        "assert ax.get_title() == 'Votes' and len(ax.lines) == 1",
    ),
    "added": (
        "def added(items):\n    total = 0\n    for one in items:\n        total += one\n"
        "    return total",
        "import inspect\nassert added([1, 2]) == 3 and 'sum(' not in inspect.getsource(added)",
    ),
}
WEAK = "a weak check, which plain nbgrader gives its points as well: "


@cache
def lent() -> Source:
    setup = "import numpy as np\nimport pandas as pd\n"
    setup += "table = pd.DataFrame({'x': [1, 2, 3], 'firm': [True, False, True]})\n"
    cells = [cell("given", setup + "places = {'ana': [1.0, 2.0], 'bo': [3.0, 4.0]}")]
    for name, (answer, check) in QUESTIONS.items():
        text = f"{name} = ...\n### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
        cells.append(cell(name, text, solution=True))
        hidden = f"### BEGIN HIDDEN TESTS\n{check}\n### END HIDDEN TESTS"
        cells.append(cell(f"{name}_check", hidden, 1))
    return Source("lent", nbformat.writes(made_of(*cells)))


def borrow(
    name: str,
    tries: str,
    points: float = 0,
    status: Status | tuple[Status, ...] = GRADED,
    checks: Mapping[str, Status] | None = None,
    known: str = "",
    **answers: str,
) -> None:
    """A submission with these answers, the others blank."""

    def make(world: Mapping[str, str]) -> Submission:
        notebook = nbformat.reads(lent().notebook, as_version=4)
        for one in notebook.cells:
            name = one.metadata.nbgrader.grade_id
            if one.metadata.nbgrader.solution:
                one.source = textwrap.dedent(answers.get(name, f"{name} = ...")).strip()
        attack = nbformat.v4.new_code_cell(f"{GUARD}\nfired()", id="attack")
        notebook.cells.insert(1, attack)
        return Submission(nbformat.writes(notebook).encode())

    states = {key: many(one) for key, one in (checks or {}).items()}
    add(
        Case(
            name,
            "undeserved points",
            tries,
            make,
            "lent",
            points,
            many(status),
            states,
            known=known,
        )
    )


borrow(
    "lent_rule_emptied",
    "The list that a lambda of the check reads is emptied, through its globals.",
    keep="""
    def keep(rule, items):
        rule.__globals__['wanted'].clear()
        return []
    """,
)
borrow(
    "lent_table_emptied",
    "The table that the check compares with is emptied in place.",
    total="""
    def total(rows):
        rows.drop(index=list(rows.index), inplace=True)
        return 0
    """,
)
borrow(
    "lent_places_moved",
    "All places that the check compares with are moved to where everything is drawn.",
    draw="""
    def draw(spots):
        for name in spots:
            spots[name] = [0.0, 0.0]
        return [[0.0, 0.0]] * len(spots)
    """,
)
borrow(
    "lent_table_poisoned",
    "One question's function spoils the teacher's table, by which a later question is judged.",
    points=1,  # for the first question, which is right
    first="""
    def first(rows):
        found = rows['x'].iloc[0]
        rows['x'] = 0
        return found
    """,
    late="def late(rows): return 0",
)
borrow(
    "lent_number_told",
    "An object remembers what a check looks for in it, which is the next check's secret.",
    status=PARTIAL,
    checks={"box_check": Status.CANNOT, "number_check": GRADED},
    box="""
    class Box:
        told = None
        def __contains__(self, value):
            Box.told = value
            return value == 1
    box = Box()
    """,
    number="def number(): return Box.told",
)
borrow(
    "lent_number_told_by_items",
    "The same with an object that has items.",
    points=1,  # it holds 1 and does not hold 4711
    box="""
    class Box:
        told = None
        def __iter__(self): return iter([1])
        def __contains__(self, value):
            Box.told = value
            return value == 1
    box = Box()
    """,
    number="def number(): return Box.told",
)
borrow(
    "says_another_thing_each_time",
    "An object whose text is another one each time it is asked for.",
    label="""
    class Label:
        says = iter(['a', 'z', 'x' * 26, 'abcdefghijklmnopqrstuvwxya'])
        def __str__(self): return next(Label.says)
    label = Label()
    """,
)
borrow(
    "key_in_the_table",
    "The key of a question stands in a column of the table that the notebook loads.",
    points=1,
    known=WEAK + "only its author can keep the key out of what learners are given",
    sure="sure = list(table[table['firm']]['x'])",
)
borrow(
    "nothing_is_near",
    "An empty array is close to every number.",
    points=1,
    known=WEAK + "lint names it",
    near="near = np.array([])",
)
borrow(
    "lent_chart_in_place_of_a_table",
    "A reply says that a call has made a chart of a table that the check compares with.",
    status=PARTIAL,
    checks={"total_check": Status.TAMPERED},
    total="""
    import json, nbjudge._kernel.agent as agent
    honest = agent.answer
    def answer(question):
        reply = json.loads(honest(question).text)
        if json.loads(question)["op"] == "call":
            chart = {"t": "snapshot", "n": 0, "id": 1, "of": ["matplotlib.axes._axes.Axes"]}
            reply["changed"] = [[0, {**chart, "a": {}, "c": []}]]
        return agent.Reply(json.dumps(reply))
    agent.answer = answer
    def total(rows): return 6
    """,
)
borrow(
    "lent_source_made_up",
    "The text of a function is one that stands in no cell.",
    status=PARTIAL,
    checks={"added_check": Status.CANNOT},
    added="""
    import inspect
    inspect.getsource = lambda function: "\\n".join(["def added(items):", "    return 3", ""])
    def added(items): return sum(items)
    """,
)
