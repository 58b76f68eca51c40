"""In the fork server: what libraries do only once, at first use, so that no kernel pays for it.

The first table shown, the first chart drawn and the first map made each load fonts, templates and
more modules, for up to 0.1 s of a processor. Nothing here leaves a trace that code could see: no
settings change, no figure stays open, and chance is seeded anew in each kernel.
"""

import io
import sys
from contextlib import suppress


def rehearse() -> None:
    """Use each of these libraries once, as far as this process has imported them."""
    for name, first_use in FIRST_USES.items():
        if name in sys.modules:
            with suppress(Exception):  # then the kernels do it themselves
                first_use()


def first_table() -> None:
    import pandas as pd

    read = pd.read_csv(io.StringIO("group,share,day\na,1.5,2023-01-31\nb,,2023-02-28"))
    read["day"] = pd.to_datetime(read["day"])
    for one in (read, read.groupby("group").sum(numeric_only=True), read.merge(read, on="group")):
        repr(one), one._repr_html_()
    read.set_index("day")["share"].pct_change()


def first_chart() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()  # without pyplot, which would choose a backend
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    axes.bar(["a", "b"], [1, 2], label="bars")
    axes.plot([1.5, 2.5])
    axes.set_title("title")
    axes.legend()
    figure.canvas.print_figure(io.BytesIO(), format="png", bbox_inches="tight")
    if "pandas" in sys.modules:
        import pandas.plotting._matplotlib  # noqa: F401 (what DataFrame.plot loads)


def first_map() -> None:
    import folium

    drawn = folium.Map([0, 0], tiles=None)
    folium.CircleMarker([1, 2], 3, tooltip="a").add_to(drawn)
    folium.PolyLine([[1, 2], [3, 4]]).add_to(drawn)
    folium.LayerControl().add_to(drawn)
    drawn._repr_html_()


FIRST_USES = {"pandas": first_table, "matplotlib.pyplot": first_chart, "folium": first_map}
