"""Which figures, dates, quotations and names stand in prose, and where each comes from.

A page is a lesson (`lessons/NN_*.ipynb`) or an exercise with its mark scheme
(`solutions/NN_*/NN_*.ipynb`). Whatever its prose says in figures, dates, quotation marks or
people's names is either put out by a cell of the same page, or part of how the course is built
(points, minutes, numbers of lessons), or has a row in `tests/trace/NN.csv`:

page     lesson or exercise
kind     number, date, quotation or name
text     as it stands on the page; one row serves all places of a page that say the same;
         a long example may be cut: its first words and "..."
table    the table of `data/` that holds it, or `course` where the course itself made it up
row      the key of the row (several columns joined by "|"), or why the course may say it
column   the cell's column
how      empty: the cell holds the text; `rounded`: the cell's number, rounded as the text is;
         `count`: how many rows there are with these values, row = "column=value; column=value";
         else a formula in x1, x2, ... over the cells: (x1 / x2 - 1) * 100

`table`, `row` and `column` may be lists with "; ": lists of one length go together, and a single
value serves all. `tests/trace/all.csv` holds what every page may say.
Numbers written as words are not looked for.
"""

import ast
import csv
import functools
import json
import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
TRACES = ROOT / "tests" / "trace"
COLUMNS = ["page", "kind", "text", "table", "row", "column", "how"]

# Why something needs no row in data/: the course made it.
COURSE = {
    "example": "invented by the course",
    "task": "made-up data of a task",
    "interface": "a word on a button, or a message of Python",
    "term": "a word that is spoken of as a word",
    "literature": "a work that is named for further reading",
    "design": "how the course is built",
    "definition": "true by definition, as 90 degrees and 100 per cent are",
}

MONTHS = (
    "January February March April May June July August September October November December"
).split()
_MONTH = f"(?:{'|'.join(MONTHS)})"
DATE = re.compile(
    rf"\b(?:\d{{1,2}} {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{4}}|\d{{4}}-\d{{2}}-\d{{2}})\b"
)
NUMBER = re.compile(r"(?<![\w./\-−])[-−]?\d+(?:[.,]\d+)*(?:/\d+)?(?=st\b|nd\b|rd\b|th\b|\W|$)(?!/)")
QUOTED = re.compile(r"“([^”\n]+)”|(?<![\w=])\"([^\"\n]+)\"(?!\w)")
TITLED = re.compile(
    r"\b(?:President|Minister|Secretary|General|Chancellor|Ambassador|Director|[Ss]poke(?:s\w+))"
    r"(?: (?:of|for) [A-Z]\w+)? ((?:[A-Z][\w'-]+ ?){1,3})"
)

# Numbers that belong to the course and not to the world.
_PART = (
    r"lessons?|exercises?|questions?|sections?|checks?|parts?|steps?|cells?|tasks?|levels?|pages?"
)
STRUCTURE = [
    re.compile(r"^ {0,3}#{1,6} (?:Question )?\d+\.?", re.M),  # numbered headings
    re.compile(r"^\s*\d+[.)] ", re.M),  # numbered lists
    re.compile(r"(?:<summary>|\*\*)\s*\d+[.)]"),  # numbered questions that fold
    re.compile(rf"\b(?:{_PART})\W+\d+(?:(?:, | and | or | to |-)\d+)*", re.I),
    re.compile(r"\b\d+(?:(?: to | or |-)\d+)? (?:minutes?|min\b|words?\b|questions?)", re.I),
    re.compile(r"\bCC BY 4\.0|\bCC0 1\.0|\bPython 3\.\d+|\bnbgrader \d[\d.]*"),
]
POINTS = re.compile(r"\b\d+(?:\.\d+)?(?: (?:to|or|of) \d+)? points?\b", re.I)


@dataclass(frozen=True)
class Item:
    """One thing that the prose of a page says and that has to come from somewhere."""

    kind: str
    text: str


@dataclass(frozen=True)
class Page:
    """What a page says in prose, what its cells put out, and what stands in its code."""

    path: Path
    prose: str
    printed: str
    code: str

    @property
    def is_exercise(self) -> bool:
        return "solutions" in self.path.parts

    @property
    def role(self) -> str:
        return "exercise" if self.is_exercise else "lesson"

    @property
    def number(self) -> str:
        return self.path.name[:2]


def pages() -> list[Path]:
    """Return all lessons and exercises, in order."""
    return sorted(ROOT.glob("lessons/*.ipynb")) + sorted(ROOT.glob("solutions/*/*.ipynb"))


def read_page(path: Path) -> Page:
    """Read a notebook, or a Markdown file, which is prose alone."""
    if path.suffix == ".md":
        return Page(path, plain(path.read_text(encoding="utf-8")), "", "")
    cells = nbformat.read(path, as_version=4).cells
    prose = [plain(cell.source) for cell in cells if cell.cell_type == "markdown"]
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    shown = [chart_words(source) for source in code]
    printed = [text_of(o) for c in cells if c.cell_type == "code" for o in c.outputs]
    return Page(path, "\n\n".join(prose + shown), "\n".join(printed), "\n".join(code))


def plain(markdown: str) -> str:
    """Return the words of Markdown: without code, addresses, tags and marks of emphasis."""
    text = re.sub(r"```.*?```|`[^`\n]*`", " ", markdown, flags=re.S)
    text = re.sub(r"\]\([^)\s]*\)|<https?:[^>]*>|https?://\S+", "]", text)
    text = re.sub(r"<(?!summary>)[^>]+>", " ", text)
    return re.sub(r"\*(?!\*)|_(?=\W)|(?<=\W)_", "", text)


def chart_words(code: str) -> str:
    """Return the strings that a code cell writes on a chart: readers see them as prose."""
    try:
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "", code, flags=re.M))
    except SyntaxError:
        return ""
    writes = {"set_title", "suptitle", "text", "annotate", "set_xlabel", "set_ylabel"}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in writes:
            for argument in [*node.args, *(k.value for k in node.keywords)]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.append(argument.value)
    return "\n".join(found)


def text_of(output: dict) -> str:
    """Return the text that a reader sees of one output, that of vector pictures included."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    data = output.data
    shown = [data.get(kind, "") for kind in ("text/plain", "text/markdown")]
    for kind in ("text/html", "image/svg+xml"):
        if "<iframe" not in data.get(kind, ""):
            shown.append(re.sub(r"<style.*?</style>|<[^>]+>", " ", data.get(kind, ""), flags=re.S))
    return "\n".join(shown)


# What a page says


def items(page: Page) -> list[Item]:
    """Return each figure, date, quotation and name in a page's prose once, in order."""
    text = page.prose
    for pattern in [*STRUCTURE, *([POINTS] if page.is_exercise else [])]:
        text = pattern.sub(" ", text)
    text = text.replace("<summary>", " ")
    found: list[Item] = []
    for match in QUOTED.finditer(text):
        found.append(Item("quotation", (match[1] or match[2]).strip()))
    found += [Item("date", match[0]) for match in DATE.finditer(text)]
    without_dates = DATE.sub(" ", text)
    found += [Item("number", match[0]) for match in NUMBER.finditer(without_dates)]
    found += [Item("name", name) for name in people() if re.search(rf"\b{name}\b", text)]
    for match in TITLED.finditer(text):
        last = re.sub(r"'s$", "", match[1].split()[-1])
        if last not in known_words():
            found.append(Item("name", last))
    return list(dict.fromkeys(found))


@functools.cache
def full_names() -> frozenset[str]:
    """Return the full names of the people who are named in `data/` as speaking or foretelling."""
    cells = {row["name"] for row in table("actors").values() if row["kind"] == "leader"}
    for name, column in SPEAKERS:
        cells |= {row[column] for row in table(name).values()} if has(name, column) else set()
    parts = (part.strip() for cell in cells for part in re.split(r"[;,(]| and ", cell))
    return frozenset(
        part
        for part in parts
        if len(names := names_of(part)) in {2, 3}
        and all(name[:1].isupper() for name in names)
        and not set(names) & NO_PEOPLE
    )


def names_of(person: str) -> list[str]:
    return [word for word in person.split() if word not in {"von", "der", "de", "van"}]


@functools.cache
def people() -> tuple[str, ...]:
    """Return the surnames of these people."""
    names = map(names_of, full_names())
    return tuple(sorted({n[0] if n[0] in FAMILY_NAME_FIRST else n[-1] for n in names}))


SPEAKERS = [("forecasts", "forecaster"), ("documents", "who"), ("said_30_percent", "speaker")]
FAMILY_NAME_FIRST = set("Xi Wang Qin Li Mao Lu Lyu Zhang Xu Park Yoon Kim".split())
# Words in the names of states, offices, armies and papers, which speak, too.
NO_PEOPLE = set(
    "States Union Nations Kingdom Korea Council Ministry Kremlin Party Assembly Agency Office Navy "
    "Department Government House Court Chamber Paper Editorial Ilbo Camp West Ukraine Russia China "
    "Commission Panel Command Secretariat Intelligence Institute Organization Force Forces Post "
    "Times Journal Economist Spiegel Studies North US Treasury Secretary-General NATO".split()
)


@functools.cache
def known_words() -> frozenset[str]:
    """Return words that follow a title and are no names that need a row of their own."""
    return frozenset({*people(), "Assembly", "Council", "Blinken's", "Secretary", "Office"})


# Where it comes from


@functools.cache
def package() -> dict:
    return json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))


def key_of(name: str) -> list[str]:
    """Return the columns that name a row of a table, as datapackage.json says."""
    for resource in package()["resources"]:
        if resource["name"] == name:
            key = resource.get("schema", {}).get("primaryKey", [])
            return [key] if isinstance(key, str) else key
    return []


@functools.cache
def table(name: str) -> dict[str, dict[str, str]]:
    """Return the rows of a table of `data/` by their keys; empty if there is no such table."""
    path = DATA / f"{name}.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    key = key_of(name) or list(rows[0])[:1]
    return {"|".join(row[column] for column in key): row for row in rows}


def has(name: str, column: str) -> bool:
    return column in next(iter(table(name).values()), {})


def tables() -> list[str]:
    return sorted(path.stem for path in DATA.glob("*.csv"))


def value(text: str) -> float | None:
    """Return the number that a text is, or None: "237,000" is 237000."""
    try:
        return float(text.replace(",", "").replace("−", "-").rstrip("%"))
    except ValueError:
        return None


def decimals(text: str) -> int:
    return len(text.partition(".")[2].rstrip("%"))


def rounds_to(number: float, text: str) -> bool:
    """Say whether a number, rounded half to even or half up, is the one in the text."""
    wanted = value(text)
    gap = 0.5 * 10 ** -decimals(text)
    return wanted is not None and abs(number - wanted) <= gap + 1e-9


def folded(text: str) -> str:
    """Return a text as it is compared: small letters, words alone."""
    return " ".join(re.findall(r"[^\W_]+(?:['’.,][^\W_]+)*", text.casefold().replace("’", "'")))


def date_forms(text: str) -> list[str]:
    """Return the forms in which a cell may hold a date: as written, and as ISO 8601."""
    forms = [text]
    match = re.fullmatch(rf"(?:(\d{{1,2}}) )?({_MONTH})(?: (\d{{4}}))?", text)
    if match:
        day, month, year = match[1], f"{MONTHS.index(match[2]) + 1:02}", match[3]
        iso = [year or "", month, f"{int(day):02}" if day else ""]
        forms.append("-".join(part for part in iso if part) if year else f"-{month}-{iso[2]}")
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        year, month, day = text.split("-")
        forms.append(f"{int(day)} {MONTHS[int(month) - 1]} {year}")
    return forms


def holds(cell: str, item: Item) -> bool:
    """Say whether a cell holds a number, date, quotation or name."""
    if item.kind == "number":
        wanted = value(item.text)
        if wanted is None:  # 68/262
            return item.text in cell
        return any(value(match[0]) == wanted for match in NUMBER.finditer(cell)) or (
            value(cell) == wanted
        )
    if item.kind == "date":
        return any(form in cell for form in date_forms(item.text))
    return f" {folded(item.text)} " in f" {folded(cell)} "


def put_out(page: Page, item: Item) -> bool:
    """Say whether a cell of the page puts it out; for an exercise, whether its code holds it."""
    shown = page.printed + ("\n" + page.code if page.is_exercise else "")
    if item.kind == "quotation":
        return holds(shown + "\n" + page.code, item)
    if item.kind in {"date", "name"} or value(item.text) is None:
        return holds(shown, item)
    printed = [n for m in NUMBER.finditer(shown) if (n := value(m[0])) is not None]
    if value(item.text) in printed:
        return True
    long_enough = len(re.sub(r"\D", "", item.text).lstrip("0")) >= 2
    return long_enough and any(rounds_to(n, item.text) for n in printed if not n.is_integer())


def traces(number: str, role: str) -> list[dict[str, str]]:
    """Return the trace rows of a page, those for all pages last."""
    own = [row for row in read_trace(TRACES / f"{number}.csv") if row["page"] == role]
    return own + read_trace(TRACES / "all.csv")


def read_trace(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{k: v or "" for k, v in row.items() if k} for row in csv.DictReader(file)]


def missing(page: Page) -> list[Item]:
    """Return what a page says and nothing accounts for."""
    rows = traces(page.number, page.role)
    return [
        item
        for item in items(page)
        if not any(speaks_of(row, item) for row in rows) and not put_out(page, item)
    ]


def speaks_of(row: dict[str, str], item: Item) -> bool:
    """Say whether a trace row is about this item; only an example of the course may be cut."""
    if row["kind"] != item.kind:
        return False
    if row["table"] == "course" and row["text"].endswith("..."):
        return item.text.startswith(row["text"].removesuffix("...").rstrip())
    return row["text"] == item.text


# Is a trace row true?


def fault(row: dict[str, str]) -> str:
    """Return one sentence that says what is wrong with a trace row, or an empty string."""
    item = Item(row["kind"], row["text"])
    who = f"{row['kind']} {row['text']!r}"
    if item.kind not in {"number", "date", "quotation", "name"}:
        return f"{who}: there is no kind {item.kind!r}."
    if row["table"] == "course":
        if row["row"] not in COURSE:
            return f"{who}: {row['row']!r} is none of {', '.join(COURSE)}."
        return ""
    if row["how"] == "count":
        return _fault_of_count(row, item, who)
    try:
        cells = list(cells_of(row))
    except KeyError as error:
        return f"{who}: {error.args[0]}"
    if not row["how"]:
        return "" if any(holds(c, item) for c in cells) else f"{who}: not in the cell {cells[0]!r}."
    numbers = [value(cell) for cell in cells]
    if None in numbers:
        return f"{who}: a cell among {cells} is no number."
    try:
        formula = "x1" if row["how"] == "rounded" else row["how"]
        result = evaluate(formula, [n for n in numbers if n is not None])
    except (ValueError, ZeroDivisionError) as error:
        return f"{who}: {error}"
    return "" if rounds_to(result, item.text) else f"{who}: the data give {result:.6g}."


def _fault_of_count(row: dict[str, str], item: Item, who: str) -> str:
    rows = table(row["table"]).values()
    if not rows:
        return f"{who}: there is no table {row['table']!r}."
    wanted = dict(part.split("=", 1) for part in row["row"].split("; ") if "=" in part)
    unknown = [column for column in wanted if not has(row["table"], column)]
    if unknown:
        return f"{who}: table {row['table']} has no column {unknown[0]!r}."
    found = sum(all(r[column] == v for column, v in wanted.items()) for r in rows)
    return "" if found == value(item.text) else f"{who}: the data have {found}."


def cells_of(row: dict[str, str]) -> Iterator[str]:
    """Yield the cells that a trace row names; raise KeyError with a sentence if one is missing."""
    parts = [row[name].split("; ") for name in ("table", "row", "column")]
    length = max(map(len, parts))
    if any(len(part) not in {1, length} for part in parts):
        raise KeyError("table, row and column are lists of different lengths.")
    for name, key, column in zip(*(p * (length // len(p)) for p in parts), strict=True):
        if not table(name):
            raise KeyError(f"there is no table {name!r}.")
        if key not in table(name):
            raise KeyError(f"table {name} has no row {key!r}.")
        if column not in table(name)[key]:
            raise KeyError(f"table {name} has no column {column!r}.")
        found = table(name)[key]
        if "read_in" in found and found["read_in"] not in table("sources"):
            raise KeyError(f"row {key} of {name} names no page where it was read.")
        yield found[column]


OPERATORS: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
FUNCTIONS: dict[str, Callable] = {"log": math.log, "sqrt": math.sqrt, "round": round, "abs": abs}


def evaluate(formula: str, cells: list[float]) -> float:
    """Return the value of a formula in x1, x2, ...; raise ValueError for anything else."""

    def walk(node: ast.AST) -> float:
        match node:
            case ast.Expression(body=body):
                return walk(body)
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.Name(id=name) if re.fullmatch(r"x\d+", name) and int(name[1:]) in range(
                1, len(cells) + 1
            ):
                return cells[int(name[1:]) - 1]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -walk(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return OPERATORS[type(op)](walk(left), walk(right))
            case ast.Call(func=ast.Name(id=name), args=args) if name in FUNCTIONS:
                found = [walk(a) for a in args]
                if name == "round" and len(found) == 2:
                    return round(found[0], int(found[1]))
                return FUNCTIONS[name](*found)
        raise ValueError(f"{formula!r} is no formula in x1 to x{len(cells)}.")

    try:
        return walk(ast.parse(formula, mode="eval"))
    except SyntaxError:
        raise ValueError(f"{formula!r} is no formula.") from None


# Where it might come from


def candidates(item: Item, most: int = 3) -> list[dict[str, str]]:
    """Return trace rows that would hold, for a person to choose from; those of facts first."""
    found: list[tuple[int, dict[str, str]]] = []
    for name in tables():
        if name in {"sources", "readers", "coverage", "misconceptions"}:
            continue
        for key, row in table(name).items():
            for column, cell in row.items():
                if column in {"origin", "read_in", "url"} or not cell:
                    continue
                number = value(cell) if item.kind == "number" else None
                if holds(cell, item):
                    how, rank = "", 0 if cell == item.text or number is not None else 1
                elif (
                    number is not None
                    and decimals(item.text) < decimals(cell)
                    and rounds_to(number, item.text)
                ):
                    how, rank = "rounded", 2
                else:
                    continue
                place = {"table": name, "row": key, "column": column, "how": how}
                found.append((rank, {"kind": item.kind, "text": item.text} | place))
    found.sort(key=lambda pair: pair[0])
    return [row for _, row in found[:most]]
