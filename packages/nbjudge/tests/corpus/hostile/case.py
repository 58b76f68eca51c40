"""What all hostile submissions are made with.

A case makes a Submission, and one of these registers it:

    attack    a cell of code in a blank notebook of exercise 03, or among right answers
    edit      exercise 03 with something else done to it: cells, tags, metadata
    small     answers to the small notebook below, for what exercise 03 does not ask
    add       anything else

The code of a case tells with `fired()` that it really did what it tries, and with `found(...)` of
every success.
"""

import json
import textwrap
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
# The test file that runs the cases of an area.
AREAS = {
    "undeserved points": "test_hostile_points",
    "forged replies": "test_hostile_replies",
    "secrets": "test_hostile_host",
    "writes outside": "test_hostile_host",
    "files beside the notebook": "test_hostile_host",
    "limits": "test_hostile_limits",
}


def add(case: Case) -> None:
    """Register a case that none of the three below makes."""
    assert case.name not in CASES, case.name
    assert case.area in AREAS, f"no test file runs the area {case.area!r} of {case.name}"
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
