"""What a browser may show of a learner's notebook on Formgrader's pages.

A script there would run in the teacher's Jupyter, with the teacher's rights. nbconvert's
`sanitize_html` does not reach the Markdown cells of nbgrader's pages, nor the numbers in an
output's metadata, and it writes the head of a table out as text. And text of a kind that nobody
writes can take hours to colour, to turn into HTML or to clean.
"""

import re
from typing import Any

import nh3
from nbconvert.filters import strip_files_prefix
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, from_dict
from traitlets import Bool, Integer

TAGS = set(
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption "
    "figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub "
    "summary sup table tbody td tfoot th thead tr u ul var".split()
)
ATTRIBUTES = set(
    "align alt border colspan dir height lang open rowspan scope start style title width".split()
)
STYLES = set("background-color color font-style font-weight text-align".split())
# No id and no other class: the page's own scripts find their buttons and fields by these.
CLASS = re.compile(r"[a-z]{1,3}\d?|highlight|hl-\w+|language-\w+|dataframe|anchor-link")
PICTURE = re.compile(r"data:image/[a-z+.-]+;base64,[A-Za-z0-9+/=]+")
CUT = "\n... (cut off on this page)"


def sanitized(text: str | bytes) -> str:
    """HTML without anything that acts or asks the network, in place of two filters of nbconvert:
    the last one of each Markdown cell, and the one of outputs."""
    text = text.decode() if isinstance(text, bytes) else str(text)
    return nh3.clean(
        strip_files_prefix(text),
        tags=TAGS,
        attributes={"*": ATTRIBUTES | {"class"}, "a": {"href"}, "img": {"src"}},
        attribute_filter=allowed,
        filter_style_properties=STYLES,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


def allowed(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute, or None where the attribute is to go."""
    if name == "class":
        fit: Any = all(map(CLASS.fullmatch, value.split()))
    elif name == "href":
        fit = re.match("#|https?://|mailto:", value, re.IGNORECASE)
    elif name == "src":
        fit = PICTURE.fullmatch(value)
    else:
        fit = True
    return value if fit else None


class Pictures(NotebookNode):
    """The pictures of a text cell. One that is not there is empty, so that its words are shown.

    nbconvert gives up the whole page where a text names a picture that its cell does not have, as
    text does that was copied from another cell.
    """

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> dict[str, str]:
        return {"text/plain": ""}


class CapText(Preprocessor):
    """On the page only: cuts long text, leaves out pictures that are not there, shows what a long
    output says in plain text, and leaves only numbers where the page writes a number as it is."""

    enabled = Bool(True, help="Whether this is done.").tag(config=True)
    longest_line = Integer(2_000, help="Characters of a line of code that are shown.").tag(
        config=True
    )
    longest_text = Integer(20_000, help="Characters of a cell that are shown.").tag(config=True)
    longest_html = Integer(100_000, help="Characters of HTML that an output may have.").tag(
        config=True
    )
    longest_page = Integer(500_000, help="Characters of all cells and outputs together.").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        self.left = self.longest_page
        for cell in nb.cells:
            if cell.cell_type == "code" and not isinstance(cell.get("execution_count"), int):
                cell.execution_count = None
            if cell.cell_type == "markdown":
                cell.attachments = Pictures(cell.get("attachments", {}))
            cell.source = self.cut(cell.source, cell.cell_type == "code")
            for output in cell.get("outputs", []):
                self.cap(output)
        return nb, resources

    def cut(self, text: str, code: bool) -> str:
        lines = text.splitlines()
        if code and max(map(len, lines), default=0) > self.longest_line:
            text = "\n".join(line[: self.longest_line] for line in lines) + CUT
        size, most = len(PICTURE.sub("", text)), min(self.longest_text, self.left)
        self.left -= min(size, most)
        return text[:most] + CUT if size > most else text

    def cap(self, output: NotebookNode) -> None:
        if "metadata" in output:
            output.metadata = from_dict({k: sizes(v) for k, v in output.metadata.items()})
        for kind, text in [*output.get("data", {}).items()]:
            if kind.startswith(("text/", "image/svg")) and kind != "text/plain":
                size = len(PICTURE.sub("", "".join(text)))
                longest = self.longest_html if kind == "text/html" else self.longest_text
                if size > min(longest, self.left):
                    del output.data[kind]
                else:
                    self.left -= size


def sizes(about: Any) -> dict[str, float]:
    about = about if isinstance(about, dict) else {}
    found = {name: about.get(name) for name in ("width", "height")}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}
