"""What an author should know about the checks of an assignment before a class meets it.

`lint(source)` reads the source and runs nothing; trial.py, on the judge's side, tries it out.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nbjudge._assignment.matching import is_blank
from nbjudge._assignment.names import (
    CHANGING,
    PYTHON_MAGICS,
    TEXT_AS_CODE,
    Names,
    names_of,
    parsed,
    python_of,
    runs_text_of,
)
from nbjudge._assignment.outline import TAG, Outline, Role, Step, outline
from nbjudge._model import Source


@dataclass(frozen=True)
class Complaint:
    """`cell` is a grade id, `line` counts from 1 in the cell's text, 0 for the cell as a whole."""

    cell: str
    line: int
    sentence: str

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        return f"{self.cell}{line}: {self.sentence}"


Found = Iterator[tuple[int, str]]  # line and sentence


def lint(source: Source) -> list[Complaint]:
    """What can be seen without running anything, in the order of the notebook."""
    complaints: list[Complaint] = []
    plan = outline(source)
    if not plan.is_python:
        said = f"The notebook is in {plan.language}: only Python is judged, so all checks wait for "
        return [Complaint("", 0, f"{said}your mark.")]
    bound = Bound(functions_without_value(source, plan))
    for step in plan.steps:
        complaints += [Complaint(step.grade_id, 0, said) for said in tag_complaints(step)]
        if not step.code:
            continue
        found: list[tuple[int, str]] = []
        texts = {step.source, step.reference} if step.role is Role.ANSWER else {step.source}
        names = [names_of(text) for text in sorted(texts)]
        if step.role is Role.CHECK and not step.in_kernel:
            found += check_complaints(step, names[0], bound)
        elif step.role is Role.SETUP and not step.trusted:
            found += mixed(step, names[0])
        found += kernel_names(step, names, bound)
        if step.role in (Role.ANSWER, Role.PLAIN):
            found += builtin_names(names)
        for one in names:
            bound.add(step, one)
        where = step.grade_id or "a plain cell"
        complaints += [Complaint(where, line, said) for line, said in sorted(set(found))]
    return complaints


class Bound:
    """The names that the cells so far bind: in the learner's kernel, and with the judge.

    And what was said of a name once, for the whole notebook.
    """

    def __init__(self, without_value: set[str]) -> None:
        self.without_value = without_value  # functions beside the notebook that return nothing
        self.kernel: set[str] = set()
        self.checks: dict[str, str] = {}  # name: the check that binds it
        self.judge: set[str] = set()
        self.unknown = False  # whether `from x import *` or unreadable code binds others
        self.unsolved = False  # whether an answer has no solution, which would bind others
        self.imports: set[str] = set()  # of which it was said that only an answer imports them
        self.used: set[str] = set()  # names that code in the kernel takes from elsewhere

    def add(self, step: Step, names: Names) -> None:
        self.unknown |= not names.parsed or "import *" in step.source + step.reference
        if step.role is Role.ANSWER and is_blank(step, step.reference):
            self.unsolved = True
        if step.role is Role.CHECK and not step.in_kernel:
            self.checks.update(dict.fromkeys(names.bound - self.kernel, step.grade_id))
            return
        self.kernel |= names.bound
        self.used |= names.free
        if step.trusted:
            self.judge |= names.bound
        for name in names.bound:
            self.checks.pop(name, None)


def functions_without_value(source: Source, plan: Outline) -> set[str]:
    """The functions of the notebook and of modules beside it that return no value, by name.

    A name that also stands for a function with a value, elsewhere, is not among them.
    """
    silent: set[str] = set()
    speaking: set[str] = set()
    texts = [step.reference for step in plan.steps if step.code]
    texts += [
        content.decode("utf-8", "replace")
        for path, content in source.files.items()
        if path.endswith(".py")
    ]
    for text in texts:
        try:
            tree = parsed(python_of(text))
        except (SyntaxError, ValueError):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                gives = any(map(gives_value, ast.walk(node)))
                (speaking if gives else silent).add(node.name)
    return silent - speaking


def gives_value(node: ast.AST) -> bool:
    if isinstance(node, ast.Return):
        return node.value is not None
    return isinstance(node, ast.Yield | ast.YieldFrom)


# Checks


def check_complaints(step: Step, names: Names, bound: Bound) -> Found:
    yield from magics(step)
    try:
        tree = parsed("\n".join(without_magics(step.source)))
    except SyntaxError as error:
        yield error.lineno or 0, "This is not Python that the judge can run."
        return
    yield from bare_end(step, tree, bound.without_value)
    for rule in RULES:
        yield from rule(step, tree)
    yield from check_names(step, names, bound)


def without_magics(code: str) -> list[str]:
    return ["" if MAGIC.match(line) else line for line in code.split("\n")]


MAGIC = re.compile(r"\s*(?:[%!]|[\w, ]+=\s*[%!])")


def magics(step: Step) -> Found:
    for number, line in enumerate(step.source.split("\n"), 1):
        harmless = ("%matplotlib", *PYTHON_MAGICS)
        if MAGIC.match(line) and not line.lstrip().startswith(harmless):
            yield number, "The judge runs plain Python: no magics and no shell commands in a check."


def check_names(step: Step, names: Names, bound: Bound) -> Found:
    for name in sorted(step.lent & bound.used):
        yield line_of(step.source, name), f"An answer uses {name}, which this check binds: {SHOWN}"
    used = names.free
    known = step.learner_names | bound.judge | bound.kernel | set(dir(builtins)) | EVERYWHERE
    missing = used - known - step.modules.keys() - bound.checks.keys()
    # Nobody binds these in the source: where a solution is left out, they are the learner's.
    theirs = step.learner_names | (missing if bound.unsolved else set()) | ALL_NAMES
    if not step.unresolved and not used & theirs and not bound.unknown:
        yield 0, "The check uses no name of the learner's, so it passes whatever is handed in."
    for name in sorted(used):
        line = line_of(step.source, name)
        if name in step.modules:
            if name in bound.imports:
                continue
            bound.imports.add(name)
            yield (
                line,
                f"Only an answer imports {name}, so a learner who does not has no points. "
                "Import it in the check, unless that is what you ask for.",
            )
        elif name in bound.checks and name not in step.learner_names:
            yield (
                line,
                f"Only the check {bound.checks[name]} binds {name}, and it may stop before that. "
                "Bind it here or in a read-only cell.",
            )
        elif name in missing and not bound.unknown and not bound.unsolved:
            yield line, f"No cell above binds {name}."


EVERYWHERE = {"__name__", "display", "get_ipython"}
ALL_NAMES = {"dir", "globals", "locals", "vars"}  # by these, a check sees the learner's names


def line_of(code: str, name: str) -> int:
    """The first line on which a name stands."""
    lines = code.split("\n")
    word = re.compile(rf"\b{re.escape(name)}\b")
    return next((at for at, line in enumerate(lines, 1) if word.search(line)), 0)


def bare_end(step: Step, tree: ast.Module, without_value: set[str]) -> Found:
    """The value of a last expression is the score, as in nbgrader."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or step.source.rstrip().endswith(";"):
        return
    value = last.value
    name = called(value) if isinstance(value, ast.Call) else ""
    gives_none = name in {"print", "display", "show"} | without_value
    gives_none = gives_none or name in CHANGING or "assert" in name
    if gives_none or is_number(step, value) or step.unresolved:
        return
    yield (
        last.lineno,
        f"The check ends in an expression: its value is the score, from 0 to {step.points:g}. "
        "Write assert in front of it, or assign it to a name.",
    )


def is_number(step: Step, value: ast.expr) -> bool:
    """Whether an expression is plainly meant as a number of points."""
    match value:
        case ast.Constant(value=int() | float()):
            return True
        case ast.BinOp() | ast.IfExp():
            return True
        case ast.Name(id=name):
            return name not in step.learner_names
        case ast.Call(func=ast.Name(id=name)):
            return name in {"sum", "min", "max", "round", "float", "int", "len", "abs"}
    return False


# By the last word of what is called, and by all of them.
NOT_A_VALUE = {
    "getsource": "how the answer is written",
    "getsourcelines": "how the answer is written",
    "getfile": "how the answer is written",
    "perf_counter": "how long the answer takes",
    "monotonic": "how long the answer takes",
    "process_time": "how long the answer takes",
    "time.time": "how long the answer takes",
    "timeit": "how long the answer takes",
    "Mock": "what the answer calls",
    "MagicMock": "what the answer calls",
    "patch": "what the answer calls",
    "patch.object": "what the answer calls",
    "settrace": "what the answer does on the way",
    "setprofile": "what the answer does on the way",
    "getrefcount": "what the answer does on the way",
}
NOT_THERE = {
    "gcf": "The figure is in the learner's kernel: let the answer end in `ax = ...`, and use ax.",
    "gca": "The figure is in the learner's kernel: let the answer end in `ax = ...`, and use ax.",
    "get_fignums": "The figures are in the learner's kernel: let the answer bind one to a name.",
    "input": "Nobody is there to type: let the function take an argument.",
    "getpass": "Nobody is there to type: let the function take an argument.",
    "get_ipython": "A check runs outside of the notebook's kernel.",
    "random.seed": "This seeds the judge's random numbers, not the learner's: let the function "
    "take a seed or a generator.",
}


def calls(step: Step, tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            path = dotted(node.func)
            ends = {path, path.rpartition(".")[2], ".".join(path.split(".")[-2:])}
            for name in ends & NOT_A_VALUE.keys():
                yield node.lineno, process(NOT_A_VALUE[name])
            for name in ends & NOT_THERE.keys():
                yield node.lineno, NOT_THERE[name]
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in step.learner_names:
                    yield node.lineno, process(f"whether {target.id} is used")
        elif isinstance(node, ast.Attribute) and node.attr in {"__code__", "__closure__"}:
            yield node.lineno, process("how the answer is written")


def process(what: str) -> str:
    return (
        f"This asks {what}, which the learner's code can lie about. Ask for a value, "
        "or give it few points."
    )


def dotted(node: ast.AST) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ".".join(parts)


def called(call: ast.Call) -> str:
    return dotted(call.func).rpartition(".")[2]


def untouched_arguments(step: Step, tree: ast.Module) -> Found:
    """`kept = x.copy(); f(x); assert x == kept`: the learner's side tells whether x changed."""
    copies = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            of = copied(node.value)
            if of:
                copies[node.targets[0].id] = of
    given = {
        name.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and dotted(call.func) in step.learner_names
        for argument in call.args
        for name in [argument]
        if isinstance(name, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            there = {name.id for name in ast.walk(node.test) if isinstance(name, ast.Name)}
            if any({copy, of} <= there and {copy, of} & given for copy, of in copies.items()):
                yield node.lineno, process("whether an argument is left as it was")


def copied(value: ast.expr) -> str:
    """The name of what an expression copies, or ""."""
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="copy")):
            return name
        case ast.Call(func=function, args=[ast.Name(id=name)]):
            path = dotted(function)
            return name if path in {"list", "dict", "set", "copy.copy", "copy.deepcopy"} else ""
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Slice(None, None, None)):
            return name
    return ""


def weak(step: Step, tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and swallows(node):
            for inner in node.body:
                if isinstance(inner, ast.Assert):
                    yield inner.lineno, "The except below swallows this assertion."
        if not isinstance(node, ast.Assert):
            continue
        match node.test:
            case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)) if name in step.learner_names:
                yield (
                    node.lineno,
                    f"This passes for every {name} that is not zero or empty. Compare it with the "
                    "value that it should be.",
                )
            case ast.Tuple(elts=[_, *_]):
                yield node.lineno, "The assertion is a tuple, which is always true."
            case ast.Constant(value=value) if value:
                yield node.lineno, "This assertion always holds."
            case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(ops=[op])) if isinstance(
                op, ast.Lt | ast.Gt | ast.LtE | ast.GtE
            ):
                yield (
                    node.lineno,
                    "This passes for NaN, which is neither below nor above. Turn the comparison "
                    "round in place of not.",
                )


SIZES = re.compile(r"\b(len|shape|size|count|array_equal|equals)\b")


def perhaps_empty(step: Step, tree: ast.Module) -> Found:
    """`all` holds for no items, and an empty array is close to every number."""
    if SIZES.search(step.source):
        return
    made_of = {name: {name} for name in step.learner_names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and names_within(node.value) & made_of.keys():
            for name in set().union(*map(names_within, node.targets)):
                made_of[name] = {name} | names_within(node.value)
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    asserted = [(node.lineno, part) for node in asserts for part in parts_of(node.test)]
    known = set()  # names of which an assertion says more than that all, or none, are so
    for _, test in asserted:
        known |= names_within(test).difference(*map(names_within, holds_for_nothing(test)))
    for line, test in asserted:
        for part in holds_for_nothing(test):
            for name in sorted(names_within(part) & made_of.keys()):
                if not made_of[name] & known:
                    said = f"This can pass where {name} has, or gives, no items. "
                    yield line, f"{said}Assert a length or a shape as well."


def parts_of(test: ast.expr) -> Iterator[ast.expr]:
    """What an assertion asks for: each part of an `and`, or the whole."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from parts_of(value)
        case _:
            yield test


def names_within(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def holds_for_nothing(test: ast.expr) -> Iterator[ast.AST]:
    """The parts of an assertion of which it says no more than that all, or none, are so."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Call() as call) if called(call) == "any":
            yield from items_of(call)
        case ast.Call() as call if called(call) in {"all", "allclose"}:
            yield from items_of(call)


def items_of(call: ast.Call) -> Iterator[ast.AST]:
    """What `all(...)`, `any(...)` or a method of that name goes through."""
    for one in (call.func, *call.args):
        if isinstance(one, ast.GeneratorExp | ast.ListComp):
            yield from (each.iter for each in one.generators)
        else:
            yield one


def swallows(node: ast.Try) -> bool:
    for handler in node.handlers:
        caught = (
            [n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)]
            if (handler.type)
            else ["BaseException"]
        )
        ends = isinstance(handler.body[-1], ast.Pass | ast.Continue)
        if ends and set(caught) & {"AssertionError", "Exception", "BaseException"}:
            return True
    return False


def no_assertion(step: Step, tree: ast.Module) -> Found:
    """A check that only runs something passes for every wrong value."""
    if step.unresolved or not tree.body or isinstance(tree.body[-1], ast.Expr):
        return  # a last expression has a complaint of its own
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert | ast.Raise):
            return
        if isinstance(node, ast.Call) and "assert" in called(node).lower():
            return
        if isinstance(node, ast.With) and any(map(expects_error, node.items)):
            return
    yield 0, "The check asserts nothing, so it passes for every answer that runs."


def expects_error(item: ast.withitem) -> bool:
    """Whether this is `with pytest.raises(...)`, or the like."""
    of = item.context_expr
    return isinstance(of, ast.Call) and called(of) in {"raises", "warns", "deprecated_call"}


def text_as_code(step: Step, tree: ast.Module) -> Found:
    if line := runs_text_of(tree, step.learner_names | {"In", "Out"}):
        yield line, f"This cannot be judged: {TEXT_AS_CODE}."


def top_level_await(step: Step, tree: ast.Module) -> Found:
    functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield node.lineno, "The judge runs plain Python: no await outside of a function."
        queue += [n for n in ast.iter_child_nodes(node) if not isinstance(n, functions)]


Rule = Callable[[Step, ast.Module], Found]
RULES: tuple[Rule, ...] = (
    calls,
    untouched_arguments,
    weak,
    perhaps_empty,
    no_assertion,
    text_as_code,
    top_level_await,
)


# Other cells


def mixed(step: Step, names: Names) -> Found:
    used = sorted(names.free & step.learner_names)
    if used:
        yield (
            line_of(step.source, used[0]),
            f"This read-only cell uses the learner's {', '.join(used)}, so it runs in the "
            "learner's kernel alone, and what it binds is the learner's.",
        )
    else:
        yield 0, "This read-only cell is no plain Python, so it runs in the learner's kernel alone."


def kernel_names(step: Step, names: list[Names], bound: Bound) -> Found:
    """Checks do not run in the learner's kernel, so nothing there may need their names."""
    if step.role is Role.CHECK and not step.in_kernel:
        return
    for name in sorted(set().union(*(one.free for one in names)) & bound.checks.keys()):
        yield (
            max(line_of(step.source, name), line_of(step.reference, name)),
            f"Only the check {bound.checks[name]} binds {name}: {SHOWN}",
        )


SHOWN = (
    "the learner's code is shown its value. Bind it in a read-only cell above, or in the answer."
)


def tag_complaints(step: Step) -> Iterator[str]:
    """Of tags of this package: the one that it knows is for a check."""
    for tag in step.tags:
        if tag != TAG:
            yield f"The tag {tag} is not known. The only one is {TAG}, for a check."
        elif step.role is not Role.CHECK:
            yield f"The tag {TAG} does nothing here: it is for checks alone."
        else:
            yield (
                f"The tag {TAG} has this check run in the learner's own kernel, as in plain "
                "nbgrader: code can read it, hidden tests too, and forge a pass."
            )


def builtin_names(names: list[Names]) -> Found:
    for name in sorted(set().union(*(one.bound for one in names))):
        if hasattr(builtins, name):
            yield 0, f"The answer binds {name}, but in a check that is Python's own {name}."
