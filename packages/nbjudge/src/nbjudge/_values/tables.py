"""How values of pandas travel: pack and open side by side."""

import contextlib
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from nbjudge._values.codec import (
    OTHERS,
    Packed,
    Packer,
    Unpacker,
    behind_a_dot,
    codec,
    mutable,
    of_type,
    pack_text,
)
from nbjudge._values.errors import Forged, Refused
from nbjudge._values.plain import open_array, open_zone, pack_array, pack_zone

MASKED = {
    *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
    *("Float32", "Float64", "boolean"),
}


# Single values


def pack_timestamp(packer: Packer, value: pd.Timestamp) -> Packed:
    raw = value.asm8 if value.tz is None else value.tz_convert("UTC").tz_localize(None).asm8
    return {"t": "Timestamp", "v": packer.pack(int(raw.view("i8"))), **pack_unit(value)}


def open_timestamp(unpacker: Unpacker, data: dict) -> pd.Timestamp:
    count: int = of_type(unpacker.unpack(data["v"]), int)
    raw = np.datetime64(count, open_unit(data["unit"]))
    zone = open_zone(data["zone"])
    value = pd.Timestamp(raw)
    return value if zone is None else value.tz_localize("UTC").tz_convert(zone)


def pack_unit(value: Any) -> dict[str, Packed]:
    return {"unit": value.unit, "zone": pack_zone(value.tz)}


def open_unit(unit: str) -> Any:
    if unit not in ("s", "ms", "us", "ns"):
        raise Forged("an unknown unit of time")
    return unit


def pack_pd_delta(packer: Packer, value: pd.Timedelta) -> Packed:
    return {"t": "Timedelta", "v": packer.pack(int(value.asm8.view("i8"))), "unit": value.unit}


def open_pd_delta(unpacker: Unpacker, data: dict) -> pd.Timedelta:
    count: int = of_type(unpacker.unpack(data["v"]), int)
    return pd.Timedelta(np.timedelta64(count, open_unit(data["unit"])))


def pack_period(packer: Packer, value: pd.Period) -> Packed:
    return {"t": "Period", "v": value.ordinal, "freq": value.freqstr}


def open_period(unpacker: Unpacker, data: dict) -> pd.Period:
    return pd.Period(ordinal=of_type(data["v"], int), freq=of_type(data["freq"], str))


def pack_interval(packer: Packer, value: pd.Interval) -> Packed:
    sides = packer.items([value.left, value.right])
    return {"t": "Interval", "v": sides, "closed": value.closed}


def open_interval(unpacker: Unpacker, data: dict) -> pd.Interval:
    left, right = unpacker.items(data["v"])
    return pd.Interval(left, right, closed=data["closed"])


codec("Timestamp", open_timestamp, pd.Timestamp, pack=pack_timestamp)
codec("Timedelta", open_pd_delta, pd.Timedelta, pack=pack_pd_delta)
codec("Period", open_period, pd.Period, pack=pack_period)
codec("Interval", open_interval, pd.Interval, pack=pack_interval)
codec("NaT", lambda unpacker, data: pd.NaT, type(pd.NaT), pack=lambda packer, value: {"t": "NaT"})
codec("NA", lambda unpacker, data: pd.NA, type(pd.NA), pack=lambda packer, value: {"t": "NA"})


# Columns


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


def open_column(unpacker: Unpacker, data: dict) -> pd.Series:
    values = open_values(unpacker, data)
    return pd.Series(values, dtype=values.dtype)


codec("values", lambda unpacker, data: open_column(unpacker, data["v"]).array)
codec("dtype of", lambda unpacker, data: open_values(unpacker, data["v"]).dtype)
OTHERS.append(
    (
        lambda cls: issubclass(cls, pd.api.extensions.ExtensionArray),
        lambda packer, value: {"t": "values", "v": pack_values(packer, value)},
    )
)
OTHERS.append(
    (
        lambda cls: issubclass(cls, pd.api.extensions.ExtensionDtype),
        lambda packer, value: {
            "t": "dtype of",
            "v": pack_values(packer, pd.array([], dtype=value)),
        },
    )
)


# Index, Series, DataFrame


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


def pack_series(packer: Packer, series: pd.Series) -> Packed:
    series = pd.Series(series)  # and no subclass
    return {
        "t": "Series",
        "v": pack_values(packer, series.array),
        "index": pack_index(packer, series.index),
        "name": packer.pack(series.name),
    }


def open_series(unpacker: Unpacker, data: dict) -> pd.Series:
    values, index = open_values(unpacker, data["v"]), open_index(unpacker, data["index"])
    if values.dtype == object:
        rows = zip(index, values, strict=True)
        behind_a_dot([one for name, one in rows if isinstance(name, str)])
    return pd.Series(values, index=index, dtype=values.dtype, name=unpacker.unpack(data["name"]))


def pack_frame(packer: Packer, frame: pd.DataFrame) -> Packed:
    frame = pd.DataFrame(frame)
    columns = [frame.iloc[:, place].array for place in range(frame.shape[1])]
    return {
        "t": "DataFrame",
        "v": [pack_values(packer, column) for column in columns],
        "index": pack_index(packer, frame.index),
        "columns": pack_index(packer, frame.columns),
    }


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


def copy_table(old: Any, new: Any) -> None:
    old.__init__(new)


codec("Index", open_index, pd.Index, pack=pack_index)
codec("RangeIndex", open_index)
codec("MultiIndex", open_index)
codec("Series", open_series, pd.Series, pack=pack_series)
codec("DataFrame", open_frame, pd.DataFrame, pack=pack_frame)
mutable(pd.Series, pd.DataFrame, copy=copy_table)
