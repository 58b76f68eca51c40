"""The editorial is its publisher's: no five words in a row of it stand in any text of the course.

Names and titles apart. The article itself is not needed: `article_fingerprints.json` holds salted
hashes, made by `tools/article_fingerprints.py`, and this test hashes the course in the same way.
"""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KEPT = json.loads((ROOT / "tests" / "article_fingerprints.json").read_text(encoding="utf-8"))
TEXTS = {".md", ".ipynb", ".csv", ".json", ".py", ".txt", ".toml", ".html", ".cfg"}
# Not ours, not text, or made by a run.
LEFT_OUT = {".git", ".venv", "vendor", "node_modules", "work", "artefacts", "__pycache__"}

spec = importlib.util.spec_from_file_location(
    "article_fingerprints", ROOT / "tools" / "article_fingerprints.py"
)
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


def pages(folder: Path) -> list[Path]:
    """Return every text file of a folder in which the editorial could be repeated."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in TEXTS and not LEFT_OUT & set(path.relative_to(folder).parts)
    )


def strings(value: object) -> list[str]:
    """Return the texts in a piece of JSON; a list of lines, as notebooks keep them, is one."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ["".join(value)]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else []


def text_of(path: Path) -> str:
    """Return what a file says: for a notebook, its cells and outputs without JSON's signs."""
    raw = path.read_text(encoding="utf-8")
    return "\n.\n".join(strings(json.loads(raw))) if path.suffix == ".ipynb" else raw


def found_in(folder: Path, marks: frozenset[str], salt: str) -> dict[str, list[str]]:
    """Return, for each file of a folder that repeats the article, the words that it repeats."""
    hits = {
        str(path.relative_to(folder)): tool.repeated(text_of(path), marks, salt)
        for path in pages(folder)
    }
    return {name: hit for name, hit in hits.items() if hit}


def test_no_text_of_the_course_repeats_the_article():
    hits = found_in(ROOT, frozenset(KEPT["marks"]), KEPT["salt"])
    told = "\n".join(f"{name}: {' / '.join(hit)}" for name, hit in hits.items())
    assert not hits, f"Five words in a row of the editorial; reword them.\n{told}"


def test_the_fingerprints_are_those_of_the_article():
    """Five words that it holds are known, given backwards here so that this file holds none."""
    backwards = "20th the on dinner a"
    there = " ".join(reversed(backwards.split()))
    marks = frozenset(KEPT["marks"])
    assert tool.repeated(there, marks, KEPT["salt"]) == [there]
    assert tool.repeated(backwards, marks, KEPT["salt"]) == []
    assert KEPT["words_in_a_row"] == tool.WORDS_IN_A_ROW
    assert len(marks) == len(KEPT["marks"]) > 450


MADE_UP = (
    "The mayor of the town of Lipno, who came back on Monday, told the council that the old bridge "
    "will have to be closed before winter; nobody in the room asked what that would cost, and the "
    "two largest shops on the far bank have since written to the paper that they may leave."
)
PLANTED = "told the council that the Old Bridge"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", f"# A page\n\nHe {PLANTED} is shut.\n"),
        ("data/statements.csv", f'statement_id,paraphrase\nS01,"He {PLANTED}, said more"\n'),
        ("tests/bank.py", f'ANSWER = "He {PLANTED}"\n'),
        (
            "lessons/01.ipynb",
            json.dumps({"cells": [{"source": ["He told the\n", "council that *the* Old\n"]}]}),
        ),
        (
            "lessons/02.ipynb",
            json.dumps({"cells": [{"source": [], "outputs": [{"text": [PLANTED + "\n"]}]}]}),
        ),
    ],
)
def test_a_planted_sentence_is_caught(tmp_path, name, content):
    salt = "any"
    marks = frozenset(tool.fingerprints(f"Menu\n\n{MADE_UP}\n", salt))
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert list(found_in(tmp_path, marks, salt)) == [name]
    (tmp_path / name).write_text("The town may close a bridge.", encoding="utf-8")
    if not name.endswith("ipynb"):
        assert found_in(tmp_path, marks, salt) == {}


def test_a_menu_a_headline_and_names_leave_no_fingerprint():
    names = "China's President Xi Jinping and"
    text = f"Go to contents of the page\n{' '.join(['word'] * 40)} {names}"
    marks = tool.fingerprints(text, "any")
    left = {tool.mark("word word word word word", "any")} | {
        tool.mark(window, "any")
        for window in tool.windows("word word word word " + names)
        if not tool.is_name(window)
    }
    assert set(marks) == left
    assert tool.mark("contents of the page word", "any") not in marks
    assert tool.is_name("president xi jinping russia and")
