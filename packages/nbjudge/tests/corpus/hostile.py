"""Hostile submissions, as data: what each tries, and what it deserves.

A case makes a Submission. Most put one cell of code into a blank notebook, so whatever points it
has are undeserved; others put it among right answers, which must keep their points. The code tells
with `fired()` that it really did what it tries, and with `found(...)` of every success.

Safe to run: each cell of code looks first whether it is in the box and raises an error when it is
not. Nothing is sent to a network, not even to see whether that is blocked; the interfaces and
routes are read instead. Bombs look at their limits first, and are bounded besides. The tests run
none of this before the sandbox is proven: see `proven` in support/hostile_world.py.
"""

import copy
import gzip
import io
import json
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import nbformat

from malformed import RELEASED, at, dumped, named, solved, source
from nbjudge import Limits, Source, Status, Submission
from nbjudge._assignment.outline import Role, outline
from small_course import code as cell
from small_course import notebook as made_of

MB = 1024 * 1024
GRADED, PARTIAL, LATE = Status.GRADED, Status.PARTIAL, Status.TIMED_OUT
CRASHED, TAMPERED, CANNOT = Status.CRASHED, Status.TAMPERED, Status.CANNOT

NORMAL = Limits(cell_seconds=20, check_seconds=10, notebook_seconds=60)
SHORT = replace(NORMAL, cell_seconds=2, check_seconds=2, notebook_seconds=15)
SLOW = replace(SHORT, cell_seconds=2, check_seconds=2, notebook_seconds=40)
SMALL = replace(NORMAL, memory=1024 * MB, processes=32, disk=32 * MB, file_size=8 * MB)

# What each case begins with. Many cases end or block the process right after `fired()`. A flush of
# ipykernel hands the text to another thread, which sends it after that flush has returned, but
# before a second one has; then zmq's own thread brings it out, which nothing can wait for.
GUARD = """
import os as _os, sys as _sys, time as _time
_state = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
_boxed = _os.getpid() == 1 and _os.getuid() == 1000 and int(_state["CapEff"], 16) == 0
if not (_boxed and _state["NoNewPrivs"].strip() == "1"):
    raise RuntimeError("not in the box: nothing was tried")
_say = _sys.__stdout__.write if _sys.stdout is None else _sys.stdout.write
def fired():
    _say("FIRED\\n")
    _sys.stdout.flush(); _sys.stdout.flush(); _time.sleep(0.1)
def found(what): _say(f"FOUND {what}\\n")
def attempt(what, function, *args, **named):
    try:
        got = function(*args, **named)
    except BaseException as error:
        return error
    found(f"{what}: {got!r}"[:500])
"""
# The kernel's side of the talk with the judge, in the attacker's hands.
FORGE = """
import json, nbjudge._kernel.agent as _agent
def forge(reply):
    text = reply if isinstance(reply, str) else json.dumps(reply)
    _agent.answer = lambda question: _agent.Reply(text)
def value(packed):
    forge('{"value": ' + (packed if isinstance(packed, str) else json.dumps(packed)) + "}")
"""


@dataclass(frozen=True)
class Case:
    """One hostile submission, and what is to become of it.

    `tries` says what it tries. `source` is "trade" (exercise 03), "mini" (below) or "lent" (in
    lending.py). `points` is what it deserves, exactly; `status` is the submission's, one of several
    where that depends on timing; `checks` are the statuses of single checks. `fires` says whether
    its code runs to its end; `shows` is text that must be in what it puts out or in the messages.
    `damage` is text of a damage that must be reported. `after` is a case of the same learner that
    looks for traces.
    """

    name: str
    area: str
    tries: str
    make: Callable[[Mapping[str, str]], Submission]
    source: str
    points: float
    status: tuple[Status, ...]
    checks: Mapping[str, tuple[Status, ...]] = field(default_factory=dict)
    limits: Limits = NORMAL
    fires: bool = True
    shows: str = ""
    damage: str = ""
    seconds: float = 30
    known: str = ""  # why points that a lie has earned are accepted


CASES: dict[str, Case] = {}


def add(case: Case) -> None:
    assert case.name not in CASES, case.name
    CASES[case.name] = case


def many(statuses: Status | tuple[Status, ...]) -> tuple[Status, ...]:
    return (statuses,) if isinstance(statuses, Status) else statuses


def attack(
    name: str,
    area: str,
    tries: str,
    code: str,
    *,
    before: str = "q1_growth",
    right: bool = False,
    answers: Mapping[str, str] | None = None,
    points: float = 0,
    status: Status | tuple[Status, ...] = GRADED,
    checks: Mapping[str, Status | tuple[Status, ...]] | None = None,
    files: Mapping[str, bytes] | None = None,
    **more,
) -> None:
    """A cell of `code` in front of the answer `before`, in a blank notebook or a right one."""

    def make(world: Mapping[str, str]) -> Submission:
        notebook = json.loads(solved() if right else RELEASED.read_bytes())
        for grade_id, text in (answers or {}).items():
            named(notebook, grade_id)["source"] = textwrap.dedent(text).strip()
        if code:
            text = GUARD + FORGE * ("forge(" in code or "value(" in code) + textwrap.dedent(code)
            text += "\nfired()" * (more.get("fires", True) and "fired()" not in code)
            notebook["cells"].insert(at(notebook, before), plain(fill(text, world)))
        return Submission(dumped(notebook), files or {})

    add(
        Case(
            name,
            area,
            tries,
            make,
            "trade",
            points,
            many(status),
            {key: many(one) for key, one in (checks or {}).items()},
            **more,
        )
    )


def fill(text: str, world: Mapping[str, str]) -> str:
    for key, one in world.items():
        text = text.replace(f"@{key}@", one)
    return text


def plain(text: str) -> dict:
    return {
        "cell_type": "code",
        "id": "attack",
        "metadata": {},
        "source": text,
        "outputs": [],
        "execution_count": None,
    }


def edit(area: str, tries: str, points: float = 0, damage: str = "", right: bool = False, **more):
    """Register a function that edits the notebook; it is blank or, if `right`, solved."""

    def register(change):
        def make(world):
            notebook = json.loads(solved() if right else RELEASED.read_bytes())
            return Submission(dumped(change(notebook) or notebook))

        status = many(more.pop("status", GRADED))
        case = Case(
            change.__name__, area, tries, make, "trade", points, status, damage=damage, **more
        )
        add(replace(case, fires=False))
        return change

    return register


# The small notebook, for what exercise 03 does not ask


MINI_ANSWERS = {
    "share": "share = 1.0",
    "square": "def square(n):\n    return n * n",
    "root": (
        "def root(n):\n    if n < 0:\n        raise ValueError('negative')\n    return n ** 0.5"
    ),
    "ordered": "def ordered(given):\n    return sorted(given)",
    "table": "table = pd.DataFrame({'n': [1, 2, 3]})",
    "places": (
        "places = folium.Map()\nfor spot in ([1, 2], [3, 4], [5, 6]):\n"
        "    folium.Marker(spot).add_to(places)"
    ),
    "account": (
        "class Account:\n    def __init__(self, money):\n        self.money = money\n"
        "    def add(self, more):\n        self.money += more\n        return self.money"
    ),
    "evens": "def evens():\n    n = 0\n    while True:\n        yield n\n        n += 2",
    "quality": "def quality(n):\n    return n / 10",
    "letters": "letters = {'a', 'b', 'c'}",
}
MINI_CHECKS = {
    "share": "assert type(share) is float and share == 1",
    "square": "assert all(map(lambda n: square(n) == n * n, [2, 3, 7]))",
    # The bare except is the point: a refusal must not pass for the error that is wanted, also
    # where nothing is asked after it.
    "root": (
        "assert root(9) == 3\ntry:\n    root(-1)\nexcept:\n    stopped = True\n"
        "else:\n    stopped = False\nassert stopped"
    ),
    "ordered": "given = [3, 1, 2]\nassert ordered(given) == [1, 2, 3]\nassert given == [3, 1, 2]",
    "table": (
        "assert isinstance(table, pd.DataFrame) and list(table['n']) == [1, 2, 3]\n"
        "assert (table['n'] == [1, 2, 3]).all() and table['n'].sum() == 6"
    ),
    "places": (
        "marks = [c for c in places._children.values() if isinstance(c, folium.Marker)]\n"
        "assert isinstance(places, folium.Map) and len(marks) == 3\n"
        "assert [mark.location for mark in marks] == [[1, 2], [3, 4], [5, 6]]"
    ),
    "account": (
        "mine = Account(5)\nassert mine.add(2) == 7 and mine.money == 7\n"
        "assert isinstance(mine, Account)"
    ),
    "evens": "import itertools\nassert list(itertools.islice(evens(), 3)) == [0, 2, 4]",
    "quality": "quality(10)",
    "letters": "assert letters == set('abc') and len(letters) == 3 and 'z' not in letters",
}


@cache
def mini() -> Source:
    cells = [cell("tools", "import folium\nimport pandas as pd")]
    for name, answer in MINI_ANSWERS.items():
        bound = "Account" if name == "account" else name
        text = f"{bound} = ...\n### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
        cells.append(cell(name, text, solution=True))
        cells.append(cell(f"{name}_check", MINI_CHECKS[name], 1))
    return Source("mini", nbformat.writes(made_of(*cells)))


def mini_submission(answers: Mapping[str, str], code: str = "") -> bytes:
    """A submission of the small notebook; what is not answered is `...`."""
    notebook = nbformat.reads(mini().notebook, as_version=4)
    for one in notebook.cells:
        name = one.metadata.nbgrader.grade_id
        if one.metadata.nbgrader.solution:
            bound = "Account" if name == "account" else name
            one.source = textwrap.dedent(answers.get(name, f"{bound} = ...")).strip()
    if code:
        notebook.cells.insert(1, nbformat.v4.new_code_cell(code, id="attack"))
    return nbformat.writes(notebook).encode()


def small(
    name: str,
    tries: str,
    answers: Mapping[str, str] | None = None,
    code: str = "",
    *,
    area: str = "undeserved points",
    points: float = 0,
    status: Status | tuple[Status, ...] = GRADED,
    checks: Mapping[str, Status | tuple[Status, ...]] | None = None,
    **more,
) -> None:
    """A submission of the small notebook with these answers, the others blank."""

    def make(world: Mapping[str, str]) -> Submission:
        text = GUARD + FORGE * ("forge(" in code or "value(" in code) + textwrap.dedent(code)
        text += "\nfired()" * ("fired()" not in code)
        return Submission(mini_submission(answers or {}, fill(text, world)))

    known = {key: many(one) for key, one in (checks or {}).items()}
    add(Case(name, area, tries, make, "mini", points, many(status), known, **more))


# What an honest learner hands in, between the hostile ones


@cache
def honest() -> bytes:
    """All answers right; the picture is not drawn, which would take most of the time."""
    notebook = json.loads(solved())
    named(notebook, "q7_chart")["source"].append("\nplt.close(ax.figure)")
    return dumped(notebook)


@cache
def honest_but_wrong() -> bytes:
    """Two right answers, and six that are wrong: 5 points."""
    notebook = json.loads(RELEASED.read_bytes())
    named(notebook, "q5_choice")["source"] = 'q5 = "B"'
    named(notebook, "q1_growth")["source"] = (
        "def growth_pct(earlier, later):\n    return (later - earlier) / earlier * 100"
    )
    named(notebook, "q6_order")["source"] = 'q6 = ["A", "B", "C", "D", "E"]'
    return dumped(notebook)


def source_with(token: str) -> Source:
    """Exercise 03 with a token in each hidden test and in each solution."""
    notebook = nbformat.reads(source().notebook, as_version=4)
    for one in notebook.cells:
        one.source = one.source.replace(
            "### BEGIN HIDDEN TESTS", f'### BEGIN HIDDEN TESTS\nassert "{token}-hidden"'
        ).replace("### BEGIN SOLUTION", f"### BEGIN SOLUTION\n# {token}-solution")
    return Source(source().name, nbformat.writes(notebook), source().files)


def check_names(source: Source) -> list[str]:
    return [step.grade_id for step in outline(source).steps if step.role is Role.CHECK]


def all_checks(*statuses: Status) -> dict[str, tuple[Status, ...]]:
    return dict.fromkeys(check_names(source()), statuses)


# ---- Undeserved points: checks that do not run, or do not see what is there ----

POINTS = "undeserved points"


@edit(POINTS, "Tags that make nbclient leave out every check.")
def skip_tags(nb):
    for one in nb["cells"]:
        one["metadata"]["tags"] = ["skip-execution", "raises-exception"]


@edit(POINTS, "Checks whose text is a pass.", damage="")
def edited_checks(nb):
    for one in nb["cells"]:
        if one["metadata"].get("nbgrader", {}).get("grade"):
            one["source"] = "pass"


@edit(POINTS, "Checks deleted.")
def deleted_checks(nb):
    nb["cells"] = [
        one for one in nb["cells"] if not one["metadata"].get("nbgrader", {}).get("grade")
    ]


@edit(POINTS, "Checks as raw cells, which nobody runs.")
def raw_checks(nb):
    for one in nb["cells"]:
        if one["metadata"].get("nbgrader", {}).get("grade"):
            one["cell_type"] = "raw"


@edit(POINTS, "Checks as text.")
def markdown_checks(nb):
    for one in nb["cells"]:
        if one["metadata"].get("nbgrader", {}).get("grade"):
            one["cell_type"] = "markdown"


@edit(POINTS, "Checks that claim 100 points each, and so does the answer.", 23, right=True)
def points_100(nb):
    for one in nb["cells"]:
        if "nbgrader" in one["metadata"]:
            one["metadata"]["nbgrader"]["points"] = 100


@edit(POINTS, "Flags exchanged: checks are answers, and answers are checks.")
def exchanged_flags(nb):
    for one in nb["cells"]:
        about = one["metadata"].get("nbgrader", {})
        if about:
            about["grade"], about["solution"] = about["solution"], about["grade"]


@edit(POINTS, "A second cell with a check's grade id, which passes.")
def second_check(nb):
    for name in check_names(source()):
        double = copy.deepcopy(named(nb, name))
        double["source"] = "pass"
        nb["cells"].insert(at(nb, name), double)


@edit(POINTS, "All checks stand before what they check, as if nothing had to be there yet.", 23,
      right=True)  # fmt: skip
def moved_checks(nb):
    checks = [o for o in nb["cells"] if o["metadata"].get("nbgrader", {}).get("grade")]
    checks = [one for one in checks if one["cell_type"] == "code"]
    nb["cells"] = checks + [one for one in nb["cells"] if one not in checks]


@edit(POINTS, "Outputs in the file that give full credit for each check.")
def outputs_in_the_file(nb):
    for one in nb["cells"]:
        if one["cell_type"] == "code":
            one["execution_count"] = 1
            one["outputs"] = [
                {
                    "output_type": "execute_result",
                    "data": {"text/plain": "4.0"},
                    "metadata": {},
                    "execution_count": 1,
                }
            ]


@edit(POINTS, "A kernelspec that names a shell command, and one more beside it.", 23, right=True)
def kernelspec_command(nb):
    nb["metadata"]["kernelspec"] = {
        "name": "python3; touch /tmp/kernelspec-ran",
        "display_name": "$(touch /tmp/kernelspec-ran)",
        "language": "python",
        "argv": ["/bin/sh", "-c", "touch /tmp/kernelspec-ran"],
        "metadata": {"kernel_provisioner": {"provisioner_name": "local-provisioner"}},
    }
    nb["metadata"]["language_info"] = {"name": "bash", "version": 7}


@edit(POINTS, "Five megabytes of metadata in the notebook and in each cell.", 23, right=True)
def giant_metadata(nb):
    nb["metadata"]["more"] = ["x" * 1000] * 5000
    for one in nb["cells"]:
        one["metadata"]["more"] = {str(n): {"y": [n] * 10} for n in range(2000)}


@edit(POINTS, "Attachments and odd fields on code cells.", 23, right=True)
def odd_fields(nb):
    for one in nb["cells"]:
        one["attachments"] = {"a.png": {"image/png": "x" * 100_000}}
        one["nbgrader"] = {"points": 99}
        one["metadata"]["editable"] = "perhaps"


@edit(POINTS, "A schema version for each: none, 0, 1, 99, text and a list.", 23, right=True)
def odd_schemas(nb):
    odd = [0, 1, 99, "3", [3], None, -1, 2.5]
    for number, one in enumerate(nb["cells"]):
        if "nbgrader" in one["metadata"]:
            one["metadata"]["nbgrader"]["schema_version"] = odd[number % len(odd)]


attack(
    "input_transformer",
    POINTS,
    "Every later cell becomes a pass by an input transformer.",
    """
    for steps in (get_ipython().input_transformers_cleanup, get_ipython().input_transformers_post):
        steps.append(lambda lines: ["pass\\n"])
    """,
)
attack(
    "ast_transformer",
    POINTS,
    "Every later assert is taken out of the syntax tree.",
    """
    import ast
    class NoAsserts(ast.NodeTransformer):
        def visit_Assert(self, node):
            return ast.Pass()
    get_ipython().ast_transformers.append(NoAsserts())
    """,
)
attack(
    "run_cell_patched",
    POINTS,
    "run_cell reports success and runs nothing.",
    """
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult
    ip = get_ipython()
    done = lambda *a, **k: ExecutionResult(ExecutionInfo("", False, False, False, None))
    async def done_async(*a, **k):
        return done()
    fired()
    ip.run_cell, ip.run_cell_async, ip.should_run_async = done, done_async, lambda *a, **k: False
    """,
)
attack(
    "showtraceback_patched",
    POINTS,
    "Errors are shown nowhere.",
    """
    ip = get_ipython()
    ip.showtraceback = ip._showtraceback = ip.showsyntaxerror = lambda *a, **k: None
    ip.set_custom_exc((BaseException,), lambda *a, **k: [])
    """,
)
attack(
    "displayhook_forged",
    POINTS,
    "Each cell puts out the number 4.0, which nbgrader reads as partial credit.",
    """
    from IPython import get_ipython
    ip = get_ipython()
    def forge_credit(*a):
        ip.displayhook.start_displayhook()
        ip.displayhook.session.send(ip.displayhook.pub_socket, "execute_result", {
            "execution_count": 1, "data": {"text/plain": "4.0"}, "metadata": {}},
            parent=ip.displayhook.parent_header)
    ip.events.register("post_run_cell", forge_credit)
    ip.events.register("pre_run_cell", forge_credit)
    """,
)
ALWAYS = """
import functools, numbers
yes = lambda self, *a, **k: True
class Always:
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = yes
    __ne__ = lambda self, other: False
    __bool__, __hash__ = yes, lambda self: 0
    __len__, __float__, __int__, __index__ = (lambda self: 5), (lambda s: 0.0), yes, yes
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self
    __call__ = __getitem__ = __sub__ = __rsub__ = __add__ = __radd__ = __abs__ = __round__ = (
        lambda self, *a, **k: self)
    __iter__ = lambda self: iter([self] * 5)
always = Always()
"""
FIVE_ALWAYS = {
    "q1_growth": "growth_pct = lambda *a: always",
    "q2_points": "compare_rates = lambda *a: [always, always]",
    "q3_count": "count_above = lambda *a: always",
    "q4_base": "implied_base = lambda *a: always",
    "q5_choice": "q5 = always",
    "q6_order": "q6 = [always] * 5",
    "q7_chart": "ax = always",
}
attack(
    "always_equal",
    POINTS,
    "An object that is equal to everything stands for each answer.",
    ALWAYS,
    answers=FIVE_ALWAYS,
    status=PARTIAL,
    checks={"q2_points_check": CANNOT, "q6_order_check": CANNOT, "q5_choice_check": GRADED},
)
attack(
    "class_property_lies",
    POINTS,
    "The object says that it is a float, a str and an Axes.",
    ALWAYS
    + """
import matplotlib.pyplot as plt
class Float(Always): __class__ = property(lambda self: float)
class Text(Always): __class__ = property(lambda self: str)
class Chart(Always): __class__ = property(lambda self: plt.Axes)
numbers.Real.register(Float)
""",
    answers={
        "q1_growth": "growth_pct = lambda *a: Float()",
        "q2_points": "compare_rates = lambda *a: [Float(), Float()]",
        "q3_count": "count_above = lambda *a: Float()",
        "q4_base": "implied_base = lambda *a: Float()",
        "q5_choice": "q5 = Text()",
        "q6_order": "q6 = [Text()] * 5",
        "q7_chart": "ax = Chart()",
    },
    status=(PARTIAL, GRADED, CANNOT),
)
attack(
    "metaclass_lies",
    POINTS,
    "A class whose instance checks say yes stands for the classes that checks name.",
    """
    class Yes(type):
        __instancecheck__ = __subclasscheck__ = lambda cls, one: True
        __eq__ = lambda cls, other: True
        __hash__ = type.__hash__
    class Real(metaclass=Yes): pass
    import numbers, builtins, matplotlib.pyplot as plt
    fired()
    numbers.Real = plt.Axes = builtins.str = builtins.list = Real
    """,
    answers={"q5_choice": "q5 = Real", "q6_order": "q6 = Real", "q7_chart": "ax = Real()"},
    status=(GRADED, PARTIAL, CANNOT),
)
attack(
    "subclasses_lie",
    POINTS,
    "Subclasses of float, str and list whose methods say what a check wants to hear.",
    """
    class Number(float):
        __eq__ = __lt__ = lambda self, other: True
        __gt__ = __ne__ = lambda self, other: False
        __abs__ = __sub__ = __add__ = lambda self, *a: self
        __hash__ = float.__hash__
    class Text(str):
        strip = upper = lower = lambda self: "B"
        __eq__ = lambda self, other: other == "B"
        __hash__ = str.__hash__
    class Items(list):
        __iter__ = lambda self: iter(["B", "D", "C", "E", "A"][:len(self)])
        __getitem__ = lambda self, n: "BDCEA"[n]
    """,
    answers={
        "q1_growth": "growth_pct = lambda *a: Number(7)",
        "q2_points": "compare_rates = lambda *a: Items([Number(7), Number(8)])",
        "q3_count": "count_above = lambda *a: Number(9)",
        "q4_base": "implied_base = lambda *a: Number(7)",
        "q5_choice": "q5 = Text('A')",
        "q6_order": "q6 = Items(['A', 'B', 'C', 'D', 'E'])",
    },
)
attack(
    "bars_that_nobody_sees",
    POINTS,
    "The heights stand in the visible check; the bars that have them have no width and no colour.",
    "pass",
    answers={
        "q7_chart": """
        import matplotlib.pyplot as plt
        heights = [107.06, 110.75, 107.76, 146.887, 190.271]
        ax = plt.figure().add_subplot()
        ax.bar(range(5), heights, width=0, alpha=0)
        ax.set(title="x", xlabel="no year", ylabel="no dollar", ylim=(0, 200))
        """,
    },
    points=4,
    known=(
        "a weak check, which plain nbgrader gives its points as well: its author shows the numbers"
        " and asks for nothing that only the right way of drawing gives"
    ),
)
attack(
    "fake_axes",
    POINTS,
    "An object with the name and the class of an Axes, whose parts are equal to everything.",
    ALWAYS
    + """
import matplotlib.axes, matplotlib.pyplot as plt
Fake = type("Axes", (Always,), {"__module__": "matplotlib.axes._axes", "patches": [always] * 5,
    "__class__": property(lambda self: plt.Axes)})
Fake.__qualname__ = "Axes"
""",
    answers={"q7_chart": "ax = Fake()"},
)
attack(
    "lying_axes",
    POINTS,
    "A real subclass of Axes, drawn blank, whose accessors give objects that agree to anything.",
    ALWAYS
    + """
import matplotlib.pyplot as plt
class Bar(plt.Rectangle):
    get_height = lambda self: always
class Lying(plt.Axes):
    patches = property(lambda self: [Bar((0, 0), 1, 1) for _ in range(5)])
    get_ylim = lambda self: [0, 1]
    get_title = get_xlabel = get_ylabel = lambda self: always
""",
    answers={"q7_chart": "ax = Lying(plt.figure(), [0, 0, 1, 1])"},
    status=(GRADED, PARTIAL),
)
attack(
    "not_a_number",
    POINTS,
    "NaN, infinity and NaN in arrays without dimensions for each number.",
    "import numpy as np",
    answers={
        "q1_growth": "growth_pct = lambda *a: np.float64('nan')",
        "q2_points": "compare_rates = lambda *a: [float('nan'), float('nan')]",
        "q3_count": "count_above = lambda *a: np.array(float('nan'))",
        "q4_base": "implied_base = lambda *a: float('inf')",
        "q6_order": "q6 = [float('nan')] * 5",
    },
)
attack(
    "generators",
    POINTS,
    "Generators, a different one for each question, and one that never ends.",
    "import itertools",
    answers={
        "q1_growth": "growth_pct = lambda *a: (n for n in [20.0])",
        "q2_points": "compare_rates = lambda *a: itertools.repeat(-10)",
        "q6_order": "q6 = itertools.cycle('BDCEA')",
    },
    checks={"q2_points_check": (LATE, CANNOT)},
    status=PARTIAL,
    limits=SHORT,
)
attack(
    "builtins_patched",
    POINTS,
    "abs, isinstance, len, sorted and AssertionError are others in the kernel.",
    """
    import builtins
    fired()
    builtins.abs = lambda n: 0
    builtins.isinstance = lambda *a: True
    builtins.sorted = lambda *a, **k: list("ABCDE")
    builtins.hasattr = lambda *a: False
    class Nothing(Exception): pass
    builtins.AssertionError = Nothing
    """,
    answers={"q1_growth": "growth_pct = lambda *a: 1", "q4_base": "implied_base = lambda *a: 1"},
    status=(GRADED, PARTIAL, CANNOT, TAMPERED),
)
attack(
    "names_shadowed",
    POINTS,
    "The names abs, isinstance, list, numbers, plt, got, steps and small are the learner's.",
    """
    # What is wanted of each difference in the check of the fourth question.
    abs = lambda n: 1 if round(n, 3) in (-95, -4.714) else 0
    isinstance = lambda one, kind: kind is not Exception
    sorted = lambda x: list("ABCDE")
    list = lambda *a: [-10, -25]
    AssertionError = KeyError
    steps, heights, got, small, wanted = list(), [], 20, None, []
    class numbers: Real = object
    class pd: DataFrame = staticmethod(lambda *a, **k: None)
    class plt: Axes = object
    """,
    answers={
        "q1_growth": "growth_pct = lambda *a: 1",
        "q2_points": "compare_rates = lambda *a: 1",
        "q4_base": "implied_base = lambda *a: 1",
        "q5_choice": "q5 = 1",
        "q6_order": "q6 = 1",
    },
)
attack(
    "modules_patched",
    POINTS,
    "pandas, matplotlib and numbers in the kernel are patched to agree, and replaced.",
    """
    import sys, types, pandas as pd, matplotlib.pyplot as plt, numbers
    pd.Series.__eq__ = pd.DataFrame.__eq__ = lambda *a: True
    plt.Axes.get_title = plt.Axes.get_ylabel = plt.Axes.get_xlabel = lambda s: "year dollar"
    fake = types.ModuleType("numbers"); fake.Real = object
    sys.modules["numbers"] = fake
    """,
    answers={"q7_chart": "ax = plt.figure().add_subplot()"},
    checks={"q7_chart_check": GRADED},
)
attack(
    "import_replaced",
    POINTS,
    "__import__ gives an obliging module for everything.",
    ALWAYS
    + """
import builtins
fired()
builtins.__import__ = lambda *a, **k: always
""",
    answers=FIVE_ALWAYS,
    status=(CANNOT, TAMPERED, GRADED, PARTIAL, LATE),
    seconds=60,
    limits=SHORT,
)
attack(
    "user_ns_replaced",
    POINTS,
    "The namespace is a dictionary that has every name.",
    ALWAYS
    + """
class Lying(dict):
    __contains__ = lambda self, name: True
    __missing__ = get = lambda self, name, *a: always
fired()
get_ipython().user_ns = Lying(get_ipython().user_ns)
""",
    status=(GRADED, PARTIAL, CANNOT, TAMPERED),
)
attack(
    "outputs_for_later_cells",
    POINTS,
    "Outputs are published again and again, from a thread, for whatever cell is running.",
    """
    import threading, time
    ip = get_ipython()
    def flood():
        for _ in range(300):
            time.sleep(0.01)
            ip.display_pub.session.send(ip.display_pub.pub_socket, "execute_result", {
                "execution_count": 1, "data": {"text/plain": "4.0"}, "metadata": {}},
                parent=ip.display_pub.parent_header)
    threading.Thread(target=flood, daemon=True).start()
    """,
    status=(GRADED, TAMPERED, PARTIAL, LATE),  # a socket is not safe to use from two threads
    limits=SHORT,
    seconds=40,
)
attack(
    "answers_from_a_thread",
    POINTS,
    "A thread exchanges the answers while the checks ask for them.",
    ALWAYS
    + """
import threading, time
space = get_ipython().user_ns
def exchange():
    for _ in range(1000):
        time.sleep(0.005)
        for name in ("q5", "q6", "ax", "growth_pct", "compare_rates"):
            space[name] = always
threading.Thread(target=exchange, daemon=True).start()
""",
    status=(GRADED, PARTIAL, CANNOT),
)
attack(
    "update_displays",
    POINTS,
    "Displays of earlier cells are updated from later ones, so that a check's output changes.",
    """
    from IPython.display import display, update_display
    for name in ["x"] + [str(n) for n in range(50)]:
        display("4.0", display_id=name)
    def again():
        for name in ["x"] + [str(n) for n in range(50)]:
            update_display("4.0", display_id=name)
    get_ipython().events.register("post_run_cell", again)
    """,
)
attack(
    "clear_output_flood",
    POINTS,
    "clear_output, at once and delayed, a thousand times in every cell.",
    """
    from IPython.display import clear_output
    def clear():
        for n in range(1000):
            clear_output(wait=bool(n % 2))
    get_ipython().events.register("pre_run_cell", clear)
    """,
    fires=False,
    answers={"q5_choice": 'q5 = "B"'},
    points=2,
    seconds=60,
)
attack(
    "html_and_javascript",
    POINTS,
    "Scripts and styles as outputs, to change the page that a teacher opens.",
    """
    from IPython.display import HTML, Javascript, display, Markdown, SVG
    display(HTML("<script>document.title = 'graded'</script><img src=x onerror=alert(1)>"))
    display(Javascript("document.title = 'graded'"))
    display({"text/html": "<style>.output_error {display: none}</style>"}, raw=True)
    display(Markdown("<script>1</script>"))
    """,
)
attack(
    "comm_messages",
    POINTS,
    "Comms and widgets are opened towards the judge, one of them a widget that takes outputs.",
    """
    send = lambda kind, content: get_ipython().kernel.session.send(
        get_ipython().kernel.iopub_socket, kind, content,
        parent=get_ipython().kernel.get_parent("shell"))
    state = {"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel",
             "msg_id": "x", "outputs": []}
    for target in ("jupyter.widget", "jupyter.widget.control", "x" * 1000):
        send("comm_open", {"comm_id": "c" + target, "target_name": target,
                           "data": {"state": state, "buffer_paths": []}})
    send("comm_msg", {"comm_id": "cjupyter.widget", "data": {"method": "update", "state": {
        "msg_id": "y"}}})
    send("comm_close", {"comm_id": "none", "data": {}})
    """,
    answers={"q5_choice": 'q5 = "B"'},
    points=2,
    status=(GRADED, PARTIAL),
)
attack(
    "guesses_by_order",
    POINTS,
    "Functions that count their calls and give the values that the visible tests want.",
    """
    calls = {"q1": 0, "q4": 0}
    """,
    answers={
        "q1_growth": (
            "def growth_pct(*a):\n    calls['q1'] += 1\n"
            "    return [20, 0, 0][min(calls['q1'], 3) - 1]"
        ),
        "q4_base": "def implied_base(*a):\n    calls['q4'] += 1\n    return 100",
    },
)

# ---- Undeserved points in the small notebook ----

small(
    "stop_iteration",
    "A function that raises StopIteration ends the map of a check before it has compared.",
    {"square": "def square(n):\n    raise StopIteration"},
)
small(
    "stop_iteration_kinds",
    "Subclasses of StopIteration, GeneratorExit and an exception that calls itself so.",
    {
        "square": """
class StopIteration2(StopIteration): pass
StopIteration2.__name__ = "StopIteration"
def square(n):
    raise [StopIteration2, StopAsyncIteration, GeneratorExit][n % 3]
"""
    },
    status=(GRADED, PARTIAL),
    checks={"square_check": (GRADED, CANNOT)},
)
small(
    "stop_iteration_forged",
    "A forged reply tells of a StopIteration.",
    code='forge({"error": {"of": ["StopIteration", "Exception"], "args": [], "where": ""}})',
    status=(GRADED, TAMPERED, CANNOT),
)
small(
    "exits_instead_of_an_error",
    "KeyboardInterrupt and SystemExit for the error that a check wants.",
    {"root": "def root(n):\n    if n < 0:\n        raise SystemExit\n    return n ** 0.5"},
    status=PARTIAL,
    checks={"root_check": CANNOT},
)
small(
    "garbage_instead_of_an_error",
    "A reply that cannot be read, where a check with a bare except wants an error.",
    {"root": "def root(n):\n    return abs(n) ** 0.5"},
    """
    import json, nbjudge._kernel.agent as agent
    real = agent.answer
    def answer(question):
        q = json.loads(question)
        wrong = q["op"] == "call" and "-1" in str(q["args"])
        return agent.Reply("garbage") if wrong else real(question)
    agent.answer = answer
    """,
    status=PARTIAL,
    checks={"root_check": TAMPERED},
)
small(
    "refused_instead_of_an_error",
    "A value that the judge refuses, where a check with a bare except wants an error.",
    {
        "root": """
import sys
def root(n):
    return sys if n < 0 else n ** 0.5
"""
    },
    status=PARTIAL,
    checks={"root_check": CANNOT},
)
for number, forged in enumerate(("true", "1", '"1.0"', '{"t": "float", "v": "nan"}')):
    small(
        f"no_float_{number}",
        f"{forged} for a number that must be a float.",
        code=f"value({forged!r})",
        status=(GRADED, PARTIAL, CANNOT),
    )
for number, credit in enumerate(
    ("True", "float('nan')", "-1", "2", "'full'", "[1]", "float('inf')", "1 + 0j")
):
    small(
        f"credit_{number}",
        f"{credit} as the points that a check ends in; nbgrader gives all points for it.",
        {"quality": f"quality = lambda n: {credit}"},
        status=PARTIAL,
        checks={"quality_check": CANNOT},
    )
small(
    "lying_table",
    "A DataFrame whose columns, sums and comparisons lie.",
    {
        "table": """
class Column(pd.Series):
    __iter__ = lambda self: iter([1, 2, 3])
    __eq__ = lambda self, other: pd.Series([True])
    sum = lambda self: 6
class Table(pd.DataFrame):
    __getitem__ = lambda self, name: Column([0])
    columns = property(lambda self: ["n"])
table = Table({"n": [9]})
"""
    },
    status=(GRADED, PARTIAL),
)
small(
    "empty_table",
    "Tables without rows, whose all() is true.",
    {"table": "table = pd.DataFrame({'n': []})"},
)
small(
    "fake_map",
    "An object with the class of a map, and children that say that they are markers.",
    {
        "places": """
class Mark:
    __class__ = folium.Marker
    location = property(lambda self: self)
    __eq__ = lambda self, other: True
class Fake:
    __class__ = folium.Map
    _children = {n: Mark() for n in range(3)}
places = Fake()
"""
    },
    status=(GRADED, PARTIAL),
)
small(
    "lying_map",
    "A real map of a class of the learner's, whose children are markers without a place.",
    {
        "places": """
class Lying(folium.Map):
    pass
class Mark(folium.Marker):
    location = property(lambda self: Same(), lambda self, value: None)
class Same:
    __eq__ = lambda self, other: True
places = Lying()
for spot in ([1, 2], [3, 4], [5, 6]):
    Mark(spot).add_to(places)
"""
    },
    status=(GRADED, PARTIAL),
)
small(
    "lying_instance",
    "A class whose attributes are equal to everything.",
    {
        "account": """
class Same:
    __eq__ = lambda self, other: True
    __bool__ = lambda self: True
class Account:
    def __init__(self, money): pass
    money = Same()
    add = lambda self, more: Same()
"""
    },
    status=PARTIAL,
    checks={"account_check": CANNOT},
)
small(
    "endless_iterator",
    "An iterator that loops before its first item.",
    {"evens": "def evens():\n    while True:\n        pass\n    yield 0"},
    limits=SHORT,
    status=PARTIAL,
    checks={"evens_check": LATE},
    seconds=40,
)
small(
    "lie_about_process",
    "The argument is sorted in place, and the report of that change is kept back.",
    {"ordered": "def ordered(given):\n    given.sort()\n    return given"},
    "import nbjudge._kernel.agent as agent\nagent.state = lambda value: None",
    points=1,
    known=(
        "the right reply to a check of process is known without doing the work: no design with an"
        " untrusted kernel can tell, so authors write checks of values"
    ),
)
small(
    "agent_replaced",
    "The module that answers the judge is another one.",
    code="""
    import sys, types
    fake = types.ModuleType("nbjudge._kernel.agent")
    fake.answer = lambda question: {"value": "1"}
    sys.modules["nbjudge._kernel.agent"] = fake
    import nbjudge._kernel
    nbjudge._kernel.agent = fake
    """,
    status=(CANNOT, TAMPERED),
)
small(
    "wire_patched",
    "The value format, json and the sockets' session are patched in the kernel.",
    code="""
    import json, zmq, jupyter_client.session as s, nbjudge._values.codec as codec
    codec.packed = lambda *a: {"t": "type", "v": "builtins.float"}
    codec.Packer.pack = lambda *a: {"t": "same", "n": 0}
    """,
    status=(TAMPERED, GRADED, CANNOT, PARTIAL),
)
small(
    "json_patched",
    "json in the kernel writes the same text whatever it is given.",
    code="""
    import json
    fired()
    json.dumps = lambda *a, **k: '{"value": 1.0}'
    """,
    fires=False,
    shows="what no kernel sends",
    status=(TAMPERED, GRADED, CANNOT, PARTIAL, LATE, CRASHED),
    limits=SHORT,
    seconds=60,
)

# ---- The channel between kernel and judge ----

CHANNEL = "forged replies"
FORGED = {
    "not_json": "garbage",
    "not_an_object": "[1, 2, 3]",
    "no_value": "{}",
    "value_without_tag": {"value": {"v": 5}},
    "bare_nan": '{"value": NaN}',
    "unknown_tag": {"value": {"t": "pickle", "v": "gASVHAAAAAAAAACMCGJ1aWx0aW5zlIwEZXZhbJST"}},
    "tag_no_text": {"value": {"t": ["list"], "v": 1}},
    "module_os": {"module": "os"},
    "module_subprocess": {"module": "subprocess"},
    "module_posix": {"module": "posix"},
    "module_within": {"value": {"t": "module", "v": "os"}},
    "code": {"value": {"t": "code", "v": "4wAAAA==", "name": "f", "defaults": "null"}},
    "named_system": {"value": {"t": "named", "v": "os.system"}},
    "yours": {"value": {"t": "yours", "n": 0}},
    "type_eval": {"value": {"t": "type", "v": "eval"}},
    "record_backend": {
        "value": (
            {"t": "snapshot", "n": 0, "of": ["matplotlib.backends.backend_pdf.PdfFile"]}
            | {"a": {}, "c": []}
        )
    },
    "record_pyplot": {
        "value": (
            {"t": "snapshot", "n": 0, "of": ["matplotlib.pyplot.os", "os.system", "builtins.eval"]}
            | {"a": {"patches": []}, "c": []}
        )
    },
    "record_of_itself": {
        "value": (
            {"t": "snapshot", "n": 0, "of": ["matplotlib.axes._axes.Axes"]}
            | {"a": {"patches": {"t": "same", "n": 0}, "__class__": 1}, "c": [["get_title", [], 1]]}
        )
    },
    "namedtuple_code": {
        "value": (
            {"t": "tuple", "v": [1], "name": "x=__import__('os')", "fields": ["_a: 1\nimport os"]}
        )
    },
    "huge_shape": {"value": {"t": "array", "d": "<f8", "shape": [1000000000, 1000000000], "v": ""}},
    "huge_item": {"value": {"t": "scalar", "d": "<U900000000", "v": ""}},
    "huge_range": {"value": {"t": "RangeIndex", "v": [0, 1000000000000000000, 1], "name": None}},
    "odd_function": {
        "value": (
            {"t": "function", "n": -5, "type": "x", "name": "; import os", "doc": None}
            | {"signature": [["; import os", 9, "x"]]}
        )
    },
    "odd_class": {
        "value": {"t": "class", "n": 1, "type": "type", "name": "str", "doc": "x" * 1_000},
    },
    "odd_instance": {
        "value": (
            {
                "t": "instance",
                "n": 2,
                "type": "__class__",
                "has": ["__eq__", "__reduce__", "__del__"],
            }
        )
    },
    "change_to_no_argument": {"value": 1, "changed": [[99, 1], ["__class__", 1]]},
    "error_of_odd_classes": {
        "error": {"of": ["SystemExit", "__import__('os')", "BaseException"], "args": [], "where": 5}
    },
    "error_with_odd_arguments": {
        "error": {"of": ["KeyError"], "args": [{"t": "pickle"}, 5], "where": "x"}
    },
    "nul_and_bidi": {"value": "B\0\u202e\ud800"},
    "frequency": {"value": {"t": "Period", "v": 1, "freq": "os.system"}},
    "zone_path": {
        "value": {"t": "datetime", "v": "2020-01-01", "zone": "../../etc/passwd", "fold": 0}
    },
}
ODD = (TAMPERED, CANNOT, GRADED, PARTIAL)
SAID = {  # what is no forgery in form, but refused, or a plain wrong value
    CANNOT: (
        "module_os module_subprocess module_posix error_of_odd_classes error_with_odd_arguments"
    ),
    GRADED: "record_of_itself huge_range odd_class nul_and_bidi",
}
for name, reply in FORGED.items():
    attack(
        f"forged_{name}",
        CHANNEL,
        f"Every question is answered by {str(reply)[:60]!r}.",
        f"forge({reply!r})",
        status=next((status for status, names in SAID.items() if name in names.split()), TAMPERED),
    )
for inside in (True, False):
    attack(
        "forged_brackets" if inside else "forged_brackets_outside",
        CHANNEL,
        "Every question is answered by 100,000 brackets.",
        "value('[' * 100_000)" if inside else "forge('[' * 100_000)",
        status=TAMPERED,
    )
attack(
    "forged_colliding_set",
    CHANNEL,
    "A set of integers that all have the same hash, which takes the square of its size.",
    "value(json.dumps({'t': 'set', 'v': [{'t': 'int', 'v': hex(n * (2**61 - 1))} "
    "for n in range(1, 15_000)]}))",
    status=(LATE, PARTIAL, GRADED),
    limits=replace(SHORT, cell_seconds=20, notebook_seconds=10),
    seconds=60,
)
attack(
    "forged_huge_integer",
    CHANNEL,
    "An integer of five million digits, in hexadecimal and in decimal.",
    "value(json.dumps({'t': 'int', 'v': '0x' + 'f' * 5_000_000}))",
    status=(*ODD, LATE),
    limits=replace(SHORT, cell_seconds=20, notebook_seconds=20),
    seconds=60,
)
attack(
    "forged_huge_reply",
    CHANNEL,
    "A reply of 80 MB.",
    "forge(json.dumps({'value': 'x' * 80_000_000}))",
    status=(*ODD, LATE, CRASHED),
    limits=replace(SHORT, cell_seconds=20, notebook_seconds=20),
    seconds=60,
)
attack(
    "forged_large_print",
    CHANNEL,
    "Each reply says that ten megabytes were printed.",
    "forge({'value': 1, 'printed': 'x' * 10_000_000})",
    status=ODD,
    seconds=60,
)
HANDLER = """
kernel = get_ipython().kernel
def handler(function):
    async def handle(stream, ident, parent):
        function(stream, ident, parent)
    kernel.shell_handlers["execute_request"] = handle
    kernel.execute_request = handle
OK = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
def reply(stream, ident, parent, content=OK, **more):
    kernel.session.send(stream, "execute_reply", content, parent, ident=ident, **more)
fired()
"""
PROTOCOL = {
    "limits": replace(SHORT, notebook_seconds=9),
    "seconds": 45,
    "status": tuple(Status),
}
attack(
    "reply_without_running",
    CHANNEL,
    "Every request is answered with ok, and nothing is run.",
    HANDLER + "handler(reply)",
    **PROTOCOL,
)
attack(
    "reply_without_expressions",
    CHANNEL,
    "Replies leave out what was asked for, or give it under another status.",
    HANDLER
    + """
odd = [{"status": "ok"}, {"status": "error"}, {}, {"status": "ok", "user_expressions": None},
       {"status": "ok", "user_expressions": {"r": {"status": "ok"}}},
       {"status": "ok", "user_expressions": {"r": {"status": "ok", "data": {
           "application/json": 5}}}}]
def odd_reply(stream, ident, parent):
    odd.append(odd.pop(0))
    reply(stream, ident, parent, odd[0])
handler(odd_reply)
""",
    **PROTOCOL,
)
attack(
    "reply_with_a_wrong_id",
    CHANNEL,
    "Each reply names another request.",
    HANDLER
    + """
def wrong(stream, ident, parent):
    reply(stream, ident, {**parent, "header": {**parent["header"], "msg_id": "another"}})
handler(wrong)
""",
    **PROTOCOL,
)
attack(
    "foreign_replies",
    CHANNEL,
    "Two thousand replies to nothing, then none.",
    HANDLER
    + """
def foreign(stream, ident, parent):
    other = {**parent, "header": {**parent["header"], "msg_id": "another"}}
    for _ in range(2000):
        reply(stream, ident, other)
handler(foreign)
""",
    **PROTOCOL,
)
attack(
    "garbage_frames",
    CHANNEL,
    "Frames that are no messages, on the channel of the replies.",
    HANDLER
    + """
handler(lambda stream, ident, parent: [stream.send_multipart([ident[0], *frames]) for frames in (
    [b"garbage"], [b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"{", b"{", b"{", b"{"])])
""",
    **PROTOCOL,
)
attack(
    "wrong_signature",
    CHANNEL,
    "Replies that are signed with another key.",
    HANDLER
    + """
def forged(stream, ident, parent):
    key, kernel.session.key = kernel.session.key, b"another"
    reply(stream, ident, parent)
    kernel.session.key = key
handler(forged)
""",
    **PROTOCOL,
)
attack(
    "session_patched",
    CHANNEL,
    "The session signs nothing and says that everything was busy.",
    """
    import jupyter_client.session as s
    fired()
    s.Session.sign = lambda self, *a: b"0" * 64
    s.Session.serialize = lambda self, *a, **k: [b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"]
    """,
    **PROTOCOL,
)
attack(
    "garbage_outputs",
    CHANNEL,
    "Messages about outputs that have no parts, or parts of other types.",
    """
    kernel = get_ipython().kernel
    parent = kernel.get_parent("shell")
    odd = [("display_data", {"data": 5, "metadata": 5}), ("display_data", {}), ("stream", {}),
           ("stream", {"name": 5, "text": ["x", 5]}), ("error", {"ename": 1}),
           ("execute_result", {"data": {"text/plain": {"a": [1]}}, "metadata": None}),
           ("display_data", {"data": {"image/png": 5}, "metadata": {}, "transient": 5}),
           ("status", {}), ("nonsense", {}), ("clear_output", {}), ("comm_msg", {})]
    fired()
    for kind, content in odd:
        def send(kind=kind, content=content):
            kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
        send()
    """,
    right=True,
    before="q6_order",
    points=23,
    status=(GRADED, PARTIAL),
    limits=replace(NORMAL, cell_seconds=6),
)
attack(
    "odd_display_bundles",
    CHANNEL,
    "Displays whose parts are valid messages and no valid notebook.",
    """
    kernel = get_ipython().kernel
    parent = kernel.get_parent("shell")
    send = lambda kind, content: kernel.session.send(kernel.iopub_socket, kind, content,
                                                     parent=parent)
    fired()
    send("stream", {"name": "stdout", "text": 5})
    send("stream", {"name": "no name", "text": "x"})
    send("display_data", {"data": {"text/plain": 5, "image/png": ["x"], "x": None}, "metadata": {}})
    send("display_data", {"data": ["x"], "metadata": []})
    send("error", {"ename": 1, "evalue": None, "traceback": "x"})
    send("execute_result", {"data": {}, "metadata": {}, "execution_count": "x"})
    """,
    right=True,
    before="q6_order",
    points=23,
    status=(GRADED, PARTIAL),
    limits=replace(NORMAL, cell_seconds=6),
)
attack(
    "deep_display",
    CHANNEL,
    "A display nested ten thousand levels deep.",
    """
    import json
    kernel = get_ipython().kernel
    deep = "[" * 10_000 + "]" * 10_000
    class Raw(dict): pass
    real = kernel.session.pack
    fired()
    kernel.session.pack = lambda one: (
        ('{"data": {"application/json": ' + deep + '}, "metadata": {}}').encode()
        if one == {"deep": 1} else real(one))
    kernel.session.send(kernel.iopub_socket, "display_data", {"deep": 1},
                        parent=kernel.get_parent("shell"))
    """,
    right=True,
    before="q6_order",
    points=23,
    status=(GRADED, PARTIAL),
    limits=replace(NORMAL, cell_seconds=6),
)
attack(
    "surrogates_in_outputs",
    CHANNEL,
    "Half characters, nulls and controls in outputs, in values and in messages of errors.",
    r"""
    from IPython.display import display
    _say("\ud800 \x00 \x1b[2J \u202e \n")
    display({"text/plain": "\udfff", "text/html": "\ud800"}, raw=True)
    """,
    right=True,
    answers={"q1_growth": r"""def growth_pct(*a): raise ValueError("\ud800\x00")"""},
    points=20,
    fires=False,
    status=(GRADED, PARTIAL),
)

attack(
    "displays_multiplied",
    CHANNEL,
    "Small displays of one id, all of which large ones then take the place of.",
    """
    from IPython.display import display
    fired()
    for _ in range(300):
        display({"text/plain": ""}, raw=True, display_id="one")
    for update in (True, False):
        display({"text/plain": "x" * 100_000}, raw=True, display_id="one", update=update)
    """,
    right=True,
    points=23,
    shows="left out",
)
attack(
    "odd_execution_counts",
    CHANNEL,
    "The number of a cell is a text, a list, negative.",
    """
    kernel = get_ipython().kernel
    for count in ("1", [1], -1):
        kernel.session.send(kernel.iopub_socket, "execute_input",
            {"code": "", "execution_count": count}, parent=kernel.get_parent("shell"))
    """,
    right=True,
    points=23,
    fires=False,
    shows="what no kernel sends",
)
small(
    "surrogates_in_messages",
    "Half characters in what a check prints and says.",
    {
        "square": "def square(n):\n    print('\\ud800')\n    return n * n",
        "root": "def root(n):\n    raise ValueError('\\udfff\\x00')",
    },
    area=CHANNEL,
    points=1,
    shows="ValueError",
)

# ---- Secrets ----

SECRETS = "secrets"
attack(
    "reads_history",
    SECRETS,
    "In, Out, the history and every string in memory are searched for checks.",
    """
    import gc
    def look(*a):
        texts = [str(one) for one in get_ipython().user_ns.get("In", [])]
        texts += [str(row) for row in get_ipython().history_manager.get_range()]
        for one in texts:
            if "def look" not in one and ("assert" in one or "_check" in one):
                found(one[:200])
    get_ipython().events.register("pre_run_cell", look)
    get_ipython().events.register("post_run_cell", look)
    for one in gc.get_objects():
        if type(one) is dict and any(type(k) is str and k.endswith("_check") for k in list(one)):
            found(list(one)[:5])
    """,
)
SCAN = """
def scan():
    # In two parts, so that this function itself is not what is found.
    first, second = b"@FIRST@", b"@SECOND@"
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in open("/proc/self/maps"):
            span, rights = line.split()[:2]
            if rights[:2] != "rw" or "[v" in line:
                continue
            start, end = (int(n, 16) for n in span.split("-"))
            for place in range(start, end, 1 << 24):
                try:
                    memory.seek(place)
                    part = memory.read(min(1 << 24, end - place))
                except (OSError, ValueError, OverflowError):
                    break
                at = part.find(first)
                while at >= 0:
                    if part.startswith(second, at + len(first)):
                        found("the secret is in memory")
                    at = part.find(first, at + 1)
    return 0
"""
attack(
    "reads_memory",
    SECRETS,
    "The whole memory of the kernel is searched for a hidden test, while that test calls it.",
    SCAN + "scan()",
    answers={
        "q1_growth": (
            "seen = []\ndef growth_pct(a, b):\n    if not seen:\n        scan()\n"
            "        seen.append(1)\n    return (b - a) / a * 100"
        ),
        "q2_points": "_say(f'looked {len(seen)} times\\n')",
    },
    points=3,
    shows="looked 1 times",
    seconds=60,
)
attack(
    "reads_frames",
    SECRETS,
    "The frames above a learner's function are searched, while a check calls it.",
    """
    import sys
    # In parts, so that the text of this cell is not what is found.
    wanted = ["".join(parts) for parts in (
        ("growth_pct", " stops"), ("Call it", " with 50"), ("-hid", "den"), ("ass", "ert abs"))]
    def look():
        frame = sys._getframe()
        while frame:
            parts = [frame.f_code.co_consts, frame.f_code.co_names]
            parts += [one for name, one in list(frame.f_locals.items()) if name != "wanted"]
            for one in parts:
                text = str(one)[:100_000] if one is not wanted else ""
                for word in wanted:
                    if word in text and repr(word) not in text:
                        found(f"{word} in {frame.f_code.co_name}")
            frame = frame.f_back
    """,
    answers={
        "q1_growth": "def growth_pct(a, b):\n    look()\n    return (b - a) / a * 100",
        "q2_points": "",
    },
    points=3,
)
attack(
    "reads_environment",
    SECRETS,
    "The environment, those of all processes, and their command lines.",
    """
    import glob, os
    if any("SECRET" in name or "TOKEN" in name for name in os.environ):
        found(dict(os.environ))
    for path in glob.glob("/proc/[0-9]*/environ") + ["/proc/self/environ"]:
        text = open(path, "rb").read()
        _say(ascii(text[:3000]) + "\\n")
        if b"SECRET" in text:
            found(path)
    if len([name for name in os.listdir("/proc") if name.isdigit()]) != 1:
        found("other processes")
    """,
)
attack(
    "reads_files",
    SECRETS,
    "The teacher's sources, gradebook, releases and other submissions, by their paths.",
    """
    import glob, os
    for place in ("@TREE@", "@TEACHER@", "@REALHOME@/.ipython", "@REALHOME@/.jupyter"):
        if os.path.exists(place):
            found(place)
    # The package that grades is there, as the kernel needs it, and nothing that lies around it.
    if os.path.exists("@ROOT@") and (rest := set(os.listdir("@ROOT@")) - {"src"}):
        found(rest)
    for pattern in ("@TREE@/**", "@TREE@/source/*/*", "../**", "../../**",
                    "@ROOT@/tests/course/*/*/*"):
        for path in glob.glob(pattern, recursive=True)[:1000]:
            if path.endswith((".ipynb", ".db")):
                found(path)
                _say(ascii(open(path, "rb").read()[:2000]))
    for name in ("gradebook.db", "../gradebook.db", "@TREE@/gradebook.db", "@TEACHER@/notes.txt"):
        attempt(name, lambda: open(name, "rb").read(100))
    """,
)
attack(
    "walks_the_disk",
    SECRETS,
    "Every directory of the box is searched for notebooks, gradebooks and sockets.",
    """
    import os, stat
    for folder, folders, names in os.walk("/"):
        if folder.startswith(("/proc", "/usr/lib", "/usr/share", "@PREFIX@/lib", "@PREFIX@/share")):
            folders[:] = []
            continue
        for name in names:
            if name.endswith((".ipynb", "gradebook.db")) or "SECRET" in name:
                found(os.path.join(folder, name))
        for name in names:
            path = os.path.join(folder, name)
            if stat.S_ISSOCK(os.lstat(path).st_mode) and not folder.endswith("/s"):
                found(path)
    import glob
    boxes = glob.glob("@TEMP@/nbjudge-*/*")
    if len(boxes) > 1:
        found(boxes)
    """,
    seconds=60,
)
attack(
    "reads_devices",
    SECRETS,
    "Memory, disks and the kernel's tables, as files and as devices.",
    """
    import glob, os
    for path in ["/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore", "/dev/sda", "/dev/vda",
                 "/dev/kmsg", "/proc/kmsg", "/etc/shadow", "/root/.bashrc",
                 "/proc/1/root/etc/shadow", "/sys/kernel/security", "/dev/fuse",
                 "/dev/kvm", "/dev/net/tun"]:
        attempt(path, lambda: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    for number in (1, 8, 252):
        attempt(f"mknod {number}", os.mknod, f"device{number}", 0o60600, os.makedev(number, 1))
    """,
)
attack(
    "reads_open_files",
    SECRETS,
    "The files that the kernel was born with: none is a door to the process that forks kernels.",
    """
    import os, socket, stat
    kinds = []
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if target.startswith("socket:"):
            one = socket.socket(fileno=os.dup(number))
            if one.type == socket.SOCK_SEQPACKET:
                found(f"{number} {target}")
            kinds.append(str(one.type))
            one.close()
        elif target.startswith("/") and not target.startswith(("/dev/", "/proc/")):
            found(target)
    """,
)
attack(
    "links_at_run_time",
    SECRETS,
    "Links to the teacher's files, made in the folder that is graded, and read.",
    """
    import os
    for number, place in enumerate(("@TREE@/gradebook.db", "@TEACHER@/notes.txt", "/etc/shadow",
                                    "@ROOT@/tests", "/proc/1/root/etc/shadow")):
        os.symlink(place, f"soft{number}")
        attempt(f"soft {place}", lambda: open(f"soft{number}", "rb").read(10))
        attempt(f"hard {place}", os.link, place, f"hard{number}")
    attempt("hard link to a module", os.link, os.__file__, "hard")
    """,
)
attack(
    "looks_through_the_sandbox",
    SECRETS,
    "The namespaces and directories of other processes, and the old root, by way of /proc.",
    """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    for kind in ("mnt", "pid", "net", "user"):
        handle = attempt_open = None
        try:
            handle = os.open(f"/proc/1/ns/{kind}", os.O_RDONLY)
        except OSError:
            continue
        if kind != "pid" and kind != "user" and libc.setns(handle, 0) == 0:
            found(f"setns {kind}")
    for path in ("/.oldroot", "/oldroot", "/old", "/proc/1/root/work/shared",
                 "/proc/1/cwd/../../../../root/.ipython"):
        if os.path.exists(path) and os.listdir(path):
            found(path)
    """,
)
attack(
    "asks_the_network",
    SECRETS,
    "Interfaces and routes are read, to find a network; nothing is sent.",
    """
    import socket
    names = [name for _, name in socket.if_nameindex()]
    if names != ["lo"]:
        found(names)
    for path in ("/proc/net/route", "/proc/net/arp", "/proc/net/unix"):
        lines = open(path).read().splitlines()[1:]
        if path != "/proc/net/unix" and lines:
            found(lines)
        if path == "/proc/net/unix" and any("@" in line for line in lines):
            found("abstract sockets of others")
    routes = open("/proc/net/ipv6_route").read().split("\\n") if _os.path.exists(
        "/proc/net/ipv6_route") else []
    if any(line.split()[-1] != "lo" for line in routes if line.strip()):
        found(routes)
    """,
)
attack(
    "sockets_past_the_network",
    SECRETS,
    "Kinds of sockets that reach the host without a network are made; nothing is sent.",
    """
    import socket
    for name, family in {"vsock": 40, "packet": 17, "alg": 38, "can": 29, "tipc": 30}.items():
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            attempt(name, lambda: socket.socket(family, kind).fileno())
    """,
)
attack(
    "keys_for_the_next",
    SECRETS,
    "A key of the system's, which other boxes of the same user could list, and read.",
    """
    import ctypes, platform
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 248, "aarch64": 217}[platform.machine()]
    user_keyring = ctypes.c_long(-4)
    made = libc.syscall(number, b"user", b"grading", b"x", ctypes.c_size_t(1), user_keyring)
    if made >= 0:
        found(made)
    """,
)

# ---- Writes outside, persistence, signals, rights ----

WRITES = "writes outside"
attack(
    "writes_files",
    WRITES,
    "The teacher's tree, the environment's packages and the settings of the next kernel.",
    """
    import os, site, sysconfig
    packages = sysconfig.get_paths()["purelib"]
    for path in ["@TREE@/gradebook.db", "@TREE@/hostile-canary", "@ROOT@/hostile-canary",
                 "@TEACHER@/hostile-canary", f"{packages}/hostile_canary.pth",
                 f"{packages}/hostile_canary.py", "@PREFIX@/etc/ipython/hostile-canary.py",
                 "@PREFIX@/bin/hostile-canary", "/etc/hostile-canary", "/usr/lib/hostile-canary",
                 "/hostile-canary", "/var/hostile-canary", "/root/hostile-canary"]:
        attempt(path, lambda: open(path, "ab").write(b"x"))
    for path in (os.__file__, "/etc/passwd", "/bin/sh", "@PREFIX@/bin/python"):
        attempt(path, lambda: open(path, "ab"))
        attempt(path, os.chmod, path, 0o777)
    """,
)
attack(
    "writes_beside_its_sockets",
    WRITES,
    "The directory of the host that holds the kernel's sockets takes new files, or other sockets.",
    """
    import os
    place = [line.split()[4] for line in open("/proc/self/mountinfo") if "/s " in line]
    place = [one for one in place if one.endswith("/s")]
    assert place, "the directory of the sockets was not found"
    for folder in place:
        attempt(folder, lambda: open(f"{folder}/hostile-canary", "wb").write(b"x"))
        for name in os.listdir(folder):
            attempt(name, os.unlink, f"{folder}/{name}")
            attempt(name, os.rename, f"{folder}/{name}", f"{folder}/x")
            attempt(name, os.symlink, "/etc/passwd", f"{folder}/hostile-link")
    """,
)
attack(
    "changes_the_connection_file",
    WRITES,
    "The file that says where the kernel is names another place.",
    """
    import glob, os, sys
    files = [one for one in sys.argv if one.endswith(".json")]
    assert files
    for path in files:
        attempt(path, lambda: open(path, "w").write("{}"))
        attempt(path, os.remove, path)
    """,
    answers={"q5_choice": 'q5 = "B"'},
    points=2,
)
PLANT = """
import os, sys, sysconfig
home = os.path.expanduser("~")
code = "import builtins; builtins.planted = True; open('/tmp/planted', 'w').write('x')\\n"
for path in (f"{home}/.ipython/profile_default/startup/00-planted.py",
             f"{home}/.ipython/profile_default/ipython_kernel_config.py",
             f"{home}/.config/matplotlib/matplotlibrc", f"{home}/.planted", "/tmp/planted",
             "/dev/shm/planted", "sitecustomize.py", "usercustomize.py", "planted.py",
             f"{home}/.local/lib/python{sys.version[:4]}/site-packages/planted.pth",
             f"{home}/.jupyter/jupyter_config.py", f"{home}/.bashrc", f"{home}/.pythonrc.py",
             sysconfig.get_paths()["purelib"] + "/planted.pth",
             os.path.dirname(os.__file__) + "/planted.py"):
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        open(path, "w").write(code)
    except OSError:
        pass
"""
attack(
    "plants_files",
    WRITES,
    "Startup files, settings, modules and marks in HOME, /tmp, /dev/shm and the packages.",
    PLANT + "assert os.path.exists('/tmp/planted')",
)
attack(
    "looks_for_planted_files",
    WRITES,
    "The next submission looks for what another one has left.",
    """
    import builtins, os
    places = ["/tmp", "/dev/shm", os.path.expanduser("~"), os.path.expanduser("~/.ipython"), ".",
              os.path.expanduser("~/.config"), os.path.expanduser("~/.local")]
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                if "planted" in name:
                    found(f"{folder}/{name}")
    if hasattr(builtins, "planted"):
        found("planted code has run")
    try:
        import planted
        found("a planted module")
    except ImportError:
        pass
    """,
)
attack(
    "signals",
    WRITES,
    "Its parent, every process it can name, and all at once are told to end.",
    """
    import os, signal
    if os.getppid() != 0:
        found(f"a parent {os.getppid()}")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    others = [n for n in map(int, filter(str.isdigit, os.listdir("/proc"))) if n != os.getpid()]
    for number in [*others, @PID@]:
        attempt(f"kill {number}", os.kill, number, signal.SIGTERM)
    try:
        os.kill(-1, signal.SIGTERM)  # reaches what is in this process space, which is nothing
    except ProcessLookupError:
        pass
    fired()
    """,
)
attack(
    "asks_for_rights",
    WRITES,
    "Other users, new namespaces, mounts, a new root, tracing, the clock, the host's name.",
    """
    import ctypes, os, socket
    libc = ctypes.CDLL(None, use_errno=True)
    for number in (0, 65534, 1):
        attempt(f"setuid {number}", os.setuid, number)
        attempt(f"setgid {number}", os.setgid, number)
    attempt("setgroups", os.setgroups, [0])
    attempt("chroot", os.chroot, ".")
    attempt("sethostname", socket.sethostname, "x")
    attempt("nice", os.nice, -5)
    for name, flag in dict(user=0x10000000, mount=0x20000, pid=0x20000000, net=0x40000000).items():
        if libc.unshare(flag) == 0:
            found(f"unshare {name}")
    os.makedirs("mine", exist_ok=True)
    if libc.mount(b"none", b"mine", b"tmpfs", 0, None) == 0:
        found("mount")
    if libc.mount(None, b"/", None, 0x20 | 0x1000, None) == 0:
        found("remount")
    if libc.umount2(b"/tmp", 2) == 0:
        found("umount")
    if libc.ptrace(16, 2, 0, 0) == 0:
        found("ptrace")
    if libc.personality(0x0040000) == -1:
        pass
    for path, text in {"/proc/self/uid_map": "0 0 1", "/proc/self/oom_score_adj": "-1000",
                       "/proc/sys/kernel/core_pattern": "|/bin/false", "/proc/sysrq-trigger": " ",
                       "/proc/sys/user/max_user_namespaces": "100"}.items():
        attempt(path, lambda: open(path, "w").write(text) and None or 1)
    for path in ("/usr/bin/su", "/usr/bin/sudo", "/bin/mount"):
        if os.path.exists(path) and "nosuid" not in open("/proc/self/mountinfo").read():
            found("set-user-id programs work")
    """,
)
attack(
    "raises_its_limits",
    WRITES,
    "The limits on memory, processes and files are set higher.",
    """
    import resource
    for name in ("AS", "NPROC", "FSIZE", "NOFILE", "CORE", "CPU"):
        which = getattr(resource, f"RLIMIT_{name}")
        soft, hard = resource.getrlimit(which)
        if hard == resource.RLIM_INFINITY:
            found(f"{name} is not limited")
        else:
            attempt(name, resource.setrlimit, which, (hard + 1, hard + 1))
    """,
)

# ---- Files that are handed in beside the notebook ----

FILES = "files beside the notebook"
TEACHERS_NAME = b"raise SystemExit('a module of the learner')"
attack(
    "files_named_like_modules",
    FILES,
    "Modules with the names of those that the judge and the checks use.",
    "",
    right=True,
    fires=False,
    files={
        f"{name}.py": TEACHERS_NAME
        for name in "json zmq grading numbers itertools nbclient conftest traitlets asyncio".split()
    }
    | {"folium/__init__.py": TEACHERS_NAME, "nbjudge/_kernel/agent.py": TEACHERS_NAME},
    points=23,
)
attack(
    "own_pandas",
    FILES,
    "A module pandas that makes every table equal to every other.",
    "",
    fires=False,
    files={"pandas.py": b"def read_csv(*a): return None\nclass DataFrame: pass\n"},
    status=(GRADED, PARTIAL, CANNOT),
)
attack(
    "startup_files",
    FILES,
    "Files that Python, IPython or Jupyter run when they start.",
    "if 'started' in globals() or _os.path.exists('started'): found('it was run')",
    files=dict.fromkeys(
        (
            "sitecustomize.py",
            "usercustomize.py",
            "conftest.py",
            "ipython_config.py",
            "ipython_kernel_config.py",
            "jupyter_config.py",
            "nbgrader_config.py",
            ".ipython/profile_default/startup/00.py",
            "startup.py",
        ),
        b"open('started', 'w').write('x'); started = True\nraise SystemExit(1)\n",
    ),
)
attack(
    "data_replaced",
    FILES,
    "The data of the assignment, in a version that fits another answer.",
    "",
    right=True,
    fires=False,
    files={"data/trade_annual.csv": b"year\n1\n", "data/growth_variants.csv": b"x\n"},
    points=23,
)
attack(
    "data_folder_replaced",
    FILES,
    "A file where the assignment has a folder, and a folder where it has a file.",
    "",
    right=True,
    fires=False,
    files={"data": b"x", "data/trade_annual.csv/x": b"x", "data/../data": b"x"},
    points=23,
    damage="no place here",
)
attack(
    "paths_that_lead_out",
    FILES,
    "Paths that begin at the root, climb, hold nulls, or are too long.",
    "",
    right=True,
    fires=False,
    files={
        "../hostile-canary": b"x",
        "/tmp/hostile-canary": b"x",
        "a/../../hostile-canary": b"x",
        "a\0b": b"x",
        "": b"x",
        ".": b"x",
        "x" * 300: b"x",
        "\U0001f600" * 100: b"x",
        "d/" * 600 + "x": b"x",
    },
    points=23,
    damage="no place here",
)
attack(
    "names_that_are_no_text",
    FILES,
    "File names with half characters, line ends and the signs of a terminal.",
    "",
    right=True,
    fires=False,
    files={"\udcff": b"x", "a\nb": b"x", "\x1b[2J": b"x", "-rf": b"x", "~": b"x"},
    points=23,
)
attack(
    "many_files",
    FILES,
    "Seventy thousand empty files.",
    "",
    right=True,
    fires=False,
    files={f"many/{n}": b"" for n in range(70_000)},
    points=23,
    damage="no place here",
    seconds=60,
)


def zeros(size: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(size))
    return packed.getvalue()


attack(
    "zip_bomb_beside",
    FILES,
    "A small archive that would fill the disk, and is unpacked.",
    """
    import zipfile, os
    room = os.statvfs(".")
    assert room.f_blocks * room.f_frsize < 200e6
    error = attempt("unpacked", lambda: zipfile.ZipFile("bomb.zip").extractall("out"))
    _say(f"{type(error).__name__}\\n")
    """,
    files={"bomb.zip": zeros(100 * MB)},
    limits=SMALL,
    shows="OSError",
)
for name, packed in {"zip": zeros(50 * MB), "gzip": gzip.compress(bytes(50 * MB))}.items():
    add(
        Case(
            f"{name}_bomb_as_notebook",
            FILES,
            "The notebook itself is a small file that unpacks to a large one.",
            lambda world, packed=packed: Submission(packed),
            "trade",
            0,
            (CANNOT,),
            fires=False,
        )
    )
add(
    Case(
        "deep_notebook",
        FILES,
        "A notebook nested a hundred thousand levels deep.",
        lambda world: Submission(b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "trade",
        0,
        (CANNOT,),
        fires=False,
    )
)
add(
    Case(
        "huge_numbers",
        FILES,
        "A notebook whose version is a number of a hundred thousand digits.",
        lambda world: Submission(
            b'{"nbformat": ' + b"9" * 100_000 + b', "nbformat_minor": 1e999, "cells": []}'
        ),
        "trade",
        0,
        (GRADED, CANNOT),
        fires=False,
    )
)
add(
    Case(
        "many_cells",
        FILES,
        "Four thousand cells, all copies of a check.",
        lambda world: Submission(
            dumped(
                {
                    "cells": [named(json.loads(RELEASED.read_bytes()), "q1_growth_check")] * 4_000,
                    "metadata": {},
                    "nbformat": 4,
                    "nbformat_minor": 5,
                }
            )
        ),
        "trade",
        0,
        (GRADED, PARTIAL, LATE),
        fires=False,
        seconds=90,
        limits=replace(NORMAL, notebook_seconds=30),
    )
)

# ---- Limits: what honest answers around the trouble have earned must stay ----

LIMITS = "limits"
attack(
    "fork_bomb",
    LIMITS,
    "More processes than are allowed.",
    """
    import os, resource, signal, time
    most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    assert most <= 32, most
    made = []
    for _ in range(most + 20):
        try:
            child = os.fork()
        except OSError:
            break
        if not child:
            time.sleep(5)
            os._exit(0)
        made.append(child)
    _say(f"made {len(made)}\\n")
    if len(made) >= most:
        found(len(made))
    for child in made:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    """,
    limits=SMALL,
    right=True,
    points=23,
    shows="made ",
)
attack(
    "forks_and_leaves",
    LIMITS,
    "Processes that leave their session and would outlive the kernel.",
    """
    import os, time, resource
    assert resource.getrlimit(resource.RLIMIT_NPROC)[1] <= 32
    for _ in range(5):
        if not os.fork():
            os.setsid()
            if not os.fork():
                os.execvp("sleep", ["sleep", "@LONG@"])
            os._exit(0)
    """,
    limits=SMALL,
    answers={"q5_choice": 'q5 = "B"'},
    points=2,
)
attack(
    "thread_bomb",
    LIMITS,
    "More threads than are allowed.",
    """
    import resource, threading
    most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    assert most <= 32, most
    stop, made = threading.Event(), 0
    for _ in range(most + 20):
        try:
            threading.Thread(target=stop.wait, daemon=True).start()
            made += 1
        except RuntimeError:
            break
    if made >= most:
        found(made)
    stop.set()
    """,
    limits=SMALL,
    right=True,
    points=23,
)
attack(
    "memory_bomb",
    LIMITS,
    "More memory than is allowed, twice.",
    """
    import resource
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    assert most <= 1 << 30, most
    def eat():
        held = []
        for _ in range(40):  # 2.5 GB at most, were there no limit
            held.append(bytearray(1 << 26))
    for _ in range(2):
        error = attempt("2.5 GB", eat)
        _say(f"{type(error).__name__}\\n")
    """,
    limits=SMALL,
    right=True,
    points=23,
    shows="MemoryError",
)
attack(
    "memory_bomb_by_many",
    LIMITS,
    "Twelve processes that are each within the limit, and together are not.",
    """
    import resource, subprocess, sys
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    assert most <= 1 << 30, most
    fired()
    code = "import time; held = bytearray(b'x') * (120 << 20); time.sleep(6)"
    # 1.4 GB at most, were there no limit.
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(12)]
    found([one.wait() for one in started])
    """,
    limits=SMALL,
    right=True,
    points=23,
    fires=False,  # what was put out may have gone with the kernel
    shows="its processes held more memory together",
)
attack(
    "memory_of_no_process",
    LIMITS,
    "Memory and tables of the system that no process's limit counts, a page of each.",
    """
    import ctypes, mmap, os, platform
    libc = ctypes.CDLL(None, use_errno=True)
    for what in ("shmget", "semget", "msgget"):
        number = getattr(libc, what)(0, *((1,) if what == "semget" else (4096,)
                                         if what == "shmget" else ()), 0o1600)
        if number >= 0:
            found(what)
    attempt("memfd", lambda: os.memfd_create("x") and 1)
    attempt("shared memory without a file", lambda: len(mmap.mmap(-1, 4096)))
    for name in ("zero", "full", "null"):
        device = os.open(f"/dev/{name}", os.O_RDWR)
        attempt(f"shared memory of {name}", lambda: len(mmap.mmap(device, 4096)))
    if len(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)) != 4096:
        raise SystemError("memory of one's own is not there")
    if platform.machine() == "x86_64":
        room = ctypes.create_string_buffer(128)
        calls = {"io_uring": (425, 1, room), "userfaultfd": (323, 1), "fanotify": (300, 0x201, 0),
                 "memfd_secret": (447, 0), "aio": (206, 1, room), "inotify": (294, 0)}
        for what, (number, *arguments) in calls.items():
            if libc.syscall(number, *arguments) >= 0:
                found(what)
    """,
    limits=SMALL,
)
attack(
    "disk_bomb",
    LIMITS,
    "More files than there is room for, in each place that can be written.",
    """
    import os
    for place in (".", "/tmp", "/dev/shm"):
        room = os.statvfs(place)
        assert room.f_blocks * room.f_frsize < 100e6, "the disk is not limited"
    written, error = 0, None
    for number in range(64):  # 64 MB at most, were there no limit
        try:
            with open(f"{('.', '/tmp', '/dev/shm')[number % 3]}/{number}", "wb") as file:
                file.write(bytes(1 << 20))
            written += 1
        except OSError as full:
            error = full
            break
    _say(f"{written} MB, {error}\\n")
    if error is None:
        found(written)
    """,
    limits=SMALL,
    right=True,
    points=23,
    shows="No space left",
)
attack(
    "file_bomb",
    LIMITS,
    "One file larger than is allowed, written and stretched.",
    """
    import os, resource
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] <= 8 << 20
    error = attempt("16 MB", lambda: open("/tmp/large", "wb").write(bytes(16 << 20)))
    attempt("stretched", os.truncate, "/tmp/large", 1 << 30)
    _say(f"{type(error).__name__} {os.path.getsize('/tmp/large')}\\n")
    """,
    limits=SMALL,
    right=True,
    points=23,
    shows="8388608",
)
attack(
    "open_files",
    LIMITS,
    "More open files than are allowed.",
    """
    import resource
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert most <= 256
    held = []
    for _ in range(most + 20):
        try:
            held.append(open("/dev/null"))
        except OSError:
            break
    else:
        found(len(held))
    for one in held:
        one.close()
    """,
    right=True,
    points=23,
)
attack(
    "many_small_files",
    LIMITS,
    "As many empty files as the disk has places for.",
    """
    import os
    free = os.statvfs(".").f_ffree
    assert free < 70_000
    for number in range(free + 20):
        try:
            os.mknod(f"/tmp/{number}")
        except OSError:
            break
    else:
        found(number)
    """,
    limits=SMALL,
    right=True,
    points=23,
)
attack(
    "prints_50_mb",
    LIMITS,
    "Fifty megabytes of lines.",
    """
    line = "x" * 999 + "\\n"
    fired()
    for _ in range(50_000):
        _say(line)
    """,
    right=True,
    points=23,
    shows="was left out",
    seconds=60,
)
attack(
    "prints_one_line",
    LIMITS,
    "One line of thirty megabytes.",
    "fired()\n_say('x' * 30_000_000 + '\\n')",
    right=True,
    points=23,
    shows="was left out",
    seconds=60,
)
attack(
    "prints_without_end",
    LIMITS,
    "Lines until the time of the cell is over.",
    """
    import time
    fired()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        _say("x" * 99 + "\\n")
    """,
    before="q6_order",
    right=True,
    points=23,
    limits=replace(SHORT, cell_seconds=3, notebook_seconds=40),
    seconds=60,
)
attack(
    "many_displays",
    LIMITS,
    "A hundred thousand displays.",
    """
    from IPython.display import publish_display_data
    fired()
    for n in range(100_000):
        publish_display_data({"text/plain": str(n)})
    """,
    before="q6_order",
    right=True,
    points=23,
    limits=replace(SHORT, cell_seconds=5, notebook_seconds=50),
    status=(GRADED, PARTIAL),
    seconds=80,
)
attack(
    "comm_flood",
    LIMITS,
    "Two hundred megabytes of widgets' states, which the judge would have to keep.",
    """
    kernel = get_ipython().kernel
    parent = kernel.get_parent("shell")
    fired()
    for n in range(200):
        kernel.session.send(kernel.iopub_socket, "comm_open", {"comm_id": str(n),
            "target_name": "x", "data": {"state": {"x": "y" * 1_000_000}}}, parent=parent)
    """,
    before="q6_order",
    right=True,
    points=23,
    seconds=60,
)
attack(
    "deep_recursion",
    LIMITS,
    "A recursion that ends the process, not just the call.",
    """
    fired()
    nested = iter(())
    for _ in range(500_000):
        nested = filter(None, nested)  # no Python counts these calls, and their stack is C's
    next(nested)
    """,
    before="q5_choice",
    right=True,
    points=23,
    fires=False,
    limits=SMALL,
    status=(GRADED, PARTIAL),
)
for name, dies in {
    "exits": "_os._exit(0)",
    "segfaults": "import ctypes; ctypes.string_at(0)",
    "aborts": "_os.abort()",
    "kills_itself": "import signal; _os.kill(_os.getpid(), signal.SIGKILL); _os._exit(1)",
    "executes_another": "_os.execv('/bin/true', ['true'])",
}.items():
    attack(
        f"{name}_between",
        LIMITS,
        f"The kernel ends in a cell between right answers: {dies.split(';')[-1].strip()}.",
        dies,
        before="q5_choice",
        right=True,
        points=23,
        fires=False,
        shows="The kernel died in this cell",
        seconds=40,
    )
attack(
    "exits_in_an_answer",
    LIMITS,
    "The kernel ends in the fourth answer: what was before and after keeps its points.",
    "",
    right=True,
    answers={"q4_base": GUARD + "\n_os._exit(3)"},
    points=20,
    fires=False,
    status=PARTIAL,
    checks={"q4_base_check": CRASHED, "q3_count_check": GRADED, "q5_choice_check": GRADED},
    seconds=40,
)
attack(
    "exits_in_a_call",
    LIMITS,
    "A function ends the kernel when a check calls it.",
    "",
    right=True,
    answers={"q4_base": GUARD + "\ndef implied_base(*a):\n    _os._exit(3)"},
    points=20,
    fires=False,
    status=PARTIAL,
    checks={"q4_base_check": CRASHED, "q3_count_check": GRADED, "q5_choice_check": GRADED},
    seconds=40,
)
for name, worse in {
    "garbage": (
        "kernel = get_ipython().kernel\n    kernel.session.send("
        "kernel.iopub_socket, 'status', {}, parent=kernel.get_parent('shell'))"
    ),
    "deaf_loop": (
        "import signal\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while True: pass"
    ),
    "exit": "_os._exit(1)",
}.items():
    attack(
        f"worse_the_second_time_{name}",
        LIMITS,
        "A cell that does no harm at first, and does when it is run again in a fresh kernel.",
        # In a fresh kernel no check has asked for a function before this cell.
        f"import nbjudge._kernel.agent as agent\nfired()\nif not agent.things:\n    {worse}",
        before="q5_choice",
        right=True,
        answers={"q5_choice": GUARD + "\n_os._exit(3)"},
        points=21,
        status=PARTIAL,
        checks={"q5_choice_check": CRASHED, "q6_order_check": GRADED},
        limits=SLOW,
        seconds=60,
    )
attack(
    "exits_always",
    LIMITS,
    "Each answer ends the kernel, more often than it is started again.",
    "",
    answers=dict.fromkeys(
        ("q1_growth", "q2_points", "q3_count", "q4_base", "q6_order", "q7_chart"),
        GUARD + "\n_os._exit(3)",
    ),
    fires=False,
    status=(CRASHED, PARTIAL),
    checks={"q1_growth_check": CRASHED, "q7_chart_check": CRASHED},
    seconds=60,
)
for name, leaves in {
    "sys_exit": "import sys; sys.exit(0)",
    "raises_interrupt": "raise KeyboardInterrupt",
    "asks_for_input": "input('?')",
    "asks_for_a_password": "import getpass; getpass.getpass()",
    "debugger": "import pdb; pdb.set_trace()",
}.items():
    attack(
        name,
        LIMITS,
        f"{leaves.split(';')[-1].strip()} between right answers.",
        f"fired()\n{leaves}",
        before="q5_choice",
        right=True,
        points=23,
        status=(GRADED, PARTIAL),
        limits=replace(NORMAL, cell_seconds=6),
    )
attack(
    "quit",
    LIMITS,
    "quit() after right answers: the kernel ends some time after the cell.",
    "fired()\nquit()",
    before="q7_chart",
    right=True,
    answers={"q7_chart": "ax = ..."},
    points=19,
    status=(GRADED, PARTIAL),
)
for name, loop in {
    "loop": "while True: pass",
    "sleeps": "import time; time.sleep(100)",
    "loop_with_output": "import time\nwhile True: time.sleep(0.1); print('x')",
}.items():
    attack(
        name,
        LIMITS,
        "A loop without end between right answers.",
        f"fired()\n{loop}",
        before="q5_choice",
        right=True,
        points=23,
        limits=SLOW,
        seconds=40,
    )
STUBBORN = {
    "stubborn_loop": """
while True:
    try:
        while True: pass
    except BaseException: pass
""",
    "deaf_loop": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "loop_in_c": "import itertools\nmax(itertools.repeat(1))",
    "sleeping_in_c": "import ctypes\nctypes.CDLL(None).sleep(100)\nctypes.CDLL(None).sleep(100)",
}
for name, loop in STUBBORN.items():
    attack(
        name,
        LIMITS,
        "A loop without end that no interrupt ends, between right answers.",
        f"fired()\n{loop}",
        before="q5_choice",
        right=True,
        points=23,
        limits=SLOW,
        status=(GRADED, PARTIAL),
        seconds=50,
    )
attack(
    "loop_in_a_call",
    LIMITS,
    "A function loops when a check calls it.",
    "",
    right=True,
    answers={"q4_base": "def implied_base(*a):\n    while True: pass"},
    points=20,
    fires=False,
    status=PARTIAL,
    checks={"q4_base_check": LATE, "q5_choice_check": GRADED},
    limits=SLOW,
    seconds=50,
)
attack(
    "loop_in_c_in_a_call",
    LIMITS,
    "A function loops in C when a check calls it.",
    "",
    right=True,
    answers={
        "q4_base": "import itertools\ndef implied_base(*a):\n    return max(itertools.repeat(1))"
    },
    points=20,
    fires=False,
    status=PARTIAL,
    checks={"q4_base_check": LATE, "q5_choice_check": GRADED},
    limits=SLOW,
    seconds=50,
)
attack(
    "loops_in_every_cell",
    LIMITS,
    "Every answer sleeps, until the time of the notebook is used up.",
    "",
    right=True,
    answers=dict.fromkeys(
        ("q3_count", "q4_base", "q5_choice", "q6_order", "q7_chart"),
        "import time\nfor _ in range(100): time.sleep(0.1)",
    ),
    points=7,
    fires=False,
    status=PARTIAL,
    checks={"q2_points_check": GRADED, "q7_chart_check": LATE},
    limits=replace(SHORT, cell_seconds=3, notebook_seconds=9),
    seconds=30,
)
attack(
    "lives_on_after_the_end",
    LIMITS,
    "Threads, finalizers and functions for the end, all of which never end.",
    """
    import atexit, threading, time, weakref
    def forever():
        while True: time.sleep(0.1)
    atexit.register(forever)
    threading.Thread(target=forever).start()
    class Last:
        def __del__(self): forever()
    keep = Last()
    import builtins
    builtins.kept = Last()
    """,
    right=True,
    points=23,
)
attack(
    "closes_its_files",
    LIMITS,
    "All open files of the kernel are closed, its sockets among them.",
    "fired()\nimport time; time.sleep(0.3)\n_os.closerange(3, 256)",
    before="q5_choice",
    right=True,
    points=23,
    limits=SLOW,
    status=(GRADED, PARTIAL),
    seconds=60,
)
attack(
    "closes_its_output",
    LIMITS,
    "The standard files are closed, or something else.",
    """
    import os, sys
    fired()
    for n in (0, 1, 2):
        os.close(n)
    sys.stdout = sys.stderr = None
    """,
    before="q7_chart",
    right=True,
    answers={"q7_chart": "ax = ..."},
    points=19,
    limits=SLOW,
    status=(GRADED, PARTIAL),
    seconds=60,
)
attack(
    "stops_itself",
    LIMITS,
    "The kernel stops itself and its threads by signals and alarms.",
    """
    import os, signal
    signal.alarm(1)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSTOP)
    """,
    before="q5_choice",
    right=True,
    points=23,
    limits=SLOW,
    status=(GRADED, PARTIAL),
    seconds=60,
)
attack(
    "slow_display",
    LIMITS,
    "Formatters that sleep and raise errors while a value is shown or asked for.",
    """
    import time
    def slow(*a):
        time.sleep(0.3)
        raise ValueError
    shown = get_ipython().display_formatter
    for formatter in shown.formatters.values():
        formatter.for_type(int, slow)
        formatter.for_type(str, slow)
        formatter.for_type(object, slow)
    shown.mimebundle_formatter.for_type(object, slow)
    """,
    right=True,
    before="q7_chart",
    answers={"q7_chart": "ax = ..."},
    points=19,
    status=(GRADED, PARTIAL),
    seconds=60,
)
