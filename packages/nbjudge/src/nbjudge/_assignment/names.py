"""What code does with names, read from its syntax and its bytecode. Nothing of it is run."""

import ast
import contextlib
import dis
import json
import threading
import types
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

PARSING = threading.Lock()  # Python 3.11's `ast` can fail when two threads use it at once
PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")  # what follows is still Python


@dataclass(frozen=True)
class Names:
    """The names of a notebook that the code of one cell uses.

    `free` are used before the cell binds them, or in a function and not bound at all; `bound` are
    bound or deleted; `imported` are bound by imports alone, with what is imported; `changed` name
    objects that are changed in place. `parsed` is false when the code is no Python.
    """

    free: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    imported: Mapping[str, str] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    parsed: bool = True


def python_of(code: str) -> str:
    """The code of a cell with the lines of magics left blank, line numbers kept."""
    if code.lstrip().startswith("%%") and not code.lstrip().startswith(PYTHON_MAGICS):
        raise SyntaxError("a cell magic for something other than Python")
    return "\n".join("" if line.lstrip().startswith("%") else line for line in code.split("\n"))


@contextlib.contextmanager
def parsing() -> Iterator[None]:
    """One thread at a time, and without warnings: lint says what is odd about a check."""
    with PARSING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def parsed(code: str) -> ast.Module:
    """The syntax tree of Python code; nothing else on this side of the wall parses any.

    Raises SyntaxError or ValueError. Never give it the text of a submission.
    """
    with parsing():
        return ast.parse(code)


def bytecode_of(tree: ast.Module) -> types.CodeType:
    """The bytecode of a syntax tree. Raises SyntaxError or ValueError."""
    with parsing():
        return compile(tree, "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def names_of(code: str) -> Names:
    """What the code of the source does with names. Never give it the text of a submission."""
    try:
        tree = parsed(python_of(code))
        bytecode = bytecode_of(tree)
    except (SyntaxError, ValueError):
        return Names(parsed=False)
    uses = Uses()
    uses.read(bytecode)
    imports = {
        alias.asname or alias.name.partition(".")[0]: origin(node, alias)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    only_imported = uses.bound - uses.assigned
    return Names(
        frozenset(uses.free | (uses.later - uses.bound)),
        frozenset(uses.bound),
        {name: what for name, what in imports.items() if name in only_imported},
        frozenset(
            root.id
            for root in map(root_of, changed_in(tree))
            if isinstance(root, ast.Name) and (root.lineno, root.col_offset) in uses.places
        ),
    )


class Uses:
    """Follows compiled code in its order: what it loads from the notebook, and stores there."""

    def __init__(self) -> None:
        self.free: set[str] = set()  # used before the cell binds them
        self.later: set[str] = set()  # used in functions, which run later
        self.bound: set[str] = set()
        self.assigned: set[str] = set()  # bound in another way than by import
        self.places: set[Any] = set()  # where, as (line, column), a name of the notebook is used

    def read(self, code: types.CodeType, own: set[str] | None = None, late: bool = False) -> None:
        """`own` are the names of the class whose body this is; None at the top."""
        top, own, before = own is None, own or set(), ""
        for step in dis.get_instructions(code):
            kind, _, where = step.opname.partition("_")
            name, place = (
                step.argval,
                step.positions and (step.positions.lineno, step.positions.col_offset),
            )
            if isinstance(name, types.CodeType):
                inner = name.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
                is_class = not inner and before == "LOAD_BUILD_CLASS"
                self.read(name, set(), late or not (inner or is_class))
            elif name in IMPLICIT:
                continue
            elif where == "GLOBAL" or (
                where in ("NAME", "FROM_DICT_OR_GLOBALS") and kind != "IMPORT"
            ):
                mine = where == "NAME" and not top
                if kind == "STORE" and mine:
                    own.add(name)
                elif kind == "STORE":
                    self.bound.add(name)
                    if not before.startswith("IMPORT"):
                        self.assigned.add(name)
                elif not (mine and name in own):
                    self.places.add(place)
                    if late:
                        self.later.add(name)
                    elif name not in self.bound:
                        self.free.add(name)
                    if kind == "DELETE" and not mine:
                        self.bound.add(name)
                        self.assigned.add(name)
            if step.opname not in ("PUSH_NULL", "CACHE", "EXTENDED_ARG"):
                before = step.opname


IMPLICIT = {"__name__", "__doc__", "__annotations__", "__module__", "__qualname__"}


def origin(node: ast.AST, alias: ast.alias) -> str:
    if isinstance(node, ast.ImportFrom):
        return f"{node.module or ''}.{alias.name}"
    return alias.name if alias.asname else alias.name.partition(".")[0]


def root_of(node: ast.AST) -> ast.AST:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node


CHANGING = set(
    "append appendleft extend insert pop popitem popleft sort reverse update remove discard clear "
    "setdefault fill add_child add_layer add_children move_to_end intersection_update "
    "difference_update symmetric_difference_update".split()
)
# Only as a statement of their own: elsewhere they may give a new object (`total.add(1)`).
CHANGING_ALONE = set(
    "add bar barh scatter step text annotate legend axhline axvline axhspan axvspan fill_between "
    "grid invert_xaxis invert_yaxis margins tick_params errorbar stackplot pie imshow".split()
)
GIVES_NEW = {"set_index", "set_axis", "set_flags"}  # of pandas
CHANGING_ARGUMENT = {"add_to", "shuffle", "heappush", "heappop", "heapify", "insort", "setattr"}


def changed_in(tree: ast.AST) -> Iterator[ast.AST]:
    """What code changes in place: `df` in `df.loc[0].x = 1`, in `df.sort()`, in `shuffle(df)`."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Attribute(ctx=ast.Store() | ast.Del())
                | ast.Subscript(ctx=ast.Store() | ast.Del())
            ):
                yield node
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr=method)) as call):
                drawn = method in CHANGING_ALONE or (method == "plot" and call.args)
                if (drawn and isinstance(owner, ast.Name)) or (
                    method.startswith("set_") and method not in GIVES_NEW
                ):
                    yield owner
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            inplace = any(
                k.arg == "inplace" and getattr(k.value, "value", 1) for k in node.keywords
            )
            if isinstance(node.func, ast.Attribute) and (name in CHANGING or inplace):
                yield node.func.value
            if name in CHANGING_ARGUMENT and node.args:
                yield node.args[0]


def bound(tree: ast.AST) -> Iterator[tuple[list[ast.expr], ast.expr]]:
    """What binds names: the targets, and what they are bound to or taken from."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign():
                yield node.targets, node.value
            case ast.AugAssign() | ast.NamedExpr():
                yield [node.target], node.value
            case ast.AnnAssign(value=ast.expr() as value):
                yield [node.target], value
            case ast.For() | ast.comprehension():
                yield [node.target], node.iter
            case ast.withitem(optional_vars=ast.expr() as target):
                yield [target], node.context_expr


def names_in(node: ast.AST) -> Iterator[ast.Name]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name))


def mentions(node: ast.AST, names: Collection[str]) -> bool:
    return any(name.id in names for name in names_in(node))


def made_of(tree: ast.AST, names: Iterable[str]) -> set[str]:
    """These names, and those that code binds to what mentions one of them."""
    found = set(names)
    size = -1
    while size != len(found):
        size = len(found)
        for targets, value in bound(tree):
            if mentions(value, found):
                found |= {name.id for target in targets for name in names_in(target)}
    return found


RUNNING = {"exec", "eval", "compile", "loads"}
# Where these run what they get: the loads of json does not, nor does the compile of re.
RUNNING_IN = {"builtins", "pickle", "dill", "marshal", "cloudpickle"}
TEXT_AS_CODE = (
    "the check runs what the learner made as code, with exec, eval or pickle, and that would be "
    "where the checks are: ask for the value itself"
)


def runs_text_of(tree: ast.AST, learner: Iterable[str]) -> int:
    """The line on which a check runs what it has of these names as code, or 0."""
    parameters = {arg.arg for arg in ast.walk(tree) if isinstance(arg, ast.arg)}
    theirs = made_of(tree, {*learner, *parameters})
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[text, *_]):
                module = getattr(getattr(node.func, "value", None), "id", "builtins")
                if name in RUNNING and module in RUNNING_IN and mentions(text, theirs):
                    return node.lineno
    return 0


def modules_of(notebook: str, files: Iterable[str] = ()) -> list[str]:
    """The modules that a source notebook imports, such as "pandas" or "matplotlib.pyplot".

    Left out are cells that do not parse, and modules that are among the `files` beside it.
    Only ask for a notebook that is trusted: the fork server imports what is named here.
    """
    beside = {PurePosixPath(file).parts[0].removesuffix(".py") for file in files}
    found: set[str] = set()
    for cell in json.loads(notebook).get("cells", []):
        if cell.get("cell_type") != "code":
            continue
        try:
            tree = parsed("".join(cell.get("source", "")))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
    found = {name.removesuffix(".*") for name in found}
    return sorted(name for name in found if name.partition(".")[0] not in beside)
