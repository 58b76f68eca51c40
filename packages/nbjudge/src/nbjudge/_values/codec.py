"""The format of values between a learner's kernel and the judge: what is common to all types.

An allow-list. `dumps` takes values apart by their exact type, with the methods of the type itself:
a text of a class with its own `__str__` goes as what `==` says that it is. `loads` builds only
what is registered here, imports nothing and runs nothing of the sender's. Plain JSON stands for
None, booleans, short integers, finite floats, text and lists; everything else is an object
{"t": tag, ...}:

    numbers, text, containers, dates; numpy arrays and scalars; pandas Series, DataFrame, Index
        by value: type, dtype, index, missing values and order arrive as they were sent;
    pictures (PIL)
        by value: mode, size and pixels;
    charts (matplotlib) and maps (folium)
        as snapshots: a frozen copy of the accessors in snapshots.py;
    functions, classes, iterators and any other object
        by handle: the two ends decide what a handle is (see agent.py and remote.py).
"""

import abc
import base64
import json
import math
import types
from collections.abc import Callable
from typing import Any

from nbjudge._values.errors import Forged, Refused

Packed = Any  # what json makes of one value
Pack = Callable[["Packer", Any], Packed]
Open = Callable[["Unpacker", dict[str, Any]], Any]
SMALL = 2**53  # integers that every JSON reader gets right
DEEPEST_NESTING = 100  # containers within containers; Python's own stack allows for about 180

# What the judge may ask of an object that stays with the learner, besides its attributes. Equality,
# truth and order are not here: they are what a check decides by.
ASKED = (
    *("__len__", "__iter__", "__getitem__", "__contains__", "__call__", "__str__", "__repr__"),
    *("__add__", "__radd__", "__sub__", "__mul__", "__rmul__", "__truediv__", "__neg__"),
    *("__abs__", "__float__", "__int__", "__setitem__", "__enter__", "__exit__", "__next__"),
)

# The register: how each type is taken apart, by type, and put together, by tag.
FAMILIES: list[tuple[Callable[[type], bool], Pack]] = []  # asked first, whatever the base classes
PACKERS: dict[type, Pack] = {}  # of several base classes the first in the method order counts
OTHERS: list[tuple[Callable[[type], bool], Pack]] = []  # asked when no base class is registered
OPENERS: dict[str, Open] = {}
TYPES: dict[str, type] = {}  # types that are values themselves, by `name_of_type`
MUTABLE: dict[type, Callable[[Any, Any], None]] = {}  # what a call can change in place


def codec(tag: str, open: Open, *types: type, pack: Pack | None = None) -> None:
    """Register a type of value: `pack` makes an object with this tag of it, `open` undoes that.

    The type itself is then a value, too, so that a check can ask what a learner's `kind = int` is.
    """
    OPENERS[tag] = open
    for one in types:
        assert pack
        PACKERS[one] = pack
    type_values(*types)


def type_values(*types: type) -> None:
    """Register types that are values themselves."""
    TYPES.update({name_of_type(one): one for one in types})


def mutable(*types: type, copy: Callable[[Any, Any], None]) -> None:
    """Register types that a call can change: `copy(old, new)` makes `old` hold what `new` does."""
    MUTABLE.update(dict.fromkeys(types, copy))


def dumps(value: Any, handle: Callable[[Any], Packed] | None = None) -> str:
    """Text for `value`. `handle` makes a tagged object of what does not go by value."""
    return json.dumps(packed(value, handle), separators=(",", ":"), allow_nan=False)


def packed(value: Any, handle: Callable[[Any], Packed] | None = None) -> Packed:
    """What `dumps` makes text of. Refused is all that it raises, whatever a class does."""
    try:
        return Packer(handle).pack(value)
    except Refused:
        raise
    except RecursionError:
        raise Refused("a value that is nested too deeply") from None
    except Exception as error:
        raise Refused(f"a value that cannot be taken apart ({type(error).__name__})") from None


def loads(text: str, handle: Callable[[dict], Any] | None = None) -> Any:
    """The value of `text`. `handle` makes something of tagged objects with an unknown tag."""
    try:
        data = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Forged(f"not in the judge's format ({type(error).__name__})") from None
    return unpacked(data, handle)


def unpacked(
    data: Packed,
    handle: Callable[[dict], Any] | None = None,
    arrays: dict[Any, Any] | None = None,
) -> Any:
    """What `loads` makes of the text of this. Refused is all that it raises."""
    try:
        return Unpacker(handle, arrays).unpack(data)
    except Refused:
        raise
    except (Exception, RecursionError) as error:
        raise Forged(f"not in the judge's format ({type(error).__name__})") from None


def refuse_constant(name: str) -> None:
    raise Forged(f"a bare {name}")


def name_of(value: Any) -> str:
    """How a refused value is called, by the type that it really has."""
    return name_of_type(type(value)).removeprefix("builtins.")


def name_of_type(cls: type) -> str:
    """With its module: Python's bool and numpy's have one name."""
    return f"{cls.__module__}.{cls.__qualname__}"


def by_value(cls: type) -> bool:
    """Whether objects of a class travel by value, so that none of them stays with the learner."""
    return (
        cls in TYPES.values()
        or any(base in PACKERS for base in cls.__mro__[:-1])
        or any(belongs(cls) for belongs, _ in (*FAMILIES, *OTHERS))
    )


def origin_of(value: Any) -> str:
    """Where something was defined: "numpy", "math.sqrt"; "" where it does not say so."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    parts = (getattr(value, "__module__", None), getattr(value, "__qualname__", None))
    return ".".join(map(str, parts)) if all(isinstance(one, str) for one in parts) else ""


def base64_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def of_base64(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)


def of_type(data: Any, *kinds: type) -> Any:
    if type(data) not in kinds:
        raise Forged(f"a {type(data).__name__} in the place of a {kinds[0].__name__}")
    return data


def behind_a_dot(values: list[Any]) -> list[Any]:
    """No function: `x.equals(wanted)` would let the learner's code say what is equal."""
    if any(callable(one) for one in values):
        raise Refused("a function as a named part of a value")
    return values


class Packer:
    def __init__(self, handle: Callable[[Any], Packed] | None) -> None:
        self.handle = handle
        self.depth = 0
        self.seen: dict[int, int] = {}  # snapshots already in this text, so that they stay one
        self.kept: list[Any] = []  # what `seen` knows by id must stay alive

    def pack(self, value: Any) -> Packed:
        cls = type(value)
        if value is None or cls is bool:
            return value
        if cls is str:
            return pack_text(value)
        if cls is int:
            return value if -SMALL < value < SMALL else {"t": "int", "v": hex(value)}
        if cls is float:
            if math.isfinite(value):
                return value
            sign = "-" if math.copysign(1, value) < 0 else ""  # which NaN has too
            return {"t": "float", "v": sign + repr(value).lstrip("-")}
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise Refused("a value that is nested too deeply")
        try:
            return self.tagged(value, cls)
        finally:
            self.depth -= 1

    def tagged(self, value: Any, cls: type) -> Packed:
        for belongs, pack in FAMILIES:
            if belongs(cls):
                return pack(self, value)
        for base in cls.__mro__[:-1]:
            if base in PACKERS:
                return PACKERS[base](self, value)
        for belongs, pack in OTHERS:
            if belongs(cls):
                return pack(self, value)
        if cls in (type, abc.ABCMeta) and value in TYPES.values():
            return {"t": "type", "v": name_of_type(value)}
        return self.by_handle(value)

    def by_handle(self, value: Any) -> Packed:
        if self.handle is None:
            raise Refused(f"an object of the type {name_of(value)}")
        return self.handle(value)

    def items(self, values: Any) -> list[Packed]:
        return [self.pack(one) for one in values]


def pack_text(text: str) -> Packed:
    """As it is; but JSON would make one character of two surrogates that follow each other."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"t": "str", "v": base64_of(text.encode("utf-32-le", "surrogatepass"))}
    return text


class Unpacker:
    def __init__(
        self, handle: Callable[[dict], Any] | None, arrays: dict[Any, Any] | None = None
    ) -> None:
        self.handle = handle
        self.snapshots: dict[int, Any] = {}
        self.arrays = {} if arrays is None else arrays  # by number on the other side, and content

    def unpack(self, data: Packed) -> Any:
        if isinstance(data, list):
            return [self.unpack(one) for one in data]
        if not isinstance(data, dict):
            return data
        tag = data["t"]
        if tag in OPENERS:
            return OPENERS[tag](self, data)
        if self.handle is None or not isinstance(tag, str):
            raise Forged(f"an unknown tag {str(tag)[:40]!r}")
        return self.handle(data)

    def items(self, data: Packed) -> list[Any]:
        return [self.unpack(one) for one in of_type(data, list)]


codec("type", lambda unpacker, data: TYPES[data["v"]])
