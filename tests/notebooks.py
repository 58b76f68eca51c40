"""How the tests read notebooks: the course's lessons, their text and their outputs."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted((ROOT / "lessons").glob("*.ipynb"))


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

    @cached_property
    def sections(self):
        """The numbered sections: heading -> the Markdown below it, up to the next heading."""
        parts = re.split(r"^## (.+)$", self.prose, flags=re.M)
        pairs = zip(parts[1::2], parts[2::2], strict=True)
        return {heading: body for heading, body in pairs if re.match(r"\d\. ", heading)}

    @cached_property
    def printed(self):
        """All text that the cells put out, tables included, pictures and maps left out."""
        return "\n".join(text_of(output) for cell in self.code for output in cell.outputs)


def text_of(output):
    """The text that a reader sees of one output."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    data = output.data
    if "text/html" in data and "<iframe" not in data["text/html"]:
        return re.sub(r"<style.*?</style>|<[^>]+>", " ", data["text/html"], flags=re.S)
    return data.get("text/markdown") or data.get("text/plain", "")


def words(markdown):
    """How many words a reader reads: code blocks, tags and addresses do not count."""
    text = re.sub(r"```.*?```|<[^>]+>|\]\([^)]*\)", " ", markdown, flags=re.S)
    return len(re.findall(r"[^\W_]+(?:['.,%-][^\W_]+)*", text))
