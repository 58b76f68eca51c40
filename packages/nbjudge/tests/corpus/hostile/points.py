"""Undeserved points: checks that do not run, or do not see what is there."""

import copy

from hostile.case import (
    CANNOT,
    CRASHED,
    GRADED,
    LATE,
    PARTIAL,
    SHORT,
    TAMPERED,
    attack,
    check_names,
    edit,
    small,
)
from malformed import at, named, source

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

# In the small notebook

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
