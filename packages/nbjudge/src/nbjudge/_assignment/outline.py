"""What the cells of an assignment are, and who owns the names in them, from the source alone.

A name is the teacher's when a check or a trusted read-only cell binds it, and the learner's when
an answer cell, a plain code cell or a mixed read-only cell binds it or changes its object in
place. The submission has no say in this.
"""

import builtins
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

from nbjudge._assignment.names import Names, names_of
from nbjudge._model import Source

TAG = "nbjudge-kernel"  # of a check: it runs in the learner's kernel, as in plain nbgrader
FAMILY = "nbjudge"  # what our tags begin with
AUTOTEST = re.compile(r"^\s*#.*AUTOTEST", re.M)  # InstantiateTests has not filled it in yet


class Role(StrEnum):
    """What a cell is for, and what it is called in a sentence.

    Every role but ANSWER and PLAIN has the source's text when graded.
    """

    CHECK = ("check", "check")  # code that gives points
    SETUP = ("setup", "read-only cell")  # code
    ANSWER = ("answer", "answer")  # code or text that the learner writes
    TASK = ("task", "task")  # read-only text, graded by hand by what follows it
    TEXT = ("text", "read-only text")
    PLAIN = ("plain", "cell")  # without nbgrader's metadata

    noun: str

    def __new__(cls, value: str, noun: str = "") -> "Role":
        member = str.__new__(cls, value)
        member._value_, member.noun = value, noun
        return member


@dataclass(frozen=True)
class Step:
    """One cell of the source."""

    role: Role
    grade_id: str
    cell_type: str
    source: str  # the text for grading: with hidden tests; of an answer, the stub
    released: str  # what the learner was given
    reference: str  # what the author wrote
    points: float = 0.0
    metadata: Mapping[str, Any] = field(default_factory=dict)  # nbgrader's, as in the gradebook
    cell_metadata: Mapping[str, Any] = field(default_factory=dict)  # all other
    attachments: Mapping[str, Any] = field(default_factory=dict)
    cell_id: str = ""
    # A SETUP cell that uses none of the learner's names: it also runs with the judge.
    trusted: bool = False
    # A check that still has AUTOTEST lines, so that its released text is not known.
    unresolved: bool = False
    # A check that runs in the learner's kernel, as in plain nbgrader: its author has tagged it so.
    in_kernel: bool = False
    # A check that binds a name which later ones use.
    exports: bool = False
    # Names that a check binds and that code in the learner's kernel uses, in the source.
    lent: frozenset[str] = frozenset()
    # The names that are the learner's when this cell runs.
    learner_names: frozenset[str] = frozenset()
    # Those that checks and trusted cells have bound by then: the learner is never asked for them.
    judge_names: frozenset[str] = frozenset()
    # The learner's names that the source binds by an import and by nothing else, with what is
    # imported: "numpy", "math.sqrt".
    modules: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> bool:
        return self.cell_type == "code"

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of this family."""
        tags = self.cell_metadata.get("tags", ())
        return tuple(tag for tag in tags if isinstance(tag, str) and tag.startswith(FAMILY))

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
    def language(self) -> str:
        spec, info = self.metadata.get("kernelspec", {}), self.metadata.get("language_info", {})
        return str(spec.get("language") or info.get("name") or "python").lower()

    @property
    def is_python(self) -> bool:
        return self.language in ("python", "ipython", "python3")


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
    return Outline(tuple(with_lent(with_exports([*with_owners(steps)]))), metadata)


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
            in_kernel=role is Role.CHECK and TAG in cell.metadata.get("tags", ()),
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
        elif step.in_kernel:
            give(owned, names_of(step.source), tools)
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


def with_exports(steps: list[Step]) -> list[Step]:
    """The same steps, with whether a later one of the judge's uses a name that a check binds."""
    used: set[str] = set()
    for at, step in reversed([*enumerate(steps)]):
        if (step.role is Role.CHECK and not step.in_kernel) or step.trusted:
            names = names_of(step.source)
            exports = step.role is Role.CHECK and bool(names.bound & used)
            steps[at] = replace(step, exports=exports)
            used |= names.free - step.learner_names
    return steps


def with_lent(steps: list[Step]) -> list[Step]:
    """The same steps, with the names that a check has to lend to code in the learner's kernel."""
    used: set[str] = set()
    for step in steps:
        if step.code and (step.role is not Role.CHECK or step.in_kernel):
            used |= names_of(step.source).free | names_of(step.reference).free
    for at, step in enumerate(steps):
        if step.role is Role.CHECK and not step.in_kernel:
            lent = (names_of(step.source).bound & used) - step.learner_names
            steps[at] = replace(step, lent=lent)
    return steps


def give(owned: dict[str, str], names: Names, tools: set[str]) -> None:
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
