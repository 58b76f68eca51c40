"""What a figure gets for the time in which it is displayed, and loses again afterwards.

A learner's own objects stay as the learner made them: `ax.get_title()` gives the whole title
back, and a figure that is displayed twice is the same twice.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_SUBTITLE_SIZE = 12.0  # points
_GREY = "#444444"  # 9.7:1 on white


@contextmanager
def arranged(figure: "Figure") -> Iterator[str]:
    """Arrange titles, source lines and grids of a figure, and undo it at the end.

    Gives the titles of the figure as one line of text, "" where it has none.
    """
    titles = [axes.get_title() for axes in figure.axes]
    with ExitStack() as undo:
        for axes in figure.axes:
            _grid(axes, undo)
            # Titles hang on the left end of the labels, which is known without titles only.
            _set(axes.title, undo, visible=False)
        figure.draw_without_rendering()
        lefts = [_left_end(axes) for axes in figure.axes]
        for axes, left in zip(figure.axes, lefts, strict=True):
            _title(axes, left, undo)
            _source(axes, left, undo)
        _settle(figure, undo)
        yield " ".join(" ".join(titles).split())


def _settle(figure: "Figure", undo: ExitStack) -> None:
    """Keep the layout that the titles have brought about, and put them to its left end."""
    figure.draw_without_rendering()
    undo.callback(figure.set_layout_engine, figure.get_layout_engine())
    figure.set_layout_engine("none")
    for axes in figure.axes:
        words = [axes.title] if axes.title.get_text() else []
        words += [axes.xaxis.label] if "Source" in axes.xaxis.label.get_text() else []
        with ExitStack() as seen:
            for text in (axes.title, *axes.texts, axes.xaxis.label):
                _set(text, seen, visible=False)
            left = _left_end(axes)
        for text in words:
            _set(text, undo, position=(left, text.get_position()[1]))


def _set(artist: "Artist", undo: ExitStack, **properties: Any) -> None:
    """Set properties of an artist until `undo` closes."""
    before = {name: getattr(artist, f"get_{name}")() for name in properties}
    undo.callback(artist.set, **before)
    artist.set(**properties)


# Titles


def _left_end(axes: "Axes") -> float:
    """Return the left end of a chart with its labels, in the units of its axes (0 to 1)."""
    box = axes.get_tightbbox()
    if box is None or not axes.axison:
        return 0.0
    return min(0.0, float(box.x0 - axes.bbox.x0) / float(axes.bbox.width))


def _title(axes: "Axes", left: float, undo: ExitStack) -> None:
    """Put a title at the left end; its lines but the first become a subtitle in plain letters."""
    title = axes.title
    if not title.get_text().strip():
        return
    _set(title, undo, visible=True)
    headline, _, subtitle = title.get_text().partition("\n")
    room = _room(axes, left)
    headline = _wrapped(title, headline, room)
    _set(title, undo, text=headline, position=(left, title.get_position()[1]), ha="left")
    if not subtitle:
        return
    # The title keeps empty lines for the headline, which is drawn over them.
    top = axes.annotate(
        headline,
        xy=(0, 1),
        xycoords=title,
        ha="left",
        va="top",
        color=title.get_color(),
        fontproperties=title.get_fontproperties().copy(),
        annotation_clip=False,
    )
    top.set_in_layout(False)
    undo.callback(top.remove)
    _set(title, undo, fontsize=_SUBTITLE_SIZE, fontweight="normal", color=_GREY)
    undo.callback(title.set_linespacing, 1.2)
    title.set_linespacing(1.5)
    lines = headline.count("\n") + 1
    _set(title, undo, text="\n" * lines + _wrapped(title, subtitle, room))


def _source(axes: "Axes", left: float, undo: ExitStack) -> None:
    """Put a label of the x axis that names a source under the left end of the chart."""
    label = axes.xaxis.label
    if "Source" in label.get_text():
        _set(label, undo, text=_wrapped(label, label.get_text(), _room(axes, left)))
        _set(label, undo, position=(left, label.get_position()[1]), ha="left")


def _room(axes: "Axes", left: float) -> float:
    """Return the pixels between the left end of a chart and the right end of its axes."""
    return float(axes.bbox.width) * (1 - left)


def _wrapped(text: "Text", words: str, room: float) -> str:
    """Return the words in lines that are no wider than room, when drawn as `text` is."""
    figure = text.get_figure(root=True)
    assert figure is not None
    before = text.get_text()

    def width(line: str) -> float:
        text.set_text(line)
        return float(text.get_window_extent().width)

    lines: list[str] = []
    for given in words.split("\n"):
        line = ""
        for word in given.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width(longer) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    text.set_text(before)
    return "\n".join(lines)


# Grids


def _names(axis: "Axis") -> bool:
    """Whether an axis shows names: categories, or labels that were set one by one."""
    formatter = type(axis.get_major_formatter()).__name__
    if (
        formatter == "FuncFormatter"
    ):  # what `set_ticklabels` makes of a list, and pandas of an index
        return type(axis.get_major_locator()).__name__ == "FixedLocator"
    return formatter in ("StrCategoryFormatter", "FixedFormatter")


def _grid(axes: "Axes", undo: ExitStack) -> None:
    """Keep grid lines for an axis of values alone, and turn them with bars that lie."""

    def switch(axis: Literal["x", "y"], on: bool) -> None:
        undo.callback(axes.grid, not on, axis=axis)
        axes.grid(on, axis=axis)

    x_on, y_on = (bool(axis.get_tick_params().get("gridOn")) for axis in (axes.xaxis, axes.yaxis))
    if not y_on:
        return  # no style of ours, or the learner's own choice
    x_names, y_names = _names(axes.xaxis), _names(axes.yaxis)
    if axes.images or y_names:
        switch("y", False)
    if x_on and (axes.images or x_names):
        switch("x", False)
    if y_names and not x_names and not axes.images:
        if not x_on:
            switch("x", True)
        _set(axes.spines["left"], undo, visible=True)  # where the bars begin
        _set(axes.spines["bottom"], undo, visible=False)
