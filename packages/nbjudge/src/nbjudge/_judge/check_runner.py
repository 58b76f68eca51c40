"""Runs checks: in a trusted process, forked for one notebook, which never runs learners' code.

The judge sends one JSON object a line and gets one back: see `CheckRunner.serve`.
"""

import ast
import builtins
import contextlib
import gc
import importlib
import io
import json
import os
import random
import re
import socket
import sys
import time
import types
import warnings
from collections.abc import Collection, Iterator, KeysView
from typing import Any

import numpy as np

from nbjudge._assignment.names import TEXT_AS_CODE, names_of, runs_text_of
from nbjudge._judge.changes import compares_with_arguments
from nbjudge._judge.proxies import class_of
from nbjudge._judge.remote import Missing, RemoteNamespace
from nbjudge._model import Status
from nbjudge._values import snapshots
from nbjudge._values.errors import Refused

LONGEST_MESSAGE = 2_000  # characters of a message
LONGEST_PRINTED = 20_000


def serve_judge(sock: socket.socket) -> None:
    """Serve the judge at the other end until it hangs up."""
    if "matplotlib" in sys.modules:
        import matplotlib

        matplotlib.use("agg")
    os.environ["NBGRADER_EXECUTION"] = "autograde"  # as nbgrader tells the cells that it runs
    random.seed()
    sys.addaudithook(note_opened)
    gc.disable()  # this process lives for half a second, and looking for cycles copies shared pages
    with sock, sock.makefile("rwb") as lines:
        runner = CheckRunner()
        for line in lines:
            lines.write(json.dumps(runner.serve(json.loads(line))).encode() + b"\n")
            lines.flush()


opened: list[str] | None = None  # the files that a check has opened so far, while one runs


def note_opened(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: which files a check reads."""
    if opened is not None and event == "open" and isinstance(args[0], str):
        opened.append(args[0])


def open_folder(folder: str, memory: int) -> None:
    """Work beside the teacher's files, and let no value that a learner makes up fill the host."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    beside = set(modules_beside(folder)) - sys.stdlib_module_names
    for name in [one for one in sys.modules if one.partition(".")[0] in beside]:
        del sys.modules[name]  # one of the same name that the fork server has imported
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def modules_beside(folder: str) -> Iterator[str]:
    """The names by which files and packages in a folder can be imported."""
    for entry in os.scandir(folder):
        if entry.name.endswith(".py") or os.path.exists(f"{entry.path}/__init__.py"):
            yield entry.name.removesuffix(".py")


def imported(name: str) -> Any:
    """The module `a.b`, or the name b of the module a; None if there is neither."""
    parent, _, last = name.rpartition(".")
    with contextlib.suppress(Exception):
        return importlib.import_module(name)
    with contextlib.suppress(Exception):
        return getattr(importlib.import_module(parent), last)
    return None


class CheckRunner:
    """One notebook's checks and trusted cells, in order, in one namespace."""

    def __init__(self) -> None:
        self.remote: RemoteNamespace | None = None
        self.names = Namespace(self)

    def serve(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do one of: open (a folder to work in), connect (to a kernel), setup, check."""
        match order["do"]:
            case "open":
                open_folder(order["folder"], order["memory"])
                return {}
            case "connect":
                self.remote = RemoteNamespace(
                    order["info"],
                    order["reply"],
                    order["modules"],
                    order.get("kernel"),
                    order.get("cells", ()),
                )
                return {}
            case "setup":
                error = self.execute(**{key: order[key] for key in CELL}).error
                return {"error": described(error) if error else ""}
            case "check":
                return self.check(**{key: order[key] for key in CHECK})
        raise ValueError(order["do"])

    def fetch(self, name: str) -> Any:
        if self.remote is None:
            raise Missing(name)
        return self.remote.get(name)

    def own_import(self, name: str, origin: str) -> Any:
        """What the judge itself has by that name, if the learner has imported the same; or None."""
        own = imported(origin)
        if own is not None and self.remote:
            self.remote.compare(name, own)
        return own

    def lend(self, name: str, value: Any) -> None:
        if self.remote:
            self.remote.lend(name, value)

    def there(self) -> list[str]:
        """The names that the learner has."""
        return self.remote.names() if self.remote else []

    def delete(self, name: str) -> None:
        if self.remote:
            self.remote.delete(name)

    def assign(self, name: str, value: Any) -> None:
        if self.remote:
            self.remote.set(name, value)

    def check(
        self,
        code: str,
        learner: list[str],
        judge: list[str],
        modules: dict[str, str],
        points: float,
        allowed: tuple[float, float, float | None],
        lent: Collection[str] = (),
    ) -> dict[str, Any]:
        """Run a check; say whether it ran to its end, and what it said.

        `learner` are the names that are the learner's at this place, `judge` those that are the
        judge's, also where the cell that binds them has stopped before. Those that the source
        only ever imports are in `modules`: the judge has its own. `points` is the most it gives.
        `allowed` are the seconds for it, as `RemoteNamespace.begin` takes them.
        What the check binds to the names in `lent` is handed on to the learner's code.
        """
        global opened
        assert self.remote, "no check before there is a kernel"
        begun, asked = time.monotonic(), self.remote.questions
        self.remote.begin(*allowed, held=[*self.names.values()])
        self.remote.words = words_of_check(code)
        snapshots.refusals.clear()
        opened = []
        if self.runs_text_of_theirs(code, learner):
            self.remote.trouble = Refused(TEXT_AS_CODE)
            ran = Ran(None, None, "", set(), set())
        else:
            ran = self.execute(code, learner, judge, modules, lent)
        theirs = {*learner, *ran.theirs} - ran.own
        if not ran.error and self.remote.changes and compares(code, theirs):
            # It has to hold as well where its arguments are as they were.
            self.remote.begin_again()
            ran = self.execute(code, learner, judge, modules, lent)
        files, opened = opened, None
        # A refusal counts even where the check itself has caught it.
        refusals = [self.remote.trouble, *snapshots.refusals, ran.error]
        trouble = next((one for one in refusals if isinstance(one, Refused)), None)
        status, score, message, ended = Status.GRADED, 0.0, "", ""
        if trouble:
            status, message = trouble.status, str(trouble)
        elif ran.error:
            message = described(ran.error) + UNCHANGED * bool(self.remote.kept)
        else:
            try:
                score = credit(ran.value, points)
            except Refused as refused:
                status, message = Status.CANNOT, str(refused)
                ended = "" if counts(ran.value) else type(ran.value).__name__
        return {
            "status": status,
            "score": score,
            "ended": ended,
            "files": self.written(files),
            "message": message[:LONGEST_MESSAGE],
            "kind": type(ran.error).__name__ if ran.error and not trouble else "",
            "printed": ran.printed[:LONGEST_PRINTED],
            "seconds": time.monotonic() - begun,
            "questions": self.remote.questions - asked,
        }

    def runs_text_of_theirs(self, code: str, learner: list[str]) -> bool:
        asked = names_of(code).free - dict.keys(self.names) - set(dir(builtins))
        with contextlib.suppress(SyntaxError, ValueError):
            return bool(runs_text_of(ast.parse(plain_python(code)), {*learner, *asked}))
        return False

    def written(self, files: list[str]) -> list[str]:
        """Which of these files, beside the notebook, the learner's code has written."""
        here = os.path.realpath(".") + os.sep
        paths = {os.path.realpath(file) for file in files if "__pycache__" not in file}
        beside = sorted(path.removeprefix(here) for path in paths if path.startswith(here))
        if not beside or not self.remote or self.remote.trouble:
            return []
        with contextlib.suppress(Refused):
            return [*set(self.remote.written(beside)) & set(beside)]
        return []

    def execute(
        self,
        code: str,
        learner: Collection[str],
        judge: Collection[str],
        modules: dict[str, str],
        lent: Collection[str] = (),
    ) -> "Ran":
        """Run a cell as a kernel would, with the value of a last expression."""
        printed, value, error = io.StringIO(), None, None
        self.names.begin(learner, judge, modules, lent)
        try:
            with contextlib.redirect_stdout(printed), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                body, last = compiled(code)
                exec(body, self.names)
                value = eval(last, self.names) if last else None
        except BaseException as stopped:
            error = stopped
        finally:
            theirs, own = self.names.end()
        return Ran(value, error, printed.getvalue(), theirs, own)


UNCHANGED = " (A call changed a value which the check still needs as it was: work on a copy.)"
CELL = ("code", "learner", "judge", "modules")
CHECK = (*CELL, "points", "allowed", "lent")


class Ran:
    """What became of a cell.

    `theirs` are the names that the learner was asked for; `own` those of which the judge had the
    same module, or the same name of a module.
    """

    def __init__(
        self,
        value: Any,
        error: BaseException | None,
        printed: str,
        theirs: set[str],
        own: set[str],
    ) -> None:
        self.value, self.error, self.printed = value, error, printed
        self.theirs, self.own = theirs, own


def plain_python(code: str) -> str:
    return "\n".join("" if line.lstrip().startswith("%") else line for line in code.split("\n"))


def compiled(code: str) -> tuple[Any, Any]:
    """A cell, and its last expression if it ends in one without a semicolon."""
    plain = plain_python(code)
    tree = TypeOf().visit(ast.parse(plain, "<check>"))
    last = None
    end = tree.body[-1] if tree.body else None
    if isinstance(end, ast.Expr) and not plain.rstrip().endswith(";"):
        tree.body.pop()
        last = compile(ast.Expression(end.value), "<check>", "eval")
    return compile(tree, "<check>", "exec"), last


class TypeOf(ast.NodeTransformer):
    """`type(x)` in a check means the class that x has on the learner's side."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="type"), args=[one], keywords=[]):
                if not isinstance(one, ast.Starred):
                    node.func = ast.copy_location(ast.Name(TYPE_OF, ast.Load()), node.func)
        return node


TYPE_OF = "__type_of__"


def words_of_check(code: str) -> frozenset[str]:
    """The names and attributes that stand in the code of a check."""
    return frozenset(re.findall(r"[^\W\d]\w*", code))


def counts(value: Any) -> bool:
    """A number, or what is false: what may be meant as points, or as an assertion."""
    is_true = isinstance(value, bool | np.bool_) and bool(value)
    return isinstance(value, int | float | np.number | np.bool_) and not is_true


def compares(code: str, learner: Collection[str]) -> bool:
    return compares_with_arguments(ast.parse(plain_python(code)), learner)


def credit(value: Any, points: float) -> float:
    """The points for a check that ran to its end: all, or the number that it ends in."""
    if value is None:
        return points
    number = value.item() if isinstance(value, np.generic) else value
    if type(number) not in (int, float) or not 0 <= number <= points:  # not for a NaN, either
        raise Refused(
            f"the check ends in a value of the type {type(value).__name__}, which is no number of "
            f"points from 0 to {points:g}: write assert in front of its last line"
        )
    return float(number)


def described(error: BaseException) -> str:
    """What a learner reads: the message of an assertion, or kind and message of another error."""
    try:
        text = str(error)
    except BaseException:
        text = ""
    notes = " ".join(f"({note})" for note in getattr(error, "__notes__", ()))
    if not isinstance(error, AssertionError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{text} {notes}".strip() or "the check does not hold"


class Namespace(dict):
    """The names that a check sees: the judge's own, and the learner's when they are used.

    A learner's name is fetched once in a check and forgotten after it, so that a change made by
    one call is seen by the next check.
    """

    def __init__(self, runner: CheckRunner) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins, display=lambda *a, **k: None)
        dict.__setitem__(self, TYPE_OF, class_of)
        self.runner = runner
        self.lent: frozenset[str] = frozenset()
        self.learner: frozenset[str] = frozenset()
        self.judge: frozenset[str] = frozenset()
        self.modules: dict[str, str] = {}
        self.fetched: set[str] = set()
        self.imported: set[str] = set()  # of these, what the judge has imported itself

    def begin(
        self,
        learner: Collection[str],
        judge: Collection[str],
        modules: dict[str, str],
        lent: Collection[str],
    ) -> None:
        """From now on these names are the learner's, whatever a cell before has bound."""
        self.learner, self.judge, self.modules = frozenset(learner), frozenset(judge), modules
        self.lent = frozenset(lent)
        for name in self.learner & dict.keys(self):
            dict.pop(self, name)

    def end(self) -> tuple[set[str], set[str]]:
        """Forget what was fetched; say which of these were the learner's, and which the judge's."""
        own = {name for name in self.fetched if self.is_own(name)}
        theirs = self.fetched - own
        for name in self.fetched & dict.keys(self):
            dict.pop(self, name)
        self.fetched, self.imported = set(), set()
        return theirs, own

    def is_own(self, name: str) -> bool:
        return name in self.imported or isinstance(dict.get(self, name), types.ModuleType)

    # As a check sees them by dir(), locals() and globals(): with the learner's names.

    def __contains__(self, name: object) -> bool:
        if dict.__contains__(self, name):
            return True
        return may_be_learners(name) and name in self.runner.there()

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        return dict.fromkeys(
            [*dict.keys(self), *filter(may_be_learners, self.runner.there())]
        ).keys()

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name] if may_be_learners(name) else dict.get(self, name, default)
        except KeyError:
            return default

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name) or name in self.judge:
            raise KeyError(name)  # Python looks among the builtin names next
        value = None
        if name in self.modules:
            value = self.runner.own_import(name, self.modules[name])
        if value is None:
            value = self.runner.fetch(name)
        elif name in self.modules:
            self.imported.add(name)
        dict.__setitem__(self, name, value)
        self.fetched.add(name)
        return value

    def __delitem__(self, name: str) -> None:
        """`del f` in a check means the learner's f, too."""
        if dict.__contains__(self, name):
            dict.__delitem__(self, name)
        elif name not in self.learner:
            raise KeyError(name)
        if name in self.learner:
            self.runner.delete(name)

    def __setitem__(self, name: str, value: Any) -> None:
        dict.__setitem__(self, name, value)
        if name in self.learner:
            self.runner.assign(name, value)
        elif name in self.lent:
            self.runner.lend(name, value)


def may_be_learners(name: object) -> bool:
    """A name that a learner may have: Python's own begin with two underscores."""
    return isinstance(name, str) and not name.startswith("__")
