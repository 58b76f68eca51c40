"""Every lesson has the parts, the order and the size that the syllabus promises."""

import re
from itertools import pairwise
from statistics import median

from notebooks import LESSONS, words

NUMBERS = ["00", "01", "02", "03", "04", "05", "06", "07", "08"]
HEADINGS = ["The question", "Before you start", "Check yourself", "Key points", "Words"]
MOVES = ["**Predict.**", "**Run.**", "**Investigate.**", "**Modify.**"]
LICENCE = "Text: CC BY 4.0. Code: MIT. Data and sources: the folder `data` of the course."
IMPORTS = {"pathlib", "pandas", "numpy", "folium", "matplotlib", "networkx", "json"}


def test_there_are_nine_lessons():
    assert [path.name[:2] for path in LESSONS] == NUMBERS
    assert all(re.fullmatch(r"\d\d_[a-z]+_[a-z_]+", path.stem) for path in LESSONS)


def test_opens_with_title_claim_time_and_needs(lesson):
    first = lesson.cells[0].source
    assert re.match(rf"# {int(lesson.number)}\. \S", first)
    assert "## The claim" in first and re.search(r"\*\*S\d\d\*\*", first)
    assert "Time: " in first and "You need: " in first


def test_has_its_parts_in_order(lesson):
    found = re.findall(r"^## (.+)$", lesson.prose, flags=re.M)
    assert [h for h in found if h in HEADINGS] == HEADINGS
    assert found[-1] == "Further reading"
    assert lesson.cells[-1].source.rstrip().endswith(LICENCE)


def test_headings_never_skip_a_level(lesson):
    levels = [len(h) for h in re.findall(r"^(#+) ", lesson.prose, flags=re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_objectives_are_lettered_and_begin_with_a_verb(lesson):
    question = lesson.prose.split("## The question")[1].split("\n## ")[0]
    assert "You will be able to" in question and re.search(r"\*\*.+\?\*\*", question)
    letters = re.findall(rf"^- \*\*{int(lesson.number)}([a-z])\*\* [a-z]+ ", question, flags=re.M)
    assert letters == list("abcdef"[: len(letters)]) and 3 <= len(letters) <= 6


def test_opens_with_three_retrieval_questions(lesson):
    before = lesson.prose.split("## Before you start")[1].split("\n## ")[0]
    assert len(re.findall(r"<details><summary>\d\. ", before)) == 3
    asked = re.findall(r"Lesson (\d\d)", before)
    if lesson.number > "01":
        assert len(asked) == 3 and all(n < lesson.number for n in asked)


def test_each_section_predicts_runs_investigates_and_modifies(lesson):
    assert 2 <= len(lesson.sections) <= 6
    for heading, text in lesson.sections.items():
        places = [text.find(move) for move in MOVES]
        assert -1 not in places, f"{heading}: {[m for m in MOVES if m not in text]} missing"
        assert places[0] < places[1] < max(places[2:]), heading


def test_checks_give_a_reason_for_each_option(lesson):
    check = lesson.prose.split("## Check yourself")[1].split("\n## ")[0]
    items = re.findall(r"(.*?)<details>(.*?)</details>", check, flags=re.S)
    assert len(items) >= 2
    for question, reasons in items:
        asked = re.findall(r"\(([a-d])\)", question)
        given = re.findall(r"^- \(([a-d])\) (?:Yes|No)\b", reasons, flags=re.M)
        assert len(asked) >= 2 and asked == given


def test_stays_within_its_budget_of_cells(lesson):
    assert 25 <= len(lesson.cells) <= 45


def test_stays_within_its_budget_of_words(lesson):
    counts = [words(cell.source) for cell in lesson.markdown]
    assert max(counts) <= 150, [c.source[:60] for c in lesson.markdown if words(c.source) > 150]
    assert median(counts) <= 50, sorted(counts)


def test_stays_within_its_budget_of_code(lesson):
    counts = [sum(1 for line in cell.source.split("\n") if line.strip()) for cell in lesson.code]
    assert max(counts) <= 8, [c.source for c in lesson.code if c.source.count("\n") > 7]
    assert median(counts) <= 3, sorted(counts)


def test_writes_one_sentence_a_line(lesson):
    long = [
        line
        for line in lesson.prose.split("\n")
        if re.search(r"[a-z%)`][.?!] [A-Z][a-z]", re.sub(r"^\*\*.*?\*\*", "", line))
        and not line.startswith(("(", "|", "<", "#", "Text: CC"))
    ]
    assert not long


def test_finds_the_data_in_the_same_way_everywhere(lessons):
    setups = {
        cell.source
        for lesson in lessons
        for cell in lesson.code
        if "datapackage.json" in cell.source
    }
    without_imports = {re.sub(r"^import .*\n", "", s, flags=re.M) for s in setups}
    assert len(without_imports) == 1


def test_imports_only_what_learners_meet(lesson):
    source = "\n".join(cell.source for cell in lesson.code)
    found = set(re.findall(r"^(?:from|import) (\w+)", source, flags=re.M))
    assert found <= IMPORTS


def is_chart(cell):
    return any("image/png" in output.get("data", {}) for output in cell.outputs)


def is_map(cell):
    return any("<iframe" in output.get("data", {}).get("text/html", "") for output in cell.outputs)


def test_every_chart_is_read_back_and_put_in_words(lesson):
    for place, cell in enumerate(lesson.cells):
        if cell.cell_type == "code" and is_chart(cell):
            assert re.search(r"Source: ", cell.source), "a chart names its source"
            assert cell.source.rstrip().endswith("plt.show()")
            facts, sentence = lesson.cells[place + 1 : place + 3]
            assert facts.source.startswith("# Read the chart back"), cell.source
            assert "Title:" in facts.outputs[0].text
            rest = [c.source for c in lesson.cells[place + 2 : place + 5]]
            assert any("**In words.**" in s for s in rest), sentence.source


def test_every_map_has_its_table_and_is_put_in_words(lesson):
    for place, cell in enumerate(lesson.cells):
        if cell.cell_type == "code" and is_map(cell):
            table = lesson.cells[place + 1]
            assert table.source.startswith("# The same as a table"), cell.source
            assert any("text/html" in o.get("data", {}) for o in table.outputs)
            rest = [c.source for c in lesson.cells[place + 1 : place + 5]]
            assert any("**In words.**" in s for s in rest)


def test_bars_stand_on_zero(lesson):
    """A bar chart whose axis begins elsewhere must say in its title that it misleads."""
    for place, cell in enumerate(lesson.cells):
        if cell.cell_type == "code" and is_chart(cell) and re.search(r"plot\.barh?\(", cell.source):
            facts = lesson.cells[place + 1].outputs[0].text
            base = re.search(r"base (-?[\d.]+)", facts)
            assert base, "the facts cell prints the base of the axis"
            assert float(base[1]) <= 0 or "mislead" in facts.lower(), facts


def test_is_light_enough_to_send(lesson):
    assert lesson.path.stat().st_size <= 1_000_000
    for cell in lesson.code:
        for output in cell.outputs:
            assert len(str(output.get("data", {}).get("text/html", ""))) <= 400_000
