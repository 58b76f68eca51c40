"""What a call of the learner's may change of a check's own values.

A learner's function may change its arguments in place, and a check may ask for that. But what the
teacher's cells hold never changes, nor a value that a function of the check only reads. And a
check that compares what it got with an argument that has changed is run a second time, in which
nothing changes: see `compares_with_arguments`.
"""

import ast
import dis
import types
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import numpy as np

from nbjudge._assignment.names import bound, mentions, names_in
from nbjudge._values.codec import MUTABLE

MOST_HELD = 100_000  # values within the teacher's, that are looked at
MUTATING = frozenset(  # methods and library functions that change a value in place
    "add append appendleft clear discard difference_update extend extendleft fill heapify heappop "
    "heappush heapreplace insert insort insort_left insort_right intersection_update itemset "
    "move_to_end partition pop popitem popleft put remove resize reverse rotate setdefault setitem "
    "delitem shuffle sort subtract symmetric_difference_update update __setitem__ __delitem__ "
    "__iadd__".split()
)
COMPARING = frozenset(  # methods of plain values that say how they are to another
    "equals compare eq ne lt le gt ge isin index count issubset issuperset isdisjoint difference "
    "symmetric_difference intersection startswith endswith sub subtract all any".split()
)
STORING = {"STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE", "STORE_ATTR", "DELETE_ATTR"}
LOADING = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF"}
BETWEEN = {"CACHE", "PUSH_NULL", "PRECALL", "EXTENDED_ARG", "NOP", "COPY_FREE_VARS"}


class Held:
    """The values that are a check's when it begins, and what is within them."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self.values = [one for one in values if type(one) in MUTABLE or type(one) is tuple]
        self.ids: set[int] | None = None  # made when it is asked for

    def __contains__(self, value: Any) -> bool:
        if self.ids is None:
            self.ids = {id(one) for one in within(self.values)}
        while value is not None and id(value) not in self.ids:
            value = value.base if isinstance(value, np.ndarray) else None
        return value is not None


def within(values: Iterable[Any]) -> Iterator[Any]:
    """These values and those in them, each once."""
    seen: set[int] = set()
    waiting = [*values]
    while waiting and len(seen) < MOST_HELD:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list | tuple | set | frozenset | deque):
            waiting += one


def changed_names(code: types.CodeType, mutable: Collection[str]) -> set[str]:
    """Which of these global and enclosing names a check's function may change the value of.

    `lambda n: n in wanted` only reads; `lambda n: calls.append(n)` changes. Where that cannot be
    told apart, as with `names[n] = 1`, it is all of them.
    """
    found: set[str] = set()
    loaded = None
    for step in dis.get_instructions(code):
        in_place = step.opname == "BINARY_OP" and step.argrepr.endswith("=")
        if step.opname in STORING or in_place:
            return set(mutable)
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD") and step.argval in MUTATING:
            if loaded not in mutable:
                return set(mutable)
            found.add(str(loaded))
        if step.opname in LOADING:
            loaded = step.argval
            if loaded in MUTATING:  # `from heapq import heappush`
                return set(mutable)
        elif step.opname not in BETWEEN:
            loaded = None
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found |= changed_names(inner, mutable)
        elif isinstance(inner, tuple) and "inplace" in inner:
            return set(mutable)
    return found


def compares_with_arguments(tree: ast.AST, learner: Collection[str]) -> bool:
    """Whether a check compares what the learner gives with what it has itself given.

    In `assert total(table) == table["x"].sum()` a function that empties the table would be right
    with 0. `order(items); assert items == [1, 2, 3]` compares with nothing that it has given.
    """
    theirs, given = set(learner), set[str]()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given |= {name.id for part in parts(call)[1:] for name in names_in(part)}
    given -= theirs
    size = -1
    while size != len(theirs) + len(given):  # what is made of either is of its kind
        size = len(theirs) + len(given)
        for targets, value in bound(tree):
            names = {name.id for target in targets for name in names_in(target)}
            if mentions(value, theirs):
                theirs |= names
            if is_made_of(value, given, theirs):
                given |= names - theirs
    return any(
        mentions(one, theirs) and is_made_of(other, given, theirs)
        for node in ast.walk(tree)
        for one in parts(node)
        for other in parts(node)
        if one is not other and not is_call_of(node, theirs)
    )


def parts(node: ast.AST) -> list[ast.expr]:
    """What a comparison, an operation or a call brings together; of a call, first the function."""
    match node:
        case ast.Compare():
            return [node.left, *node.comparators]
        case ast.BinOp():
            return [node.left, node.right]
        case ast.Subscript():
            return [node.value, node.slice]
        case ast.Call():
            return [node.func, *node.args, *(one.value for one in node.keywords)]
    return []


def is_call_of(node: ast.AST, theirs: Collection[str]) -> bool:
    """A call of a function or a method of the learner's, whose arguments are not compared."""
    return isinstance(node, ast.Call) and mentions(node.func, theirs) and not asks(node)


def asks(call: ast.Call) -> bool:
    """A method such as `equals`, of a value that the learner gave, compares like an operator."""
    method = call.func
    if not isinstance(method, ast.Attribute):
        return False
    return isinstance(method.value, ast.Call) or method.attr in COMPARING


def is_made_of(node: ast.AST, given: Collection[str], theirs: Collection[str]) -> bool:
    """Whether one of these names is in it, other than as an argument of the learner's."""
    if isinstance(node, ast.Name):
        return node.id in given
    if is_call_of(node, theirs):
        return False
    return any(is_made_of(one, given, theirs) for one in ast.iter_child_nodes(node))
