"""Every lesson has the parts that the syllabus promises, in their order, and leads somewhere."""

import ast
import contextlib
import re
from itertools import groupby, pairwise

import pytest

from exercises import SOLUTIONS, Exercise
from notebooks import LESSONS, ROOT, Lesson, about, is_folded, is_more, python_block, role

NUMBERED = [path for path in LESSONS if path.name < "90"]  # 90_minutes stands alone
LICENCE = "Text: CC BY 4.0. Code: MIT."
SECTION = [
    *("predict", "prediction", "run", "investigate", "answer", "modify", "answer"),
    *("make", "make-check", "answer"),
]
FRAME = ["title", "setup", "warm-up", "quiz", "key-points", "words", "next"]
numbered = pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)


def is_numbered(lesson):
    return lesson.path in NUMBERED


def test_there_are_eleven_lessons_and_one_for_a_single_class():
    numbers = [path.name[:2] for path in LESSONS]
    assert numbers == [*(f"{n:02}" for n in range(11)), "90"]
    assert all(re.fullmatch(r"\d\d(_[a-z0-9]+)+", path.stem) for path in LESSONS)


def test_every_cell_has_one_role_and_an_id_that_speaks(lesson):
    for cell in lesson.cells:
        assert role(cell), f"{cell.id}: {cell.metadata.get('tags')}"
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", cell.id), cell.id
    assert len(lesson.by_id) == len(lesson.cells)


def test_parts_stand_in_order(lesson):
    parts = [name for name, _ in groupby(map(role, lesson.cells)) if name in FRAME]
    firsts = list(dict.fromkeys(parts))
    expected = [part for part in FRAME if part in firsts]
    assert firsts == expected
    missing = set(FRAME) - set(firsts)
    assert not missing or (lesson.number in ("00", "90") and missing <= {"warm-up"}), missing


def test_title_says_claim_question_product_minutes_and_objectives(lesson):
    first = lesson.cells[0].source
    title = r"# 90 minutes" if lesson.number == "90" else rf"# {int(lesson.number)}\. "
    assert re.match(title, first)
    assert re.search(r"^\*\*[^*]+\?\*\*", first, flags=re.M), "one question, in bold"
    assert "You will make" in first or "you will make" in first.lower()
    assert re.search(r"\b\d\d minutes", first)
    if is_numbered(lesson):
        found = re.findall(rf"^- \*\*{int(lesson.number)}([a-z])\*\* ", first, flags=re.M)
        assert found == list("abcdef"[: len(found)]) and 3 <= len(found) <= 6
    if is_numbered(lesson) and lesson.number != "00":
        assert re.search(r"^> .*S\d\d", first, flags=re.M), "the claim, with its statement"


def test_three_questions_warm_up(lesson):
    for cell in lesson.of("warm-up"):
        assert len(re.findall(r"<details><summary>[^<]", cell.source)) == 3


def in_order(section, roles):
    """Whether roles follow one another in a section; what else stands between does not count."""
    rest = iter(map(role, section))
    return all(any(r == wanted for r in rest) for wanted in roles)


@numbered
def test_sections_of_the_core_path_ask_a_question_and_go_from_predict_to_make(path):
    lesson = Lesson(path)
    assert 2 <= len(lesson.core_sections) <= (5 if lesson.number == "00" else 4)
    for section in lesson.core_sections:
        heading = re.search(r"^## (.+)$", section[0].source, flags=re.M)[1]
        assert re.match(r"\d\. .+\?$", heading), heading
        if lesson.number != "00":
            missing = [name for name in SECTION if name not in map(role, section)]
            assert not missing, f"{heading}: {missing}"
            assert in_order(section, ["predict", "prediction", "run", "investigate", "answer"])
            assert in_order(section, ["run", "modify", "answer"]), heading
            assert in_order(section, ["make", "make-check", "answer"]), heading


def test_a_prediction_is_a_blank_alone_and_the_next_run_repeats_it(lesson):
    """Each has a name of its own: a run whose prediction was left out shows no older one."""
    number = 0
    for place, cell in enumerate(lesson.cells):
        if role(cell) != "prediction":
            continue
        number += 1
        name = f"prediction_{number}"
        assert re.fullmatch(rf"{name} = \.\.\.( +#.*)?", cell.source.strip()), cell.source
        assert role(lesson.cells[place - 1]) == "predict", cell.id
        run = next(c for c in lesson.cells[place:] if role(c) == "run")
        assert run.source.startswith(f"predicted({name})"), run.id
        assert re.search(rf"^{name} =|= {name} =", lesson.by_id["setup"].source, flags=re.M)


def test_what_a_blank_asks_for_is_seen_whole_on_a_phone(lesson):
    """At 390 pixels a cell shows 41 letters: "0 to 12" that is cut there reads "0 to 1"."""
    blanks = [*lesson.of("prediction"), *(blank for blank, _, _ in lesson.makes)]
    lines = [line for cell in blanks for line in cell.source.splitlines() if "#" in line]
    assert not [line for line in lines if len(line) > 41]


def test_a_prediction_that_was_not_run_is_told_in_one_sentence(lessons, capsys):
    names = {}
    with contextlib.chdir(ROOT / "lessons"):
        exec(lessons[0].by_id["setup"].source, names)
    exec("prediction_1 = 'yes'\npredicted(prediction_1)\npredicted(prediction_2)", names)
    told = ["You predicted: yes", "Write your prediction in the cell above and run it."]
    assert capsys.readouterr().out.splitlines() == told


def test_every_modify_and_make_has_its_folded_answer(lesson):
    """And each answer shows the whole cell, so that it can be run as it stands."""
    for kind, label in (("modify", "modifies"), ("make", "makes")):
        asked = sum(role(c) == kind and c.cell_type == "markdown" for c in lesson.cells)
        given = [cell for cell in lesson.of("answer") if about(cell, label)]
        assert asked == len(given), f"{asked} times {kind}, {len(given)} answers"
        for cell in given:
            assert about(cell, label) in lesson.by_id, cell.id
            assert python_block(cell), f"{cell.id}: one block of Python"
    for blank, check, answer in lesson.makes:
        assert role(blank) == "make" and blank.cell_type == "code", blank.id
        assert check is not None, answer.id


def test_every_answer_and_every_warm_up_folds(lesson):
    for cell in lesson.of("answer", "warm-up", "quiz"):
        assert "<details><summary>" in cell.source, cell.id
        assert cell.source.count("<details>") == cell.source.count("</details>"), cell.id
        # Markdown is read inside a fold only after an empty line.
        assert not re.search(r"</summary>\n(?!\n)", cell.source), cell.id


def test_investigate_asks_and_does_not_tell(lesson):
    for cell in lesson.of("investigate"):
        assert re.search(r"\?|\b(Name|Find|Compare|Say|Give)\b", cell.source), cell.source


def test_each_option_of_a_quiz_folds_its_own_reason(lesson):
    text = "\n".join(cell.source for cell in lesson.of("quiz"))
    options = re.findall(
        r"<details><summary>\(([a-e])\) .+?</summary>\s+(Yes|No)[:.,] .+?</details>",
        text,
        flags=re.S,
    )
    assert len(options) == text.count("<details>"), "each option: (a), then Yes or No"
    questions = [
        list(options)
        for options in re.split(r"(?=a)", "".join(letter for letter, _ in options))
        if options
    ]
    assert (1 if lesson.number in ("00", "90") else 2) <= len(questions) <= 4
    assert all(q == list("abcde"[: len(q)]) and len(q) >= 2 for q in questions)
    verdicts = iter(verdict for _, verdict in options)
    for question in questions:
        assert [next(verdicts) for _ in question].count("Yes") == 1, "one right option"


def test_checks_and_setup_are_folded_and_what_learners_read_is_not(lesson):
    for cell in lesson.code:
        assert is_folded(cell) == (role(cell) in ("setup", "make-check")), cell.id
    for cell in lesson.of("make-check"):
        assert cell.source.startswith("# Check: "), cell.id


def test_the_key_points_are_few(lesson):
    for cell in lesson.of("key-points"):
        assert 1 <= len(re.findall(r"^- ", cell.source, flags=re.M)) <= 5


def test_headings_never_skip_a_level(lesson):
    prose = re.sub(r"```.*?```", "", lesson.prose, flags=re.S)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", prose, flags=re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


# One form for what recurs (CONTRIBUTING.md, "Change a lesson")

HEADINGS = {
    "warm-up": ["Warm-up"],
    "quiz": ["Check yourself"],
    "key-points": ["Key points"],
    "words": ["Words", "Further reading"],
    "next": ["Where to go next"],
}


def test_parts_that_recur_have_the_same_heading_everywhere(lesson):
    for cell in lesson.cells:
        headings = re.findall(r"^## (.+)$", cell.source, flags=re.M)
        if role(cell) in HEADINGS:
            assert headings == HEADINGS[role(cell)], cell.id
        elif cell.cell_type == "markdown":
            numbered_or_more = r"\d\. .+\?|More: .+"
            wrong = [h for h in headings if not re.fullmatch(numbered_or_more, h)]
            assert not wrong, f"{cell.id}: a section has a number and a question, or is More"


def test_sections_are_counted_from_one(lesson):
    text = "\n".join(cell.source for cell in lesson.of("text"))
    found = [int(number) for number in re.findall(r"^## (\d+)\. ", text, flags=re.M)]
    assert found == list(range(1, len(found) + 1))


def test_a_lesson_or_an_exercise_is_called_by_its_plain_number():
    """Lesson 6, not lesson 06: the zero stands in names of files and in commands alone."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("data/*.md"), *ROOT.glob("teaching/*.md")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in pages}
    texts |= {path.stem: Lesson(path).prose for path in LESSONS}
    texts |= {f"exercise {path.stem}": Exercise(path).prose for path in SOLUTIONS}
    named = r"\b(?:lessons?|exercises?) (?:\d+ and )?0\d"
    wrong = {name: re.findall(named, text, flags=re.I) for name, text in texts.items()}
    assert not {name: found for name, found in wrong.items() if found}


def test_the_way_through_the_course_says_what_the_lessons_say(lessons):
    """The table of lesson 0: title, question and minutes of each lesson, and its exercise."""
    told = re.findall(
        r"^\| \[lesson (\d+): (.+?)\]\((.+?)\) \| (.+?) \| (\d+) "
        r"\| \[exercise (\d+)\]\((.+?)\) \|$",
        lessons[0].by_id["way"].source,
        flags=re.M,
    )
    expected = []
    for lesson in map(Lesson, NUMBERED[1:]):
        first, number = lesson.cells[0].source, str(int(lesson.number))
        title = re.match(r"# \d+\. (.+)", first)[1]
        question = re.search(r"^\*\*([^*]+\?)\*\*$", first, flags=re.M)[1]
        minutes = re.search(r"^Time: about (\d+) minutes", first, flags=re.M)[1]
        exercise = f"../exercises/{lesson.path.stem}/{lesson.path.stem}.ipynb"
        title = title[0].lower() + title[1:]
        expected.append((number, title, lesson.path.name, question, minutes, number, exercise))
    assert told == expected
    assert "Ten lessons" in lessons[0].by_id["way"].source and len(told) == 10


# The setup


def without_imports(cell):
    kept = re.sub(r"^(from|import) .*\n", "", cell.source, flags=re.M)
    return re.sub(r"\n{2,}", "\n\n", kept)


def test_the_setup_is_the_same_everywhere_but_for_imports(lessons):
    setups = {without_imports(lesson.by_id["setup"]) for lesson in lessons}
    assert len(setups) == 1, setups


def test_a_lesson_opened_elsewhere_says_so_in_one_sentence(lesson, tmp_path):
    setup = compile(lesson.by_id["setup"].source, "setup", "exec")
    with contextlib.chdir(tmp_path), pytest.raises(AssertionError) as stopped:
        exec(setup, {})
    message = str(stopped.value)
    assert message.endswith(".") and message.count(". ") == 0 and "\n" not in message


def test_code_is_python_that_can_be_read(lesson):
    for cell in lesson.code:
        ast.parse(cell.source)
    for cell in lesson.of("answer"):
        if python_block(cell):
            ast.parse(python_block(cell))


# Where a lesson leads


def links(text):
    return re.findall(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", text)


def test_every_file_that_a_lesson_links_to_is_there(lesson):
    for words, target in links(lesson.prose):
        if not re.match(r"https?://|#", target):
            assert (lesson.path.parent / target.split("#")[0]).exists(), (words, target)


def test_the_end_leads_to_the_exercise_and_the_next_lesson(lesson):
    end = lesson.cells[-1]
    assert role(end) == "next" and end.source.rstrip().endswith(LICENCE)
    if not is_numbered(lesson):
        return
    targets = [target for _, target in links(end.source)]
    after = f"{int(lesson.number) + 1:02}_"
    if lesson.number != "10":
        assert any(target.startswith(after) for target in targets), "the next lesson"
    if lesson.number != "00":
        own = f"../exercises/{lesson.path.stem}/{lesson.path.stem}.ipynb"
        assert own in targets and own in [t for _, t in links(lesson.cells[0].source)]


def test_nobody_needs_the_parts_marked_more(lesson):
    """A core cell uses no name that only a skipped cell makes."""
    made_in_core, made_in_more = set(), set()
    for cell in lesson.code:
        made = made_in_more if is_more(cell) else made_in_core
        for node in ast.walk(ast.parse(cell.source)):
            if not is_more(cell) and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                assert node.id not in made_in_more - made_in_core, (cell.id, node.id)
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                made.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                made.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                made |= {(a.asname or a.name).split(".")[0] for a in node.names}


@pytest.mark.parametrize("image", sorted((ROOT / "lessons" / "images").glob("*")), ids=str)
def test_every_image_is_shown_somewhere(image):
    pages = [p.read_text("utf-8") for p in [*LESSONS, *ROOT.glob("*.md"), *ROOT.glob("data/*.md")]]
    assert any(image.name in page for page in pages)
