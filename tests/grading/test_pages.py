"""What is left of a learner's HTML on Formgrader's pages and in feedback."""

from html.parser import HTMLParser

import pytest
from nbformat.v4 import new_code_cell, new_output

from grading.pages import PlainOutputs, clean

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
    seen = Seen(clean(html))
    assert seen.tags <= {"a", "b", "div", "img"}
    assert seen.attributes <= {("src", "data:image/png;base64,AA"), ("style", "")}


@pytest.mark.parametrize(
    "html",
    [
        "<p>My verdict: <strong>yes</strong>, <code>a &lt; b</code>, $x_1 &lt; 2$</p>",
        '<h2>Why<a class="anchor-link" href="#Why">¶</a></h2>',
        "<details open><summary>More</summary><ul><li>one</li></ul></details>",
        '<a href="https://a.org/b?c=1">a source</a>',
        '<img alt="a chart" src="data:image/png;base64,iVBORw0KGgo=">',
        '<div class="highlight hl-ipython3"><pre><span class="k">def</span></pre></div>',
        '<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th>year</th>'
        '</tr></thead><tbody><tr><th>0</th><td colspan="2">1.5</td></tr></tbody></table>',
    ],
)
def test_what_learners_write_and_show_stays(html):
    assert clean(html) == html


def test_the_style_of_a_pandas_table_is_not_shown_as_text():
    assert clean("<div><style scoped>.dataframe th { top: 0 }</style>1</div>") == "<div>1</div>"


def test_of_what_is_said_about_an_output_only_numbers_are_left():
    about = {"image/png": {"width": "1 onerror=act()", "height": 5, "unconfined": True}}
    about |= {"filenames": {"image/png": "//a.org/seen.png"}, "text/html": {"isolated": True}}
    cell = new_code_cell(outputs=[new_output("display_data", {}, metadata=about)])
    cell.execution_count = "<script>"
    cell, _ = PlainOutputs().preprocess_cell(cell, {}, 0)
    (output,) = cell.outputs
    assert output.metadata == {"image/png": {"height": 5}, "filenames": {}, "text/html": {}}
    assert cell.execution_count is None
