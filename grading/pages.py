"""What a browser may show of a learner's notebook, on Formgrader's pages and in feedback.

A script there would run in the teacher's Jupyter, with the teacher's rights. nbconvert's
`sanitize_html` does not reach the Markdown cells of nbgrader's pages, nor the numbers in an
output's metadata, and it writes the head of a table out as text.
"""

import re
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer
from nbconvert.filters import strip_files_prefix
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, from_dict

TAGS = frozenset(
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption "
    "figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub "
    "summary sup table tbody td tfoot th thead tr u ul var".split()
)
PLAIN = frozenset(
    "align alt border colspan dir height lang open rowspan scope start style title width".split()
)
STYLES = CSSSanitizer("background-color color font-style font-weight text-align".split())
# No id and no other class: the page's own scripts find their buttons and fields by these.
CLASS = re.compile(r"[a-z]{1,3}\d?|highlight|hl-\w+|language-\w+|dataframe|anchor-link")
LINK = re.compile(r"#|https?://|mailto:", re.IGNORECASE)
CODE = re.compile(r"<(script|style)\b[^<]*</\1\s*>", re.IGNORECASE)  # not even as text


def clean(text: str | bytes) -> str:
    """HTML without anything that acts or asks the network, in place of two filters of nbconvert:
    the last one of each Markdown cell, and the one of outputs."""
    text = text.decode() if isinstance(text, bytes) else str(text)
    return bleach.clean(
        CODE.sub("", strip_files_prefix(text)),
        tags=TAGS,
        attributes=allowed,
        protocols=["http", "https", "mailto", "data"],
        css_sanitizer=STYLES,
        strip=True,
    )


def allowed(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return all(map(CLASS.fullmatch, value.split()))
    if (tag, name) == ("a", "href"):
        return bool(LINK.match(value))
    if (tag, name) == ("img", "src"):
        return value.startswith("data:image/")
    return name in PLAIN


class PlainOutputs(Preprocessor):
    """Leaves of an output's metadata its width and height, and only numbers where a number is
    written into the page as it is."""

    enabled = True

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        if not isinstance(cell.get("execution_count"), int):
            cell.execution_count = None
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = from_dict({k: sizes(v) for k, v in output.metadata.items()})
        return cell, resources


def sizes(about: Any) -> dict[str, float]:
    about = about if isinstance(about, dict) else {}
    found = {name: about.get(name) for name in ("width", "height")}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}
