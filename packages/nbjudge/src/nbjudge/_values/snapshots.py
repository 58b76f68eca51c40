"""Frozen copies of charts and maps, which answer the accessors that checks use.

The learner's side takes the accessors of an object (`take`); the judge's side makes a snapshot that
answers them (`make`, `fill`). A snapshot's class is that of the real thing, so `isinstance` in a
plain check gives the same answer on both sides. To let checks use more, add rows to TABLE.
"""

import sys
from collections.abc import Iterable
from itertools import count
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

from nbjudge._values.codec import (
    FAMILIES,
    Packed,
    Packer,
    Unpacker,
    behind_a_dot,
    codec,
    of_type,
)
from nbjudge._values.errors import Forged, Refused

# class: the attributes and the methods (with the arguments to ask with) that a snapshot answers.
# An object has the rows of all its base classes.
TABLE: dict[str, tuple[str, str]] = {
    "matplotlib.artist.Artist": ("figure _alpha", "get_label get_visible get_alpha get_zorder"),
    "matplotlib.figure.FigureBase": (
        "texts legends",
        "get_suptitle get_supxlabel get_supylabel",
    ),
    "matplotlib.figure.Figure": ("axes", "get_axes get_size_inches get_dpi"),
    "matplotlib.axes._base._AxesBase": (
        "name patches lines texts collections images containers artists title xaxis yaxis",
        "get_xlabel get_ylabel get_xlim get_ylim get_xscale get_yscale get_xticks get_yticks "
        "get_xticklabels get_yticklabels get_lines get_images get_children get_aspect "
        "get_facecolor has_data",
    ),
    "matplotlib.axes._axes.Axes": (
        "legend_",
        "get_title get_title:left get_title:right get_legend get_legend_handles_labels",
    ),
    "matplotlib.axis.Axis": ("", "get_label_text get_label get_scale get_majorticklabels"),
    "matplotlib.lines.Line2D": (
        "_color _linestyle _marker",
        "get_xdata get_ydata get_xydata get_color get_linestyle get_marker get_linewidth "
        "get_markersize",
    ),
    "matplotlib.patches.Patch": (
        "",
        "get_facecolor get_edgecolor get_hatch get_linewidth get_fill",
    ),
    "matplotlib.patches.Rectangle": ("xy", "get_x get_y get_width get_height get_xy get_center"),
    "matplotlib.patches.Polygon": ("xy", "get_xy"),
    "matplotlib.patches.Wedge": ("theta1 theta2 r center width", ""),
    "matplotlib.collections.Collection": (
        "",
        "get_offsets get_array get_facecolor get_edgecolor get_facecolors get_edgecolors "
        "get_linewidth",
    ),
    "matplotlib.collections._CollectionWithSizes": ("", "get_sizes"),
    "matplotlib.collections.LineCollection": ("", "get_segments"),
    "matplotlib.text.Text": (
        "",
        "get_text get_position get_color get_fontsize get_rotation get_ha get_va get_fontweight",
    ),
    "matplotlib.text.Annotation": ("xy xyann", ""),
    "matplotlib.legend.Legend": ("legend_handles", "get_texts get_title get_lines get_patches"),
    "matplotlib.markers.MarkerStyle": ("_marker", "get_marker"),
    "matplotlib.image._ImageBase": ("_A cmap", "get_array get_extent get_cmap get_clim"),
    "matplotlib.colors.Colormap": ("name", ""),
    "matplotlib.container.Container": ("", "get_label"),
    "matplotlib.container.BarContainer": ("patches errorbar orientation", ""),
    "branca.element.Element": (
        "_name _children location locations options text layer_name tile_name overlay control "
        "show icon tooltip html",
        "",
    ),
}
ROWS = {cls: (a.split(), [m.split(":") for m in c.split()]) for cls, (a, c) in TABLE.items()}
KNOWN = {a for attributes, _ in ROWS.values() for a in attributes} | {
    call[0] for _, calls in ROWS.values() for call in calls
}
SKIPPED = {  # large and never asked for
    ("folium.features.GeoJson", "options"),
}


def path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def belongs(cls: type) -> bool:
    """Whether objects of this class go as snapshots."""
    return any(path(base) in ROWS for base in cls.__mro__)


def take(thing: Any, cls: type) -> tuple[dict[str, Any], list[tuple[str, list[str], Any]]]:
    """What a snapshot of `thing` answers: attributes by name, and (method, arguments, value)."""
    attributes: dict[str, Any] = {}
    calls: list[tuple[str, list[str], Any]] = []
    for base in cls.__mro__:
        names, methods = ROWS.get(path(base), ((), ()))
        for name in names:
            if (path(cls), name) in SKIPPED:
                continue
            try:
                attributes.setdefault(name, simplified(getattr(thing, name)))
            except Exception:
                continue  # this one does not have it
        for name, *args in methods:
            try:
                calls.append((name, args, simplified(getattr(thing, name)(*args))))
            except Exception:
                continue
    return attributes, calls


def simplified(value: Any) -> Any:
    """Lists of artists and dictionaries of the libraries as plain ones; odd objects as None."""
    if type(value).__name__ == "ArtistList" or type(value).__name__ == "silent_list":
        return list(value)
    if isinstance(value, dict):
        return {key: simplified(one) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(simplified(one) for one in value)
    module = type(value).__module__.partition(".")[0]
    if module in ("matplotlib", "folium", "branca", "jinja2") and not belongs(type(value)):
        return str(value)
    return value


refusals: list[BaseException] = []  # since the check began, should it have caught them


def refuse(what: str) -> NoReturn:
    refusals.append(Refused(what))
    raise refusals[-1]


class Snapshot:
    """Answers what was taken of a chart or a map, and refuses everything else by name.

    Two of one object are equal: `_object` is its number on the learner's side.
    """

    _object = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and self._object == other._object

    def __hash__(self) -> int:
        return self._object

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name in self._attributes:
            return self._attributes[name]
        if name in self._calls:
            return Accessor(self, name)
        if name in KNOWN:  # would have been taken if it were there
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        refuse(
            f"the check asks for {name} of a {type(self).__name__}, which is not among what it "
            "sees of a chart or a map: ask for what is shown, such as texts, lines and bars"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        refuse(
            f"the check changes {name} of a {type(self).__name__}, of which it has only a copy: "
            "let the answer make the change"
        )

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Accessor:
    """A method of a snapshot: gives what the real one gave for these arguments."""

    def __init__(self, snapshot: Snapshot, name: str) -> None:
        self.snapshot, self.name = snapshot, name

    def __call__(self, *args: Any, **named: Any) -> Any:
        asked = [*args, *named.values()]
        for known, value in self.snapshot._calls[self.name]:
            if known == asked or (not known and asked in (["center"], [False])):
                return value
        refuse(
            f"the check calls {self.name}(...) of a {type(self.snapshot).__name__} with arguments: "
            "ask without them"
        )


def make(bases: Iterable[str]) -> Snapshot:
    """An empty snapshot for the first of these classes that this process has imported."""
    for name in bases:
        module, _, cls = name.rpartition(".")
        if module.partition(".")[0] not in ("matplotlib", "mpl_toolkits", "folium", "branca"):
            continue
        real = getattr(sys.modules.get(module), "__dict__", {}).get(cls)
        if isinstance(real, type) and belongs(real):
            snapshot = object.__new__(snapshot_class(real))
            fill(snapshot, {}, {})
            return snapshot
    raise Forged("a snapshot of an unknown class")


def snapshot_class(real: type) -> type[Snapshot]:
    """A class of snapshots that says it is `real`, and is called like it."""
    if real not in _classes:
        said = property(lambda self: real)
        _classes[real] = type(real.__name__, (Snapshot,), {"__class__": said})
    return _classes[real]


_classes: dict[type, type[Snapshot]] = {}


def fill(snapshot: Snapshot, attributes: dict[str, Any], calls: dict[str, list]) -> None:
    snapshot.__dict__.update(_attributes=attributes, _calls=calls)


def is_empty_axes(value: Any) -> bool:
    """A real Axes of the check's own, in which nothing is drawn."""
    return path(type(value)) == "matplotlib.axes._axes.Axes" and not value.has_data()


def fill_axes(axes: Any, drawn: Any) -> None:
    """Make of an empty Axes the snapshot of what a learner's function has drawn into it."""
    if not (is_empty_axes(axes) and isinstance(drawn, Snapshot) and drawn.__class__ is type(axes)):
        raise Forged("a chart in the place of something else")
    axes.__class__ = type(drawn)
    axes.__dict__.clear()
    axes.__dict__.update(drawn.__dict__)


# How they travel

numbers: WeakKeyDictionary[Any, int] = WeakKeyDictionary()  # of what has been taken of
counted = count()


def object_number(value: Any) -> int:
    """The same for one object, and another for each other one."""
    try:
        return numbers.setdefault(value, next(counted))
    except TypeError:  # of which Python has no weak reference, such as a container of bars
        return id(value)


def pack_snapshot(packer: Packer, value: Any) -> Packed:
    """Once in each text; where the same object comes again, only its number."""
    cls = type(value)
    if id(value) in packer.seen:
        return {"t": "same", "n": packer.seen[id(value)]}
    number = packer.seen[id(value)] = len(packer.seen)
    packer.kept.append(value)
    attributes, calls = take(value, cls)
    return {
        "t": "snapshot",
        "n": number,
        "id": object_number(value),
        "of": [path(base) for base in cls.__mro__[:-1]],
        "a": {name: packer.pack(one) for name, one in attributes.items()},
        "c": [[name, packer.items(args), packer.pack(one)] for name, args, one in calls],
    }


def open_snapshot(unpacker: Unpacker, data: dict[str, Any]) -> Snapshot:
    made = make([of_type(name, str) for name in of_type(data["of"], list)])
    made.__dict__["_object"] = of_type(data["id"], int)
    unpacker.snapshots[of_type(data["n"], int)] = made
    attributes = {of_type(k, str): unpacker.unpack(v) for k, v in data["a"].items()}
    behind_a_dot([*attributes.values()])
    calls: dict[str, list[Any]] = {}
    for name, args, value in data["c"]:
        calls.setdefault(of_type(name, str), []).append(
            (unpacker.items(args), unpacker.unpack(value))
        )
    fill(made, attributes, calls)
    return made


FAMILIES.append((belongs, pack_snapshot))
codec("snapshot", open_snapshot)
codec("same", lambda unpacker, data: unpacker.snapshots[data["n"]])
