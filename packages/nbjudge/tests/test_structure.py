"""The house: who may import whom, what is public, and that each name has one meaning."""

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import nbjudge

PACKAGE = Path(nbjudge.__file__).parent
FILES = {
    ".".join(("nbjudge", *path.relative_to(PACKAGE).with_suffix("").parts)): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
# Which rooms each room may import, besides itself. Nothing else goes through a wall.
ROOMS = {
    "_files": set(),
    "_model": {"_files"},
    "_assignment": {"_model"},
    "_values": {"_model"},
    "_kernel": {"_values", "_model", "_files"},
    "_judge": {"_assignment", "_kernel", "_values", "_model", "_files"},
    "_nbgrader": {"_judge", "_assignment", "_kernel", "_model", "_files"},
    "_batch": {"_nbgrader", "_judge", "_assignment", "_kernel", "_model", "_files"},
    "_feedback": {"_batch", "_nbgrader", "_assignment", "_model", "_files"},
    "_marking": {"_feedback", "_batch", "_nbgrader", "_assignment", "_model", "_files"},
    "_platform": {"_feedback", "_batch", "_nbgrader", "_model", "_files"},
    "_upkeep": {"_platform", "_batch", "_nbgrader", "_kernel", "_model", "_files"},
}
ENTRIES = {"__init__", "__main__"}  # they lead into every room
SAME_MEANING = {"main"}  # what a process begins with


def imports_of(path: Path) -> set[str]:
    """The modules of this package that a file imports, anywhere in it, but for types alone."""
    found: set[str] = set()
    queue: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & FILES.keys() or {node.module}
        queue += ast.iter_child_nodes(node)
    return {name for name in found if name in FILES or f"{name}.__init__" in FILES}


GRAPH = {name: imports_of(path) for name, path in FILES.items()}


def room_of(module: str) -> str:
    return module.split(".")[1]


def circle() -> list[str]:
    """Modules that import each other, in a row; empty when there are none."""
    done: set[str] = set()

    def walk(name: str, above: list[str]) -> list[str]:
        if name in above:
            return [*above[above.index(name) :], name]
        if name in done:
            return []
        for other in sorted(GRAPH.get(name, ())):
            if found := walk(other, [*above, name]):
                return found
        done.add(name)
        return []

    return next((found for name in GRAPH if (found := walk(name, []))), [])


def test_no_module_imports_itself_by_way_of_others():
    assert circle() == []


def test_a_circle_would_be_found(monkeypatch):
    monkeypatch.setitem(GRAPH, "nbjudge._files", {"nbjudge._judge.grade"})
    assert len(circle()) > 2


@pytest.mark.parametrize("module", FILES)
def test_a_module_imports_only_what_its_room_may(module):
    room = room_of(module)
    if room not in ENTRIES:
        others = {room_of(name) for name in GRAPH[module] if name != "nbjudge"} - {room}
        assert others <= ROOMS[room]


def test_the_learners_side_knows_nothing_of_the_assignment_or_the_judge():
    assert not ROOMS["_kernel"] & {"_assignment", "_judge"}
    assert not ROOMS["_values"] & {"_assignment", "_judge", "_kernel"}


def test_only_the_package_itself_is_public():
    for path in PACKAGE.iterdir():
        assert path.name.startswith("_") or path.name == "py.typed"
    assert sorted(nbjudge.__all__) == nbjudge.__all__
    assert all(getattr(nbjudge, name).__doc__ for name in nbjudge.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = nbjudge.no_such_name


def test_no_name_has_two_meanings():
    homes = defaultdict(list)
    for name, path in FILES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                homes[node.name].append(name)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                homes[node.targets[0].id].append(name)
    several = {name: where for name, where in homes.items() if len(where) > 1}
    assert several.keys() <= SAME_MEANING | {"__all__"}, several


def test_the_import_of_the_package_loads_nothing_of_it():
    code = "import nbjudge, sys; print([m for m in sys.modules if m.startswith('nbjudge.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_code_is_parsed_in_one_place_of_each_process():
    """Python 3.11's `ast` can fail when two threads use it at once, so that place has a lock."""
    parsing = {
        name
        for name, path in FILES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("ast.parse", "compile", "ast.literal_eval", "symtable")
    }
    alone = "nbjudge._judge.check_runner"  # a process of its own, with one thread
    assert parsing - {alone} == {"nbjudge._assignment.names"}
    locked = {"parsed", "bytecode_of"}
    tree = ast.parse(FILES["nbjudge._assignment.names"].read_text(encoding="utf-8"))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        calls = {ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
        if calls & {"ast.parse", "compile"}:
            assert function.name in locked and "parsing" in calls
