"""The learner's names, as the judge sees them: asked over the kernel's ordinary shell channel.

Runs in the referee. `Learner.get(name)` gives a value; a function, a class, an iterator or any
other object comes as a stand-in that asks the kernel when it is used.
"""

import collections
import contextlib
import dis
import importlib
import inspect
import json
import marshal
import operator
import sys
import time
import types
from base64 import b64encode
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import zmq
from jupyter_client.session import Session

from grading import wire
from grading.agent import ASKED, CHANGEABLE
from grading.wire import Forged, Refused

FOREIGN = 1000  # messages that answer nothing we asked, before we stop listening
LONGEST_LOOP = 1_000_000  # items taken of one iterator


class Late(Refused):
    """The kernel did not answer in time."""


class Missing(KeyError):
    """The learner has no such name."""


class Learner:
    """Asks one kernel. What the learner's functions print is printed here, as they return.

    Trouble is remembered: a check that swallowed a refusal has still not been judged.
    """

    def __init__(self, info: dict[str, Any], reply_limit: int, modules: Iterable[str]) -> None:
        self.modules = frozenset(modules)
        self.reply_limit = reply_limit
        self.trouble: Refused | None = None
        self.deadline = 0.0
        self.questions = 0
        self.stand_ins: dict[int, Any] = {}
        self.errors: dict[tuple[str, ...], type[Exception]] = {}
        self.used: set[int] = set()  # classes that this check has called, or told instances by
        self.made: set[int] = set()  # instances that a check has made
        self.shared: list[Any] = []  # the changeable values in the question that is being made
        self.sending: list[types.FunctionType] = []  # the check's functions in it
        key = info["key"]
        self.session = Session(key=key if isinstance(key, bytes) else key.encode())
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.maxmsgsize = 2 * reply_limit
        self.socket.connect(f"{info['transport']}://{info['ip']}-{info['shell_port']}")

    def begin(self, seconds: float) -> None:
        """Start on a check: it has this long, and has met no trouble yet."""
        self.deadline = time.monotonic() + seconds
        self.trouble = None
        self.used = set()

    def refuse(self, refused: Refused) -> NoReturn:
        self.trouble = self.trouble or refused
        raise refused

    # Asking

    def ask(self, **question: Any) -> dict[str, Any]:
        """The agent's reply, its error raised as an exception of the same kind."""
        if self.trouble:
            raise self.trouble
        self.questions += 1
        shared, self.shared = dict(enumerate(self.shared)), []  # for this reply only
        try:
            reply = self.parse(self.exchange(json.dumps(question)))
            if "printed" in reply:  # here and now, so that a check's redirect_stdout sees it
                sys.stdout.write(wire.of_type(reply["printed"], str))
            if "refused" in reply:
                raise Refused(str(reply["refused"])[:300])
            for number, text in reply.get("changed", []):
                copy_into(shared[number], wire.loads(text, self.open))
            error = self.error(reply["error"]) if "error" in reply else None
        except Refused as refused:
            self.refuse(refused)
        except (Exception, RecursionError) as forged:
            self.refuse(Forged(f"a reply not in the judge's format ({type(forged).__name__})"))
        if error:
            raise error
        return reply

    def exchange(self, question: str) -> str:
        content = {
            "code": "",
            "silent": True,
            "store_history": False,
            "allow_stdin": False,
            "stop_on_error": False,
            "user_expressions": {"r": f"__import__('grading.agent').agent.answer({question!r})"},
        }
        sent = self.session.send(self.socket, "execute_request", content)["header"]["msg_id"]
        for _ in range(FOREIGN):
            left = self.deadline - time.monotonic()
            if left <= 0 or not self.socket.poll(1000 * left):
                raise Late("the learner's code did not answer in time")
            _, message = self.session.recv(self.socket, mode=0)
            if message and message["parent_header"].get("msg_id") == sent:
                break
        else:
            raise Forged("messages that answer no question")
        content = message["content"]
        reply = content["user_expressions"]["r"]
        if reply["status"] != "ok":
            raise Refused(f"no answer from the kernel ({str(reply.get('ename'))[:60]})")
        text = reply["data"]["application/json"]
        if not isinstance(text, str):
            raise Forged("an answer that is not text")
        if len(text) > self.reply_limit:
            raise Refused(f"a value larger than {self.reply_limit // 2**20} MB")
        return text

    def parse(self, text: str) -> dict[str, Any]:
        reply = json.loads(text, parse_constant=wire.refuse_constant)
        if not isinstance(reply, dict):
            raise Forged("an answer without parts")
        return reply

    def value(self, reply: dict[str, Any]) -> Any:
        try:
            return wire.loads(wire.of_type(reply.get("value"), str), self.open)
        except Refused as refused:
            self.refuse(refused)

    def error(self, told: dict[str, Any]) -> Exception:
        """The learner's exception as one of the same class, as far as that has one here."""
        of = tuple(str(name)[:80] for name in told["of"])
        if "Exception" not in of:  # KeyboardInterrupt, SystemExit: no answer to any question
            raise Refused(f"code that raises {of[0]}")
        args = [wire.loads(one, self.open) for one in told["args"]]
        try:
            error = self.error_class(of)(*args)
        except Exception:  # the builtin one wants other arguments
            error = RuntimeError(*args)
        if told.get("where"):
            error.add_note(str(told["where"])[:300])
        return error

    def error_class(self, of: tuple[str, ...]) -> type[Exception]:
        """The exception class of these names; always the same one, so that `except` finds it.

        Never StopIteration: raised in a `map`, that would end an `all` before its time.
        """
        if of[0] in wire.EXCEPTIONS:
            return wire.EXCEPTIONS[of[0]]
        if of not in self.errors:
            base = self.error_class(of[1:][:20]) if len(of) > 1 else Exception
            self.errors[of] = named_class(of[0], base, {})
        return self.errors[of]

    # Names

    def get(self, name: str) -> Any:
        reply = self.ask(op="get", name=name)
        if reply.get("missing"):
            raise Missing(name)
        if "module" in reply:
            return self.module(reply["module"])
        return self.value(reply)

    def module(self, name: Any) -> types.ModuleType:
        """The judge's own module of this name, if the assignment itself imports it."""
        if not isinstance(name, str) or name not in self.modules:
            self.refuse(Refused(f"the module {str(name)[:60]}, which the assignment never imports"))
        return importlib.import_module(name)

    def set(self, name: str, value: Any) -> None:
        self.ask(op="set", name=name, value=self.pack(value))

    def delete(self, name: str) -> None:
        self.ask(op="del", name=name)

    # Values to send

    def pack(self, value: Any) -> str:
        self.shared, self.sending = [], []
        try:
            return wire.dumps(value, self.send)
        except Refused as refused:
            self.refuse(refused)

    def send(self, value: Any) -> dict[str, Any]:
        """What is sent besides plain values: a stand-in's own handle, and the judge's functions."""
        if isinstance(value, StandIn):
            return {"t": "yours", "n": value._number}
        home = getattr(value, "__objclass__", value)  # str, for str.upper
        module, name = getattr(home, "__module__", None), getattr(value, "__qualname__", "")
        if callable(value) and module in sys.modules and module != "__main__":
            with contextlib.suppress(AttributeError):
                if operator.attrgetter(name)(sys.modules[module]) is value:
                    return {"t": "named", "module": module, "v": name}
        if type(value) is types.FunctionType:
            return self.send_code(value)
        raise Refused(f"an argument of the type {wire.name_of(value)}")

    def given(self, value: Any) -> wire.Packed:
        """An argument, or what a function in it uses: numbered, if a call can change it."""
        place = next((n for n, one in enumerate(self.shared) if one is value), None)
        if place is not None:
            return {"t": "shared", "n": place}
        if type(value) not in CHANGEABLE:
            return wire.packed(value, self.send)
        self.shared.append(value)
        packed = {"t": "shared", "n": len(self.shared) - 1}
        return {**packed, "v": wire.packed(value, self.send)}

    def send_code(self, function: types.FunctionType) -> dict[str, Any]:
        """A function of the check, with the names that it uses, which it may itself be."""
        place = next((n for n, one in enumerate(self.sending) if one is function), None)
        if place is not None:
            return {"t": "code", "n": place}
        self.sending.append(function)
        packed = {"t": "code", "n": len(self.sending) - 1}
        names, modules = {}, {}
        for name in sorted(global_names(function.__code__)):
            try:
                value = function.__globals__[name]  # a name of the learner's, perhaps
            except KeyError:
                continue  # a builtin one, or none that is bound yet
            if isinstance(value, types.ModuleType):
                modules[name] = value.__name__
            else:
                names[name] = self.given(value)
        return packed | {
            "v": b64encode(marshal.dumps(function.__code__)).decode("ascii"),
            "name": function.__name__,
            "defaults": self.given(function.__defaults__),
            "named": self.given(function.__kwdefaults__),
            "cells": [self.given(cell.cell_contents) for cell in function.__closure__ or ()],
            "names": names,
            "modules": modules,
        }

    # Stand-ins

    def open(self, data: dict[str, Any]) -> Any:
        """A stand-in for what the kernel keeps; the same one for the same object."""
        number = wire.of_type(data["n"], int)
        self.made.discard(number)  # what comes in another way may stand for another answer
        if number not in self.stand_ins:
            if data["t"] not in KINDS:
                raise Forged(f"an unknown tag {str(data['t'])[:40]!r}")
            if "of" in data:
                return self.error_class(tuple(map(str, wire.of_type(data["of"], list))))
            self.stand_ins[number] = KINDS[data["t"]](self, number, data)
        return self.stand_ins[number]

    def call(self, op: str, number: int, args: tuple, named: dict, **more: Any) -> Any:
        """Call something there, and repeat here what the call did to the changeable values."""
        self.shared, self.sending = [], []
        try:
            more["args"] = [self.given(one) for one in args]
            more["named"] = {name: self.given(one) for name, one in named.items()}
        except Refused as refused:
            self.refuse(refused)
        return self.value(self.ask(op=op, n=number, **more))


def global_names(code: types.CodeType) -> set[str]:
    """The global names that a code object and those within it read."""
    inner = (one for one in code.co_consts if isinstance(one, types.CodeType))
    own = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return own.union(*(global_names(one) for one in inner))


def copy_into(given: Any, changed: Any) -> None:
    """Make an argument hold what the learner's function left in it."""
    if type(given) is not type(changed):
        raise Forged("an argument that changed its type")
    match given:
        case list() | bytearray():
            given[:] = changed
        case collections.deque():
            given.clear()
            given.extend(changed)
        case dict() | set():
            given.clear()
            given.update(changed)
        case np.ndarray():
            given[...] = changed
        case pd.DataFrame() | pd.Series():
            given.__init__(changed)
        case _:
            raise Forged("a change to what cannot change")


class StandIn:
    """Stands for an object in the learner's kernel."""

    _learner: Learner
    _number: int

    def __init__(self, learner: Learner, number: int, data: dict[str, Any]) -> None:
        self.__dict__.update(_learner=learner, _number=number)

    def __reduce__(self) -> NoReturn:
        self._learner.refuse(Refused("a copy of an object that stays with the learner"))

    def __mro_entries__(self, bases: tuple) -> NoReturn:
        self._learner.refuse(Refused("a class made from one that stays with the learner"))

    def _expected(self) -> bool:
        """Whether the check knows that this is of a class of the learner's."""
        return False


def attribute(stand_in: StandIn, name: str) -> Any:
    """An attribute, as a value or a stand-in.

    A check may take for a table what is an object with a method `equals` that always says yes. So
    where it has not used the object's class, methods are called without arguments only.
    """
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(name)
    learner = stand_in._learner
    value = learner.value(learner.ask(op="attribute", n=stand_in._number, name=name))
    if stand_in._expected() or not isinstance(value, StandIn) or not callable(value):
        return value
    method = object.__new__(Method)
    method.__dict__.update(value.__dict__, _of=type(stand_in).__name__, _function=value)
    return method


class Function(StandIn):
    def __init__(self, learner: Learner, number: int, data: dict[str, Any]) -> None:
        super().__init__(learner, number, data)
        self.__dict__.update(__name__=str(data["name"]), __doc__=data["doc"] and str(data["doc"]))
        self.__dict__["__qualname__"] = self.__name__
        if "signature" in data:
            self.__dict__["__signature__"] = signature(data["signature"])

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._learner.call("call", self._number, args, named)

    def __getattr__(self, name: str) -> Any:
        return attribute(self, name)


def signature(told: list) -> inspect.Signature:
    """A signature without the default values; `...` stands for one that is there."""
    kinds = {int(kind): kind for kind in inspect._ParameterKind}
    return inspect.Signature(
        [
            inspect.Parameter(name, kinds[kind], default=... if optional else inspect._empty)
            for name, kind, optional in told
        ]
    )


class Method(StandIn):
    """What is reached through an object that the check may take for something else."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        if args or named:
            said = f"a method, with arguments, of a {self._of}"
            self._learner.refuse(Refused(f"{said}: the check has to use its class as well"))
        return self._function()

    def __getattr__(self, name: str) -> Any:
        return attribute(self, name)


class Class(Function):
    """A class that the learner made: calling it gives an instance."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        self._learner.used.add(self._number)
        instance = super().__call__(*args, **named)
        if isinstance(instance, Instance):
            self._learner.made.add(instance._number)
        return instance

    def _expected(self) -> bool:
        return self._number in self._learner.used

    def __instancecheck__(self, value: Any) -> bool:
        self._learner.used.add(self._number)
        if not isinstance(value, StandIn):
            return False
        learner = self._learner
        asked = learner.ask(op="isinstance", n=self._number, value=learner.pack(value))
        return learner.value(asked) is True


def refused_use(name: str) -> Any:
    def refuse(self: StandIn, *args: Any) -> NoReturn:
        said = f"{name} of an object of the type {type(self).__name__}"
        self._learner.refuse(Refused(f"{said}: compare its parts, or turn it into plain data"))

    return refuse


class Instance(StandIn):
    """Any other object. Its attributes and methods are asked for; what it equals is not."""

    def __init__(self, learner: Learner, number: int, data: dict[str, Any]) -> None:
        super().__init__(learner, number, data)
        self.__dict__["_kinds"] = frozenset(wire.of_type(data["kinds"], list))

    def _expected(self) -> bool:
        return self._number in self._learner.made or bool(self._kinds & self._learner.used)

    def __getattr__(self, name: str) -> Any:
        return attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        refused_use(f"a change to {name}")(self)


def next_item(self: StandIn) -> Any:
    taken = self.__dict__["_taken"] = self.__dict__.get("_taken", 0) + 1
    if taken > LONGEST_LOOP:
        self._learner.refuse(Refused(f"more than {LONGEST_LOOP} items of an iterator"))
    reply = self._learner.ask(op="next", n=self._number)
    if reply.get("done"):
        raise StopIteration
    return self._learner.value(reply)


DECIDING = {  # what a check decides by cannot be left to the learner's code
    **{f"__{op}__": refused_use("a comparison") for op in ("eq", "ne", "lt", "le", "gt", "ge")},
    "__bool__": refused_use("the truth"),
    "__hash__": object.__hash__,
}


def asked_method(name: str) -> Any:
    def method(self: StandIn, *args: Any, **named: Any) -> Any:
        return self._learner.call("method", self._number, args, named, name=name)

    return method


def arithmetic(name: str) -> Any:
    """Between the learner's objects, or a multiple of one. `x - 42` would tell the learner what
    to be, and `abs(x - 42) < 0.1` is what a check decides by."""

    def method(self: StandIn, other: Any) -> Any:
        theirs = isinstance(other, StandIn) or (name == "__radd__" and other == 0)  # as in sum()
        if theirs or name in ("__mul__", "__rmul__"):
            result = asked_method(name)(self, other)
            if theirs or isinstance(result, StandIn):
                return result
        return refused_use("arithmetic")(self)

    return method


def contains(self: StandIn, value: Any) -> bool:
    """Yes if its items show it, which are taken before the learner's code is told the value."""
    with contextlib.suppress(TypeError):  # it has no items
        if any(one is value or one == value for one in iter(self)):
            return True
    if asked_method("__contains__")(self, value) is False:
        return False
    return refused_use("`in`, which its items do not show,")(self)


OWN_WAYS = {
    "__next__": next_item,
    "__contains__": contains,
    **{f"__{op}__": arithmetic(f"__{op}__") for op in ("add", "radd", "sub", "mul", "rmul")},
    "__truediv__": arithmetic("__truediv__"),
}


def instance(learner: Learner, number: int, data: dict[str, Any]) -> Instance:
    """A stand-in of a class of its own, called as the learner's class, with its methods."""
    has = [name for name in wire.of_type(data["has"], list) if name in ASKED]
    asked = {name: OWN_WAYS.get(name, asked_method(name)) for name in has}
    members = {**DECIDING, **asked}
    return named_class(str(data["type"]), Instance, members)(learner, number, data)


def named_class(name: str, base: type, members: dict[str, Any]) -> type:
    """A class that is called `name`, as the real one is in messages and in `type(x).__name__`."""
    plain = name if name.isidentifier() and len(name) < 100 else "object"
    return type(plain, (base,), {**members, "__module__": "builtins"})


KINDS = {
    "function": named_class(
        "function", Function, {"__class__": property(lambda self: types.FunctionType)}
    ),
    "class": named_class("type", Class, {"__class__": property(lambda self: type)}),
    "instance": instance,
}
