"""What lessons say is fair, plain, spelled right, and treats every statement and misconception."""

import re
import subprocess
import sys
from urllib.parse import urlparse

import pytest
import traces

from exercises import SOLUTIONS, Exercise
from notebooks import LESSONS, ROOT, Lesson, about, outputs_text, readable

# Words that take a side, or that hide how hard something is. Quoted, they may be spoken about.
LOADED = (
    "regimes? puppet rogue thugs? evil tyrants? tyranny dictators? brutal heinous notorious "
    "infamous so-called hypocrisy hypocritical shameful warmonger\\w* collusion colluding "
    "propaganda aggressor stooge lackey henchman meddling cronies barbaric unprovoked bromance "
    "appeasement crusade bully bullying vile sinister nefarious kowtow clique gang authoritarian "
    "undeniably obviously naturally needless simply"
).split()
IDIOMS = [
    *("in a nutshell", "tip of the iceberg", "rule of thumb", "ballpark", "at the end of the day"),
    *("boils? down", "other side of the coin", "piece of cake", "by and large", "hit the nail"),
    *("jump to conclusions", "red flag", "low-hanging", "in the long run", "cherry.pick"),
    *("rings? a bell", "grain of salt", "of course", "a far cry", "apples and oranges"),
]
# Codes that stay in the data: forecasts, events, growth variants, misconceptions, replies.
CODES = r"\b(?:[FEGM]\d\d|[OR]\d{1,2})\b(?! \(\W*[a-z])"
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("data/*.md"), *ROOT.glob("teaching/*.md")]
TEXTS = (
    [(path.stem, Lesson(path).prose) for path in LESSONS]
    + [(f"exercise {path.stem}", Exercise(path).prose) for path in SOLUTIONS]
    + [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in PAGES]
)
each_text = pytest.mark.parametrize(("name", "text"), TEXTS, ids=[name for name, _ in TEXTS])


def is_page(name):
    return name.endswith(".md")


def own_words(text, short_names):
    """What the course says itself: no quotation, no word that is spoken about, no claim, no name.

    Qin Gang's name is no gang.
    """
    names = sorted({*short_names, *traces.full_names()})
    text = re.sub("|".join(map(re.escape, names)), " ", text)
    text = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    text = "\n".join(line for line in text.split("\n") if "loaded word" not in line)
    return re.sub(r"<em>.*?</em>|(?<!\*)\*[^*\n]+\*(?!\*)", " ", readable(text))


@each_text
def test_takes_no_side_by_its_words_and_uses_no_idiom(name, text, table):
    text = own_words(text, table("statements")["short_name"])
    assert not re.findall(rf"\b(?:{'|'.join(LOADED + IDIOMS)})\b", text, flags=re.I)


def test_a_name_is_no_loaded_word_and_a_loaded_word_no_name():
    assert "Gang" not in own_words("Qin Gang, China's foreign minister, said so.", [])
    assert "gang" in own_words("Qin Gang spoke of a gang.", [])


@each_text
def test_does_not_shout(name, text):
    text = readable(text)
    assert not re.search(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]", text), "no emoji"
    assert not re.search(r"\w!", text), "no exclamation marks"


@pytest.mark.parametrize(
    ("name", "text"), [pair for pair in TEXTS if not is_page(pair[0])], ids=lambda value: value[:24]
)
def test_speaks_in_words_and_not_in_codes(name, text):
    """A code may be named where words for it follow in brackets: O6 (ten votes)."""
    found = set(re.findall(CODES, readable(text)))
    assert not found, found


@each_text
def test_spells_its_words(name, text, tmp_path):
    file = tmp_path / "prose.md"
    file.write_text(readable(text), encoding="utf-8")
    spell = [sys.executable, "-m", "codespell_lib", "--builtin", "clear,rare,code"]
    spell += ["--ignore-words-list", "nam,bloc,blocs,sentance", str(file)]  # Viet Nam; a name
    run = subprocess.run(spell, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@each_text
def test_a_link_says_where_it_goes(name, text):
    for words, target in re.findall(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", text):
        assert words.lower() not in {"here", "link", "this", "click here"}, target
        parts = urlparse(target)
        assert not parts.scheme or (parts.scheme in {"https", "http"} and "." in parts.netloc)
        if is_page(name) and not parts.scheme and not target.startswith("#"):
            assert ((ROOT / name).parent / target.split("#")[0]).exists(), target


# Statements and misconceptions


def test_a_statement_comes_with_words_that_recall_it(lesson, table):
    """In each section, S07 stands beside words of its short name, or below a picture of them."""
    short = table("statements").set_index("statement_id")["short_name"]
    bare = []
    for section in [[lesson.cells[0]], *lesson.sections]:
        read = ""
        for cell in section:
            for line in cell.source.split("\n"):
                read += line.lower() + "\n"
                named = re.findall(r"\bS\d\d\b", re.sub(r"`[^`]*`", "", line))
                if cell.cell_type == "markdown":
                    bare += [(n, line) for n in named if not recalled(short[n], read)]
            read += outputs_text(cell).lower()
    assert not bare


def recalled(short_name, text):
    words = [word for word in re.findall(r"[a-z0-9%]+", short_name.lower()) if len(word) > 2]
    return any(word in text for word in words)


def test_every_statement_is_treated_in_some_lesson(lessons, table):
    named = {name for le in lessons if le.number > "00" for name in re.findall(r"S\d\d", le.prose)}
    assert set(table("statements")["statement_id"]) <= named


def test_every_misconception_is_undone_in_its_lesson(lessons, table):
    told = {
        (name, lesson.number)
        for lesson in lessons
        for cell in lesson.cells
        for name in about(cell, "misconceptions") or []
    }
    rows = table("misconceptions").itertuples()
    assert {(row.misconception_id, f"{row.lesson:02}") for row in rows} <= told
    assert {name for name, _ in told} <= set(table("misconceptions")["misconception_id"])


def test_a_misconception_is_told_in_words(lesson):
    for cell in lesson.cells:
        if about(cell, "misconceptions"):
            assert cell.cell_type == "markdown" and "**Watch out:" in cell.source, cell.id


def test_every_misconception_is_met_in_some_exercise(table):
    met = {name for path in SOLUTIONS for name in Exercise(path).misconceptions}
    register = set(table("misconceptions")["misconception_id"])
    assert met == register, (register - met, met - register)
