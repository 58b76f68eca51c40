"""What a learner must carry: few new names and terms a lesson, each listed, each explained.

New are functions, methods, attributes and keyword arguments in code that learners see on the core
path, and that no lesson before has listed. The table *Words* lists them: what is in it is what
counts. Run with -s for the counts.
"""

import ast
import builtins
import re
from functools import cache

import pytest

from notebooks import LESSONS, Lesson, is_folded, is_more, names_in, python_block, role

MOST_NAMES, MOST_TERMS = 12, 8  # in 45 minutes
# Python that learners bring along, and what the setup of every lesson gives them.
KNOWN = {name for name in dir(builtins) if name.islower()} | {
    *("append", "items", "keys", "values", "lower", "upper", "strip", "split", "join", "format"),
    *("replace", "startswith", "endswith", "count", "predicted"),
}
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@cache
def read(path):
    return Lesson(path)


def code_in_sight(lesson, more=False):
    """Pairs of a cell and the code in it that a learner reads."""
    for cell in lesson.cells:
        if cell.cell_type == "code" and not is_folded(cell) and is_more(cell) == more:
            yield cell, cell.source


def code_to_write(lesson, more=False):
    """The same for what a learner has to be able to write: the folded answers."""
    for cell in lesson.of("answer"):
        if python_block(cell) and is_more(cell) == more:
            yield cell, python_block(cell)


def used(lesson, pairs):
    """The names used in code, in the order of their first use, with that cell."""
    own = {name for cell in lesson.code if not is_folded(cell) for name in functions(cell.source)}
    found = {}
    for cell, source in pairs:
        for name in names_in(source):
            if name not in KNOWN | own | functions(source):
                found.setdefault(name, cell)
    return found


def functions(source):
    return {n.name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)}


def keys(source):
    """The texts of one word in code: a dictionary's keys can need an explanation, too."""
    constants = (n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant))
    return {text for text in constants if isinstance(text, str) and text.isidentifier()}


def named(text):
    """Names inside backticks: `ax.bar(x)` names ax, bar and x, `rot=0` names rot=."""
    for span in re.findall(r"`([^`\n]+)`", text):
        for name in re.findall(r"[A-Za-z_]\w*", span):
            yield from (name, f"{name}=")


def entries(text):
    """The names that a table of words is about: `ax.bar(x)` is about bar, and not about x."""
    for span in re.findall(r"`([^`\n]+)`", text):
        bare = re.fullmatch(r"(?:[A-Za-z_]\w*)?\.?\b([A-Za-z_]\w*)", span)
        yield from re.findall(r"([A-Za-z_]\w*)\(", span) + ([bare[1]] if bare else [])
        yield from (f"{name}=" for name in re.findall(r"([A-Za-z_]\w*) ?=(?!=)", span))


def rows(lesson, first, more=False):
    """First column of the tables *Words* headed `first`, on the core path or after it."""
    text = "\n".join(cell.source for cell in lesson.of("words"))
    core, _, rest = text.partition("*More*")
    found = []
    for table in re.findall(r"(?:^\|.*\n?)+", rest if more else core, flags=re.M):
        lines = [re.split(r"(?<!\\)\|", line)[1].strip() for line in table.strip().split("\n")]
        if re.match(first, lines[0], flags=re.I):
            found += lines[2:]
    return found


def listed(lesson, more=False):
    return set(entries("\n".join(rows(lesson, "Python", more))))


def terms(lesson, more=False):
    return [term.strip() for row in rows(lesson, "word", more) for term in row.split(",")]


def before(lesson):
    """What lessons before this one have listed; the single class of 90 minutes needs none."""
    earlier = [p for p in LESSONS if p.name < lesson.path.name and lesson.number != "90"]
    return {name for path in earlier for more in (False, True) for name in listed(read(path), more)}


def new_names(lesson):
    return set(used(lesson, code_in_sight(lesson))) - before(lesson)


def prose_of(cells):
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```", "", text, flags=re.S)


@each_lesson
def test_new_names_and_terms_are_few(path):
    lesson = read(path)
    new, words = new_names(lesson), terms(lesson)
    print(f"\n{path.stem}: {len(new)} new names, {len(words)} new terms")
    times = 2 if lesson.number == "90" else 1
    assert len(new) <= MOST_NAMES * times, sorted(new)
    assert len(words) <= MOST_TERMS * times, words


@each_lesson
def test_the_table_of_words_lists_each_new_name(path):
    assert new_names(read(path)) <= listed(read(path))


@each_lesson
def test_the_table_of_words_lists_nothing_that_the_lesson_does_without(path):
    lesson = read(path)
    pairs = [*code_in_sight(lesson), *code_to_write(lesson)]
    pairs += [*code_in_sight(lesson, more=True), *code_to_write(lesson, more=True)]
    tried = set(used(lesson, pairs)) | KNOWN | {key for _, code in pairs for key in keys(code)}
    assert listed(lesson) | listed(lesson, more=True) <= tried


@each_lesson
def test_each_new_name_is_explained_in_the_section_that_first_uses_it(path):
    lesson = read(path)
    unexplained = []
    for name, cell in used(lesson, code_in_sight(lesson)).items():
        section = next((s for s in lesson.sections if cell in s), [])
        if name not in before(lesson) | set(named(prose_of(section))):
            unexplained.append((name, cell.id))
    assert not unexplained


@each_lesson
@pytest.mark.parametrize("more", [False, True], ids=["core", "more"])
def test_nothing_is_used_or_asked_for_that_nobody_has_explained(path, more):
    """Also what only a folded answer needs; a part marked *More* may rest on the core path."""
    lesson = read(path)
    cells = (cell for cell in lesson.cells if more or not is_more(cell))
    explained = before(lesson) | set(named(prose_of(cells)))
    pairs = [*code_in_sight(lesson, more), *code_to_write(lesson, more)]
    missing = {n: cell.id for n, cell in used(lesson, pairs).items() if n not in explained}
    assert not missing


@each_lesson
def test_each_new_term_is_used_on_the_core_path(path):
    lesson = read(path)
    cells = [c for c in lesson.markdown if not is_more(c) and role(c) != "words"]
    text = "\n".join(c.source for c in cells).lower()
    for term in terms(lesson):
        stem = re.sub(r"(e|ed|s|ing)$", "", re.sub(r"[*`]", "", term).lower())
        assert stem in text, term
