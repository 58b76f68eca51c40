"""What the lessons say is taught before it is used, true to the data, sourced, and fair."""

import ast
import builtins
import re
import subprocess
import sys
from urllib.parse import urlparse

import numpy as np
import pytest
from colorspacious import cspace_convert, deltaE

from notebooks import LESSONS, ROOT, Lesson

# Python that learners bring along, and the setup cell that lesson 00 presents as given.
KNOWN = {name for name in dir(builtins) if name.islower()} | {
    *("append", "items", "keys", "values", "lower", "upper", "strip", "split", "join", "format"),
    *("replace", "startswith", "endswith"),
}
SETUP = "datapackage.json"


# Taught before used


def names_used(source):
    """Functions, methods and attributes that a code cell uses."""
    tree = ast.parse(source)
    made_here = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from {node.func.id} - made_here


def names_taught(markdown):
    """Every word inside backticks: `trade.plot.bar` teaches plot and bar."""
    for span in re.findall(r"`([^`\n]+)`", markdown):
        yield from re.findall(r"[A-Za-z_]\w*", span)


def test_nothing_is_used_before_it_is_taught(lessons):
    taught, own, early = set(KNOWN), set(), []
    for lesson in lessons:
        for cell in lesson.cells:
            if cell.cell_type == "markdown":
                taught.update(names_taught(cell.source))
            elif SETUP not in cell.source:
                own.update(re.findall(r"^\s*def (\w+)", cell.source, flags=re.M))
                early += [
                    f"lesson {lesson.number}: {name}"
                    for name in names_used(cell.source)
                    if name not in taught and name not in own
                ]
    assert not early


# Numbers


def numbers(text):
    """Numbers as (value, decimals): 6,300 and 29.3 and 0.25, with the sign left out."""
    for found in re.findall(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?", text):
        plain = found.replace(",", "").rstrip(".")
        yield float(plain), len(plain.partition(".")[2])


EXEMPT = [
    r"```.*?```",
    r"`[^`]*`",  # code
    r"\]\([^)]*\)|https?://\S+",  # addresses
    r"^#+ .*$",  # headings
    r"^Time: .*$|^You need: .*$",
    r"^\s*\d+\. |<summary>\d+\. ",  # lists
    r"\b[Ll]essons? \d\d(?:(?: to |, | and )\d\d)*|\b[Ee]xercises? \d\d",
    r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December)(?: \d{4})?|\b(?:1[89]|20)\d\d\b(?!,)",  # dates and years
    r"\b(?:S|M|G|P|O|R|F|E)\d+\b|\b\d[a-f]\b|\bES-11/\d+\b|CC BY 4\.0|\bG7\b|\b[A-Z]\w+-\d+\b",
    r"Webis-Editorials-16|[Rr]esolutions? \d{4}|Power of Siberia 2",
    r"^(?:- )?\*\*S\d\d\*\*.*$",  # paraphrases, which are data
]


def test_numbers_in_the_prose_come_from_the_cells(lesson):
    printed = {value for value, _ in numbers(lesson.printed)}
    orphans = []
    for cell in lesson.markdown:
        text = cell.source
        for pattern in EXEMPT:
            text = re.sub(pattern, " ", text, flags=re.M | re.S if "```" in pattern else re.M)
        for value, decimals in numbers(text):
            tens = next((t for t in (1000, 100, 10) if not decimals and value % t == 0), 1)
            near = 0.5 * (10**-decimals if decimals else tens)
            if not any(abs(value - p) <= near + 1e-9 for p in printed):
                orphans.append((value, cell.source[:50]))
    assert not orphans


# Statements and misconceptions


def test_every_statement_is_treated_in_some_lesson(lessons, table):
    bold = set()
    for lesson in lessons:
        if lesson.number > "00":
            bold.update(re.findall(r"S\d\d", " ".join(re.findall(r"\*\*[^*]+\*\*", lesson.prose))))
    assert set(table("statements")["statement_id"]) - bold == set()


def test_every_misconception_is_treated_in_its_lesson(lessons, table):
    told = {
        (lesson.number, *found)
        for lesson in lessons
        for found in re.findall(r"\*\*Watch out \((M\d\d), ([^)]+)\)\.\*\*", lesson.prose)
    }
    register = {
        (f"{row.lesson:02}", row.misconception_id, row.label[0].lower() + row.label[1:])
        for row in table("misconceptions").rename(columns={"name": "label"}).itertuples()
    }
    assert told == register


def test_names_only_ids_that_exist(lessons, table):
    known = {
        "S": set(table("statements")["statement_id"]),
        "M": set(table("misconceptions")["misconception_id"]),
        "G": set(table("growth_variants")["variant_id"]),
        "F": set(table("forecasts")["forecast_id"]),
        "E": set(table("events")["event_id"]),
    }
    for lesson in lessons:
        for letter, ids in known.items():
            named = set(re.findall(rf"\b{letter}\d\d\b", lesson.prose))
            assert named <= ids, (lesson.number, named - ids)


# Fairness and plain words

LOADED = (
    "regimes? puppet rogue thugs? evil tyrants? tyranny dictators? brutal heinous notorious "
    "infamous so-called hypocrisy hypocritical shameful warmonger\\w* collusion colluding "
    "propaganda aggressor stooge lackey henchman meddling cronies barbaric unprovoked "
    "appeasement crusade bully bullying vile sinister nefarious kowtow clique gang "
    "undeniably obviously clearly naturally needless simply merely"
).split()
IDIOMS = [
    *("in a nutshell", "tip of the iceberg", "rule of thumb", "ballpark", "at the end of the day"),
    *("boils? down", "other side of the coin", "piece of cake", "by and large", "hit the nail"),
    *("jump to conclusions", "red flag", "low-hanging", "in the long run", "cherry.pick"),
    *("rings? a bell", "grain of salt", "of course", "a far cry", "apples and oranges"),
]

PAGES = [*ROOT.glob("*.md"), *(ROOT / "data").glob("*.md")]
TEXTS = [(path.stem, Lesson(path).prose) for path in LESSONS] + [
    (str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in PAGES
]
each_text = pytest.mark.parametrize(("name", "text"), TEXTS, ids=[name for name, _ in TEXTS])


def readable(text):
    """Prose without code, addresses and quoted single words, which may name a loaded word."""
    return re.sub(r'```.*?```|`[^`]*`|\]\([^)]*\)|"\w+"', " ", text, flags=re.S)


@each_text
def test_uses_no_loaded_words_idioms_or_shouting(name, text):
    text = readable(text)
    unfit = "|".join(LOADED + IDIOMS)
    assert not re.findall(rf"\b(?:{unfit})\b", text, flags=re.I)
    assert not re.search(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]", text), "no emoji"
    assert not re.search(r"\w!", text), "no exclamation marks"


@each_text
def test_spells_its_words(name, text, tmp_path):
    file = tmp_path / "prose.md"
    file.write_text(readable(text), encoding="utf-8")
    spell = [sys.executable, "-m", "codespell_lib", "--builtin", "clear,rare,code"]
    spell += ["--ignore-words-list", "nam,bloc,sentance", str(file)]  # Viet Nam; a name
    run = subprocess.run(spell, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@each_text
def test_links_are_well_formed(name, text):
    for words, target in re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", text):
        assert words.lower() not in {"here", "link", "this", "click here"}, "say where it goes"
        parts = urlparse(target)
        if parts.scheme:
            assert parts.scheme in {"https", "http"} and "." in parts.netloc, target
        elif not target.startswith("#"):
            assert name.endswith(".md"), "a lesson is copied about, so it links to no file"
            assert ((ROOT / name).parent / target.split("#")[0]).exists(), target


# Charts and maps

COLOUR = re.compile(r'"(#[0-9A-Fa-f]{6})"')
DEFICIENCIES = ["deuteranomaly", "protanomaly", "tritanomaly"]


def rgb(colour):
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def as_seen(colour, deficiency):
    space = {"name": "sRGB1+CVD", "cvd_type": deficiency, "severity": 100}
    return np.clip(cspace_convert(rgb(colour), space, "sRGB1"), 0, 1)


def contrast_with_white(colour):
    """Contrast ratio as defined by WCAG 2.2, success criterion 1.4.3."""
    c = rgb(colour)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05)


def drawing_cells(lesson):
    for cell in lesson.code:
        colours = set(COLOUR.findall(cell.source))
        if colours:
            yield cell, colours


def test_colours_stay_apart_for_colour_blind_readers(lesson):
    """Least difference of 8 in CAM02-UCS, where 1 is just noticeable (Luo and others 2006)."""
    for _, colours in drawing_cells(lesson):
        ordered = sorted(colours)
        for i, one in enumerate(ordered):
            for other in ordered[i + 1 :]:
                for deficiency in DEFICIENCIES:
                    gap = deltaE(as_seen(one, deficiency), as_seen(other, deficiency), "sRGB1")
                    assert gap >= 8, (one, other, deficiency, round(float(gap), 1))


def test_marks_stand_out_from_the_page(lesson):
    for cell, colours in drawing_cells(lesson):
        if "plt.show()" in cell.source:
            weak = {c for c in colours if c != "#FFFFFF" and contrast_with_white(c) < 3}
            assert not weak


def test_axes_name_their_unit(lesson):
    """A chart of amounts has a unit word on the axis that carries the amounts."""
    unit = r"dollar|yuan|euro|per cent|tonne|metre|missile|flight|number|score|probab|share|times"
    for cell in lesson.code:
        if "plt.show()" in cell.source and re.search(r"plot\.(bar|barh|line)\(", cell.source):
            labels = " ".join(re.findall(r"set_[xy]label\((.*)\)", cell.source))
            assert re.search(unit, labels), cell.source
