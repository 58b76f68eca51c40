"""Each figure, date, quotation and name in prose is put out by its page or traced to `data/`.

`tests/traces.py` says what is looked for and how `tests/trace/NN.csv` is written;
`python tests/trace_missing.py PAGE` lists what a page still owes.
"""

import csv

import nbformat
import pytest
import traces
from traces import Item, Page

PAGES = traces.pages()
FILES = sorted(traces.TRACES.glob("*.csv"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parts[-2]}-{path.stem}")
def test_nothing_in_prose_is_without_a_source(path):
    page = traces.read_page(path)
    left = [f"{item.kind} {item.text!r}" for item in traces.missing(page)]
    shown = path.relative_to(traces.ROOT)
    assert not left, f"{shown}: nothing accounts for {'; '.join(left)}."


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_trace_rows_point_to_cells_that_hold_what_they_say(path):
    faults = [
        f"{path.name}: {told}" for row in traces.read_trace(path) if (told := traces.fault(row))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_trace_files_are_in_form_and_hold_nothing_that_no_page_says(path):
    with path.open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == traces.COLUMNS, path.name
    rows = traces.read_trace(path)
    keys = [(row["page"], row["kind"], row["text"]) for row in rows]
    assert not {row["page"] for row in rows} - {"lesson", "exercise", "all"}, path.name
    twice = {key for key in keys if keys.count(key) > 1}
    assert not twice, f"{path.name}: {twice} stands twice."
    if path.stem == "all":
        return
    said: dict[str, list[Item]] = {"lesson": [], "exercise": []}
    for page in map(traces.read_page, PAGES):
        if page.number == path.stem:
            said[page.role] += traces.items(page)
    idle = [
        row["text"]
        for row in rows
        if not any(traces.speaks_of(row, item) for item in said[row["page"]])
    ]
    assert not idle, f"{path.name}: no page says {'; '.join(idle)}."


# The tool itself


def page(prose: str, printed: str = "", code: str = "", name: str = "lessons/04_any.ipynb") -> Page:
    return Page(traces.ROOT / name, traces.plain(prose), printed, code)


def found(prose: str, **more: str) -> list[Item]:
    return traces.items(page(prose, **more))


@pytest.mark.parametrize(
    ("prose", "kind", "text"),
    [
        ("Trade grew by 29.3% in dollars.", "number", "29.3"),
        ("It fell: -6.9%.", "number", "-6.9"),
        ("About 237,000 people.", "number", "237,000"),
        ("A paper of 12-point size.", "number", "12"),
        ("The *General Assembly* in **68/262**.", "number", "68/262"),
        ("On 22 March 2023 it came out.", "date", "22 March 2023"),
        ("In March 2023, too.", "date", "March 2023"),
        ("By 21 March.", "date", "21 March"),
        ("Then 2023-03-21.", "date", "2023-03-21"),
        ("It says “superior”.", "quotation", "superior"),
        ('It says "superior" (S08).', "quotation", "superior"),
        ("Putin's words.", "name", "Putin"),
        ("Foreign Minister Nobody Known said so.", "name", "Known"),
        ("spokesman Nobody Known said so.", "name", "Known"),
        ("<details><summary>Why 44%?</summary>\n\nMoney.\n</details>", "number", "44"),
        ("| country | 141 |", "number", "141"),
    ],
)
def test_it_is_found_in_prose(prose, kind, text):
    assert Item(kind, text) in found(prose)


@pytest.mark.parametrize(
    "prose",
    [
        "# 4. Chart the trade",
        "## 2. A question?",
        "1. First\n2. Second",
        "- **4a** compute",
        "See lesson 03, lessons 00 to 02, and question 5 of exercise 3.",
        "About 45 minutes, in up to 300 words.",
        "Trade up (S07), ES-11/1 and `loc[2022]`.",
        "```python\nround(29.3)\n```",
        "[the page](https://example.org/20230322/4036525/1)",
        "Text: CC BY 4.0. Code: MIT.",
        "<details><summary>1. Who?</summary>",
    ],
)
def test_what_belongs_to_the_course_is_not_asked_for(prose):
    assert found(prose) == []


def test_people_are_known_from_the_data_and_offices_are_none():
    people = set(traces.people())
    assert people >= {"Xi", "Putin", "Stoltenberg", "Kirby", "Qin", "Park", "Leyen", "Zelenskyy"}
    assert not people & {"Korea", "Kremlin", "Nations", "House", "Times", "Ilbo", "Council"}


def test_points_are_structure_in_an_exercise_only():
    assert found("Worth 24 points.", name="solutions/04_any/04_any.ipynb") == []
    assert found("A paper of 12 points.") == [Item("number", "12")]


def test_titles_of_charts_are_read_as_prose(tmp_path):
    cell = nbformat.v4.new_code_cell('ax.set_title("Trade grew by 29.3%")\nsize = 14')
    path = tmp_path / "04_any.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    assert traces.items(traces.read_page(path)) == [Item("number", "29.3")]


@pytest.mark.parametrize(
    ("prose", "printed", "left"),
    [
        ("It grew by 29.3%.", "growth 29.3", []),
        ("It grew by about 29%.", "growth 29.31", []),
        ("It grew by 30%.", "growth 29.31", ["30"]),
        ("There were 7.", "6.9", ["7"]),  # a single digit is too easily met by chance
        ("It says “superior”.", "superior to it", []),
        ("It says “superior”.", "inferior", ["superior"]),
        ("On 3 May 2030.", "2030-05-03", []),
        ("On 3 May 2030.", "2030-05-04", ["3 May 2030"]),
    ],
)
def test_a_cell_accounts_for_what_it_puts_out(prose, printed, left):
    made_up = page(prose, printed, name="lessons/99_any.ipynb")  # no rows of its own
    assert [item.text for item in traces.missing(made_up)] == left


def test_a_figure_that_nothing_accounts_for_is_named():
    path = page("It grew by 77.7%, said Stoltenberg on 3 May 2030: “hardly so”.")
    told = {(item.kind, item.text) for item in traces.missing(path)}
    assert told == {
        ("number", "77.7"),
        ("name", "Stoltenberg"),
        ("date", "3 May 2030"),
        ("quotation", "hardly so"),
    }


def row(kind, text, table, row, column="", how=""):
    return dict(zip(traces.COLUMNS, ["lesson", kind, text, table, row, column, how], strict=True))


@pytest.mark.parametrize(
    "true",
    [
        row("number", "190.271", "trade_annual", "2022", "total_usd_bn"),
        row("number", "190", "trade_annual", "2022", "total_usd_bn", "rounded"),
        row("number", "29.5", "trade_annual", "2022; 2021", "total_usd_bn", "(x1 / x2 - 1) * 100"),
        row("number", "141", "un_votes", "resolution=ES-11/1; vote=for", how="count"),
        row("number", "23", "statements", "", how="count"),
        row("quotation", "Bromance", "statements", "S04", "paraphrase"),
        row("name", "Putin", "actors", "PUTIN", "name"),
        row("date", "22 March 2023", "forecasts", "F01", "made_on"),
        row("number", "88", "course", "task"),
    ],
)
def test_a_row_that_holds_has_no_fault(true):
    assert traces.fault(true) == ""


@pytest.mark.parametrize(
    ("false", "told"),
    [
        (row("number", "191", "trade_annual", "2022", "total_usd_bn"), "not in the cell"),
        (row("number", "191", "trade_annual", "2022", "total_usd_bn", "rounded"), "give 190.271"),
        (
            row(
                "number",
                "29.4",
                "trade_annual",
                "2022; 2021",
                "total_usd_bn",
                "(x1 / x2 - 1) * 100",
            ),
            "give 29.5",
        ),
        (row("number", "142", "un_votes", "resolution=ES-11/1; vote=for", how="count"), "have 141"),
        (row("number", "1", "trade_annual", "2042", "total_usd_bn"), "no row '2042'"),
        (row("number", "1", "trade_annual", "2022", "total"), "no column 'total'"),
        (row("number", "1", "trades", "2022", "total"), "no table 'trades'"),
        (row("number", "1", "un_votes", "votes=for", how="count"), "no column 'votes'"),
        (row("number", "1", "trade_annual", "2022", "total_usd_bn", "exit()"), "no formula"),
        (row("quotation", "superior", "statements", "S04", "paraphrase"), "not in the cell"),
        (row("number", "1", "course", "because"), "'because' is none of"),
        (row("thing", "1", "course", "task"), "no kind 'thing'"),
    ],
)
def test_a_row_that_does_not_hold_says_why(false, told):
    assert told in traces.fault(false)


def test_only_an_example_of_the_course_may_be_cut():
    long = Item("quotation", "The vote brought the paper about, and so on.")
    assert traces.speaks_of(row("quotation", "The vote brought ...", "course", "example"), long)
    assert not traces.speaks_of(row("quotation", "The paper ...", "course", "example"), long)
    assert not traces.speaks_of(row("quotation", "The vote ...", "events", "E01", "event"), long)


def test_a_row_to_a_fact_without_a_page_is_a_fault(monkeypatch):
    fact = dict(traces.table("trade_annual")["2022"], read_in="nowhere")
    rows = {"sources": {}, "trade_annual": {"2022": fact}}
    monkeypatch.setattr(traces, "table", lambda name: rows.get(name) or traces_table(name))
    told = traces.fault(row("number", "190.271", "trade_annual", "2022", "total_usd_bn"))
    assert "names no page where it was read" in told


traces_table = traces.table
