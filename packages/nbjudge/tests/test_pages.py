"""What is left of a learner's HTML on Formgrader's pages and in feedback."""

import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

import nbjudge
from nbjudge._nbgrader.cleaning import CapText, sanitized
from small_course import code

ACTS = [
    "<script>act()</script>",
    "<SCRIPT >act()</SCRIPT\n>",
    "<scr<script></script>ipt>act()</script>",
    "<script>if (1 < 2) act()</script>",
    "<img src=x onerror=act()>",
    "<img src='data:image/png;base64,AA' onload=act()>",
    "<svg onload=act()><script>act()</script></svg>",
    "<a href='javascript:act()'>here</a>",
    "<a href='&#106;avascript:act()'>here</a>",
    "<a href='data:text/html,<script>act()</script>'>here</a>",
    "<iframe srcdoc='<script>act()</script>'></iframe>",
    "<form action=/api><button>here</button></form>",
    "<style>* { background: url(//a.org) }</style>",
    "<img src=//a.org/seen.png>",
    "<div style='position: fixed; background: url(//a.org)'>over all</div>",
    "<math><mtext><style><img src=x onerror=act()></style></mtext></math>",
    "<input id=q8_verdict class='score tabbable'>",
    "<b id=q8_verdict class=full-credit>here</b>",
    "<meta http-equiv=refresh content='0;url=//a.org'><base href=//a.org><link href=//a.org>",
]


class Seen(HTMLParser):
    """The elements and attributes that a browser would find."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= set(attributes)


@pytest.mark.parametrize("html", ACTS)
def test_nothing_acts_and_nothing_asks_the_network(html):
    seen = Seen(sanitized(html))
    assert seen.tags <= {"a", "b", "div", "img"}
    assert seen.attributes <= {("src", "data:image/png;base64,AA"), ("style", "")}


@pytest.mark.parametrize(
    "html",
    [
        "<p>My verdict: <strong>yes</strong>, <code>a &lt; b</code>, $x_1 &lt; 2$</p>",
        '<h2>Why<a class="anchor-link" href="#Why">¶</a></h2>',
        '<details open=""><summary>More</summary><ul><li>one</li></ul></details>',
        '<a href="https://a.org/b?c=1">a source</a>',
        '<img alt="a chart" src="data:image/png;base64,iVBORw0KGgo=">',
        '<div class="highlight hl-ipython3"><pre><span class="k">def</span></pre></div>',
        '<table border="1" class="dataframe"><thead><tr style="text-align:right"><th>year</th>'
        '</tr></thead><tbody><tr><th>0</th><td colspan="2">1.5</td></tr></tbody></table>',
    ],
)
def test_what_learners_write_and_show_stays(html):
    assert sanitized(html) == html


def test_the_style_of_a_pandas_table_is_not_shown_as_text():
    assert sanitized("<div><style scoped>.dataframe th { top: 0 }</style>1</div>") == "<div>1</div>"


def test_of_what_is_said_about_an_output_only_numbers_are_left():
    about = {"image/png": {"width": "1 onerror=act()", "height": 5, "unconfined": True}}
    about |= {"filenames": {"image/png": "//a.org/seen.png"}, "text/html": {"isolated": True}}
    cell = new_code_cell(outputs=[new_output("display_data", {}, metadata=about)])
    notebook = new_notebook(cells=[cell])
    cell.execution_count = "<script>"
    CapText().preprocess(notebook, {})
    (output,) = cell.outputs
    assert output.metadata == {"image/png": {"height": 5}, "filenames": {}, "text/html": {}}
    assert cell.execution_count is None


# Whole pages, by nbgrader's own templates

EVIL = "\n\n".join([*ACTS, "<b class='nbgrader_cell evil'>here</b><svg onload=evil()></svg>"])
SIZES = [{"image/png": {"width": "1 onerror=evil()"}}, {"height": "1 onload=evil()"}]


def page(template, cells):
    """What a browser finds on a page of nbgrader's."""
    settings = Config()
    nbjudge.configure(settings)
    settings.HTMLExporter.template_name = template
    settings.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    styles = Path(handlers.static_path, "node_modules/bootstrap/dist/css")
    settings.HTMLExporter.extra_template_paths = [str(styles)]
    about = {"index": 0, "total": 1, "nbgrader": {"score": 0, "max_score": 1, "late_penalty": 0}}
    about["metadata"] = {"path": "", "name": "ps1"}
    notebook = new_notebook(cells=cells)
    text, _ = HTMLExporter(config=settings).from_notebook_node(notebook, resources=about)
    return BeautifulSoup(text, "html.parser")


@pytest.mark.parametrize("template", ["formgrade", "feedback"])
def test_nothing_of_a_learners_acts_on_the_pages_of_a_teacher(template):
    answer = code("why", EVIL, 1, solution=True, score=0)
    tagged = {"tags": ['x" onclick="evil()'], "alt": '"><script>evil()</script>'}
    outputs = [new_output("display_data", {kind: EVIL}) for kind in ("text/html", "text/markdown")]
    outputs += [new_output("display_data", {"image/png": "AA"}, metadata=one) for one in SIZES]
    picture = {"x.png": {'image/png" onerror="evil()': 'AA" onerror="evil()'}}
    cells = [
        new_markdown_cell(f"# Kept\n\n| a |\n|---|\n| **b** |\n\n{EVIL}", metadata=tagged),
        new_markdown_cell(EVIL, metadata=answer.metadata),
        new_markdown_cell("![a](attachment:x.png)", attachments=picture),
        new_code_cell("1", outputs=outputs, metadata=tagged),
    ]
    found = page(template, cells)
    assert not found.find_all(["iframe", "svg", "math", "base"]) and not found.select("b[class]")
    assert not [
        one for one in found.find_all(["script", "style"]) if re.search("evil|act\\(", one.text)
    ]
    for tag in found.find_all(True):
        names = {name for name, value in tag.attrs.items() if re.search("evil|act\\(", str(value))}
        assert names <= {"alt", "class"}, tag  # in which it is text and no more
        assert not str(tag.get("src", "")).startswith("//a.org"), tag
    assert found.find("h1").text.startswith("Kept") and found.find("td").strong.text == "b"


def test_text_that_nobody_writes_is_cut_on_the_page_only():
    """Of each of these, all of it would take minutes or hours."""
    html = "".join(f"<b title={n}>" for n in range(400_000)) + "<p>x" * 9999
    outputs = [
        new_output("display_data", {"text/html": html, "text/plain": "a table"}),
        new_output(
            "display_data",
            {"text/html": html[: CapText.longest_html.default_value], "text/plain": "short"},
        ),
        new_output("display_data", {"text/markdown": "\\begin{a}" * 20_000, "text/plain": "text"}),
    ]
    cells = [
        new_code_cell("x." * 100_000),
        new_markdown_cell("\\begin{a}" * 20_000),
        new_markdown_cell(f"![a](data:image/png;base64,{'A' * 100_000})"),
        new_code_cell("y = 1", outputs=outputs),
    ]
    begun = time.process_time()
    found = page("feedback", cells)
    assert time.process_time() - begun < 60
    assert found.text.count("cut off on this page") == 2
    assert "a table" in found.text and "text" in found.text and "short" not in found.text
    assert "A" * 100_000 in str(found)
    assert len(cells[0].source) == 200_000
