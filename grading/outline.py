"""What the cells of an assignment are, and who owns the names in them, from the source alone.

A name is the teacher's when a check or a trusted read-only cell binds it, and the learner's when
an answer cell, a plain code cell or a mixed read-only cell binds it or changes its object in
place. The submission has no say in this.
"""

import ast
import builtins
import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions

from grading.model import Source

AUTOTEST = re.compile(r"^\s*#.*AUTOTEST", re.M)  # InstantiateTests has not filled it in yet
PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")  # what follows is still Python


class Role(StrEnum):
    """What a cell is for. Every role but ANSWER and PLAIN has the source's text when graded."""

    CHECK = "check"  # code that gives points
    SETUP = "setup"  # read-only code
    ANSWER = "answer"  # code or text that the learner writes
    TASK = "task"  # read-only text, graded by hand by what follows it
    TEXT = "text"  # other read-only text
    PLAIN = "plain"  # a cell without nbgrader's metadata


@dataclass(frozen=True)
class Step:
    """One cell of the source.

    `source` is the text for grading: with hidden tests; of an answer, the stub. `released` is
    what the learner was given, `reference` what the author wrote. `metadata` is nbgrader's, with
    the checksum that the gradebook holds.

    `learner_names` are the names that are the learner's when this cell runs; those of them that
    the source binds by an import and nothing else are in `modules`, with what is imported
    ("numpy", "math.sqrt"). `judge_names` are those that checks and trusted cells have bound by
    then: the learner is never asked for them. A `trusted` SETUP cell uses none of the learner's,
    so it also runs with the judge. A check that `lends` binds a name that later ones use. An
    `unresolved` check still has AUTOTEST lines, so its released text is not known.
    """

    role: Role
    grade_id: str
    cell_type: str
    source: str
    released: str
    reference: str
    points: float = 0.0
    metadata: Mapping[str, Any] = field(default_factory=dict)
    cell_metadata: Mapping[str, Any] = field(default_factory=dict)
    attachments: Mapping[str, Any] = field(default_factory=dict)
    cell_id: str = ""
    trusted: bool = False
    unresolved: bool = False
    lends: bool = False
    learner_names: frozenset[str] = frozenset()
    judge_names: frozenset[str] = frozenset()
    modules: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> bool:
        return self.cell_type == "code"

    @property
    def named(self) -> bool:
        """Whether nbgrader knows this cell by a grade id."""
        return self.role is not Role.PLAIN


@dataclass(frozen=True)
class Outline:
    """The cells of a source in order, and the metadata of the notebook (kernelspec, language)."""

    steps: tuple[Step, ...]
    metadata: Mapping[str, Any]

    def __getitem__(self, grade_id: str) -> Step:
        return next(step for step in self.steps if step.named and step.grade_id == grade_id)

    @property
    def checks(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.role is Role.CHECK)

    @property
    def language(self) -> str:
        spec, info = self.metadata.get("kernelspec", {}), self.metadata.get("language_info", {})
        return str(spec.get("language") or info.get("name") or "python").lower()


def outline(source: Source) -> Outline:
    """The outline of a source notebook. Raises ValueError when nbgrader could not release it."""
    return _outline(source.notebook, tuple(sorted(source.texts.items())))


@lru_cache(maxsize=64)
def _outline(notebook: str, texts: tuple[tuple[str, str], ...]) -> Outline:
    nb = nbformat.reads(notebook, as_version=4)
    try:
        MetadataValidator().upgrade_notebook_metadata(nb)
        steps = [*read_steps(nb, dict(texts))]
    except (RuntimeError, KeyError, TypeError, nbformat.ValidationError) as wrong:
        raise ValueError(f"nbgrader cannot release this notebook: {wrong}") from wrong
    ids = [step.grade_id for step in steps if step.named]
    if again := {name for name in ids if ids.count(name) > 1}:
        raise ValueError(f"grade ids that occur twice: {', '.join(sorted(again))}")
    kept = ("kernelspec", "language_info")
    metadata = {key: nb.metadata[key] for key in kept if nb.metadata.get(key)}
    return Outline(tuple(with_lenders([*with_owners(steps)])), metadata)


def read_steps(nb: NotebookNode, texts: Mapping[str, str]) -> Iterator[Step]:
    """The steps of a notebook, without owners of names.

    `texts`, by grade id, take the place of the notebook's; of an answer, the place of its stub.
    """
    graded = nbformat.from_dict(nb)  # a copy, as the gradebook gets it: no solutions
    ClearSolutions(code_stub=StubOfAnyLanguage()).preprocess(graded, {})
    for cell, written in zip(graded.cells, nb.cells, strict=True):
        meta = cell.metadata.get("nbgrader", {})
        name = meta.get("grade_id", "")
        role = role_of(cell)
        if role is not Role.PLAIN and name in texts:
            cell.source = texts[name]
        given = nbformat.from_dict(cell)
        for clear in (ClearHiddenTests, ClearMarkScheme):
            clear(enforce_metadata=False).preprocess_cell(given, {}, 0)
        if role is not Role.PLAIN:
            meta["checksum"] = utils.compute_checksum(cell)
            meta["cell_type"] = cell.cell_type
        yield Step(
            role,
            name,
            cell.cell_type,
            source=cell.source,
            released=given.source,
            reference=written.source,
            points=float(meta.get("points") or 0) if role is not Role.PLAIN else 0.0,
            metadata=dict(meta) if role is not Role.PLAIN else {},
            cell_metadata={k: v for k, v in cell.metadata.items() if k != "nbgrader"},
            attachments=dict(cell.get("attachments", {})),
            cell_id=written.get("id", ""),
            unresolved=role is Role.CHECK and bool(AUTOTEST.search(cell.source)),
        )


class StubOfAnyLanguage(dict):
    """ClearSolutions refuses a language that it has no stub for; the judge only needs a text."""

    def __init__(self) -> None:
        super().__init__(ClearSolutions().code_stub)

    def __contains__(self, language: object) -> bool:
        return True

    def __missing__(self, language: str) -> str:
        return self["python"]


def role_of(cell: NotebookNode) -> Role:
    if utils.is_task(cell):
        return Role.TASK
    if utils.is_solution(cell):
        return Role.ANSWER
    if utils.is_grade(cell) and cell.cell_type == "code":
        return Role.CHECK
    if utils.is_locked(cell):
        return Role.SETUP if cell.cell_type == "code" else Role.TEXT
    return Role.PLAIN


# Who owns a name


def with_owners(steps: Iterable[Step]) -> Iterator[Step]:
    """The same steps, with the names that are the learner's at each of them."""
    owned: dict[str, str] = {}  # the learner's names: what an import binds them to, or ""
    tools: set[str] = set()  # names that the teacher's own imports bind
    judges: set[str] = set()  # names that the teacher's own cells and checks bind
    for step in steps:
        told, trusted = dict(owned), False
        if step.code and step.role in (Role.ANSWER, Role.PLAIN):
            for text in (step.source, step.reference):
                give(owned, names_of(text), tools)
        elif step.role is Role.SETUP:
            names = names_of(step.source)
            trusted = names.parsed and not names.free & (owned.keys() | {"get_ipython"})
            if trusted:
                tools.update(names.imported)
                judges |= names.bound
                for name in names.bound:
                    owned.pop(name, None)
            else:
                give(owned, names, tools)
        elif step.role is Role.CHECK:
            names = names_of(step.source)
            tools.update(names.imported)
            # `got = f(1)` makes got the judge's; `old = f; del f; ...; f = old` leaves f as it is.
            judges |= names.bound - names.free
            for name in names.bound - names.free:
                owned.pop(name, None)
            told = dict(owned)
        yield replace(
            step,
            trusted=trusted,
            learner_names=frozenset(told),
            judge_names=frozenset(judges - owned.keys()),
            modules={name: what for name, what in told.items() if what},
        )


def with_lenders(steps: list[Step]) -> list[Step]:
    """The same steps, with whether a later one of the judge's uses a name that a check binds."""
    used: set[str] = set()
    for at, step in reversed([*enumerate(steps)]):
        if step.role is Role.CHECK or step.trusted:
            names = names_of(step.source)
            lends = step.role is Role.CHECK and bool(names.bound & used)
            steps[at] = replace(step, lends=lends)
            used |= names.free - step.learner_names
    return steps


def give(owned: dict[str, str], names: "Names", tools: set[str]) -> None:
    """Make the learner's what a cell of theirs binds or changes.

    An import of what the teacher imports too leaves it the teacher's, and so does a setting of a
    module (`plt.rcParams[...] = ...`): a check must not take its tools from the learner.
    """
    for name, what in names.imported.items():
        if name not in tools and (name not in owned or owned[name] == what):
            owned[name] = what
    for name in (names.bound - names.imported.keys()) | (names.changed - tools):
        if not hasattr(builtins, name):
            owned[name] = ""


# What a cell does with names


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


def names_of(code: str) -> Names:
    """What the code of the source does with names. Never give it the text of a submission."""
    try:
        tree = ast.parse(python_of(code))
    except (SyntaxError, ValueError):
        return Names(parsed=False)
    reader = Reader()
    reader.visit(tree)
    return Names(
        frozenset(reader.free | (reader.later - reader.bound)),
        frozenset(reader.bound),
        {n: what for n, what in reader.imported.items() if n not in reader.assigned},
        frozenset(reader.changed),
    )


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


class Reader(ast.NodeVisitor):
    """Walks the code of a cell in the order in which it runs."""

    def __init__(self) -> None:
        self.free: set[str] = set()
        self.later: set[str] = set()  # used in functions, which run later
        self.bound: set[str] = set()
        self.assigned: set[str] = set()  # bound in another way than by import
        self.imported: dict[str, str] = {}
        self.changed: set[str] = set()
        self.scopes: list[tuple[ast.AST, set[str]]] = []

    # Names

    def is_local(self, name: str) -> bool:
        inner = len(self.scopes) - 1
        return any(
            name in names and (at == inner or not isinstance(node, ast.ClassDef))
            for at, (node, names) in enumerate(self.scopes)
        )

    def in_function(self) -> bool:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        return any(isinstance(node, kinds) for node, _ in self.scopes)

    def load(self, name: str) -> None:
        if self.is_local(name):
            return
        if self.in_function():
            self.later.add(name)
        elif name not in self.bound:
            self.free.add(name)

    def bind(self, name: str | None, what: str = "") -> None:
        if name is None or self.is_local(name):
            return
        self.bound.add(name)
        if what:
            self.imported[name] = what
        else:
            self.assigned.add(name)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.load(node.id)
        else:
            if isinstance(node.ctx, ast.Del):
                self.load(node.id)
            self.bind(node.id)

    def change(self, node: ast.AST) -> None:
        """Note that the object at the root of `node`, such as df in `df.loc[0].x`, changes."""
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        if isinstance(node, ast.Name) and not self.is_local(node.id):
            self.changed.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.change(node)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.change(node)
        self.generic_visit(node)

    # Statements, the parts in the order in which they run

    def visit_all(self, *nodes: Any) -> None:
        for node in nodes:
            if isinstance(node, list):
                self.visit_all(*node)
            elif isinstance(node, ast.AST):
                self.visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit_all(node.value, node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.load(node.target.id)
        self.visit_all(node.value, node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit_all(node.annotation, node.value)
        if node.value is not None:
            self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit_all(node.value)
        # In a comprehension it binds outside of it.
        kept = [scope for scope in self.scopes if not isinstance(scope[0], COMPREHENSIONS)]
        self.scopes, inner = kept, self.scopes
        self.bind(node.target.id)
        self.scopes = inner

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit_all(node.iter, node.target, node.body, node.orelse)

    visit_AsyncFor = visit_For

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.visit_all(node.type)
        self.bind(node.name)
        self.visit_all(node.body)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            first = alias.name.partition(".")[0]
            self.bind(alias.asname or first, alias.name if alias.asname else first)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.bind(alias.asname or alias.name, f"{node.module or ''}.{alias.name}")

    def visit_MatchAs(self, node: Any) -> None:
        self.bind(getattr(node, "name", None) or getattr(node, "rest", None))
        self.generic_visit(node)

    visit_MatchStar = visit_MatchMapping = visit_MatchAs

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            method, owner = call.func.attr, call.func.value
            drawn = method in CHANGING_ALONE or (method == "plot" and call.args)
            if drawn and isinstance(owner, ast.Name):
                self.change(owner)
            if method.startswith("set_") and method not in GIVES_NEW:
                self.change(owner)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
        if isinstance(node.func, ast.Attribute) and (
            name in CHANGING
            or any(k.arg == "inplace" and getattr(k.value, "value", 1) for k in node.keywords)
        ):
            self.change(node.func.value)
        if name in CHANGING_ARGUMENT and node.args:
            self.change(node.args[0])
        self.generic_visit(node)

    # What has a scope of its own

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.visit_all(node.decorator_list)
        with self.type_parameters(node):
            self.visit_all(node.returns)
            self.visit_arguments(node.args)
            self.scoped(node, arguments(node.args), node.body)
        self.bind(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit_arguments(node.args)
        self.scoped(node, arguments(node.args), [node.body])

    def visit_arguments(self, node: ast.arguments) -> None:
        every = [*node.posonlyargs, *node.args, *node.kwonlyargs, node.vararg, node.kwarg]
        self.visit_all([one.annotation for one in every if one])
        self.visit_all(node.defaults, node.kw_defaults)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_all(node.decorator_list)
        with self.type_parameters(node):
            self.visit_all(node.bases, [word.value for word in node.keywords])
            self.scoped(node, set(), node.body)
        self.bind(node.name)

    def visit_TypeAlias(self, node: Any) -> None:
        with self.type_parameters(node):
            self.visit_all(node.value)
        self.visit_all(node.name)

    @contextlib.contextmanager
    def type_parameters(self, node: Any) -> Iterator[None]:
        """Since Python 3.12 a definition can have some: `def first[T](items: list[T]) -> T`."""
        parameters = getattr(node, "type_params", [])
        if parameters:
            self.scopes.append((ast.Pass(), {one.name for one in parameters}))
            self.visit_all(parameters)
        yield
        if parameters:
            self.scopes.pop()

    def visit_comprehension_of(self, node: Any) -> None:
        self.visit(node.generators[0].iter)  # runs outside
        targets = {
            name.id
            for one in node.generators
            for name in ast.walk(one.target)
            if isinstance(name, ast.Name)
        }
        self.scopes.append((node, targets))
        for at, one in enumerate(node.generators):
            self.visit_all(*([one.iter] if at else []), one.target, one.ifs)
        values = [getattr(node, part, None) for part in ("key", "elt", "value")]
        self.visit_all([value for value in values if value])
        self.scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_of

    def scoped(self, node: ast.AST, names: set[str], body: list[Any]) -> None:
        self.scopes.append((node, names | bound_in(body)))
        self.visit_all(body)
        self.scopes.pop()


COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def arguments(args: ast.arguments) -> set[str]:
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return {one.arg for one in every if one}


def bound_in(body: list[Any]) -> set[str]:
    """The names that a function or a class body binds for itself."""
    found, outside, queue = set(), set(), list(body)
    while queue:
        node = queue.pop()
        match node:
            case ast.Global(names) | ast.Nonlocal(names):
                outside.update(names)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
                continue
            case ast.ClassDef(name=name):
                found.add(name)
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                inner = [n for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]
                found.update(n.target.id for n in inner)
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                found.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                found.add(name)
        queue.extend(ast.iter_child_nodes(node))
    return found - outside
