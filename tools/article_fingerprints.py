"""Make fingerprints of the editorial, so that a test can tell whether the course repeats it.

The editorial is its publisher's and is not part of the course. Whoever has a copy of it runs

    python tools/article_fingerprints.py PATH_TO_A_COPY

which writes `tests/article_fingerprints.json`: salted hashes of every five words in a row, in
order of hash, so that the text cannot be read back from them. `tests/test_article.py` looks for
the same hashes in every text of the course.

A copy is plain text, one paragraph a line. Lines before the first paragraph (menu, headline,
dates) are told by their length and left out: the headline is a title, and titles may be named.
"""

import argparse
import hashlib
import json
import re
import secrets
from pathlib import Path

WORDS_IN_A_ROW = 5
SHORTEST_PARAGRAPH = 40  # words; the menu, the headline and the dates are shorter
TARGET = Path(__file__).parent.parent / "tests" / "article_fingerprints.json"

# Names and titles may be repeated. Of five words in a row that hold four of these, nothing is left
# that the paper wrote itself.
NAMES = frozenset(
    "america american asia charter china chinese council europe iran jinping korea korea's north "
    "northeast president putin putin's russia russian russia's security states taiwan u s ukraine "
    "ukrainian un united us vladimir xi".split()
)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation; "U.S." is one word."""
    plain = text.lower().replace("\u2019", "'").replace("u.s.", "us")
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", plain)


def windows(text: str, size: int = WORDS_IN_A_ROW) -> list[str]:
    """Return every `size` words in a row of a text."""
    found = words(text)
    return [" ".join(found[i : i + size]) for i in range(len(found) - size + 1)]


def mark(window: str, salt: str) -> str:
    """Return the fingerprint of one window: 16 hexadecimal digits."""
    return hashlib.sha256(f"{salt} {window}".encode()).hexdigest()[:16]


def is_name(window: str) -> bool:
    """Say whether a window is hardly more than names and titles."""
    return sum(word in NAMES for word in window.split()) >= WORDS_IN_A_ROW - 1


def fingerprints(article: str, salt: str) -> list[str]:
    """Return the sorted fingerprints of an article, paragraph by paragraph."""
    paragraphs = [line for line in article.splitlines() if len(words(line)) >= SHORTEST_PARAGRAPH]
    found = {w for line in paragraphs for w in windows(line) if not is_name(w)}
    return sorted(mark(window, salt) for window in found)


def repeated(text: str, marks: frozenset[str], salt: str) -> list[str]:
    """Return the windows of a text that are the article's, too, in order of the text."""
    return [window for window in windows(text) if mark(window, salt) in marks]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("article", type=Path, help="a plain-text copy, one paragraph a line")
    salt = secrets.token_hex(8)
    marks = fingerprints(parser.parse_args().article.read_text(encoding="utf-8"), salt)
    if not marks:
        raise SystemExit(f"No paragraph of {SHORTEST_PARAGRAPH} words was found in the copy.")
    kept = {"words_in_a_row": WORDS_IN_A_ROW, "salt": salt, "marks": marks}
    TARGET.write_text(json.dumps(kept, indent=0) + "\n", encoding="utf-8", newline="\n")
    print(f"{TARGET.name}: {len(marks)} fingerprints")


if __name__ == "__main__":
    main()
