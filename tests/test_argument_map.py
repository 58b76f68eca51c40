"""The tools that turn an indented list into an argument map: one text in every page that has it."""

import re

import nbformat
import pandas as pd
import pytest

from notebooks import ROOT

PAGES = [
    "lessons/06_list_the_arguments.ipynb",
    "lessons/90_minutes.ipynb",
    "solutions/06_list_the_arguments/06_list_the_arguments.ipynb",
]


def tools_of(page):
    cells = nbformat.read(ROOT / page, as_version=4).cells
    return next(cell.source for cell in cells if cell.id == "map-tools")


@pytest.fixture
def tools():
    """The functions of the cell, by name, and what they displayed."""
    names = {"pd": pd}
    exec(tools_of(PAGES[0]), names)
    names["shown"] = []
    names["display"] = names["shown"].append
    return names


def steps(table):
    return [tuple(row) for row in table.to_numpy()]


def test_every_page_has_the_same_tools():
    """All but the first line, which says what to do with the cell on this page."""
    assert len({tools_of(page).split("\n", 1)[1] for page in PAGES}) == 1


def test_a_list_becomes_one_row_for_each_step(tools):
    table = tools["read_list"]("A\n  + B\n    + C\n    & D\n  - E\n    - F\n")
    assert list(table.columns) == ["from", "to", "relation", "group"]
    assert steps(table) == [
        ("B", "A", "supports", ""),
        ("C", "B", "supports", "a"),
        ("D", "B", "supports", "a"),
        ("E", "A", "attacks", ""),
        ("F", "E", "attacks", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\n    A\n      + B\n        - C\n",  # the whole list moved to the right
        "A\n\t+ B\n\t\t- C",  # tabs
        "A\n + B\n        - C\n",  # other depths
        "A\n  + B\n\n    – C",  # a long dash, an empty line
    ],
)
def test_it_reads_a_list_however_it_is_moved(tools, text):
    found = steps(tools["read_list"](text))
    assert found == [("B", "A", "supports", ""), ("C", "B", "attacks", "")]


def test_an_id_stands_for_its_name_and_may_come_again(tools):
    tools["NAMES"].update(S1="S1 one", S2="S2 two")
    table = tools["read_list"]("S1\n  + S2 in my words\n  + T\n    + S2\n")
    assert steps(table) == [
        ("S2 two", "S1 one", "supports", ""),
        ("T", "S1 one", "supports", ""),
        ("S2 two", "T", "supports", ""),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A\n  B", "Begin this line with +, - or &: 'B'"),
        ("A\n+ B", "Put spaces before this line"),
        ("A\n  & B", "No line above"),
        ("A\n  +", "no words"),
        ("A\n  + B\n  & []", "no words"),
        ("A\n  + B\nC", "hangs alone, with nothing below it: 'C'"),
        ("A", "hangs alone"),
    ],
)
def test_what_is_no_list_is_named_in_one_sentence(tools, text, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        tools["read_list"](text)


def test_something_else_than_a_text_is_named(tools):
    with pytest.raises(TypeError, match="three quotation marks"):
        tools["read_list"](...)


def test_form_names_ends_and_circles(tools, capsys):
    tools["check_form"](tools["read_list"]("A\n  + B\nC\n  + D"))
    assert "2 claims are given for nothing else: A; C" in capsys.readouterr().out
    tools["check_form"](tools["read_list"]("A\n  + B\n    + A"))
    assert "a circle. A > B > A" in capsys.readouterr().out
    tools["check_form"](tools["read_list"]("A\n  + B.\n  & C.\n  - D"))
    said = capsys.readouterr().out
    assert "One main conclusion: A" in said
    assert "A, because: B and C." in said and "A, although: D." in said


def test_the_word_test_asks_about_words_that_come_from_nowhere(tools, capsys):
    tools["word_test"](tools["read_list"]("Open the library\n  + The library is quiet"))
    said = capsys.readouterr().out
    assert "No reason speaks of open." in said and "Only this line speaks of quiet" in said
    tools["word_test"](tools["read_list"]("Opened libraries\n  + We open a library"))
    assert "Each word of this claim stands in a reason" in capsys.readouterr().out


def test_a_map_says_in_words_and_arrows_what_the_table_says(tools):
    tools["NAMES"].update(S1="S1 one")
    tools["LAYERS"].update(S1="on record")
    tools["draw"](tools["read_list"]('A "b"\n  + S1\n  & [C]\n  - D\n    - E'), "My map")
    drawn = tools["shown"][0].data
    assert drawn.startswith("**My map**\n\n```mermaid\n")
    assert "\n```\n\nA solid arrow: a reason" in drawn and "A dotted line with a cross" in drawn
    assert "accTitle: My map" in drawn
    assert "accDescr: A #34;b#34;, because: S1 one and C. A #34;b#34;, although: D." in drawn
    assert '["A #34;b#34;"]:::plain' in drawn
    assert '["S1 one<br/>(on record)"]:::record' in drawn
    assert '["C<br/>(not said)"]:::unsaid' in drawn
    assert drawn.count(" --- j0") == 2 and drawn.count("j0 --> n0") == 1
    assert drawn.count("-. attacks .-x") == 2
    arrows = re.findall(r"^[nj]\d+ -.*", drawn, re.M)
    dotted = ",".join(str(at) for at, arrow in enumerate(arrows) if "attacks" in arrow)
    assert f"linkStyle {dotted} stroke-width:2px" in drawn


def test_a_map_without_attacks_does_not_speak_of_them(tools):
    tools["draw"](tools["read_list"]("A\n  + B"), "Reasons alone")
    assert "attack" not in tools["shown"][0].data and "linkStyle" not in tools["shown"][0].data
    assert "A solid arrow" in tools["shown"][0].data


def test_a_circle_is_drawn_and_does_not_run_for_ever(tools):
    tools["draw"](tools["read_list"]("A\n  + B\n    + A"), "A circle")
    assert drawn_arrows(tools["shown"][0].data) == 2


def drawn_arrows(text):
    return len(re.findall(r"^n\d+ --> n\d+$", text, re.M))


def test_a_table_and_its_list_are_the_same_map(tools, capsys):
    table = tools["read_list"]("A\n  + B\n    + C\n    & D\n  - E\n")
    tools["show_list"](table)
    assert steps(tools["read_list"](capsys.readouterr().out)) == steps(table)
