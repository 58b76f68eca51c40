"""What the checks of all exercises ask in the same way, and say in the same words.

`course.py release` copies this file into the folder of each exercise, beside its notebook.
A check stays a plain cell of asserts: it takes the learner's answer with `take`, `call`,
`number`, `items`, `rows` or `choice`, and asserts what is its own.
Every message has two sentences: what the answer shows, and where to look next.
Names that are sealed begin with the number of the exercise ("04 q3"), so that no key of one
exercise can be read from another; a message says the name without the number.
"""

import copy
import hashlib
import numbers
from collections.abc import Callable, Iterable
from typing import Any

Get = Callable[[], Any]


def take(name: str, get: Get) -> Any:
    """The learner's answer of this name, as `get` finds it: `take("result", lambda: result)`.

    A lambda, because a name that no cell has made yet stops where it is looked up.
    """
    try:
        answer = get()
    except NameError:
        answer = NotImplemented
    assert answer is not NotImplemented, (
        f"There is no {name} yet. Run the answer cell above this check, then run the check again."
    )
    assert answer is not ..., f"{name} is still blank. Replace the three dots, and run the cell."
    return answer


def call(name: str, get: Get, *arguments: Any) -> Any:
    """What the learner's function gives back for copies of these arguments."""
    function = take(name, get)
    assert callable(function), (
        f"{name} is {kind(function)}, not a function. "
        f"Take away a line that begins with {name} =, and run the cell that has def again."
    )
    try:
        got = function(*copy.deepcopy(arguments))
    except Exception as error:
        got = error
    words = str(got).lower() if isinstance(got, (TypeError, KeyError, AssertionError)) else "-"
    gap = not words or "ellipsis" in words  # what Python says of three dots in a calculation
    assert not gap, f"{name} still has a blank in it. Replace every three dots, and run the cell."
    unknown = isinstance(got, NameError) and not isinstance(got, UnboundLocalError)
    assert not unknown, (
        f"{name} uses a name that does not exist: {got}. "
        'Check its spelling. A text needs quotation marks, as in "against", and a column brackets '
        'as well, as in row["lat"]; '
        "any other name is made in a line before, in a cell that has been run."
    )
    assert not isinstance(got, AssertionError), f"{name} stops. {got}"  # our own word in a skeleton
    assert not isinstance(got, Exception), (
        f"{name} stops. Python says: {type(got).__name__}: {str(got).rstrip('.')}. {_advice(got)}"
    )
    assert got is not ..., f"{name} is still blank. Replace the three dots, and run the cell."
    assert got is not None, (
        f"{name} gives nothing back. If it prints, let it return the answer as well; "
        "if it looks something up with get, nothing was found."
    )
    return got


def number(name: str, got: Any) -> float:
    """One real number of any kind: int, float, numpy's or a fraction."""
    assert isinstance(got, numbers.Real) and not isinstance(got, bool), (
        f"{name} is {kind(got)}. One number is asked for."
    )
    assert got == got, (
        f"{name} is NaN, which is not a number. "
        "It can come from an empty cell, a label that is not there, or the mean of no rows."
    )
    return float(got)


def items(name: str, got: Any) -> list[Any]:
    """Anything that holds things in an order: a list, a tuple, a Series, an array."""
    unordered = isinstance(got, (set, frozenset))
    assert not unordered, f"{name} is {kind(got)}, which has no order. A list is asked for."
    no_list = isinstance(got, (str, bytes, dict)) or not hasattr(got, "__len__")
    assert not no_list and _can_loop(got), f"{name} is {kind(got)}. A list is asked for."
    found = list(got)
    assert not any(item is ... for item in found), (
        f"{name} still has a blank in it. Replace every three dots, and run the cell."
    )
    return found


def rows(name: str, got: Any) -> Any:
    """Rows of a table, which are a table themselves."""
    assert type(got).__name__ == "DataFrame", (
        f"{name} gives back {kind(got)}. Give back rows of the table: table[ ] with the conditions "
        "in its brackets, and not the conditions alone, one column or a number."
    )
    return got


def letters(name: str, get: Get, options: str) -> list[str]:
    """The letters that a learner chose: `["B", "A"]`, `"B, A"` or `"BA"`, in any case."""
    answer = take(name, get)
    if isinstance(answer, str):
        answer = [sign for sign in answer if sign not in " ,;"]
    assert not isinstance(answer, numbers.Number), (
        f"{name} is {kind(answer)}. Letters in quotation marks are asked for."
    )
    found = [str(item).strip().upper() for item in items(name, answer)]
    strange = [letter for letter in found if letter not in options or len(letter) != 1]
    assert not strange, (
        f"{name} holds {strange[0]!r}. Use the letters {', '.join(options)} in quotation marks."
    )
    return found


def choice(
    name: str, get: Get, options: str, right: str, reasons: dict[str, str] | None = None
) -> None:
    """One letter of `options`. `right`, and the keys of `reasons`, are written by `seal`."""
    chosen = letters(_said(name), get, options)
    assert len(chosen) == 1, f"{_said(name)} holds {len(chosen)} letters. Choose one."
    sealed = seal(name, chosen[0])
    reason = (reasons or {}).get(sealed)
    assert not reason, reason
    assert sealed == right, f"{chosen[0]} is not the best answer. Read the question once more."


def order(name: str, get: Get, options: str, right: Iterable[str], hint: str) -> None:
    """All letters of `options`, in one of the right orders, each written by `seal`."""
    chosen = letters(_said(name), get, options)
    assert sorted(chosen) == sorted(options), (
        f"{_said(name)} should hold each of {', '.join(options)} once. "
        "Compare it with the list above."
    )
    assert seal(name, "".join(chosen)) in right, f"This order does not hold. {hint}"


def seal(name: str, answer: str) -> str:
    """A closed answer, so that its key does not stand in sight: `seal("04 q6", "B")`."""
    return hashlib.sha256(f"{name}: {answer}".encode()).hexdigest()[:12]


def kind(thing: Any) -> str:
    """What a learner calls a thing of this type: a text, a whole number, a table."""
    words = {
        "str": "a text",
        "NoneType": "nothing",
        "dict": "a dictionary",
        "DataFrame": "a table",
        "ndarray": "an array",
    }
    name = type(thing).__name__
    if name in ("bool", "bool_"):
        return "True or False"
    if isinstance(thing, numbers.Real):
        return "a whole number" if isinstance(thing, numbers.Integral) else "a number"
    if name.endswith("Array"):
        return "an array"
    return words.get(name) or ("an " if name[0].lower() in "aeio" else "a ") + name


def title(ax: Any) -> str:
    """The title of a chart, wherever it stands: left, centre, right or over the whole figure."""
    places = [ax.get_title(loc="left"), ax.get_title(), ax.get_title(loc="right")]
    return "\n".join(text for text in [*places, ax.figure.get_suptitle()] if text)


def texts(ax: Any) -> str:
    """Every word beside the plot: title, names of the axes, notes on the axes and the figure."""
    notes = [text.get_text() for text in [*ax.texts, *ax.figure.texts]]
    return "\n".join([title(ax), ax.get_xlabel(), ax.get_ylabel(), *notes])


def bars(ax: Any) -> list[tuple[str, float, float]]:
    """The bars of a chart as they are seen: (name below or beside it, start, length).

    In the order of the axis, of all groups; only what `bar` or `barh` drew counts as a bar.
    """
    found = []
    for group in ax.containers:
        lying = getattr(group, "orientation", "vertical") == "horizontal"
        names = _tick_names(ax, lying)
        for bar in group.patches:
            if lying:
                middle = bar.get_y() + bar.get_height() / 2
                start, length = bar.get_x(), bar.get_width()
            else:
                middle = bar.get_x() + bar.get_width() / 2
                start, length = bar.get_y(), bar.get_height()
            found.append((middle, _nearest(names, middle), start, length))
    found.sort(key=lambda bar: bar[0])
    return [(name, start, length) for _, name, start, length in found]


def legend(ax: Any) -> list[str]:
    """The words of the legend, or none."""
    found = ax.get_legend()
    return [text.get_text() for text in found.get_texts()] if found else []


def passed(check: int | str, further: str = "") -> None:
    """Says that a check passed, and what the hidden checks try, where there are some.

    A check is its number, or a number and a part: `passed("4, second part,")`.
    """
    print(f"Check {check} passed." + (f" When you hand in, {further}." if further else ""))


def _advice(error: Any) -> str:
    """Where to look after the commonest slips; each sentence is true of every such error."""
    said = str(error)
    if "ambiguous" in said:
        return "For columns, write & for and, | for or, ~ for not, with brackets round each part."
    if any(sign in said for sign in ("for &", "for |", "rand_", "ror_")):
        return "Put brackets round each condition, since & and | are worked out before == and >."
    if said in ("True", "False") or "Multi-dimensional" in said:
        return (
            "One True or False is there in place of a column of them: compare columns, not names."
        )
    if said == "None":
        return "None was looked up: get gives None where it finds nothing."
    if isinstance(error, KeyError):
        return (
            "What you look it up in does not hold it: look at the spelling, "
            "at the table or dictionary in that line, and at the question."
        )
    if "NoneType" in said:
        return "Something there is None: append and print, for example, give nothing back."
    return "Call the function in a cell of your own, and look at the line that is named there."


def _said(name: str) -> str:
    """The name of an answer without the number of its exercise: "q3" for "04 q3"."""
    return name.split()[-1]


def _can_loop(thing: Any) -> bool:
    try:
        iter(thing)
    except TypeError:
        return False
    return True


def _tick_names(ax: Any, lying: bool) -> list[tuple[float, str]]:
    places = ax.get_yticks() if lying else ax.get_xticks()
    labels = ax.get_yticklabels() if lying else ax.get_xticklabels()
    return [(float(place), label.get_text()) for place, label in zip(places, labels, strict=False)]


def _nearest(names: list[tuple[float, str]], middle: float) -> str:
    """The tick label under a bar; none if the nearest tick is further than half a step."""
    place, name = min(names, key=lambda tick: abs(tick[0] - middle), default=(0.0, ""))
    return name if abs(place - middle) <= 0.5 else ""
