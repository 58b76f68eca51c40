"""How values of Python's own types, of numpy and of PIL travel: pack and open side by side."""

import builtins
import collections
import datetime as dt
import decimal
import fractions
import keyword
import math
import re
import types
import zoneinfo
from collections.abc import Callable
from typing import Any

import numpy as np

from nbjudge._values.codec import (
    FAMILIES,
    OTHERS,
    PACKERS,
    Packed,
    Packer,
    Unpacker,
    base64_of,
    behind_a_dot,
    codec,
    dumps,
    mutable,
    name_of,
    of_base64,
    of_type,
    pack_text,
    type_values,
)
from nbjudge._values.errors import Forged, Refused

PLAIN_KINDS = "biufcmMSU"  # numpy's kinds that are their bytes: no objects, no fields
LARGEST_ITEM = 4_000_000  # bytes of one numpy item


def fields(base: type, value: Any, names: str) -> list[Any]:
    """What these fields hold, even where a subclass has others of the same name."""
    return [vars(base)[name].__get__(value) for name in names.split()]


def own_bytes(value: bytes) -> str:
    """The bytes that the base type itself holds, whatever a subclass says."""
    return base64_of(bytes.__getitem__(value, slice(None)))


def by_text(tag: str, text: Callable[[Any], str]) -> Callable[[Packer, Any], Packed]:
    return lambda packer, value: {"t": tag, "v": text(value)}


def by_items(tag: str, base: Any) -> Callable[[Packer, Any], Packed]:
    """The items that the base type itself holds, whatever a subclass says."""
    return lambda packer, value: {"t": tag, "v": packer.items(base.__iter__(value))}


# Numbers and text


def open_float(unpacker: Unpacker, data: dict) -> float:
    return {"nan": math.nan, "-nan": -math.nan, "inf": math.inf, "-inf": -math.inf}[data["v"]]


def open_complex(unpacker: Unpacker, data: dict) -> complex:
    real, imag = unpacker.items(data["v"])
    return complex(of_type(real, float), of_type(imag, float))


def open_int(unpacker: Unpacker, data: dict) -> int:
    return int(of_type(data["v"], str), 16)


def open_text(unpacker: Unpacker, data: dict) -> str:
    return of_base64(data["v"]).decode("utf-32-le", "surrogatepass")


def pack_complex(packer: Packer, value: complex) -> Packed:
    return {"t": "complex", "v": packer.items(fields(complex, value, "real imag"))}


def pack_fraction(packer: Packer, value: fractions.Fraction) -> Packed:
    parts = fields(fractions.Fraction, value, "numerator denominator")
    return {"t": "Fraction", "v": packer.items(parts)}


def open_fraction(unpacker: Unpacker, data: dict) -> fractions.Fraction:
    return fractions.Fraction(*(of_type(n, int) for n in unpacker.items(data["v"])))


def own_bytearray(value: bytearray) -> str:
    return base64_of(bytes(bytearray.copy(value)))


codec("int", open_int, int, pack=lambda packer, value: packer.pack(int.__int__(value)))
codec("float", open_float, float, pack=lambda packer, value: packer.pack(float.__float__(value)))
codec("str", open_text, str, pack=lambda packer, value: pack_text(str.__str__(value)))
codec("complex", open_complex, complex, pack=pack_complex)
codec("Fraction", open_fraction, fractions.Fraction, pack=pack_fraction)
codec(
    "Decimal",
    lambda unpacker, data: decimal.Decimal(of_type(data["v"], str)),
    decimal.Decimal,
    pack=by_text("Decimal", decimal.Decimal.__str__),
)
codec(
    "bytes",
    lambda unpacker, data: of_base64(data["v"]),
    bytes,
    pack=by_text("bytes", own_bytes),
)
codec(
    "bytearray",
    lambda unpacker, data: bytearray(of_base64(data["v"])),
    bytearray,
    pack=by_text("bytearray", own_bytearray),
)
codec("...", lambda unpacker, data: ..., type(...), pack=lambda packer, value: {"t": "..."})


# Containers


DICTS: dict[type, str] = {
    dict: "dict",
    collections.OrderedDict: "OrderedDict",
    collections.Counter: "Counter",
    collections.defaultdict: "defaultdict",
}


def pack_list(packer: Packer, value: list) -> Packed:
    return packer.items(list.__iter__(value))


def pack_tuple(packer: Packer, value: tuple) -> Packed:
    fields = getattr(type(value), "_fields", None)
    packed = {"t": "tuple", "v": packer.items(tuple.__iter__(value))}
    if type(value) is not tuple and type(fields) is tuple and len(fields) == len(packed["v"]):
        packed |= {"name": type(value).__name__, "fields": list(map(str, fields))}
    return packed


def open_tuple(unpacker: Unpacker, data: dict) -> tuple:
    items = unpacker.items(data["v"])
    if "fields" not in data:
        return tuple(items)
    names = [data["name"], *of_type(data["fields"], list)]
    if not all(isinstance(n, str) and is_name(n) for n in names) or len(names) > 200:
        raise Forged("a named tuple with an odd name")
    return collections.namedtuple(names[0], names[1:])(*behind_a_dot(items))


def is_name(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,99}", text)) and not keyword.iskeyword(text)


class OpenDict(dict):
    """A dict whose items are attributes, too, such as scipy's and scikit-learn's results."""

    def __getattr__(self, name: str) -> Any:
        if name not in self or callable(self[name]):
            raise AttributeError(name)
        return self[name]


def pack_dict(packer: Packer, value: dict) -> Packed:
    rows = [[packer.pack(k), packer.pack(v)] for k, v in dict.items(value)]
    base = next(base for base in type(value).__mro__ if base in DICTS)
    packed: dict[str, Packed] = {"t": "dict", "v": rows, "of": DICTS[base]}
    if hasattr(type(value), "__getattr__"):
        packed["attributes"] = True
    if base is collections.defaultdict:
        packed["new"] = packer.pack(vars(base)["default_factory"].__get__(value))
    return packed


def open_dict(unpacker: Unpacker, data: dict) -> dict:
    rows = of_type(data["v"], list)
    value = {unpacker.unpack(k): unpacker.unpack(v) for k, v in rows}
    if data["of"] == "dict":
        return OpenDict(value) if data.get("attributes") else value
    if data["of"] == "defaultdict":
        return collections.defaultdict(unpacker.unpack(data["new"]), value)
    return {"OrderedDict": collections.OrderedDict, "Counter": collections.Counter}[data["of"]](
        value
    )


def pack_deque(packer: Packer, value: collections.deque) -> Packed:
    items = packer.items(collections.deque.__iter__(value))
    return {"t": "deque", "v": items, "max": collections.deque.maxlen.__get__(value)}


def open_deque(unpacker: Unpacker, data: dict) -> collections.deque:
    return collections.deque(unpacker.items(data["v"]), of_type(data["max"], int, type(None)))


def open_dict_view(view: str) -> Callable[[Unpacker, dict], Any]:
    def opened(unpacker: Unpacker, data: dict) -> Any:
        items = unpacker.items(data["v"])
        if view == "keys":
            return dict.fromkeys(items).keys()
        return dict(enumerate(items)).values() if view == "values" else dict(items).items()

    return opened


def pack_span(tag: str) -> Callable[[Packer, Any], Packed]:
    """Of a range or a slice."""
    return lambda packer, value: {
        "t": tag,
        "v": packer.items([value.start, value.stop, value.step]),
    }


def pack_view(tag: str) -> Callable[[Packer, Any], Packed]:
    return lambda packer, value: {"t": tag, "v": packer.items(value)}


codec("tuple", open_tuple, tuple, pack=pack_tuple)
codec("dict", open_dict, dict, pack=pack_dict)
codec("deque", open_deque, collections.deque, pack=pack_deque)
codec(
    "set",
    lambda unpacker, data: set(unpacker.items(data["v"])),
    set,
    pack=by_items("set", set),
)
codec(
    "frozenset",
    lambda unpacker, data: frozenset(unpacker.items(data["v"])),
    frozenset,
    pack=by_items("frozenset", frozenset),
)
codec("keys", open_dict_view("keys"), type({}.keys()), pack=pack_view("keys"))
codec("dictvalues", open_dict_view("values"), type({}.values()), pack=pack_view("dictvalues"))
codec("dictitems", open_dict_view("items"), type({}.items()), pack=pack_view("dictitems"))
codec(
    "range",
    lambda unpacker, data: range(*unpacker.items(data["v"])),
    range,
    pack=pack_span("range"),
)
codec(
    "slice",
    lambda unpacker, data: slice(*unpacker.items(data["v"])),
    slice,
    pack=pack_span("slice"),
)
PACKERS[list] = pack_list  # plain JSON, so that it needs no tag


def copy_items(old: Any, new: Any) -> None:
    old[:] = new


def copy_deque(old: collections.deque, new: collections.deque) -> None:
    old.clear()
    old.extend(new)


def copy_rows(old: Any, new: Any) -> None:
    old.clear()
    old.update(new)


mutable(list, bytearray, copy=copy_items)
mutable(collections.deque, copy=copy_deque)
mutable(set, *DICTS, copy=copy_rows)


# Dates and times


def pack_zone(zone: dt.tzinfo | None) -> Packed:
    if zone is None:
        return None
    if type(zone) is zoneinfo.ZoneInfo and zone.key:
        return zone.key
    if type(zone) is dt.timezone:
        return zone.utcoffset(None).total_seconds()
    raise Refused(f"a time zone of the type {name_of(zone)}")


def open_zone(zone: Packed) -> dt.tzinfo | None:
    if zone is None:
        return None
    if type(zone) in (int, float):
        return dt.timezone(dt.timedelta(seconds=zone)) if zone else dt.UTC
    if zone not in zone_names():
        raise Forged("an unknown time zone")
    return zoneinfo.ZoneInfo(zone)


def zone_names() -> set[str]:
    global _zones
    _zones = _zones or zoneinfo.available_timezones()
    return _zones


_zones: set[str] = set()


def pack_zone_of(base: type, value: Any) -> dict[str, Packed]:
    zone, fold = fields(base, value, "tzinfo fold")
    return {"zone": pack_zone(zone), "fold": fold}


def pack_datetime(packer: Packer, value: dt.datetime) -> Packed:
    naive = dt.datetime.combine(dt.datetime.date(value), dt.datetime.time(value))
    return {"t": "datetime", "v": naive.isoformat(), **pack_zone_of(dt.datetime, value)}


def open_datetime(unpacker: Unpacker, data: dict) -> dt.datetime:
    value = dt.datetime.fromisoformat(data["v"])
    return value.replace(tzinfo=open_zone(data["zone"]), fold=data["fold"])


def pack_time(packer: Packer, value: dt.time) -> Packed:
    naive = dt.time(*fields(dt.time, value, "hour minute second microsecond"))
    return {"t": "time", "v": naive.isoformat(), **pack_zone_of(dt.time, value)}


def open_time(unpacker: Unpacker, data: dict) -> dt.time:
    value = dt.time.fromisoformat(data["v"])
    return value.replace(tzinfo=open_zone(data["zone"]), fold=data["fold"])


def pack_delta(packer: Packer, value: dt.timedelta) -> Packed:
    return {"t": "timedelta", "v": fields(dt.timedelta, value, "days seconds microseconds")}


def open_delta(unpacker: Unpacker, data: dict) -> dt.timedelta:
    return dt.timedelta(*(of_type(n, int) for n in data["v"]))


codec("datetime", open_datetime, dt.datetime, pack=pack_datetime)
codec("time", open_time, dt.time, pack=pack_time)
codec("timedelta", open_delta, dt.timedelta, pack=pack_delta)
codec(
    "date",
    lambda unpacker, data: dt.date.fromisoformat(data["v"]),
    dt.date,
    pack=by_text("date", dt.date.isoformat),
)


# numpy


def pack_scalar(packer: Packer, value: np.generic) -> Packed:
    (dtype,) = fields(np.generic, value, "dtype")
    if dtype.kind not in PLAIN_KINDS:
        raise Refused(f"a numpy value of the type {dtype}")
    return {"t": "scalar", "d": dtype.str, "v": base64_of(np.generic.tobytes(value))}


def open_scalar(unpacker: Unpacker, data: dict) -> np.generic:
    dtype = open_dtype(data["d"])
    raw = of_base64(data["v"])
    if dtype.kind in "OSU" or len(raw) != dtype.itemsize:
        raise Forged("a numpy value of the wrong size")
    return np.frombuffer(raw, dtype)[0]


def pack_array(packer: Packer, value: Any) -> Packed:
    if isinstance(value, np.matrix):
        raise Refused("a numpy matrix, for which * means something else: make it an array")
    plain = np.asarray(value)
    if not 0 < plain.dtype.itemsize <= LARGEST_ITEM:
        raise Refused(f"a numpy array of the type {plain.dtype}")
    if plain.dtype.kind in PLAIN_KINDS:
        body: Packed = base64_of(np.ascontiguousarray(plain).tobytes())
    elif plain.dtype.kind == "O":
        body = packer.items(plain.ravel().tolist())
    else:
        raise Refused(f"a numpy array of the type {plain.dtype}")
    packed: Packed = {"t": "array", "d": plain.dtype.str, "shape": list(plain.shape), "v": body}
    if issubclass(type(value), np.ma.MaskedArray):
        packed["mask"] = pack_array(packer, np.ma.getmaskarray(value))
        fill = np.asarray(value.fill_value)
        packed["fill"] = pack_array(packer, fill) if fill.dtype == plain.dtype else None
    return packed


def open_array(unpacker: Unpacker, data: dict) -> np.ndarray:
    dtype, shape = open_dtype(data["d"]), [of_type(n, int) for n in of_type(data["shape"], list)]
    if len(shape) > 32 or any(n < 0 for n in shape) or not dtype.itemsize:
        raise Forged("an array of an odd shape")
    count = math.prod(shape)
    if dtype.kind == "O":
        items = unpacker.items(data["v"])
        if len(items) != count:
            raise Forged("an array of the wrong size")
        value = np.empty(count, dtype)
        for place, one in enumerate(items):  # one by one: a list would be taken for a row
            value[place] = one
        value = value.reshape(shape)
    else:
        raw = of_base64(data["v"])
        if len(raw) != count * dtype.itemsize:
            raise Forged("an array of the wrong size")
        value = np.zeros(shape, dtype)
        if raw:
            value = np.frombuffer(raw, dtype).reshape(shape).copy()
    if "mask" in data:
        fill: Any = open_array(unpacker, data["fill"])[()] if data["fill"] else None
        value = np.ma.MaskedArray(value, open_array(unpacker, data["mask"]), fill_value=fill)
    return value


def pack_numbered(packer: Packer, value: Any) -> Packed:
    return pack_array(packer, value) | {"id": id(value)}


def open_numbered(unpacker: Unpacker, data: dict) -> Any:
    """The array that is here already, where one object with the same content comes again.

    Python takes `[a] == [a]` for true by that, though `a == a` is no single truth.
    """
    value = open_array(unpacker, data)
    if type(value) is not np.ndarray or value.dtype.kind == "O":
        return value
    key = (of_type(data.get("id", 0), int), data["d"], value.shape, data["v"])
    return unpacker.arrays.setdefault(key, value)


def pack_dtype(packer: Packer, dtype: np.dtype) -> Packed:
    if dtype.kind not in PLAIN_KINDS + "O" or dtype.itemsize > LARGEST_ITEM:
        raise Refused(f"the numpy type {dtype}")
    return {"t": "dtype", "v": dtype.str}


def open_dtype(text: str) -> np.dtype:
    if not re.fullmatch(r"[<>|]?[biufcmMSUO]\d{0,7}(\[\d{0,9}\w{1,9}\])?", of_type(text, str)):
        raise Forged("an unknown dtype")
    dtype = np.dtype(text)
    if dtype.kind not in PLAIN_KINDS + "O" or dtype.itemsize > LARGEST_ITEM:
        raise Forged("an unknown dtype")
    return dtype


def copy_array(old: np.ndarray, new: np.ndarray) -> None:
    old[...] = new


# The first two are float and complex too, but come first in their own method order.
codec("scalar", open_scalar, np.float64, np.complex128, pack=pack_scalar)
OTHERS.append((lambda cls: issubclass(cls, np.generic), pack_scalar))
codec("array", open_numbered, np.ndarray, pack=pack_numbered)
codec("dtype", lambda unpacker, data: open_dtype(data["v"]), np.dtype, pack=pack_dtype)
codec(
    "masked",
    lambda unpacker, data: np.ma.masked,
    type(np.ma.masked),
    pack=lambda packer, value: {"t": "masked"},
)
# As arrays, these two would lose zeros at their end.
codec(
    "np.str_",
    lambda unpacker, data: np.str_(of_type(unpacker.unpack(data["v"]), str)),
    np.str_,
    pack=lambda packer, value: {"t": "np.str_", "v": pack_text(str.__str__(value))},
)
codec(
    "np.bytes_",
    lambda unpacker, data: np.bytes_(of_base64(data["v"])),
    np.bytes_,
    pack=by_text("np.bytes_", own_bytes),
)
mutable(np.ndarray, copy=copy_array)


# Pictures (PIL)


PICTURE_MODES = frozenset("1 L LA RGB RGBA CMYK YCbCr HSV I F".split())
LARGEST_PICTURE = 4_000_000  # pixels; a larger one stays where it is


def is_picture(cls: type) -> bool:
    return any(f"{base.__module__}.{base.__name__}" == "PIL.Image.Image" for base in cls.__mro__)


def pack_picture(packer: Packer, value: Any) -> Packed:
    """Its pixels. A picture that was read from a file is one of no file on the other side."""
    width, height = value.size
    if value.mode not in PICTURE_MODES or width * height > LARGEST_PICTURE:
        return packer.by_handle(value)
    body = base64_of(value.tobytes())
    return {"t": "picture", "mode": value.mode, "size": [width, height], "v": body}


def open_picture(unpacker: Unpacker, data: dict) -> Any:
    from PIL import Image  # which comes with matplotlib, and is slow to import

    width, height = (of_type(n, int) for n in data["size"])
    raw = of_base64(data["v"])
    if data["mode"] not in PICTURE_MODES or not 0 < width * height <= 8 * len(raw):
        raise Forged("an odd picture")
    return Image.frombytes(data["mode"], (width, height), raw)


FAMILIES.append((is_picture, pack_picture))
codec("picture", open_picture)


# Exceptions and types


EXCEPTIONS: dict[str, type[Exception]] = {
    name: cls
    for name, cls in vars(builtins).items()
    if isinstance(cls, type)
    and issubclass(cls, Exception)
    and not issubclass(cls, (StopIteration, StopAsyncIteration))
}


def pack_exception(packer: Packer, error: BaseException) -> Packed:
    """A builtin exception as a value, with those of its arguments that are plain."""
    return {"t": "exception", "v": type(error).__name__, "args": packer.items(plain_args(error))}


def plain_args(error: BaseException) -> list[Any]:
    """The arguments of an exception that go by value; the text of the others."""
    args = []
    # An OSError keeps the name of the file elsewhere.
    told = error.__reduce__()[1] if isinstance(error, OSError) else error.args
    for one in told:
        try:
            dumps(one)
        except Refused:
            one = str(type(one).__name__)
        args.append(one)
    return args


def open_exception(unpacker: Unpacker, data: dict) -> Exception:
    return EXCEPTIONS[data["v"]](*unpacker.items(data["args"]))


codec("exception", open_exception)
OTHERS.append((lambda cls: cls in EXCEPTIONS.values(), pack_exception))
type_values(
    bool,
    list,
    object,
    type,
    type(None),
    types.FunctionType,
    *DICTS,
    *EXCEPTIONS.values(),
    *(cls for cls in set(np.sctypeDict.values()) if cls is not np.void),
)
