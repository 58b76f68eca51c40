"""What the look promises, in real kernels and on pandas and matplotlib themselves."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
import summit_look
from nbclient import NotebookClient

TEXT = "A sentence that is long enough to be text and so may be broken into several lines."


def run(*sources, allow_errors=False):
    """The outputs of cells that ran in a kernel of this environment, nothing imported for them."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    NotebookClient(nb, kernel_name="python3", timeout=120, allow_errors=allow_errors).execute()
    return [cell.outputs for cell in nb.cells]


@pytest.fixture(autouse=True)
def style():
    with matplotlib.rc_context(fname=summit_look.STYLE):
        yield
    plt.close("all")


# Charts

CHART = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar(["2021", "2022"], [146.9, 190.3])
ax.set_title("It grew\\nBillion US dollars")
ax.set_xlabel("Source: customs")
plt.show()
"""


@pytest.fixture(scope="module")
def shown():
    """The same chart from two kernels."""
    return [run(CHART)[0] for _ in range(2)]


def test_a_plain_chart_is_a_vector_picture_without_a_warning(shown):
    (output,) = shown[0]
    assert output.output_type == "display_data" and "image/svg+xml" in output.data
    assert "image/png" not in output.data


def test_two_kernels_draw_the_same_bytes(shown):
    one, two = (outputs[0].data["image/svg+xml"] for outputs in shown)
    assert one == two
    assert "<dc:date>" not in one


def test_a_chart_carries_its_title_for_screen_readers(shown):
    assert "<title>It grew Billion US dollars</title>" in shown[0][0].data["image/svg+xml"]


def test_letters_of_a_chart_can_be_read_on_a_phone(shown):
    """The page of a notebook is 343 px wide in a window of 390."""
    width = float(re.search(r'<svg [^>]*?width="([\d.]+)pt"', shown[0][0].data["image/svg+xml"])[1])
    assert 343 / (width * 96 / 72) * 12 * 96 / 72 >= 9


def test_all_text_of_a_chart_is_at_body_size():
    fig, ax = plt.subplots()
    ax.plot([1, 2], [3, 4], label="line")
    ax.legend(title="legend")
    ax.set_title("Finding\nsubtitle")
    ax.set_xlabel("Source: customs")
    ax.set_ylabel("unit")
    with summit_look.arranged(fig):
        texts = [t for t in fig.findobj(matplotlib.text.Text) if t.get_text().strip()]
        sizes = {t.get_text(): t.get_fontsize() * 96 / 72 for t in texts}
    assert len(sizes) > 8
    assert min(sizes.values()) >= 14, sizes


def bars(kind="bar"):
    fig, ax = plt.subplots()
    getattr(ax, kind)(["a name that is long", "b"], [1, 2])
    ax.set_title("The finding\nThe unit")
    ax.set_xlabel("Source: customs")
    return fig, ax


def test_the_first_line_of_a_title_is_bold_and_the_rest_plain():
    fig, ax = bars()
    with summit_look.arranged(fig):
        fig.draw_without_rendering()
        (headline,) = ax.texts
        assert (headline.get_text(), headline.get_fontweight()) == ("The finding", "bold")
        assert ax.title.get_text().strip() == "The unit"
        assert ax.title.get_fontweight() == "normal"
        # neither covers the other: the title keeps an empty line for the headline
        below = ax.title.get_window_extent()
        above = headline.get_window_extent()
        assert above.y0 >= below.y0 + below.height * 0.4 and above.y1 <= below.y1 + 1


@pytest.mark.parametrize("kind", ["bar", "barh"])
def test_title_and_source_stand_at_the_left_end_of_the_labels(kind):
    fig, ax = bars(kind)
    with summit_look.arranged(fig):
        fig.draw_without_rendering()
        labels = min(t.get_window_extent().x0 for t in ax.get_yticklabels())
        for text in (ax.title, *ax.texts, ax.xaxis.label):
            assert abs(text.get_window_extent().x0 - labels) < 3, text.get_text()


def test_a_long_title_is_broken_and_nothing_is_cut():
    fig, ax = bars()
    ax.set_title(f"{TEXT} {TEXT}\n{TEXT} {TEXT}")
    with summit_look.arranged(fig):
        fig.draw_without_rendering()
        for text in (ax.title, *ax.texts):
            assert text.get_window_extent().x1 <= fig.bbox.x1
        assert " ".join(ax.texts[0].get_text().split()) == f"{TEXT} {TEXT}"


@pytest.mark.parametrize("kind", ["bar", "barh"])
def test_a_figure_is_afterwards_as_the_learner_made_it(kind):
    fig, ax = bars(kind)

    def state():
        title, label = ax.title, ax.xaxis.label
        grids = [axis.get_tick_params().get("gridOn") for axis in (ax.xaxis, ax.yaxis)]
        spines = [spine.get_visible() for spine in ax.spines.values()]
        return (
            [ax.get_title(), title.get_fontweight(), title.get_fontsize(), title.get_ha()],
            [ax.get_xlabel(), label.get_ha(), list(ax.texts), grids, spines],
        )

    before = state()
    for _ in range(2):
        with summit_look.arranged(fig) as title:
            assert title == "The finding The unit"
        assert state() == before


@pytest.mark.parametrize(
    ("draw", "x", "y"),
    [
        (lambda ax: ax.bar(["a", "b"], [1, 2]), False, True),
        (lambda ax: ax.barh(["a", "b"], [1, 2]), True, False),
        (lambda ax: pd.Series([1, 2], ["a", "b"]).plot.barh(ax=ax), True, False),
        (lambda ax: pd.Series([1, 2], ["a", "b"]).plot.bar(ax=ax), False, True),
        (lambda ax: ax.plot([2021, 2022], [1, 2]), False, True),
        (lambda ax: ax.imshow([[1, 2]]), False, False),
    ],
    ids=["bar", "barh", "pandas barh", "pandas bar", "line", "matrix"],
)
def test_grid_lines_are_on_the_axis_of_values_alone(draw, x, y):
    fig, ax = plt.subplots()
    draw(ax)
    with summit_look.arranged(fig):
        axes = (ax.xaxis, ax.yaxis)
        seen = [any(line.get_visible() for line in axis.get_gridlines()) for axis in axes]
    assert seen == [x, y]


# Tables


class Cells(HTMLParser):
    """The cells of a table: tag, attributes, text."""

    def __init__(self, html):
        super().__init__()
        self.cells, self.rows = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.cells.append([tag, dict(attrs), ""])
            self.rows[-1].append(self.cells[-1])

    def handle_data(self, data):
        if self.cells:
            self.cells[-1][2] += data.strip()

    def headers(self):
        return [text for _, _, text in self.rows[0]]

    def style(self, text):
        return next(attrs.get("style", "") for _, attrs, found in self.cells if found == text)


def cells(value):
    show = summit_look.series_html if isinstance(value, pd.Series) else summit_look.frame_html
    return Cells(show(value))


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "statement_id": ["S01", "S02"],
            "text": [TEXT, "short"],
            "count": [3, 14],
            "date": pd.to_datetime(["2023-03-21", None]),
        }
    )


def test_text_stands_left_and_numbers_right(table):
    shown = cells(table)
    for text in ("S01", TEXT, "statement_id", "text", "2023-03-21"):
        assert "text-align: left" in shown.style(text), text
    for number in ("3", "14", "count"):
        assert "text-align: right" in shown.style(number), number


def test_dates_and_ids_stay_in_one_line_and_long_text_wraps(table):
    shown = cells(table)
    assert "nowrap" in shown.style("2023-03-21") and "nowrap" in shown.style("S01")
    assert "nowrap" not in shown.style(TEXT) and "max-width: 60ch" in shown.style(TEXT)


def test_names_and_phrases_leave_the_room_to_prose():
    shown = cells(pd.DataFrame({"who": ["the parties to the conflict; China"], "says": [TEXT]}))
    assert "max-width: 24ch" in shown.style("the parties to the conflict; China")
    assert "max-width: 60ch" in shown.style(TEXT)


def test_short_names_and_headers_may_break_on_a_phone_and_dates_and_ids_may_not():
    """The style sheet of a narrow window asks for these marks."""
    html = summit_look.frame_html(
        pd.DataFrame(
            {"statement_id": ["S01"], "who_said_it": ["Xi Jinping"], "day": ["2023-03-21"]}
        )
    )
    assert "who_<wbr>said_<wbr>it</th>" in html
    marked = [text for _, attrs, text in Cells(html).cells if attrs.get("class") == "phrase"]
    assert marked == ["Xi Jinping"]


def test_long_text_is_whole(table):
    assert any(text == TEXT for _, _, text in cells(table).cells)


def test_row_numbers_go_beside_an_id_and_when_a_table_is_shown_whole(table):
    assert cells(table).headers() == list(table.columns)
    assert cells(table.tail(1)).headers() == list(table.columns)
    assert cells(table.drop(columns="statement_id")).headers() == ["text", "count", "date"]


def test_row_numbers_stay_where_they_say_which_rows_these_are(table):
    part = table.drop(columns="statement_id").tail(1)
    assert cells(part).rows[1][0][2] == "1"


def test_years_in_an_index_stay():
    shown = cells(pd.DataFrame({"total": [1, 2]}, index=[2021, 2022]))
    assert [row[0][2] for row in shown.rows[1:]] == ["2021", "2022"]


def test_a_table_of_more_than_twenty_rows_is_cut_and_says_so():
    table = pd.DataFrame({"id": range(23)})
    html = summit_look.frame_html(table)
    assert len(Cells(html).rows) == 1 + 12 and "... 11 more rows" in html
    assert len(Cells(summit_look.frame_html(table.head(20))).rows) == 1 + 20
    assert "more row" not in summit_look.frame_html(table.head(20))


def test_a_learner_can_ask_for_more_rows():
    with pd.option_context("display.max_rows", None):
        assert len(cells(pd.DataFrame({"id": range(23)})).rows) == 1 + 23


def test_no_header_is_empty_and_each_has_a_scope(table):
    tables = [table, table.describe(), pd.crosstab(table["text"], table["count"])]
    for shown in map(cells, [*tables, table["text"].value_counts(), table["count"]]):
        headers = [(attrs, text) for tag, attrs, text in shown.cells if tag == "th"]
        assert headers and all(text and "scope" in attrs for attrs, text in headers)


def test_a_series_shows_without_its_line_of_name_and_type():
    outputs = run("import pandas as pd\npd.Series(['a', 'a', 'b']).value_counts()")[0]
    data = outputs[0].data
    assert "dtype" not in data["text/plain"] and "Name:" not in data["text/plain"]
    assert "text-align: right" in data["text/html"]


def test_the_same_table_gives_the_same_markup_and_text_is_escaped():
    table = pd.DataFrame({"a": ["<b>&"]})
    assert summit_look.frame_html(table) == summit_look.frame_html(table)
    assert "<b>" not in summit_look.frame_html(table)
    assert "&lt;b&gt;&amp;" in summit_look.frame_html(table)


def test_columns_in_levels_are_left_to_pandas(table):
    wide = table.pivot_table(index="text", columns=["statement_id", "count"], aggfunc="size")
    assert "<table" in summit_look.frame_html(wide)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame(index=["x"]),
        pd.DataFrame({"a": [None, float("nan"), 1.5]}),
        pd.DataFrame({"a": [[1, 2], {"b": 1}]}),
        pd.DataFrame([[1, 2]], columns=["same", "same"]),
        pd.DataFrame({"a": pd.array([True, None], dtype="boolean")}),
        pd.DataFrame({"a": pd.Categorical(["x", None])}),
        pd.DataFrame({("a",): ["x\ny"]}),
        pd.DataFrame({"a": pd.to_timedelta([1, 2], unit="D")}),
        pd.DataFrame({n: [n] for n in range(30)}),
        pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)])),
    ],
    ids=str,
)
def test_no_table_is_too_odd(table):
    assert "<table" in summit_look.frame_html(table)
    for column in range(table.shape[1]):
        assert "<table" in summit_look.series_html(table.iloc[:, column])


# Errors and the kernel


def error_of(code):
    (outputs,) = run(code, allow_errors=True)
    return [line for line in "\n".join(outputs[0].traceback).split("\n") if line]


def test_an_error_is_a_sentence_and_the_line_it_is_about():
    assert error_of("def f():\n    return missing\n\nf()") == [
        "NameError: name 'missing' is not defined",
        "In line 2 of the cell: return missing",
    ]


def test_an_error_deep_in_a_library_names_the_learners_own_line():
    *_, last = error_of("import json\n\nrows = json.loads('{')")
    assert last == "In line 3 of the cell: rows = json.loads('{')"


def test_a_failed_check_says_its_own_sentence_alone():
    assert error_of("assert 1 == 2, 'Look at the first line.'") == [
        "AssertionError: Look at the first line."
    ]


def test_a_kernel_that_draws_nothing_imports_nothing():
    code = "import sys\nprint([m for m in ('matplotlib', 'pandas') if m in sys.modules])"
    assert run(code)[0][0].text.strip() == "[]"


def test_a_kernel_says_nothing_on_the_terminal(tmp_path):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    nbformat.write(nb, tmp_path / "a.ipynb")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"]
    done = subprocess.run(
        [*command, "--log-level=ERROR", "a.ipynb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "TCP" not in done.stderr and "WARNING" not in done.stderr


def test_both_settings_of_the_kernel_are_read():
    """One file is ours and one belongs to offline maps; neither hides the other."""
    pytest.importorskip("offline_maps")
    code = "import sys\nprint(sorted({'offline_maps', 'summit_look'} & set(sys.modules)))"
    assert run(code)[0][0].text.strip() == "['offline_maps', 'summit_look']"


def test_the_settings_are_the_installed_ones():
    ours = Path(summit_look.__file__).parents[1] / "etc/ipython/ipython_kernel_config.json"
    installed = Path(sys.prefix) / "etc/ipython/ipython_kernel_config.json"
    assert json.loads(installed.read_text()) == json.loads(ours.read_text())
