"""The look of charts, tables and errors in every kernel of the environment.

Nothing is imported or called in a notebook: the installed `ipython_kernel_config.json` loads this
package as an IPython extension. Charts stay plain matplotlib and tables plain pandas; the same
notebook runs anywhere else, with the looks of that place.

- Charts: the style is `matplotlibrc`, beside this file. When a figure is displayed, the first line
  of a title becomes the headline and the others its subtitle (`_charts`).
- Tables: text at the left, numbers at the right, 20 rows at most (`_tables`).
- Errors: one sentence, and the line of the cell that it is about (`_errors`), without colours.
"""

import os
import sys
from pathlib import Path
from typing import Any

from ._charts import arranged
from ._errors import show_own_lines
from ._tables import frame_html, series_html, series_text

__all__ = ["STYLE", "arranged", "frame_html", "load_ipython_extension", "series_html"]

STYLE = Path(__file__).with_name("matplotlibrc")


def load_ipython_extension(ipython: Any) -> None:
    """Called by IPython when a kernel starts. Imports neither matplotlib nor pandas."""
    os.environ.setdefault("MATPLOTLIBRC", str(STYLE))
    if "matplotlib" in sys.modules:  # a kernel that was forked with its libraries loaded
        sys.modules["matplotlib"].rc_file(os.environ["MATPLOTLIBRC"])
    _arrange_what_is_displayed()
    show_own_lines(ipython)
    html = ipython.display_formatter.formatters["text/html"]
    text = ipython.display_formatter.formatters["text/plain"]
    # pandas names its classes by the first of these since version 3, by the others before.
    for module in ("pandas", "pandas.core.frame"):
        html.for_type_by_name(module, "DataFrame", frame_html)
    for module in ("pandas", "pandas.core.series"):
        html.for_type_by_name(module, "Series", series_html)
        text.for_type_by_name(module, "Series", series_text)


def _arrange_what_is_displayed() -> None:
    """Let every figure that IPython displays pass through `arranged`, in any format."""
    from IPython.core import pylabtools

    plain: Any = pylabtools.print_figure
    if getattr(plain, "arranges", False):
        return

    def print_figure(figure: Any, fmt: str = "png", **options: Any) -> Any:
        metadata = dict(options.pop("metadata", {}))
        with arranged(figure) as title:
            if fmt == "svg":  # the title is what a screen reader says; no date: the same bytes
                options["metadata"] = {"Date": None, "Title": title or "Chart"} | metadata
            return plain(figure, fmt, **options)

    print_figure.arranges = True  # type: ignore[attr-defined]
    pylabtools.print_figure = print_figure  # type: ignore[assignment]
