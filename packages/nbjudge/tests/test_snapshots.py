"""Charts and maps go over as frozen records, which answer like the real ones."""

import folium
import folium.plugins
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from nbjudge._values import snapshots
from nbjudge._values.codec import dumps, loads
from nbjudge._values.errors import Forged, Refused

TABLE = pd.DataFrame({"a": [3, 1, 2], "b": [1.5, 2, 9], "k": ["x", "y", "x"]}, index=list("pqr"))


@pytest.fixture(autouse=True)
def closed():
    snapshots.refusals.clear()
    yield
    plt.close("all")


def axes():
    return plt.subplots()[1]


def drawn(draw):
    """A function that makes an Axes and draws on it."""

    def make():
        ax = axes()
        draw(ax)
        return ax

    return make


def dated(ax):
    ax.plot(pd.date_range("2020", periods=3), [1, 2, 3])
    ax.set(xlabel="when", ylabel="what", title="T", ylim=(0, 9), yscale="log")


def annotated(ax):
    ax.annotate("here", xy=(1, 2), xytext=(3, 4), arrowprops={"arrowstyle": "->"})
    ax.text(0.5, 0.5, "words", color="red", rotation=45, ha="right")
    ax.axhline(1, linestyle="--")
    ax.axvspan(0, 1, alpha=0.3)
    ax.set_title("left", loc="left")
    ax.figure.suptitle("above")


def twins(ax):
    ax.plot([1, 2], [3, 4], "r--o", label="one")
    other = ax.twinx()
    other.bar([1, 2], [5, 6], color=["b", "g"], label="two")
    other.legend()
    ax.legend(title="legend", loc="upper left")


CHARTS = {
    "empty": axes,
    "bar": drawn(lambda ax: ax.bar(["a", "b"], [1, 2], color="C1", hatch="/")),
    "bar with errors": drawn(lambda ax: ax.bar([1, 2], [1, 2], yerr=[0.1, 0.2])),
    "barh": drawn(lambda ax: ax.barh(["a", "b"], [1, 2])),
    "line": drawn(lambda ax: ax.plot([1, 2], [3, np.nan], lw=3, marker="x", label="l")),
    "dates": drawn(dated),
    "scatter": drawn(lambda ax: ax.scatter([1, 2], [3, 4], s=[5, 6], c=[1, 2], alpha=0.5)),
    "hist": drawn(lambda ax: ax.hist([1, 1, 2, 5], bins=3, label="h")),
    "stepped hist": drawn(lambda ax: ax.hist([1, 1, 2, 5], histtype="step")),
    "pie": drawn(lambda ax: ax.pie([1, 2, 3], labels=list("abc"), autopct="%d")),
    "boxplot": drawn(lambda ax: ax.boxplot([[1, 2, 3], [2, 5]])),
    "image": drawn(lambda ax: ax.imshow([[1, 2], [3, 4]], extent=(0, 1, 2, 3))),
    "fill": drawn(lambda ax: ax.fill_between([1, 2], [1, 2])),
    "errorbar": drawn(lambda ax: ax.errorbar([1, 2], [1, 2], yerr=0.1)),
    "vlines": drawn(lambda ax: ax.vlines([1, 2], 0, 1)),
    "stacked": drawn(lambda ax: ax.stackplot([1, 2], [[1, 2], [3, 4]], labels=["a", "b"])),
    "text": drawn(annotated),
    "twins": drawn(twins),
    "figure": lambda: plt.subplots(2, 2, figsize=(3, 4))[0],
    "many axes": lambda: plt.subplots(1, 2, sharey=True)[1],
    "bars": lambda: axes().bar([1, 2], [3, 4], label="b"),
    "points": lambda: axes().scatter([1], [2]),
    "lines": lambda: axes().plot([1, 2], [[1, 2], [3, 4]]),
    "legend": lambda: drawn(twins)().get_legend(),
    "polar": lambda: plt.subplot(projection="polar"),
    **{
        f"DataFrame.plot.{kind}": lambda kind=kind: getattr(TABLE[["a", "b"]].plot, kind)(title="T")
        for kind in ("line", "bar", "barh", "hist", "box", "area")
    },
    "DataFrame.plot.scatter": lambda: TABLE.plot.scatter("a", "b"),
    "DataFrame.plot subplots": lambda: TABLE[["a", "b"]].plot(subplots=True),
    "DataFrame.hist": lambda: TABLE.hist(),
    **{
        f"Series.plot.{kind}": lambda kind=kind: getattr(TABLE.a.plot, kind)(ylabel="y")
        for kind in ("line", "bar", "barh", "hist", "box", "area", "pie")
    },
    "Series of dates": lambda: pd.Series(1, pd.date_range("2020", periods=9)).plot(),
}
SHAPE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": name,
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]},
        }
        for name in "pq"
    ],
}


def mapped(*things):
    def make():
        world = folium.Map([10, 20], zoom_start=3, tiles=None)
        for thing in things:
            thing().add_to(world)
        return world

    return make


def layered():
    group = folium.FeatureGroup("spots", show=False)
    for place in ((1, 2), [3.5, 4]):
        folium.CircleMarker(place, radius=7, color="red", tooltip="t", popup="<b>p</b>").add_to(
            group
        )
    return group


MAPS = {
    "empty": folium.Map,
    "tiles": mapped(
        lambda: folium.TileLayer("CartoDB positron", name="tiles"), folium.LayerControl
    ),
    "markers": mapped(
        lambda: folium.Marker([1, 2], popup="p", tooltip="t", icon=folium.Icon("red", icon="info"))
    ),
    "layers": mapped(layered, folium.LayerControl),
    "shapes": mapped(
        lambda: folium.PolyLine([[1, 2], [3, 4]], weight=5),
        lambda: folium.Polygon([[1, 2], [3, 4], [5, 6]], fill=True),
        lambda: folium.Rectangle([[1, 2], [3, 4]]),
        lambda: folium.Circle([1, 2], 500),
    ),
    "GeoJson": mapped(
        lambda: folium.GeoJson(
            SHAPE,
            name="land",
            tooltip=folium.GeoJsonTooltip(["name"]),
            style_function=lambda one: {"color": "red"},
        )
    ),
    "Choropleth": mapped(
        lambda: folium.Choropleth(
            SHAPE, data=TABLE.reset_index(), columns=["index", "a"], key_on="feature.id"
        )
    ),
    "plugins": mapped(
        lambda: folium.plugins.HeatMap([[1, 2], [3, 4]]),
        lambda: folium.plugins.MarkerCluster([[1, 2], [3, 4]], name="cluster"),
        folium.plugins.MiniMap,
        folium.plugins.Fullscreen,
    ),
    "marker": lambda: folium.Marker([1, 2], popup=folium.Popup("long", max_width=9)),
    "group": layered,
}
ALL = {**{f"chart {k}": v for k, v in CHARTS.items()}, **{f"map {k}": v for k, v in MAPS.items()}}


def sent(thing):
    return loads(dumps(thing))


def pairs(real, copy, seen):
    """Each record within a value, with what it is a record of; compares what is no record."""
    if isinstance(copy, list | tuple | np.ndarray) and not isinstance(copy, snapshots.Snapshot):
        real = list(real)
        assert len(real) == len(copy)
        for one, other in zip(real, copy, strict=True):
            yield from pairs(one, other, seen)
    elif type(copy) is dict:
        assert [*real] == [*copy]
        for key in copy:
            yield from pairs(real[key], copy[key], seen)
    elif issubclass(type(copy), snapshots.Snapshot):
        if id(real) not in seen:
            seen[id(real)] = copy
            yield real, copy
            for name, value in copy._attributes.items():
                yield from pairs(getattr(real, name), value, seen)
            for name, known in copy._calls.items():
                for args, value in known:
                    yield from pairs(getattr(real, name)(*args), value, seen)
    else:
        assert equal(real, copy), (real, copy)


def equal(real, copy) -> bool:
    if isinstance(copy, np.ndarray):
        np.testing.assert_array_equal(np.asarray(real), copy)
        return np.asarray(real).dtype == copy.dtype
    if isinstance(copy, str) and not isinstance(real, str):
        return str(real) == copy
    if isinstance(real, float) and np.isnan(real):
        return np.isnan(copy)
    return type(real) is type(copy) and real == copy


@pytest.mark.parametrize("name", ALL)
def test_every_accessor_of_every_part_answers_the_same(name):
    real = ALL[name]()
    seen: dict = {}
    assert list(pairs(real, sent(real), seen)) and seen


@pytest.mark.parametrize("name", ALL)
def test_parts_are_of_the_same_classes_by_name_and_by_isinstance(name):
    real = ALL[name]()
    for one, copy in pairs(real, sent(real), {}):
        assert type(copy).__name__ == type(one).__name__ and copy.__class__ is type(one)
        for base in type(one).__mro__:
            assert isinstance(copy, base)
        assert not isinstance(copy, plt.Axes) or isinstance(one, plt.Axes)
        assert not isinstance(copy, folium.Map) or isinstance(one, folium.Map)


@pytest.mark.parametrize("name", ALL)
def test_one_part_is_one_record_wherever_it_is_reached(name):
    real, seen = ALL[name](), {}

    def walk(value, copy):
        if issubclass(type(copy), snapshots.Snapshot):
            assert seen.setdefault(id(value), copy) is copy
        elif isinstance(copy, list):
            for one, other in zip(list(value), copy, strict=True):
                walk(one, other)

    for one, copy in pairs(real, sent(real), {}):
        walk(one, copy)
        for attribute, value in copy._attributes.items():
            walk(getattr(one, attribute), value)


def test_the_axes_know_their_figure_and_the_figure_its_axes():
    figure, (left, right) = plt.subplots(1, 2)
    left.plot([1, 2], [3, 4])
    figure, first, second = sent([figure, left, right])
    assert figure.axes == [first, second] and first.figure is figure is second.figure
    assert first.lines[0] in first.get_lines() and first is not second


def test_what_checks_ask_of_charts():
    ax = sent(drawn(twins)())
    assert ax.lines[0].get_label() == "one" and ax.get_legend().get_title().get_text() == "legend"
    assert ax.get_legend_handles_labels()[1] == ["one"]
    assert ax.get_title() == "" and ax.get_title(loc="left") == "" and ax.get_title("center") == ""
    bars = sent(axes().bar(["a", "b"], [3, 4]))
    assert [bar.get_height() for bar in bars.patches] == [3, 4]


def test_what_checks_ask_of_maps():
    world = sent(MAPS["layers"]())
    (group,) = [c for c in world._children.values() if isinstance(c, folium.FeatureGroup)]
    spots = list(group._children.values())
    assert [spot.location for spot in spots] == [[1, 2], [3.5, 4]] and group.layer_name == "spots"
    assert [type(spot).__name__ for spot in spots] == ["CircleMarker"] * 2
    assert spots[0].options["radius"] == 7 and group.show is False and world.location == [10, 20]
    tips = [c for c in spots[0]._children.values() if isinstance(c, folium.Tooltip)]
    assert tips[0].text == "t"


@pytest.mark.parametrize(
    "use",
    [
        *("get_window_extent()", "transData", "bar", "set_title('x')", "get_title('left', 3)"),
        *("get_xticks(minor=True)", "dataLim", "plot([1])", "own", "_children"),
    ],
)
def test_what_is_not_in_the_table_is_refused_by_name(use):
    copy = sent(axes())
    name = use.partition("(")[0]
    if name == "_children":  # of a map: an Axes has one of its own, which is not taken
        with pytest.raises(AttributeError):
            eval(f"copy.{use}", {"copy": copy})
        return
    with pytest.raises(Refused, match=rf"{name}(\(\.\.\.\))? of a Axes"):
        eval(f"copy.{use}", {"copy": copy})
    assert len(snapshots.refusals) == 1


def test_an_accessor_that_the_part_has_not_is_no_attribute():
    line, spot = sent(axes().plot([1, 2])[0]), sent(MAPS["marker"]())
    assert not hasattr(line, "get_height") and getattr(line, "get_texts", 3) == 3
    assert hasattr(line, "get_xdata") and getattr(spot, "location", 3) == [1, 2]
    assert not hasattr(spot, "layer_name") and not snapshots.refusals
    with pytest.raises(AttributeError, match="'Line2D' object has no attribute 'get_height'"):
        line.get_height()


@pytest.mark.parametrize(
    "name", ["title", "own", "_attributes", "_calls", "__class__", "get_title"]
)
def test_a_record_cannot_be_changed(name):
    copy = sent(axes())
    with pytest.raises(Refused, match="only a copy"):
        setattr(copy, name, 3)
    with pytest.raises(Refused, match="only a copy"):
        delattr(copy, name)
    assert copy.get_title() == "" and isinstance(copy, plt.Axes)


def test_every_row_of_the_table_is_a_class_and_an_accessor_that_there_is():
    import importlib

    for path in snapshots.TABLE:
        module, _, cls = path.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), cls), type)
    asked = {name for attributes, _ in snapshots.ROWS.values() for name in attributes}
    asked |= {call[0] for _, calls in snapshots.ROWS.values() for call in calls}
    answered = set()
    for make in ALL.values():
        for _, copy in pairs(real := make(), sent(real), {}):
            answered |= {*copy._attributes, *copy._calls}
    assert asked == answered | {"tooltip"}


class Lying(plt.Axes):
    """Gives the right answers for a chart that it has not."""

    name = "lying"

    def get_title(self, loc="center"):
        return Text("anything")

    def get_ylim(self):
        raise ValueError

    def get_xlabel(self):
        return object()


class Text(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


def test_a_subclass_that_lies_can_only_send_plain_values():
    figure = plt.figure()
    liar = Lying(figure, (0, 0, 1, 1))
    liar.get_xlabel = lambda: "x"
    copy = sent(liar)
    assert isinstance(copy, plt.Axes) and type(copy.get_title()) is str
    assert copy.get_title() != "T" and copy.get_title() == "anything"
    with pytest.raises(AttributeError):
        copy.get_ylim()
    del liar.get_xlabel
    with pytest.raises(Refused, match="of the type object"):
        sent(liar)


def test_a_class_of_the_learners_is_a_record_of_its_known_base():
    own = type("Spot", (folium.Marker,), {})([1, 2])
    copy = sent(own)
    assert type(copy).__name__ == "Marker" and isinstance(copy, folium.Marker)
    assert copy.location == [1, 2]


@pytest.mark.parametrize(
    "of", [[], ["os.path"], ["matplotlib.axes"], ["matplotlib.nowhere.Axes"], [""]]
)
def test_a_record_of_no_known_class_is_forged(of):
    with pytest.raises(Forged):
        snapshots.make(of)
