"""Objects that stay with the learner, as a check sees them: each use of one asks the kernel.

A check never decides by what the learner's code says of equality, truth or order: such a use is
refused, and the check cannot be judged.
"""

import contextlib
import inspect
import linecache
import operator
import sys
import types
from typing import Any, NoReturn, Protocol

from nbjudge._values.codec import ASKED, by_value, of_type, origin_of
from nbjudge._values.errors import Forged, Refused
from nbjudge._values.snapshots import Snapshot

LONGEST_LOOP = 1_000_000  # items taken of one iterator
MOST_CLASSES = 50  # that one object may say it is of


class Remote(Protocol):
    """Who asks the kernel: remote.RemoteNamespace."""

    used: set[int]  # classes that this check has called, or told instances by
    made: set[int]  # instances that a check has made
    words: frozenset[str]  # names that stand in the check that runs
    modules: frozenset[str]  # modules that the assignment imports, and harmless ones

    def ask(self, **question: Any) -> dict[str, Any]: ...
    def source(self, number: int) -> str: ...
    def texts(self, **question: Any) -> list[str]: ...
    def value(self, reply: dict[str, Any]) -> Any: ...
    def call(self, op: str, number: int, args: tuple, named: dict, **more: Any) -> Any: ...
    def pack(self, value: Any) -> Any: ...
    def refuse(self, refused: Refused) -> NoReturn: ...


class Proxy:
    """Stands for an object in the learner's kernel."""

    _remote: Remote
    _number: int

    def __init__(self, remote: Remote, number: int, data: dict[str, Any]) -> None:
        self.__dict__.update(_remote=remote, _number=number)

    def __getattribute__(self, name: str) -> Any:
        """The learner's own __init__, not this one."""
        return attribute(self, name) if name == "__init__" else super().__getattribute__(name)

    def __reduce__(self) -> NoReturn:
        self._remote.refuse(
            Refused("the check makes a copy of an object of the learner's: compare attributes")
        )

    def __mro_entries__(self, bases: tuple) -> NoReturn:
        self._remote.refuse(
            Refused("the check makes a class of one of the learner's: make it in the answer")
        )

    def __dir__(self) -> list[str]:
        return self._remote.texts(op="dir", n=self._number)

    def _expected(self) -> bool:
        """Whether the check knows that this is of a class of the learner's."""
        return False


TOLD = frozenset(  # of all that has a name with two underscores
    "__annotations__ __code__ __defaults__ __init__ __kwdefaults__ __wrapped__".split()
)


def attribute(proxy: Proxy, name: str) -> Any:
    """An attribute, as a value or a proxy.

    A check may take for a table what is an object with a method `equals` that always says yes. So
    where it has not used the object's class, methods are called without arguments only.
    """
    if name.startswith("__") and name.endswith("__") and name not in TOLD:
        raise AttributeError(name)
    remote = proxy._remote
    value = remote.value(remote.ask(op="attribute", n=proxy._number, name=name))
    if proxy._expected() or not isinstance(value, Proxy) or not callable(value):
        return value
    if isinstance(proxy, Instance) and proxy._known_method(name):
        return value
    kind: type = Method
    if isinstance(value, Instance):  # which can do more than be called
        kind = named_class(type(value).__name__, type(value), {"__call__": Method.__call__})
    method: Proxy = object.__new__(kind)
    method.__dict__.update(value.__dict__, _of=type(proxy).__name__, _function=value, _called=name)
    return method


class Function(Proxy):
    def __init__(self, remote: Remote, number: int, data: dict[str, Any]) -> None:
        super().__init__(remote, number, data)
        self.__dict__.update(__name__=str(data["name"]), __doc__=data["doc"] and str(data["doc"]))
        self.__dict__["__qualname__"] = self.__name__
        self.__dict__["_origin"] = str(data.get("origin", ""))

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._remote.call("call", self._number, args, named)

    def __eq__(self, other: Any) -> bool:
        """A function of a module, which the check has too, is known by where it is defined."""
        if isinstance(other, Proxy) or not callable(other) or self._origin.startswith("__main__"):
            return self is other
        return self._origin == origin_of(other) != ""

    __hash__ = object.__hash__

    @property
    def __signature__(self) -> inspect.Signature:
        told = self._remote.value(self._remote.ask(op="signature", n=self._number))
        try:
            return signature(told)
        except Exception:
            self._remote.refuse(Forged("a signature that no function has"))

    def __getattr__(self, name: str) -> Any:
        told = attribute(self, name)
        return code_of(self, told) if name == "__code__" and isinstance(told, Instance) else told


def code_of(function: Function, told: "Instance") -> Any:
    """The code of a function, with what Python's `inspect` needs to find the function's text."""

    def file(self: Proxy) -> str:
        text = self._remote.source(function._number)
        name = f"<function {function._number}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        return name

    members = {"co_filename": property(file), "co_firstlineno": 1}
    members["__class__"] = property(lambda self: types.CodeType)
    code: Any = object.__new__(named_class("code", type(told), members))
    code.__dict__.update(told.__dict__)
    return code


def signature(told: list) -> inspect.Signature:
    """Of names, kinds and default values; a list of the default, or of none."""
    kinds = {int(kind): kind for kind in inspect._ParameterKind}
    return inspect.Signature(
        [
            inspect.Parameter(name, kinds[kind], default=default[0] if default else inspect._empty)
            for name, kind, default in told
        ]
    )


class Method(Proxy):
    """What is reached through an object that the check may take for something else."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        if (args or named) and self._called != "send":  # only of a generator: no value has it
            said = f"the check calls {self._called}(...) of a {self._of}, which may be the "
            said += "learner's own code: let it first assert isinstance(..., "
            self._remote.refuse(Refused(f"{said}{self._of})"))
        return self._function(*args, **named)

    def __eq__(self, other: Any) -> bool:
        return self is other or self._function == other

    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Any:
        return attribute(self, name)


class Class(Function):
    """A class that the learner made: calling it gives an instance."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        self._remote.used.add(self._number)
        instance = super().__call__(*args, **named)
        if isinstance(instance, Instance):
            self._remote.made.add(instance._number)
        return instance

    def _expected(self) -> bool:
        return self._number in self._remote.used

    def __instancecheck__(self, value: Any) -> bool:
        self._remote.used.add(self._number)
        if not isinstance(value, Proxy):
            return False
        remote = self._remote
        asked = remote.ask(op="isinstance", n=self._number, value=remote.pack(value))
        return remote.value(asked) is True


def refused_use(name: str) -> Any:
    def refuse(self: Proxy, *args: Any) -> NoReturn:
        said = f"the check asks for {name} of a {type(self).__name__}, which the learner's own "
        said += "code would answer: compare attributes, or let a cell turn it into plain data"
        self._remote.refuse(Refused(said))

    return refuse


class Instance(Proxy):
    """Any other object. Its attributes and methods are asked for; what it equals is not."""

    def __init__(self, remote: Remote, number: int, data: dict[str, Any]) -> None:
        super().__init__(remote, number, data)
        self.__dict__["_kinds"] = frozenset(of_type(data["kinds"], list))
        self.__dict__["_real"] = None

    def _expected(self) -> bool:
        return self._number in self._remote.made or bool(self._kinds & self._remote.used)

    def _known_method(self, name: str) -> bool:
        """Whether this says that it is of a library's class which the check names, and which has
        such a method: a liar can choose what it gives back, but not what it is taken for."""
        real = self.__dict__["_real"]
        if real is None or not hasattr(real, name):
            return False
        return any(base.__name__ in self._remote.words for base in real.__mro__[:-1])

    def __getattr__(self, name: str) -> Any:
        return attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        refused_use(f"a change of {name}")(self)


def next_item(self: Proxy) -> Any:
    taken = self.__dict__["_taken"] = self.__dict__.get("_taken", 0) + 1
    if taken > LONGEST_LOOP:
        self._remote.refuse(Refused(f"more than {LONGEST_LOOP} items of an iterator"))
    reply = self._remote.ask(op="next", n=self._number)
    if reply.get("done"):
        raise StopIteration
    return self._remote.value(reply)


DECIDING = {  # what a check decides by cannot be left to the learner's code
    **{f"__{op}__": refused_use("a comparison") for op in ("eq", "ne", "lt", "le", "gt", "ge")},
    "__bool__": refused_use("the truth"),
    "__hash__": object.__hash__,
}


def asked_method(name: str) -> Any:
    def method(self: Proxy, *args: Any, **named: Any) -> Any:
        return self._remote.call("method", self._number, args, named, name=name)

    return method


def arithmetic(name: str) -> Any:
    """Between the learner's objects, or a multiple of one. `x - 42` would tell the learner what
    to be, and `abs(x - 42) < 0.1` is what a check decides by."""

    def method(self: Proxy, other: Any) -> Any:
        theirs = isinstance(other, Proxy) or (name == "__radd__" and other == 0)  # as in sum()
        if theirs or name in ("__mul__", "__rmul__"):
            result = asked_method(name)(self, other)
            if theirs or isinstance(result, Proxy):
                return result
        return refused_use("arithmetic")(self)

    return method


def contains(self: Any, value: Any) -> bool:
    """Whether its items show it. The learner's code is never told the value."""
    try:
        items = iter(self)
    except TypeError:
        return refused_use("`in`, which no items of it show,")(self)
    return any(one is value or one == value for one in items)


OWN_WAYS = {
    "__next__": next_item,
    "__contains__": contains,
    **{f"__{op}__": arithmetic(f"__{op}__") for op in ("add", "radd", "sub", "mul", "rmul")},
    "__truediv__": arithmetic("__truediv__"),
}


def instance(remote: Remote, number: int, data: dict[str, Any]) -> Instance:
    """A proxy of a class of its own, called as the learner's class, with its methods."""
    has = [name for name in of_type(data["has"], list) if name in ASKED]
    asked = {name: OWN_WAYS.get(name, asked_method(name)) for name in has}
    members: dict[str, Any] = {**DECIDING, **asked}
    told = of_type(data.get("classes", []), list)[:MOST_CLASSES]
    classes = [library_class(remote, path) for path in told]
    real = next((cls for cls in classes if cls), None)
    if real:
        members["__class__"] = property(lambda self: real)
    made = named_class(str(data["type"]), Instance, members)(remote, number, data)
    made.__dict__.update(_real=real, _exact=classes[0] if classes else None)
    return made


def library_class(remote: Remote, path: Any) -> type | None:
    """The judge's own class of this "module:name", if the assignment imports its package.

    None for a class whose objects travel by value: only a liar says that an object is of such.
    """
    module, _, name = of_type(path, str).partition(":")
    tops = {one.partition(".")[0] for one in remote.modules}
    if module.partition(".")[0] not in tops or module not in sys.modules:
        return None
    with contextlib.suppress(AttributeError):
        cls = operator.attrgetter(name)(sys.modules[module])
        if isinstance(cls, type) and not by_value(cls):
            return cls
    return None


def class_of(value: Any) -> Any:
    """What `type(value)` is in a check: for an object of the learner's, the class it has there."""
    if not isinstance(value, Proxy):
        return value.__class__ if isinstance(value, Snapshot) else type(value)
    if not isinstance(value, Instance):
        return value.__class__
    if exact := value.__dict__["_exact"]:
        return exact
    remote = value._remote
    return remote.value(remote.ask(op="class", n=value._number))


def named_class(name: str, base: type, members: dict[str, Any]) -> type:
    """A class that is called `name`, as the real one is in messages and in `type(x).__name__`."""
    safe = name if name.isidentifier() and len(name) < 100 else "object"
    return type(safe, (base,), {**members, "__module__": "builtins"})


KINDS: dict[str, Any] = {
    "function": named_class(
        "function", Function, {"__class__": property(lambda self: types.FunctionType)}
    ),
    "class": named_class("type", Class, {"__class__": property(lambda self: type)}),
    "instance": instance,
}
