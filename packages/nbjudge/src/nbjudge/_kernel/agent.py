"""Answers the judge's questions, inside the learner's kernel. It holds no secret.

The judge asks with ordinary `user_expressions`, which call `answer` here; the answer goes back as
text in the format of `codec.py`. A learner can make this module lie, and so send any value;
a lie helps only if it is the value that the check expects.
"""

import contextlib
import importlib
import inspect
import io
import json
import marshal
import operator
import os
import traceback
import types
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import numpy as np

from nbjudge._values import codec
from nbjudge._values.codec import ASKED, MUTABLE, origin_of
from nbjudge._values.errors import Refused
from nbjudge._values.plain import PLAIN_KINDS, plain_args

LONGEST_PRINT = 100_000
things: dict[int, Any] = {}  # what the judge holds a handle of, by number
numbers: dict[int, int] = {}  # id of such a thing: its number
shared: dict[int, Any] = {}  # the mutable values of the call that is being answered
functions: dict[int, types.FunctionType] = {}  # and the judge's functions in it


class Reply:
    """Text that IPython sends as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"application/json": self.text, "text/plain": ""}


def answer(question: str) -> Reply:
    """The reply to one question: {"value": ...} or {"error": ...}, and what was printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        reply = guarded(lambda: respond(json.loads(question)))
    if printed.getvalue():
        reply["printed"] = printed.getvalue()[:LONGEST_PRINT]
    return Reply(json.dumps(reply, separators=(",", ":")))


def guarded(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return work()
    except Refused as refused:
        return {"refused": str(refused)}
    except RecursionError:
        return {"error": {"of": ["RecursionError", "Exception"], "args": [], "where": ""}}
    except BaseException as error:
        return {"error": describe_error(error)}


def respond(q: dict[str, Any]) -> dict[str, Any]:
    names = user_names()
    shared.clear()
    functions.clear()
    match q["op"]:
        case "get":
            if q["name"] not in names:
                return {"missing": True}
            value = names[q["name"]]
            if isinstance(value, types.ModuleType):
                return {"module": value.__name__}
            return {"value": pack(value)}
        case "origin":
            if q["name"] not in names:
                return {"missing": True}
            return {"value": origin_of(names[q["name"]])}
        case "names":
            return {"value": [name for name in names if isinstance(name, str)]}
        case "written":
            return {"value": [name for name in q["files"] if written(name, q["since"])]}
        case "set":
            names[q["name"]] = unpack(q["value"])
        case "del":
            names.pop(q["name"], None)
        case "call":
            return answer_call(things[q["n"]], q, [])
        case "attribute":
            return {"value": pack(getattr(things[q["n"]], q["name"]))}
        case "class":
            return {"value": pack(type(things[q["n"]]))}
        case "dir":
            return {"value": [name for name in dir(things[q["n"]]) if isinstance(name, str)]}
        case "signature":
            parameters = inspect.signature(things[q["n"]]).parameters.values()
            told = [
                [one.name, int(one.kind), [one.default] * (one.default is not one.empty)]
                for one in parameters
            ]
            return {"value": pack(told)}
        case "source":
            return {"value": inspect.getsource(things[q["n"]])}
        case "method":
            return answer_call(getattr(type(things[q["n"]]), q["name"]), q, [things[q["n"]]])
        case "next":
            try:
                return {"value": pack(next(things[q["n"]]))}
            except StopIteration:
                return {"done": True}
        case "isinstance":
            return {"value": pack(isinstance(unpack(q["value"]), things[q["n"]]))}
    return {"value": None}


def written(name: str, since: int) -> bool:
    """Whether a file was made or changed since that time, in nanoseconds."""
    with contextlib.suppress(OSError):
        return os.stat(name).st_mtime_ns > since
    return False


def user_names() -> dict[str, Any]:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    assert shell
    return shell.user_ns


def answer_call(function: Any, q: dict[str, Any], first: list[Any]) -> dict[str, Any]:
    """Call with the arguments sent, and say which mutable values the call left different."""
    opener = codec.Unpacker(open_sent)
    args = [opener.unpack(one) for one in q["args"]]
    named = {name: opener.unpack(one) for name, one in q["named"].items()}
    before = {number: state(one) for number, one in shared.items()}

    def work() -> dict[str, Any]:
        result = function(*first, *args, **named)
        # What a learner's own class of containers makes has to stay one object with its methods.
        own = type(result) is function and issubclass(function, tuple(MUTABLE))
        return {"value": keep(result) if own else pack(result)}

    reply = guarded(work)
    changed = [
        [number, json.loads(text_of(one))]
        for number, one in shared.items()
        if state(one) != before[number]
    ]
    return {**reply, "changed": changed}


def state(value: Any) -> Any:
    """What differs after a change: of an array its bytes, which are quick to have, or a text."""
    if type(value) is np.ndarray and value.dtype.kind in PLAIN_KINDS:
        return value.dtype.str, value.shape, value.tobytes()
    return text_of(value)


def text_of(value: Any) -> str:
    """A text in which 1 and 1.0 differ; "null" when the value cannot be sent back any more."""
    try:
        return codec.dumps(value, keep)
    except Refused:
        return "null"


def pack(value: Any) -> codec.Packed:
    return codec.packed(value, keep)


def unpack(data: codec.Packed) -> Any:
    return codec.unpacked(data, open_sent)


def keep(value: Any) -> dict[str, Any]:
    """A handle: the number under which the judge can ask about this object again."""
    if isinstance(value, types.ModuleType):
        raise Refused(f"the module {value.__name__}")
    number = number_of(value)
    if isinstance(value, type):
        kind = "class"
    elif isinstance(value, types.FunctionType | types.BuiltinFunctionType | types.MethodType):
        kind = "function"
    else:
        kind = "instance"
    described = {"t": kind, "n": number, "type": type(value).__name__}
    if kind in ("function", "class"):
        described |= {
            "name": described_text(value, "__name__"),
            "doc": described_text(value, "__doc__"),
            "origin": origin_of(value),
        }
        if kind == "class" and issubclass(value, Exception):
            described["of"] = kinds_of_error(value)
    elif kind == "instance":
        described["has"] = [name for name in ASKED if hasattr(type(value), name)]
        classes = type(value).__mro__[:-1]
        described["kinds"] = [number_of(cls) for cls in classes]
        described["classes"] = [
            f"{cls.__module__}:{cls.__qualname__}"
            for cls in classes
            if cls.__module__ not in ("__main__", "builtins")
        ]
    return described


def number_of(value: Any) -> int:
    number = numbers.setdefault(id(value), len(numbers))
    things[number] = value  # kept alive, so its id stays its own
    return number


def described_text(value: Any, name: str) -> str | None:
    text = getattr(value, name, None)
    return str(text)[:10_000] if text is not None else None


def open_sent(data: dict[str, Any]) -> Any:
    """What only the judge may send: code of its own, a named function, a handle given back."""
    match data["t"]:
        case "yours":
            return things[data["n"]]
        case "named":
            return operator.attrgetter(data["v"])(importlib.import_module(data["module"]))
        case "module":
            return importlib.import_module(data["v"])
        case "shared":
            if data["n"] not in shared:
                shared[data["n"]] = codec.Unpacker(open_sent).unpack(data["v"])
            return shared[data["n"]]
        case "axes":
            return importlib.import_module("matplotlib.pyplot").figure().add_subplot()
        case "code":
            return functions[data["n"]] if "v" not in data else open_code(data)
    raise Refused(f"an unknown tag {data['t']}")


def open_code(data: dict[str, Any]) -> types.FunctionType:
    """A function of the judge's. It is registered before its names are opened, as it may be one."""
    opener = codec.Unpacker(open_sent)
    names = {"__builtins__": __builtins__, "__name__": "__main__"}
    cells = tuple(types.CellType() for _ in data["cells"])
    code = marshal.loads(b64decode(data["v"]))
    made = functions[data["n"]] = types.FunctionType(code, names, data["name"], None, cells)
    for name, module in data["modules"].items():
        names[name] = importlib.import_module(module)
    for name, one in data["names"].items():
        names[name] = opener.unpack(one)
    for cell, one in zip(cells, data["cells"], strict=True):
        cell.cell_contents = opener.unpack(one)
    made.__defaults__ = opener.unpack(data["defaults"])
    made.__kwdefaults__ = opener.unpack(data["named"])
    return made


def kinds_of_error(cls: type) -> list[str]:
    """The names of the exception classes that this one is, itself first."""
    bases = [one for one in cls.__mro__ if issubclass(one, BaseException)]
    return [one.__name__ for one in bases if one is not BaseException]


def describe_error(error: BaseException) -> dict[str, Any]:
    """The names of the error's classes, its plain arguments, and where in a cell it happened."""
    described = {"of": kinds_of_error(type(error)), "args": [], "where": ""}
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(("/tmp/ipykernel", "<ipython")) or "ipykernel_" in (
            frame.filename
        ):
            described["where"] = f"line {frame.lineno} of your cell, in {frame.name}"
    with contextlib.suppress(BaseException):
        described["args"] = [pack(one) for one in plain_args(error)]
    return described
