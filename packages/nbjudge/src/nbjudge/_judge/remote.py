"""The learner's names, as the judge sees them: asked over the kernel's ordinary shell channel.

Runs in the check runner. `RemoteNamespace.get(name)` gives a value; a function, a class, an
iterator or any other object comes as a proxy that asks the kernel when it is used.
"""

import contextlib
import dis
import importlib
import json
import marshal
import operator
import sys
import time
import types
from base64 import b64encode
from collections.abc import Iterable
from typing import Any, NoReturn

import zmq
from jupyter_client.session import Session

from nbjudge._judge.changes import Held, changed_names
from nbjudge._judge.proxies import KINDS, Proxy, named_class
from nbjudge._kernel.work import TICK, Budget, WorkClock
from nbjudge._values import codec
from nbjudge._values.codec import MUTABLE, of_type, origin_of
from nbjudge._values.errors import Forged, Late, Refused
from nbjudge._values.plain import EXCEPTIONS
from nbjudge._values.snapshots import Snapshot, fill_axes, is_empty_axes

AGENT = "__import__('nbjudge._kernel.agent', fromlist=['answer'])"
CLOCK_NS = 20_000_000  # nanoseconds by which a file's time may lag behind the clock
STEADY = frozenset(  # methods whose answer stays the same, until something else is called
    "__len__ __str__ __repr__ __getitem__ __float__ __int__ __abs__ __neg__".split()
)
FOREIGN = 1000  # messages that answer nothing we asked, before we stop listening


class Missing(KeyError):
    """The learner has no such name."""


class RemoteNamespace:
    """Asks one kernel. What the learner's functions print is printed here, as they return.

    Trouble is remembered: a check that swallowed a refusal has still not been judged.
    """

    def __init__(
        self,
        info: dict[str, Any],
        reply_limit: int,
        modules: Iterable[str],
        kernel: int | None = None,
        cells: Iterable[str] = (),
    ) -> None:
        self.modules = frozenset(modules)
        self.cells = [*cells]  # the text of the learner's own cells
        self.reply_limit = reply_limit
        self.trouble: Refused | None = None
        self.clock = WorkClock()
        self.clock.follow([kernel] if kernel else [])
        self.time = Budget(self.clock, 0, 1)
        self.since = time.time_ns()  # before the first cell
        self.questions = 0
        self.words: frozenset[str] = frozenset()  # that stand in the check that runs
        self.proxies: dict[int, Any] = {}
        self.errors: dict[tuple[str, ...], type[Exception]] = {}
        self.used: set[int] = set()  # classes that this check has called, or told instances by
        self.made: set[int] = set()  # instances that a check has made
        self.shared: list[Any] = []  # the mutable values in the question that is being made
        self.sending: list[types.FunctionType] = []  # the check's functions in it
        self.open_to_change: set[int] = set()  # places of those that the call may change
        self.held = Held()  # what the teacher's cells hold
        self.frozen = False  # whether no call changes anything
        self.changes = 0  # that calls have made since the check began
        self.kept = 0  # changes that were not made, since the value is the teacher's
        self.arrays: dict[Any, Any] = {}  # of the learner's names, in this check
        self.answers: dict[str, dict[str, Any]] = {}  # what objects said of themselves, by question
        key = info["key"]
        self.session = Session(key=key if isinstance(key, bytes) else key.encode())
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.maxmsgsize = 2 * reply_limit
        self.socket.connect(f"{info['transport']}://{info['ip']}-{info['shell_port']}")

    def begin(
        self,
        seconds: float,
        wall_factor: float = 1,
        rest_of: float | None = None,
        held: Iterable[Any] = (),
    ) -> None:
        """Start on a check: it has this long, and no call changes what is `held`."""
        self.time = Budget(self.clock, seconds, wall_factor, rest_of)
        self.held, self.frozen = Held(held), False
        self.begin_anew()

    def begin_again(self) -> None:
        """Start on the same check once more, in the same time; now no call changes anything."""
        self.frozen = True
        self.begin_anew()

    def begin_anew(self) -> None:
        self.trouble = None
        self.used = set()
        self.changes = self.kept = 0
        self.answers, self.arrays = {}, {}

    def refuse(self, refused: Refused) -> NoReturn:
        self.trouble = self.trouble or refused
        raise refused

    # Asking

    def ask(self, **question: Any) -> dict[str, Any]:
        """The agent's reply, its error raised as an exception of the same kind."""
        if self.trouble:
            raise self.trouble
        shared, self.shared = dict(enumerate(self.shared)), []  # for this reply only
        text = json.dumps(question)
        steady = question["op"] in ("attribute", "dir", "isinstance", "source") or (
            question["op"] == "method" and question["name"] in STEADY
        )
        try:
            if steady and text in self.answers:
                reply = self.answers[text]
            else:
                self.questions += 1
                reply = self.parse(self.exchange(text))
                if "printed" in reply:  # here and now, so that a check's redirect_stdout sees it
                    sys.stdout.write(of_type(reply["printed"], str))
                if steady:
                    self.answers[text] = reply
                elif question["op"] in ("call", "method", "next", "set", "del"):  # may change any
                    self.answers = {}
            if "refused" in reply:
                raise Refused(str(reply["refused"])[:300])
            for number, data in reply.get("changed", []):
                self.change(number, shared[number], codec.unpacked(data, self.open))
            error = self.error(reply["error"]) if "error" in reply else None
        except Refused as refused:
            self.refuse(refused)
        except (Exception, RecursionError) as forged:
            self.refuse(Forged(f"a reply not in the judge's format ({type(forged).__name__})"))
        if error:
            raise error
        return reply

    def change(self, number: int, value: Any, changed: Any) -> None:
        """Repeat here what a call did to a value, where it may."""
        if isinstance(changed, Snapshot):  # in which nothing was that a check could compare with
            return fill_axes(value, changed)
        if type(value) is not type(changed):
            raise Forged("an argument that changed its type")
        if type(value) not in MUTABLE:
            raise Forged("a change to what cannot change")
        if number in self.open_to_change and not self.frozen:
            MUTABLE[type(value)](value, changed)
            self.changes += 1
        else:
            self.kept += 1

    def exchange(self, question: str) -> str:
        content = {
            "code": "",
            "silent": True,
            "store_history": False,
            "allow_stdin": False,
            "stop_on_error": False,
            "user_expressions": {"r": f"{AGENT}.answer({question!r})"},
        }
        request = self.session.send(self.socket, "execute_request", content)
        assert request
        sent = request["header"]["msg_id"]
        for _ in range(FOREIGN):
            while not self.socket.poll(int(1000 * TICK)):
                self.check_time()
            _, message = self.session.recv(self.socket, mode=0)
            if message and message["parent_header"].get("msg_id") == sent:
                reply = message["content"]["user_expressions"]["r"]
                break
            self.check_time()
        else:
            raise Forged("messages that answer no question")
        if reply["status"] != "ok":
            raise Refused(f"no answer from the kernel ({str(reply.get('ename'))[:60]})")
        text = reply["data"]["application/json"]
        if not isinstance(text, str):
            raise Forged("an answer that is not text")
        if len(text) > self.reply_limit:
            raise Refused(f"a value larger than {self.reply_limit // 2**20} MB")
        return text

    def check_time(self) -> None:
        if self.time.over:
            raise Late(f"the learner's code did not answer: it {self.time.said()}")

    def parse(self, text: str) -> dict[str, Any]:
        reply = json.loads(text, parse_constant=codec.refuse_constant)
        if not isinstance(reply, dict):
            raise Forged("an answer without parts")
        return reply

    def value(self, reply: dict[str, Any], arrays: dict[Any, Any] | None = None) -> Any:
        try:
            if "value" not in reply:
                raise Forged("an answer without a value")
            return codec.unpacked(reply["value"], self.open, arrays)
        except Refused as refused:
            self.refuse(refused)

    def error(self, told: dict[str, Any]) -> Exception:
        """The learner's exception as one of the same class, as far as that has one here."""
        of = tuple(str(name)[:80] for name in told["of"])
        if "Exception" not in of:  # KeyboardInterrupt, SystemExit: no answer to any question
            raise Refused(f"code that raises {of[0]}")
        args = [codec.unpacked(one, self.open) for one in told["args"]]
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
        if of[0] in EXCEPTIONS:
            return EXCEPTIONS[of[0]]
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
        return self.value(reply, self.arrays)

    def module(self, name: Any) -> types.ModuleType:
        """The judge's own module of this name, if the assignment itself imports it."""
        if not isinstance(name, str) or name not in self.modules:
            said = f"the check uses the module {str(name)[:60]}, which the assignment never imports"
            self.refuse(Refused(f"{said}: import it in the check"))
        return importlib.import_module(name)

    def compare(self, name: str, own: Any) -> None:
        """See to it that the learner has imported this, too. What it does is the judge's own."""
        reply = self.ask(op="origin", name=name)
        if reply.get("missing"):
            raise Missing(name)
        mine = origin_of(own)
        if mine and self.value(reply) != mine:
            said = f"{name}, which is {str(reply['value'])[:60] or 'something else'} here"
            self.refuse(Refused(f"{said}, and {mine} in the assignment"))

    def names(self) -> list[str]:
        """The names that the learner has."""
        return self.texts(op="names")

    def texts(self, **question: Any) -> list[str]:
        """The reply to a question that asks for names."""
        told = self.value(self.ask(**question))
        if type(told) is not list or not all(type(one) is str for one in told):
            self.refuse(Forged("something else in the place of names"))
        return told

    def source(self, number: int) -> str:
        """The text of a function. A lie can only show other lines that were handed in."""
        text = self.value(self.ask(op="source", n=number))
        lines = f"\n{text}".removesuffix("\n") + "\n"
        if type(text) is not str or not any(lines in f"\n{cell}\n" for cell in self.cells):
            said = "the check asks for the text of a function, which no cell of the learner's has"
            self.refuse(Refused(f"{said}: ask for values"))
        return text

    def written(self, files: list[str]) -> list[str]:
        """Which of these files, in the kernel's folder, were written by its code."""
        since = self.since - CLOCK_NS
        return self.texts(op="written", files=files, since=since)

    def lend(self, name: str, value: Any) -> None:
        """Let the learner's code use a name that a check has bound, if its value can travel."""
        self.shared, self.sending, self.open_to_change = [], [], set()
        try:
            if isinstance(value, types.ModuleType):
                packed: codec.Packed = {"t": "module", "v": value.__name__}
            else:
                packed = codec.packed(value, self.send)
        except Refused:
            return
        self.ask(op="set", name=name, value=packed)

    def set(self, name: str, value: Any) -> None:
        self.ask(op="set", name=name, value=self.pack(value))

    def delete(self, name: str) -> None:
        self.ask(op="del", name=name)

    # Values to send

    def pack(self, value: Any) -> codec.Packed:
        self.shared, self.sending, self.open_to_change = [], [], set()
        try:
            return codec.packed(value, self.send)
        except Refused as refused:
            self.refuse(refused)

    def send(self, value: Any) -> dict[str, Any]:
        """What is sent besides plain values: a proxy's own handle, and the judge's functions."""
        if isinstance(value, Proxy):
            return {"t": "yours", "n": value._number}
        home = getattr(value, "__objclass__", value)  # str, for str.upper
        module, name = getattr(home, "__module__", None), getattr(value, "__qualname__", "")
        if callable(value) and module in sys.modules and module != "__main__":
            with contextlib.suppress(AttributeError):
                if operator.attrgetter(name)(sys.modules[module]) is value:
                    return {"t": "named", "module": module, "v": name}
        if type(value) is types.FunctionType:
            return self.send_code(value)
        raise Refused(
            f"the check hands over a {codec.name_of(value)}, which cannot be brought to the "
            "learner's code: hand over plain data, or let the function make it"
        )

    def given(self, value: Any, changes: bool = True) -> codec.Packed:
        """An argument, or what a function in it uses: numbered, if it is of a kind that changes.

        `changes` says whether a change to it is to be seen here.
        """
        empty = is_empty_axes(value)
        if type(value) not in MUTABLE and not empty:
            return codec.packed(value, self.send)
        place = next((n for n, one in enumerate(self.shared) if one is value), len(self.shared))
        if changes and value not in self.held:
            self.open_to_change.add(place)
        if place < len(self.shared):
            return {"t": "shared", "n": place}
        self.shared.append(value)
        packed = {"t": "axes"} if empty else codec.packed(value, self.send)
        return {"t": "shared", "n": place, "v": packed}

    def send_code(self, function: types.FunctionType) -> dict[str, Any]:
        """A function of the check, with the names that it uses, which it may itself be."""
        place = next((n for n, one in enumerate(self.sending) if one is function), None)
        if place is not None:
            return {"t": "code", "n": place}
        self.sending.append(function)
        packed = {"t": "code", "n": len(self.sending) - 1}
        used, modules = {}, {}
        for name in sorted(global_names(function.__code__)):
            try:
                value = function.__globals__[name]  # a name of the learner's, perhaps
            except KeyError:
                continue  # a builtin one, or none that is bound yet
            if isinstance(value, types.ModuleType):
                modules[name] = value.__name__
            else:
                used[name] = value
        closure = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        cells = {name: cell.cell_contents for name, cell in closure}
        mutable = [name for name, one in [*used.items(), *cells.items()] if type(one) in MUTABLE]
        changed = changed_names(function.__code__, mutable)
        return packed | {
            "v": b64encode(marshal.dumps(function.__code__)).decode("ascii"),
            "name": function.__name__,
            "defaults": self.given(function.__defaults__),
            "named": self.given(function.__kwdefaults__),
            "cells": [self.given(one, name in changed) for name, one in cells.items()],
            "names": {name: self.given(one, name in changed) for name, one in used.items()},
            "modules": modules,
        }

    # Proxies

    def open(self, data: dict[str, Any]) -> Any:
        """A proxy for what the kernel keeps; the same one for the same object."""
        number = of_type(data["n"], int)
        self.made.discard(number)  # what comes in another way may stand for another answer
        if number not in self.proxies:
            if data["t"] not in KINDS:
                raise Forged(f"an unknown tag {str(data['t'])[:40]!r}")
            if "of" in data:
                return self.error_class(tuple(map(str, of_type(data["of"], list))))
            self.proxies[number] = KINDS[data["t"]](self, number, data)
        return self.proxies[number]

    def call(self, op: str, number: int, args: tuple, named: dict, **more: Any) -> Any:
        """Call something there, and repeat here what the call did to the mutable values."""
        self.shared, self.sending, self.open_to_change = [], [], set()
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
