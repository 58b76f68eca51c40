"""summit_checks, which every check uses: each function with right answers of every kind, and with
wrong ones for each message.

The last test takes the assertions out one by one: without any of them, some case here must change.
"""

import types
from fractions import Fraction
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from exercises import asserts, summit_checks, without

matplotlib.use("agg")
SOURCE = Path(summit_checks.__file__).read_text(encoding="utf-8")


def missing():
    raise NameError("name 'q' is not defined")


def giving(value):
    return lambda *arguments: value


def failing(*arguments):
    return [][7]


def with_a_word(*arguments):
    raise AssertionError("The list grows without end. Put the claim into it.")


def from_nothing(*arguments):
    return [].append(1).append(2)


def adds_to_nothing():
    total += 1  # noqa: F821, F841


def misspelt(*arguments):
    return no_such_name  # noqa: F821


SMALL = pd.DataFrame({"side": ["a", "b"], "count": [1, 2]})


def word_between(table):
    return table[(table["side"] == "a") and (table["count"] > 1)]


def no_brackets(table):
    return table[table["side"] == "a" & table["side"] == "b"]


def blank_inside(*arguments):
    return 1 + ...


KEY = summit_checks.seal("04 q", "B")
REASONS = {summit_checks.seal("04 q", "A"): "A reads a level as growth. Look for two moments."}
ORDERS = [summit_checks.seal("04 q", "BCA")]


def choose(sc, answer):
    sc.choice("04 q", giving(answer), "ABC", KEY, REASONS)


def put_in_order(sc, answer):
    sc.order("04 q", giving(answer), "ABC", ORDERS, "What is used has to be made first.")


# What is asked of a module of checks, and what it says: part of the message, or None if it passes.
CASES = [
    (lambda sc: sc.take("q", missing), "Run the answer cell above"),
    (lambda sc: sc.take("q", giving(...)), "still blank"),
    (lambda sc: sc.take("q", giving(0)), None),
    (lambda sc: sc.call("f", lambda: 5), "is a whole number, not a function"),
    (lambda sc: sc.call("f", lambda: failing), "Python says: IndexError: list index out of range"),
    (lambda sc: sc.call("f", lambda: failing), "Call the function in a cell of your own"),
    (lambda sc: sc.call("f", lambda: {}.__getitem__, "a"), "KeyError: 'a'. What you look it up in"),
    (lambda sc: sc.call("f", lambda: {}.__getitem__, True), "in place of a column of them"),
    (lambda sc: sc.call("f", lambda: {}.__getitem__, None), "None was looked up"),
    (lambda sc: sc.call("f", lambda: word_between, SMALL), "write & for and"),
    (lambda sc: sc.call("f", lambda: no_brackets, SMALL), "Put brackets round each condition"),
    (lambda sc: sc.call("f", lambda: with_a_word), "f stops. The list grows without end."),
    (lambda sc: sc.call("f", lambda: from_nothing), "Something there is None"),
    (lambda sc: sc.call("f", lambda: misspelt), "uses a name that does not exist"),
    (lambda sc: sc.call("f", lambda: adds_to_nothing), "Python says: UnboundLocalError"),
    (lambda sc: sc.call("f", lambda: misspelt), 'A text needs quotation marks, as in "against"'),
    (lambda sc: sc.call("f", lambda: blank_inside, 1), "still has a blank in it"),
    (lambda sc: sc.call("f", lambda: giving(...)), "is still blank"),
    (lambda sc: sc.call("f", lambda: giving(None)), "gives nothing back"),
    (lambda sc: sc.call("f", lambda: giving(0), 1), None),
    (lambda sc: sc.number("q", "12"), "is a text"),
    (lambda sc: sc.number("q", True), "is True or False"),
    (lambda sc: sc.number("q", [1]), "is a list"),
    (lambda sc: sc.number("q", np.array([1])), "is an array"),
    (lambda sc: sc.number("q", pd.array(["a"])), "is an array"),
    (lambda sc: sc.number("q", np.True_), "is True or False"),
    (lambda sc: sc.number("q", 1j), "is a complex"),
    (lambda sc: sc.number("q", float("nan")), "is NaN"),
    (lambda sc: sc.items("q", {1, 2}), "has no order"),
    (lambda sc: sc.items("q", {"a": 1}), "q is a dictionary. A list is asked for"),
    (lambda sc: sc.items("q", np.int64(5)), "q is a whole number. A list is asked for"),
    (lambda sc: sc.items("q", 0.5), "q is a number. A list is asked for"),
    (lambda sc: sc.rows("f", SMALL), None),
    (lambda sc: sc.rows("f", SMALL["side"]), "f gives back a Series. Give back rows of the table"),
    (lambda sc: sc.rows("f", len(SMALL)), "f gives back a whole number. Give back rows"),
    (lambda sc: sc.items("q", 5), "is a whole number. A list is asked for"),
    (lambda sc: sc.items("q", "AB"), "is a text. A list is asked for"),
    (lambda sc: sc.items("q", [1, ...]), "still has a blank in it"),
    (lambda sc: sc.letters("q", lambda: 3, "ABC"), "Letters in quotation marks"),
    (lambda sc: sc.call("f", lambda: {}.__getitem__, ...), "still has a blank in it"),
    (lambda sc: sc.items("q", []), None),
    (lambda sc: choose(sc, "B"), None),
    (lambda sc: choose(sc, ["b"]), None),
    (lambda sc: choose(sc, "A"), "A reads a level as growth"),
    (lambda sc: choose(sc, "C"), "C is not the best answer"),
    (lambda sc: choose(sc, "AB"), "holds 2 letters"),
    (lambda sc: choose(sc, "D"), "Use the letters A, B, C"),
    (lambda sc: choose(sc, 7), "Letters in quotation marks"),
    (lambda sc: put_in_order(sc, "BCA"), None),
    (lambda sc: put_in_order(sc, "b, c, a"), None),
    (lambda sc: put_in_order(sc, pd.Series(list("BCA"))), None),
    (lambda sc: put_in_order(sc, "ABC"), "This order does not hold. What is used"),
    (lambda sc: put_in_order(sc, "BC"), "should hold each of A, B, C once"),
    (lambda sc: put_in_order(sc, ["BC", "A"]), "Use the letters"),
]


def told(module, case):
    """What a learner is told, or None."""
    try:
        case(module)
    except Exception as error:
        return str(error) or type(error).__name__


@pytest.mark.parametrize(("case", "expected"), CASES, ids=[str(n) for n in range(len(CASES))])
def test_each_answer_gets_its_message(case, expected):
    message = told(summit_checks, case)
    assert (message is None) == (expected is None), message
    assert expected is None or expected in message, message


@pytest.mark.parametrize("case", [case for case, expected in CASES if expected])
def test_each_message_has_two_sentences(case):
    message = told(summit_checks, case)
    assert message.count(". ") + message.count(": ") >= 1 and message[-1] in ".0123456789ed", (
        message
    )


def test_no_assertion_could_be_taken_out_unnoticed():
    unnoticed = []
    for lines in asserts(SOURCE):
        module = types.ModuleType("mutant")
        exec(compile(without(SOURCE, lines), "mutant", "exec"), module.__dict__)
        if all(told(module, case) == told(summit_checks, case) for case, _ in CASES):
            unnoticed.append(SOURCE.split("\n")[lines[0] - 1])
    print(f"\nsummit_checks: {len(asserts(SOURCE))} assertions, {len(unnoticed)} unnoticed")
    assert not unnoticed


NUMBERS = [3, 3.0, np.int64(3), np.float32(3), np.float64(3), Fraction(3)]
LISTS = [[3, 4], (3, 4), pd.Series([3, 4]), np.array([3, 4]), pd.Index([3, 4]), range(3, 5)]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: type(n).__name__)
def test_any_real_number_is_a_number(number):
    assert summit_checks.number("q", number) == 3.0


@pytest.mark.parametrize("held", LISTS, ids=lambda n: type(n).__name__)
def test_anything_that_holds_things_in_an_order_is_a_list(held):
    assert summit_checks.items("q", held) == [3, 4]


@pytest.mark.parametrize(
    "given", ["BA", "b, a", "B A", ["B", "A"], ("b", "a"), np.array(["B", "A"])]
)
def test_letters_may_be_written_in_every_usual_way(given):
    assert summit_checks.letters("q", giving(given), "AB") == ["B", "A"]


def test_a_function_gets_copies():
    table, names = pd.DataFrame({"a": [1, 2]}), ["x"]

    def spoil(frame, held):
        frame.drop(frame.index, inplace=True)
        held.clear()
        return 1

    summit_checks.call("spoil", lambda: spoil, table, names)
    assert len(table) == 2 and names == ["x"]


def test_a_seal_hides_the_answer_and_differs_by_question():
    seal = summit_checks.seal
    assert seal("q", "A") == seal("q", "A") != seal("q", "B")
    assert (
        len({seal(name, "A") for name in ("04 q1", "04 q2", "05 q1")}) == 3
        and len(seal("q", "A")) == 12
    )


def axes():
    return Figure().add_subplot()


def test_a_title_counts_wherever_it_stands():
    for place in ("left", "center", "right"):
        ax = axes()
        ax.set_title("Trade grew", loc=place)
        assert summit_checks.title(ax) == "Trade grew"
    ax = axes()
    ax.figure.suptitle("Trade grew")
    assert summit_checks.title(ax) == "Trade grew"
    assert summit_checks.title(axes()) == ""


def test_texts_are_all_words_beside_the_plot():
    ax = axes()
    ax.set_title("title")
    ax.set_xlabel("Source: customs")
    ax.set_ylabel("dollars")
    ax.text(0, 0, "a note")
    ax.figure.text(0, 0, "below")
    assert set(summit_checks.texts(ax).split("\n")) >= {
        *("title", "Source: customs", "dollars", "a note", "below")
    }


@pytest.mark.parametrize("lying", [False, True], ids=["standing", "lying"])
def test_bars_are_read_with_the_names_that_stand_at_them(lying):
    ax = axes()
    draw = ax.barh if lying else ax.bar
    draw(["2021", "2022"], [147, 190])
    assert summit_checks.bars(ax) == [("2021", 0, 147), ("2022", 0, 190)]


def test_bars_with_swapped_tick_labels_are_read_as_they_are_seen():
    ax = axes()
    ax.bar([0, 1], [147, 190])
    ax.set_xticks([0, 1], ["2022", "2021"])
    assert summit_checks.bars(ax) == [("2022", 0, 147), ("2021", 0, 190)]


def test_bars_without_a_name_near_them_have_none_and_lines_are_no_bars():
    ax = axes()
    ax.bar([5], [147])
    ax.set_xticks([0], ["2021"])
    assert summit_checks.bars(ax) == [("", 0, 147)]
    ax = axes()
    ax.plot([1, 2], [3, 4])
    assert summit_checks.bars(ax) == []


def test_bars_are_in_the_order_of_the_axis_and_of_all_groups():
    ax = axes()
    ax.bar([1], [10])
    ax.bar([0], [20])
    ax.set_xticks([0, 1], ["a", "b"])
    assert summit_checks.bars(ax) == [("a", 0, 20), ("b", 0, 10)]


def test_a_legend_is_its_words_or_none():
    ax = axes()
    ax.plot([1, 2], label="China")
    assert summit_checks.legend(ax) == []
    ax.legend()
    assert summit_checks.legend(ax) == ["China"]


def test_a_pass_is_said_and_what_follows(capsys):
    summit_checks.passed(3)
    summit_checks.passed(4, "checks with other tables follow")
    assert capsys.readouterr().out == (
        "Check 3 passed.\nCheck 4 passed. When you hand in, checks with other tables follow.\n"
    )
