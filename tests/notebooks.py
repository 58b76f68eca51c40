"""How the tests read lessons: by the tags of cells, as a learner meets them.

A cell has one role (a tag of ROLES); what can be skipped has the tag `more` too. Lessons of the
repository keep the outputs of one clean run, learners' copies have none.
"""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted((ROOT / "lessons").glob("*.ipynb"))
ROLES = [
    *("title", "setup", "warm-up", "text", "predict", "prediction", "run", "investigate"),
    *("modify", "make", "make-check", "answer", "quiz", "key-points", "words", "next"),
]


def role(cell):
    """The one role of a cell, or None."""
    found = [tag for tag in cell.metadata.get("tags", []) if tag in ROLES]
    return found[0] if len(found) == 1 else None


def is_more(cell):
    return "more" in cell.metadata.get("tags", [])


def is_folded(cell):
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def about(cell, key):
    """What a cell says about itself to the tests, in its metadata `summit`."""
    return cell.metadata.get("summit", {}).get(key)


def python_block(cell):
    """The Python that a folded answer shows, or None."""
    found = re.findall(r"```python\n(.*?)```", cell.source, flags=re.S)
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Lesson:
    """One lesson, read once, with the views of it that the tests ask for."""

    path: Path

    @property
    def number(self):
        return self.path.name[:2]

    @cached_property
    def cells(self):
        return nbformat.read(self.path, as_version=4).cells

    @property
    def markdown(self):
        return [cell for cell in self.cells if cell.cell_type == "markdown"]

    @property
    def code(self):
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def prose(self):
        """All Markdown, one string."""
        return "\n\n".join(cell.source for cell in self.markdown)

    def of(self, *roles):
        return [cell for cell in self.cells if role(cell) in roles]

    @cached_property
    def by_id(self):
        return {cell.id: cell for cell in self.cells}

    @cached_property
    def sections(self):
        """What stands between the warm-up and the quiz, cut where a heading begins."""
        cuts = []
        for cell in self.cells:
            if role(cell) in ("quiz", "key-points", "words", "next"):
                break
            if role(cell) == "text" and re.search(r"^## ", cell.source, flags=re.M):
                cuts.append([])
            if cuts:
                cuts[-1].append(cell)
        return cuts

    @property
    def core_sections(self):
        """The sections that nobody skips, without what is marked `more` in them."""
        kept = ([c for c in cells if not is_more(c)] for cells in self.sections)
        return [cells for cells in kept if cells]

    @property
    def modifies(self):
        """The folded answers to a Modify, as pairs of the cell changed and the answer."""
        return [
            (self.by_id.get(about(cell, "modifies")), cell)
            for cell in self.of("answer")
            if about(cell, "modifies")
        ]

    @property
    def makes(self):
        """The folded answers to a Make: the cell filled in, its check, and the answer."""
        found = []
        for cell in self.of("answer"):
            if about(cell, "makes"):
                blank = self.by_id.get(about(cell, "makes"))
                after = self.cells[self.cells.index(blank) + 1 :] if blank else []
                found.append(
                    (blank, next((c for c in after if role(c) == "make-check"), None), cell)
                )
        return found


def outputs_text(cell):
    """The text that a reader sees below a cell: prints, tables, words of charts and diagrams."""
    return "\n".join(text_of(output) for output in cell.get("outputs", []))


def text_of(output):
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    data = output.data
    if "image/svg+xml" in data:  # matplotlib draws letters as shapes, and says them in comments
        return "\n".join(re.findall(r"<!-- (.*?) -->", data["image/svg+xml"], flags=re.S))
    if "text/html" in data and "<iframe" not in data["text/html"]:
        page = data["text/html"].replace("<wbr>", "")
        return re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.S)
    return data.get("text/markdown") or data.get("text/plain", "")


def is_chart(output):
    return "image/svg+xml" in output.get("data", {})


def is_map(output):
    return "<iframe" in output.get("data", {}).get("text/html", "")


def is_table(output):
    return "<table" in output.get("data", {}).get("text/html", "") and not is_map(output)


def readable(text):
    """Prose without code, tags, addresses and quoted words, which may name a word to avoid."""
    text = re.sub(r"```.*?```|`[^`]*`|<(?!em>|/em>)[^>]+>|\]\([^)]*\)", " ", text, flags=re.S)
    return re.sub(r'"[^"\n]{1,40}"', " ", text)


def words(markdown):
    """How many words a reader reads: code blocks, tags and addresses do not count."""
    text = re.sub(r"```.*?```|<[^>]+>|\]\([^)]*\)", " ", markdown, flags=re.S)
    return len(re.findall(r"[^\W_]+(?:['.,%-][^\W_]+)*", text))


def names_in(source):
    """Functions, methods and attributes that code uses, and keyword arguments as `name=`."""
    tree = ast.parse(source)
    made_here = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from {node.func.id} - made_here
        if isinstance(node, ast.Call):
            yield from (f"{word.arg}=" for word in node.keywords if word.arg)
