"""How pandas' tables look: text at the left, numbers at the right, a page of rows.

The markup is plain: no random ids and no style sheet, so that the same table gives the same bytes
and looks the same in JupyterLab, in an exported page and in a notebook on the web. Every column
has a header with its scope, and no header is empty, for readers who hear the table.
"""

from collections.abc import Hashable
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20  # a longer table is cut to SOME_ROWS, and says so
SOME_ROWS = 12
MOST_COLUMNS = 12
SHORT = 24  # letters; what is no longer stays in one line: ids, names, dates
PHRASE = 60  # letters; what is no longer is a name or a phrase, and leaves the room to prose

_TABLE = "font-size: inherit; font-variant-numeric: tabular-nums; margin: 0"
_NUMBER = "text-align: right; vertical-align: top; white-space: nowrap"
_WORD = "text-align: left; vertical-align: top; white-space: nowrap"
_PHRASE = "text-align: left; vertical-align: top; min-width: 12ch; max-width: 24ch"
# About 66 letters a line at most, and no column of single words.
_TEXT = "text-align: left; vertical-align: top; min-width: 24ch; max-width: 60ch"


class _Column(NamedTuple):
    """A column as it is shown: its name, the style of its cells, their texts."""

    name: str
    style: str
    cells: list[str]

    @property
    def look(self) -> str:
        """The attributes of its cells; short names of several words may break on a phone alone."""
        phrase = self.style == _WORD and any(" " in cell for cell in self.cells)
        return ('class="phrase" ' if phrase else "") + f'style="{self.style}"'


def frame_html(frame: "pd.DataFrame") -> str | None:
    """Return a table as HTML; one with columns in levels looks as pandas draws it."""
    import pandas as pd

    if not pd.get_option("display.notebook_repr_html"):
        return None
    if frame.columns.nlevels > 1:
        return str(frame.to_html(max_rows=_most_rows(len(frame)), border=0))
    shown = frame.head(_most_rows(len(frame)))
    some = shown.iloc[:, : MOST_COLUMNS if len(frame.columns) > MOST_COLUMNS else None]
    columns = [_column(name, some.iloc[:, at]) for at, name in enumerate(some.columns)]
    return _html(
        _index(shown.index) if _index_says_something(frame, shown) else [],
        columns,
        "" if frame.columns.name is None else str(frame.columns.name),
        [
            _more(len(frame) - len(shown), "row"),
            _more(len(frame.columns) - len(some.columns), "column"),
        ],
    )


def series_html(series: "pd.Series[Any]") -> str | None:
    """Return a series as a table of its index and its values."""
    import pandas as pd

    if not pd.get_option("display.notebook_repr_html"):
        return None
    shown = series.head(_most_rows(len(series)))
    values = _column("value" if series.name is None else series.name, shown)
    return _html(_index(shown.index), [values], "", [_more(len(series) - len(shown), "row")])


def series_text(series: "pd.Series[Any]", printer: Any, cycle: bool) -> None:
    """Print a series for IPython without its line of name, length and dtype."""
    text = series.to_string(max_rows=_most_rows(len(series))) if len(series) else repr(series)
    printer.text(text)


def _most_rows(length: int) -> int:
    """Return how many rows are shown: ours, or what the learner has set in pandas."""
    import pandas as pd

    most = pd.get_option("display.max_rows")
    if most == 60:  # pandas' own default: nobody has asked for anything
        return length if length <= MOST_ROWS else SOME_ROWS
    return length if most is None else int(most)


def _more(count: int, what: str) -> str:
    return f"... {count} more {what}{'' if count == 1 else 's'}" if count > 0 else ""


def _index_says_something(frame: "pd.DataFrame", shown: "pd.DataFrame") -> bool:
    """Whether row labels are more than numbers beside an id or beside a table shown whole."""
    import pandas as pd

    index = frame.index
    if index.name is not None or index.nlevels > 1 or not pd.api.types.is_integer_dtype(index):
        return True
    if any(str(name).lower() == "id" or str(name).lower().endswith("_id") for name in frame):
        return False
    counted = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    return not (counted and len(shown) == len(frame)) or not len(frame.columns)


def _index(index: "pd.Index") -> list[_Column]:
    """Return the levels of an index as columns; a level without a name gets an empty one."""
    levels = [index.get_level_values(number) for number in range(index.nlevels)]
    return [
        _column("" if level.name is None else level.name, level.to_series(name=""))
        for level in levels
    ]


def _column(name: Hashable, values: "pd.Series[Any]") -> _Column:
    """Return a column with its values as pandas prints them, and whole where they are text."""
    import pandas as pd

    kind = pd.api.types
    is_number = kind.is_numeric_dtype(values) and not kind.is_bool_dtype(values)
    if len(values) and (is_number or kind.is_datetime64_any_dtype(values)):
        printed = values.to_string(index=False, header=False, max_rows=None)
        cells = [cell.strip() for cell in printed.split("\n")]
    else:
        cells = ["NaN" if value is pd.NA or value != value else str(value) for value in values]
    longest = max(map(len, cells), default=0)
    styles = {SHORT: _WORD, PHRASE: _PHRASE, longest: _TEXT}
    fitting = next(style for most, style in styles.items() if longest <= most)
    return _Column(str(name), _NUMBER if is_number else fitting, cells)


def _html(index: list[_Column], columns: list[_Column], over: str, more: list[str]) -> str:
    """Return the table; `over` is a header for all columns, `more` what stands below."""
    shown = index + columns
    lines = [f'<table class="dataframe" style="{_TABLE}">', "<thead>"]
    if over and columns:
        corner = f'<td colspan="{len(index)}"></td>' if index else ""
        span = f'<th scope="colgroup" colspan="{len(columns)}" style="{_WORD}">{escape(over)}</th>'
        lines.append(f"<tr>{corner}{span}</tr>")
    lines.append("<tr>" + "".join(map(_header, shown)) + "</tr>")
    lines += ["</thead>", "<tbody>"]
    for row in range(len(shown[0].cells) if shown else 0):
        cells = [_cell(column, row, at < len(index)) for at, column in enumerate(shown)]
        lines.append("<tr>" + "".join(cells) + "</tr>")
    lines += ["</tbody>", "</table>"]
    lines += [f"<p>{line}</p>" for line in more if line]
    return "\n".join(lines)


def _header(column: _Column) -> str:
    if not column.name:
        return "<td></td>"  # an empty cell, not an empty header
    name = escape(column.name).replace("_", "_<wbr>")  # where a long name may break on a phone
    return f'<th scope="col" style="{column.style}">{name}</th>'


def _cell(column: _Column, row: int, heads: bool) -> str:
    text = escape(column.cells[row]).replace("\n", "<br>")
    if heads and text:
        return f'<th scope="row" {column.look}>{text}</th>'
    return f"<td {column.look}>{text}</td>"
