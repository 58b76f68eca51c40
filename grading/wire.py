"""The value format: what goes between a learner's kernel and the judge, as text.

An allow-list. `dumps` takes values apart by their exact type, with the methods of the type itself,
so that a class which lies about itself is seen as what it is; `loads` builds only what is listed
here, imports nothing and runs nothing of the sender's. Plain JSON stands for None, booleans,
short integers, finite floats, text and lists; everything else is an object {"t": tag, ...}:

    numbers, text, containers, dates; numpy arrays and scalars; pandas Series, DataFrame, Index
        by value: type, dtype, index, missing values and order arrive as they were sent;
    charts (matplotlib) and maps (folium)
        as records: a frozen copy of the accessors in records.py;
    functions, classes, iterators and any other object
        by handle: the two ends decide what a handle is (see agent.py and learner.py).
"""

import abc
import base64
import collections
import contextlib
import datetime as dt
import decimal
import fractions
import json
import keyword
import math
import re
import types
import zoneinfo
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from grading import records

Packed = Any  # what json makes of one value
SMALL = 2**53  # integers that every JSON reader gets right
DEEPEST = 100  # containers within containers; Python's own stack allows for about 180
PLAIN_KINDS = "biufcmMSU"  # numpy's kinds that are their bytes: no objects, no fields
LARGEST_ITEM = 4_000_000  # bytes of one numpy item


class Refused(BaseException):
    """This value, or this use of it, is outside of what the judge can vouch for.

    Not an Exception, so that `except Exception` in a check cannot turn it into a pass.
    """


class Forged(Refused):
    """What arrived is not what the agent sends: somebody else wrote it."""


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
        return Unpacker(handle).unpack(json.loads(text, parse_constant=refuse_constant))
    except Refused:
        raise
    except (Exception, RecursionError) as error:
        raise Forged(f"not in the judge's format ({type(error).__name__})") from None


def refuse_constant(name: str) -> None:
    raise Forged(f"a bare {name}")


def name_of(value: Any) -> str:
    """How a refused value is called, by the type that it really has."""
    cls = type(value)
    return f"{cls.__module__}.{cls.__qualname__}".removeprefix("builtins.")


def base64_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


# Taking apart


class Packer:
    def __init__(self, handle: Callable[[Any], Packed] | None) -> None:
        self.handle = handle
        self.depth = 0
        self.seen: dict[int, int] = {}  # records already in this text, so that they stay one
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
        if self.depth > DEEPEST:
            raise Refused("a value that is nested too deeply")
        try:
            return self.tagged(value, cls)
        finally:
            self.depth -= 1

    def tagged(self, value: Any, cls: type) -> Packed:
        family = records.family(cls)
        if family:
            return self.record(value, cls)
        for base in cls.__mro__[:-1]:
            if base in PACKERS:
                return PACKERS[base](self, value)
        if issubclass(cls, np.generic):
            return pack_scalar(self, value)
        if issubclass(cls, pd.api.extensions.ExtensionArray):
            return {"t": "values", "v": pack_values(self, value)}
        if issubclass(cls, pd.api.extensions.ExtensionDtype):
            return {"t": "dtype of", "v": pack_values(self, pd.array([], dtype=value))}
        if cls in (type, abc.ABCMeta) and value in TYPE_NAMES:
            return {"t": "type", "v": TYPE_NAMES[value]}
        if cls in EXCEPTIONS.values():
            return pack_exception(self, value)
        if self.handle is None:
            raise Refused(f"an object of the type {name_of(value)}")
        return self.handle(value)

    def items(self, values: Any) -> list[Packed]:
        return [self.pack(one) for one in values]

    def record(self, value: Any, cls: type) -> Packed:
        if id(value) in self.seen:
            return {"t": "same", "n": self.seen[id(value)]}
        number = self.seen[id(value)] = len(self.seen)
        self.kept.append(value)
        attributes, calls = records.take(value, cls)
        return {
            "t": "record",
            "n": number,
            "of": [f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__[:-1]],
            "a": {name: self.pack(one) for name, one in attributes.items()},
            "c": [[name, self.items(args), self.pack(one)] for name, args, one in calls],
        }


def by_text(tag: str, text: Callable[[Any], str]) -> Callable[[Packer, Any], Packed]:
    return lambda packer, value: {"t": tag, "v": text(value)}


def pack_text(text: str) -> Packed:
    """As it is; but JSON would make one character of two surrogates that follow each other."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"t": "str", "v": base64_of(text.encode("utf-32-le", "surrogatepass"))}
    return text


def own_bytes(value: bytes) -> str:
    """The bytes that the base type itself holds, whatever a subclass says."""
    return base64_of(bytes.__getitem__(value, slice(None)))


def by_items(tag: str, base: type) -> Callable[[Packer, Any], Packed]:
    """The items that the base type itself holds, whatever a subclass says."""
    return lambda packer, value: {"t": tag, "v": packer.items(base.__iter__(value))}


def pack_list(packer: Packer, value: list) -> Packed:
    return packer.items(list.__iter__(value))


def pack_tuple(packer: Packer, value: tuple) -> Packed:
    fields = getattr(type(value), "_fields", None)
    packed = {"t": "tuple", "v": packer.items(tuple.__iter__(value))}
    if type(value) is not tuple and type(fields) is tuple and len(fields) == len(packed["v"]):
        packed |= {"name": type(value).__name__, "fields": list(map(str, fields))}
    return packed


def pack_dict(packer: Packer, value: dict) -> Packed:
    rows = [[packer.pack(k), packer.pack(v)] for k, v in dict.items(value)]
    base = next(base for base in type(value).__mro__ if base in DICTS)
    packed = {"t": "dict", "v": rows, "of": DICTS[base]}
    if base is collections.defaultdict:
        packed["new"] = packer.pack(base.default_factory.__get__(value))
    return packed


def pack_deque(packer: Packer, value: collections.deque) -> Packed:
    items = packer.items(collections.deque.__iter__(value))
    return {"t": "deque", "v": items, "max": collections.deque.maxlen.__get__(value)}


def pack_zone(zone: dt.tzinfo | None) -> Packed:
    if zone is None:
        return None
    if type(zone) is zoneinfo.ZoneInfo and zone.key:
        return zone.key
    if type(zone) is dt.timezone:
        return zone.utcoffset(None).total_seconds()
    raise Refused(f"a time zone of the type {name_of(zone)}")


def pack_datetime(packer: Packer, value: dt.datetime) -> Packed:
    naive = dt.datetime.combine(dt.datetime.date(value), dt.datetime.time(value))
    return {"t": "datetime", "v": naive.isoformat(), **pack_zone_of(dt.datetime, value)}


def pack_time(packer: Packer, value: dt.time) -> Packed:
    naive = dt.time(*fields(dt.time, value, "hour minute second microsecond"))
    return {"t": "time", "v": naive.isoformat(), **pack_zone_of(dt.time, value)}


def pack_zone_of(base: type, value: Any) -> dict[str, Packed]:
    zone, fold = fields(base, value, "tzinfo fold")
    return {"zone": pack_zone(zone), "fold": fold}


def pack_delta(packer: Packer, value: dt.timedelta) -> Packed:
    return {"t": "timedelta", "v": fields(dt.timedelta, value, "days seconds microseconds")}


def fields(base: type, value: Any, names: str) -> list[Any]:
    """What these fields hold, even where a subclass has others of the same name."""
    return [vars(base)[name].__get__(value) for name in names.split()]


def pack_timestamp(packer: Packer, value: pd.Timestamp) -> Packed:
    raw = value.asm8 if value.tz is None else value.tz_convert("UTC").tz_localize(None).asm8
    return {"t": "Timestamp", "v": packer.pack(int(raw.view("i8"))), **pack_unit(value)}


def pack_unit(value: Any) -> dict[str, Packed]:
    return {"unit": value.unit, "zone": pack_zone(value.tz)}


def pack_pd_delta(packer: Packer, value: pd.Timedelta) -> Packed:
    return {"t": "Timedelta", "v": packer.pack(int(value.asm8.view("i8"))), "unit": value.unit}


def pack_period(packer: Packer, value: pd.Period) -> Packed:
    return {"t": "Period", "v": value.ordinal, "freq": value.freqstr}


def pack_interval(packer: Packer, value: pd.Interval) -> Packed:
    sides = packer.items([value.left, value.right])
    return {"t": "Interval", "v": sides, "closed": value.closed}


def pack_scalar(packer: Packer, value: np.generic) -> Packed:
    (dtype,) = fields(np.generic, value, "dtype")
    if dtype.kind not in PLAIN_KINDS:
        raise Refused(f"a numpy value of the type {dtype}")
    return {"t": "scalar", "d": dtype.str, "v": base64_of(np.generic.tobytes(value))}


def pack_array(packer: Packer, value: np.ndarray) -> Packed:
    plain = np.asarray(value)
    if not 0 < plain.dtype.itemsize <= LARGEST_ITEM:
        raise Refused(f"a numpy array of the type {plain.dtype}")
    if plain.dtype.kind in PLAIN_KINDS:
        body = base64_of(np.ascontiguousarray(plain).tobytes())
    elif plain.dtype.kind == "O":
        body = packer.items(plain.ravel().tolist())
    else:
        raise Refused(f"a numpy array of the type {plain.dtype}")
    packed = {"t": "array", "d": plain.dtype.str, "shape": list(plain.shape), "v": body}
    if issubclass(type(value), np.ma.MaskedArray):
        packed["mask"] = pack_array(packer, np.ma.getmaskarray(value))
        fill = np.asarray(value.fill_value)
        packed["fill"] = pack_array(packer, fill) if fill.dtype == plain.dtype else None
    return packed


def pack_dtype(packer: Packer, dtype: np.dtype) -> Packed:
    if dtype.kind not in PLAIN_KINDS + "O" or dtype.itemsize > LARGEST_ITEM:
        raise Refused(f"the numpy type {dtype}")
    return {"t": "dtype", "v": dtype.str}


def pack_values(packer: Packer, values: Any) -> Packed:
    """The values of a Series, of a column or of an Index, with their dtype."""
    if isinstance(values, np.ndarray):
        return pack_array(packer, values)
    dtype = values.dtype
    if type(values) is pd.arrays.NumpyExtensionArray or isinstance(dtype, np.dtype):
        return pack_array(packer, values.to_numpy())
    if isinstance(dtype, pd.DatetimeTZDtype):
        raw = pack_array(packer, values.tz_convert("UTC").tz_localize(None).to_numpy())
        return {"k": "zoned", "v": raw, "zone": pack_zone(dtype.tz)}
    if isinstance(dtype, pd.CategoricalDtype):
        codes = pack_array(packer, np.asarray(values.codes))
        categories = pack_index(packer, dtype.categories)
        return {"k": "category", "v": codes, "of": categories, "ordered": bool(dtype.ordered)}
    if isinstance(dtype, pd.StringDtype):
        texts = [None if pd.isna(one) else pack_text(str(one)) for one in values]
        return {"k": "string", "v": texts, "nan": dtype.na_value is not pd.NA}
    if dtype.name in MASKED:
        missing = values.isna()
        body = values.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        pair = [pack_array(packer, body), pack_array(packer, missing)]
        return {"k": "masked", "v": pair, "d": dtype.name}
    if isinstance(dtype, pd.PeriodDtype):
        return {"k": "period", "v": pack_array(packer, values.asi8), "freq": dtype.name[7:-1]}
    if isinstance(dtype, pd.IntervalDtype):
        sides = [pack_index(packer, values.left), pack_index(packer, values.right)]
        return {"k": "interval", "v": sides, "closed": dtype.closed}
    raise Refused(f"a column of the type {dtype}")


def pack_index(packer: Packer, index: pd.Index) -> Packed:
    if type(index) is pd.RangeIndex:
        span = [index.start, index.stop, index.step]
        return {"t": "RangeIndex", "v": span, "name": packer.pack(index.name)}
    if isinstance(index, pd.MultiIndex):
        levels = [pack_index(packer, level) for level in index.levels]
        codes = [pack_array(packer, np.asarray(code)) for code in index.codes]
        return {"t": "MultiIndex", "v": levels, "codes": codes, "names": packer.items(index.names)}
    packed = {"t": "Index", "v": pack_values(packer, index.array), "name": packer.pack(index.name)}
    if isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) and index.freq is not None:
        with contextlib.suppress(ValueError):  # not each frequency can be spelled
            if to_offset(index.freqstr) == index.freq:
                packed["freq"] = index.freqstr
    return packed


def pack_series(packer: Packer, series: pd.Series) -> Packed:
    series = pd.Series(series)  # and no subclass
    return {
        "t": "Series",
        "v": pack_values(packer, series.array),
        "index": pack_index(packer, series.index),
        "name": packer.pack(series.name),
    }


def pack_frame(packer: Packer, frame: pd.DataFrame) -> Packed:
    frame = pd.DataFrame(frame)
    columns = [frame.iloc[:, place].array for place in range(frame.shape[1])]
    return {
        "t": "DataFrame",
        "v": [pack_values(packer, column) for column in columns],
        "index": pack_index(packer, frame.index),
        "columns": pack_index(packer, frame.columns),
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


DICTS = {
    dict: "dict",
    collections.OrderedDict: "OrderedDict",
    collections.Counter: "Counter",
    collections.defaultdict: "defaultdict",
}
MASKED = {
    *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
    *("Float32", "Float64", "boolean"),
}
EXCEPTIONS = {
    name: cls
    for name, cls in vars(__import__("builtins")).items()
    if isinstance(cls, type)
    and issubclass(cls, Exception)
    and not issubclass(cls, (StopIteration, StopAsyncIteration))
}
TYPES = {
    cls.__name__: cls
    for cls in (
        *(bool, int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset, dict),
        *(range, slice, object, type, type(None), types.FunctionType),
        *(dt.date, dt.datetime, dt.time, dt.timedelta, decimal.Decimal, fractions.Fraction),
        *(pd.Series, pd.DataFrame, pd.Index, pd.Timestamp, pd.Timedelta, pd.Period, np.ndarray),
        *(cls for cls in set(np.sctypeDict.values()) if cls is not np.void),
    )
} | EXCEPTIONS
TYPE_NAMES = {cls: name for name, cls in TYPES.items()}

PACKERS: dict[type, Callable[[Packer, Any], Packed]] = {
    # The order within a class does not matter: the first base in the method order is taken.
    int: lambda packer, value: packer.pack(int.__int__(value)),
    float: lambda packer, value: packer.pack(float.__float__(value)),
    str: lambda packer, value: pack_text(str.__str__(value)),
    complex: lambda packer, value: {
        "t": "complex",
        "v": packer.items(fields(complex, value, "real imag")),
    },
    bytes: by_text("bytes", own_bytes),
    bytearray: by_text("bytearray", lambda value: base64_of(bytes(bytearray.copy(value)))),
    list: pack_list,
    tuple: pack_tuple,
    set: by_items("set", set),
    frozenset: by_items("frozenset", frozenset),
    dict: pack_dict,
    collections.deque: pack_deque,
    type({}.keys()): lambda packer, value: {"t": "keys", "v": packer.items(value)},
    type({}.values()): lambda packer, value: {"t": "dictvalues", "v": packer.items(value)},
    type({}.items()): lambda packer, value: {"t": "dictitems", "v": packer.items(value)},
    range: lambda packer, value: {
        "t": "range",
        "v": packer.items([value.start, value.stop, value.step]),
    },
    slice: lambda packer, value: {
        "t": "slice",
        "v": packer.items([value.start, value.stop, value.step]),
    },
    type(...): lambda packer, value: {"t": "..."},
    dt.date: by_text("date", dt.date.isoformat),
    dt.datetime: pack_datetime,
    dt.time: pack_time,
    dt.timedelta: pack_delta,
    decimal.Decimal: by_text("Decimal", decimal.Decimal.__str__),
    fractions.Fraction: lambda packer, value: {
        "t": "Fraction",
        "v": packer.items(fields(fractions.Fraction, value, "numerator denominator")),
    },
    np.ndarray: pack_array,
    type(np.ma.masked): lambda packer, value: {"t": "masked"},
    np.dtype: pack_dtype,
    np.float64: pack_scalar,  # a float too, but it comes first in its own method order
    np.complex128: pack_scalar,
    # As arrays, these two would lose zeros at their end.
    np.str_: lambda packer, value: {"t": "np.str_", "v": pack_text(str.__str__(value))},
    np.bytes_: by_text("np.bytes_", own_bytes),
    pd.Timestamp: pack_timestamp,
    pd.Timedelta: pack_pd_delta,
    pd.Period: pack_period,
    pd.Interval: pack_interval,
    type(pd.NaT): lambda packer, value: {"t": "NaT"},
    type(pd.NA): lambda packer, value: {"t": "NA"},
    pd.Index: pack_index,
    pd.Series: pack_series,
    pd.DataFrame: pack_frame,
}


# Putting together


class Unpacker:
    def __init__(self, handle: Callable[[dict], Any] | None) -> None:
        self.handle = handle
        self.records: dict[int, Any] = {}

    def unpack(self, data: Packed) -> Any:
        if isinstance(data, list):
            return [self.unpack(one) for one in data]
        if not isinstance(data, dict):
            return data
        tag = data["t"]
        if tag in UNPACKERS:
            return UNPACKERS[tag](self, data)
        if self.handle is None or not isinstance(tag, str):
            raise Forged(f"an unknown tag {str(tag)[:40]!r}")
        return self.handle(data)

    def items(self, data: Packed) -> list[Any]:
        return [self.unpack(one) for one in of_type(data, list)]


def of_type(data: Any, *kinds: type) -> Any:
    if type(data) not in kinds:
        raise Forged(f"a {type(data).__name__} in the place of a {kinds[0].__name__}")
    return data


def open_float(unpacker: Unpacker, data: dict) -> float:
    return {"nan": math.nan, "-nan": -math.nan, "inf": math.inf, "-inf": -math.inf}[data["v"]]


def open_complex(unpacker: Unpacker, data: dict) -> complex:
    real, imag = unpacker.items(data["v"])
    return complex(of_type(real, float), of_type(imag, float))


def open_tuple(unpacker: Unpacker, data: dict) -> tuple:
    items = unpacker.items(data["v"])
    if "fields" not in data:
        return tuple(items)
    names = [data["name"], *of_type(data["fields"], list)]
    if not all(isinstance(n, str) and is_name(n) for n in names) or len(names) > 200:
        raise Forged("a named tuple with an odd name")
    return collections.namedtuple(names[0], names[1:])(*behind_a_dot(items))


def behind_a_dot(values: list[Any]) -> list[Any]:
    """No function: `x.equals(wanted)` would let the learner's code say what is equal."""
    if any(callable(one) for one in values):
        raise Refused("a function as a named part of a value")
    return values


def is_name(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,99}", text)) and not keyword.iskeyword(text)


def open_dict(unpacker: Unpacker, data: dict) -> dict:
    rows = of_type(data["v"], list)
    value = {unpacker.unpack(k): unpacker.unpack(v) for k, v in rows}
    if data["of"] == "dict":
        return value
    if data["of"] == "defaultdict":
        return collections.defaultdict(unpacker.unpack(data["new"]), value)
    return {"OrderedDict": collections.OrderedDict, "Counter": collections.Counter}[data["of"]](
        value
    )


def open_deque(unpacker: Unpacker, data: dict) -> collections.deque:
    return collections.deque(unpacker.items(data["v"]), of_type(data["max"], int, type(None)))


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


def open_datetime(unpacker: Unpacker, data: dict) -> dt.datetime:
    value = dt.datetime.fromisoformat(data["v"])
    return value.replace(tzinfo=open_zone(data["zone"]), fold=data["fold"])


def open_time(unpacker: Unpacker, data: dict) -> dt.time:
    value = dt.time.fromisoformat(data["v"])
    return value.replace(tzinfo=open_zone(data["zone"]), fold=data["fold"])


def open_timestamp(unpacker: Unpacker, data: dict) -> pd.Timestamp:
    raw = np.datetime64(of_type(unpacker.unpack(data["v"]), int), open_unit(data["unit"]))
    zone = open_zone(data["zone"])
    value = pd.Timestamp(raw)
    return value if zone is None else value.tz_localize("UTC").tz_convert(zone)


def open_unit(unit: str) -> str:
    if unit not in ("s", "ms", "us", "ns"):
        raise Forged("an unknown unit of time")
    return unit


def open_pd_delta(unpacker: Unpacker, data: dict) -> pd.Timedelta:
    count = of_type(unpacker.unpack(data["v"]), int)
    return pd.Timedelta(np.timedelta64(count, open_unit(data["unit"])))


def open_period(unpacker: Unpacker, data: dict) -> pd.Period:
    return pd.Period(ordinal=of_type(data["v"], int), freq=of_type(data["freq"], str))


def open_interval(unpacker: Unpacker, data: dict) -> pd.Interval:
    left, right = unpacker.items(data["v"])
    return pd.Interval(left, right, closed=data["closed"])


def open_dtype(text: str) -> np.dtype:
    if not re.fullmatch(r"[<>|]?[biufcmMSUO]\d{0,7}(\[\d{0,9}\w{1,9}\])?", of_type(text, str)):
        raise Forged("an unknown dtype")
    dtype = np.dtype(text)
    if dtype.kind not in PLAIN_KINDS + "O" or dtype.itemsize > LARGEST_ITEM:
        raise Forged("an unknown dtype")
    return dtype


def open_scalar(unpacker: Unpacker, data: dict) -> np.generic:
    dtype = open_dtype(data["d"])
    raw = base64.b64decode(data["v"], validate=True)
    if dtype.kind in "OSU" or len(raw) != dtype.itemsize:
        raise Forged("a numpy value of the wrong size")
    return np.frombuffer(raw, dtype)[0]


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
        raw = base64.b64decode(data["v"], validate=True)
        if len(raw) != count * dtype.itemsize:
            raise Forged("an array of the wrong size")
        value = np.zeros(shape, dtype)
        if raw:
            value = np.frombuffer(raw, dtype).reshape(shape).copy()
    if "mask" in data:
        fill = open_array(unpacker, data["fill"])[()] if data["fill"] else None
        value = np.ma.MaskedArray(value, open_array(unpacker, data["mask"]), fill_value=fill)
    return value


def open_values(unpacker: Unpacker, data: dict) -> Any:
    if "t" in data:
        return open_array(unpacker, data)
    kind, body = data["k"], data["v"]
    if kind == "zoned":
        zoned = pd.DatetimeIndex(open_array(unpacker, body)).tz_localize("UTC")
        return zoned.tz_convert(open_zone(data["zone"])).array
    if kind == "category":
        categories = open_index(unpacker, data["of"])
        codes = open_array(unpacker, body)
        return pd.Categorical.from_codes(codes, categories, ordered=data["ordered"])
    if kind == "string":
        texts = [of_type(one, str, type(None)) for one in unpacker.items(body)]
        dtype = pd.StringDtype(na_value=np.nan if data["nan"] else pd.NA)
        return pd.array(texts, dtype=dtype)
    if kind == "masked":
        if data["d"] not in MASKED:
            raise Forged("an unknown dtype")
        dtype = pd.api.types.pandas_dtype(data["d"])
        body, mask = (open_array(unpacker, one) for one in body)
        return dtype.construct_array_type()(body.astype(dtype.numpy_dtype, copy=False), mask)
    if kind == "period":
        ordinals = open_array(unpacker, body)
        return pd.arrays.PeriodArray(ordinals, dtype=pd.PeriodDtype(of_type(data["freq"], str)))
    if kind == "interval":
        left, right = (open_index(unpacker, one) for one in body)
        return pd.arrays.IntervalArray.from_arrays(left, right, closed=data["closed"])
    raise Forged("an unknown column")


def open_index(unpacker: Unpacker, data: dict) -> pd.Index:
    tag = data["t"]
    if tag == "RangeIndex":
        span = [of_type(n, int) for n in data["v"]]
        return pd.RangeIndex(*span, name=unpacker.unpack(data["name"]))
    if tag == "MultiIndex":
        levels = [open_index(unpacker, level) for level in data["v"]]
        codes = [open_array(unpacker, code) for code in data["codes"]]
        return pd.MultiIndex(levels, codes, names=unpacker.items(data["names"]))
    if tag != "Index":
        raise Forged("an unknown index")
    values = open_values(unpacker, data["v"])
    index = pd.Index(values, dtype=values.dtype, name=unpacker.unpack(data["name"]))
    if "freq" in data:
        index = type(index)(index, freq=of_type(data["freq"], str))
    return index


def open_column(unpacker: Unpacker, data: dict) -> pd.Series:
    values = open_values(unpacker, data)
    return pd.Series(values, dtype=values.dtype)


def open_series(unpacker: Unpacker, data: dict) -> pd.Series:
    values, index = open_values(unpacker, data["v"]), open_index(unpacker, data["index"])
    if values.dtype == object:
        rows = zip(index, values, strict=True)
        behind_a_dot([one for name, one in rows if isinstance(name, str)])
    return pd.Series(values, index=index, dtype=values.dtype, name=unpacker.unpack(data["name"]))


def open_frame(unpacker: Unpacker, data: dict) -> pd.DataFrame:
    index, columns = open_index(unpacker, data["index"]), open_index(unpacker, data["columns"])
    values = [open_values(unpacker, one) for one in of_type(data["v"], list)]
    if any(len(one) != len(index) for one in values) or len(values) != len(columns):
        raise Forged("a table whose parts do not fit")
    parts = {
        place: pd.Series(one, index=index, dtype=one.dtype) for place, one in enumerate(values)
    }
    frame = pd.DataFrame(parts, index=index)
    frame.columns = columns
    return frame


def open_exception(unpacker: Unpacker, data: dict) -> Exception:
    return EXCEPTIONS[data["v"]](*unpacker.items(data["args"]))


def open_record(unpacker: Unpacker, data: dict) -> Any:
    made = records.make([of_type(name, str) for name in of_type(data["of"], list)])
    unpacker.records[of_type(data["n"], int)] = made
    attributes = {of_type(k, str): unpacker.unpack(v) for k, v in data["a"].items()}
    behind_a_dot([*attributes.values()])
    calls = {}
    for name, args, value in data["c"]:
        calls.setdefault(of_type(name, str), []).append(
            (unpacker.items(args), unpacker.unpack(value))
        )
    records.fill(made, attributes, calls)
    return made


def open_dict_view(view: str) -> Callable[[Unpacker, dict], Any]:
    def opened(unpacker: Unpacker, data: dict) -> Any:
        items = unpacker.items(data["v"])
        if view == "keys":
            return dict.fromkeys(items).keys()
        return dict(enumerate(items)).values() if view == "values" else dict(items).items()

    return opened


UNPACKERS: dict[str, Callable[[Unpacker, dict], Any]] = {
    "int": lambda unpacker, data: int(of_type(data["v"], str), 16),
    "str": lambda unpacker, data: base64.b64decode(data["v"], validate=True).decode(
        "utf-32-le", "surrogatepass"
    ),
    "float": open_float,
    "complex": open_complex,
    "bytes": lambda unpacker, data: base64.b64decode(data["v"], validate=True),
    "bytearray": lambda unpacker, data: bytearray(base64.b64decode(data["v"], validate=True)),
    "tuple": open_tuple,
    "set": lambda unpacker, data: set(unpacker.items(data["v"])),
    "frozenset": lambda unpacker, data: frozenset(unpacker.items(data["v"])),
    "dict": open_dict,
    "deque": open_deque,
    "keys": open_dict_view("keys"),
    "dictvalues": open_dict_view("values"),
    "dictitems": open_dict_view("items"),
    "range": lambda unpacker, data: range(*unpacker.items(data["v"])),
    "slice": lambda unpacker, data: slice(*unpacker.items(data["v"])),
    "...": lambda unpacker, data: ...,
    "date": lambda unpacker, data: dt.date.fromisoformat(data["v"]),
    "datetime": open_datetime,
    "time": open_time,
    "timedelta": lambda unpacker, data: dt.timedelta(*(of_type(n, int) for n in data["v"])),
    "Decimal": lambda unpacker, data: decimal.Decimal(of_type(data["v"], str)),
    "Fraction": lambda unpacker, data: fractions.Fraction(
        *(of_type(n, int) for n in unpacker.items(data["v"]))
    ),
    "scalar": open_scalar,
    "array": open_array,
    "np.str_": lambda unpacker, data: np.str_(of_type(unpacker.unpack(data["v"]), str)),
    "np.bytes_": lambda unpacker, data: np.bytes_(base64.b64decode(data["v"], validate=True)),
    "masked": lambda unpacker, data: np.ma.masked,
    "dtype": lambda unpacker, data: open_dtype(data["v"]),
    "dtype of": lambda unpacker, data: open_values(unpacker, data["v"]).dtype,
    "values": lambda unpacker, data: open_column(unpacker, data["v"]).array,
    "Timestamp": open_timestamp,
    "Timedelta": open_pd_delta,
    "Period": open_period,
    "Interval": open_interval,
    "NaT": lambda unpacker, data: pd.NaT,
    "NA": lambda unpacker, data: pd.NA,
    "RangeIndex": open_index,
    "MultiIndex": open_index,
    "Index": open_index,
    "Series": open_series,
    "DataFrame": open_frame,
    "exception": open_exception,
    "type": lambda unpacker, data: TYPES[data["v"]],
    "record": open_record,
    "same": lambda unpacker, data: unpacker.records[data["n"]],
}
