"""Brings what a learner handed in back to the cells of the source, and says what it put right.

Only text is handled here: nothing of a submission is run or parsed as Python, and the work grows
with the size of the notebook alone.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any

import nbformat
from nbformat import NotebookNode

from nbjudge._assignment.outline import Outline, Role, Step
from nbjudge._assignment.reading import Cell, Unreadable, language_changed, read, read_cells
from nbjudge._model import Damage

ALIKE = 0.6  # likeness above which two texts are versions of one another
RELATED = 0.35  # likeness above which a cell that stands at the right place is the answer
COMPARED = 4_000  # characters of a text that are compared
CANDIDATES = 500  # cells without a grade id that are compared
SKIP = "skip-execution"  # a tag by which nbclient leaves a cell out


@dataclass(frozen=True)
class Repaired:
    """The cells to run, in order, each valid in nbformat 4.5 and without outputs.

    `steps` goes with `cells`: the source's cell, or None for a cell of the learner's own. Every
    cell of the source that has a grade id is there once. A plain cell is there if the learner
    kept it, with the learner's text.
    """

    cells: list[NotebookNode]
    steps: list[Step | None]
    damage: list[Damage]


def repair(outline: Outline, raw: bytes) -> Repaired:
    """The submission, cell by cell in the source's order. Raises Unreadable."""
    damage: list[Damage] = []
    try:
        notebook = read(raw, damage)
        cells = [*read_cells(notebook, damage)]
        damage += language_changed(outline.language, notebook)
        repaired = Match(outline, cells, damage).repaired()
    except RecursionError:
        raise Unreadable("The notebook is nested too deeply to be read.") from None
    known = {step.grade_id for step in outline.steps if step.named}
    repaired.damage[:] = [d if d.cell in known else Damage("", d.what) for d in repaired.damage]
    return repaired


# Realigning


class Match:
    """Pairs the cells of a submission with the steps of the source."""

    def __init__(self, outline: Outline, cells: list[Cell], damage: list[Damage]) -> None:
        self.outline, self.cells, self.damage = outline, cells, damage
        self.named = [step for step in outline.steps if step.named]
        self.ids = {step.grade_id for step in self.named}
        self.grade_ids = {cell.place: cell.grade_id for cell in cells}
        self.found: dict[str, Cell] = {}  # by grade id
        self.taken: set[int] = set()  # places of cells that are not the learner's own
        # A cell that holds the text of a read-only cell can be nothing but that cell.
        self.locked = defaultdict(set)
        for step in self.named:
            if step.role is not Role.ANSWER:
                for text in (step.source, step.released):
                    self.locked[normalised(text)].add(step.grade_id)
        self.locked.pop("", None)

    def repaired(self) -> Repaired:
        self.by_grade_id()
        self.by_text()
        self.join_tails()
        for step in self.named:
            self.compare(step)
        self.report_order()
        order = [*self.in_order()]
        cells = [made(step, cell) for step, cell in order]
        unique_ids(cells)
        return Repaired(cells, [step for step, _ in order], self.damage)

    def note(self, step: Step, what: str) -> None:
        self.damage.append(Damage(step.grade_id, what))

    def take(self, step: Step, cell: Cell) -> None:
        self.found[step.grade_id] = cell
        self.taken.add(cell.place)

    def may_be(self, step: Step, cell: Cell) -> bool:
        """Whether the text of this cell does not belong to another, read-only cell."""
        owners = self.locked.get(normalised(cell.text))
        return not owners or step.grade_id in owners

    # By grade id

    def by_grade_id(self) -> None:
        copies, texts = defaultdict(list), set()
        for cell in self.cells:
            copies[cell.grade_id].append(cell)
            texts.add(normalised(cell.text))
        for step in self.named:
            here = [cell for cell in copies[step.grade_id] if self.may_be(step, cell)]
            untouched = any(is_untouched(step, cell) for cell in here)
            if (
                step.role is not Role.ANSWER
                and not untouched
                and normalised(step.released) in texts
            ):
                continue  # the grade id stands on another cell; the text will find the right one
            if len(here) == 1:
                self.take(step, here[0])
            elif here:
                self.choose(step, here)

    def choose(self, step: Step, copies: list[Cell]) -> None:
        """One of several cells with one grade id; the others stay, as cells of the learner's own.

        The order of the learner's code stays as it is, so the last definition still counts. A
        copy of the blank answer is left out: run after the answer it would undo it.
        """
        if step.role is not Role.ANSWER:
            same = [cell for cell in copies if is_untouched(step, cell)]
            self.take(step, (same or copies)[0])
            if step.role is not Role.SETUP:  # which may be there to run it again
                self.taken.update(cell.place for cell in same)
            return self.note(step, "the cell was there more than once; it counts once")
        written = [cell for cell in copies if not is_blank(step, cell.text)] or copies[:1]
        first = [written[0]]
        for cell in written[1:]:
            if not all(self.is_own(place) for place in range(first[-1].place + 1, cell.place)):
                break  # what lies between lies before all that follow
            first.append(cell)
        pieces = [cell for cell in first if normalised(cell.text)] or first
        if is_split(step, pieces):
            for cell in pieces:
                self.taken.add(cell.place)
            whole = joined(step, pieces)
            self.take(step, whole)
            self.note(step, "the cell was split; its parts were put together")
        else:
            self.take(step, pieces[-1])
            self.note(step, "the cell was there more than once; every version is run in its order")
        for cell in copies:
            if is_blank(step, cell.text):
                self.taken.add(cell.place)

    def is_own(self, place: int) -> bool:
        """Whether the cell at this place has no grade id of the source."""
        return self.grade_ids.get(place) not in self.ids

    # By text

    def by_text(self) -> None:
        """Find the cells whose grade id is lost: same text, same cell id, then likeness."""
        kept = Counter(normalised(s.source) for s in self.outline.steps if s.role is Role.PLAIN)
        free = []
        for cell in self.cells:
            if cell.place in self.taken or cell.grade_id in self.found:
                continue
            if cell.nbgrader is None and kept[normalised(cell.text)] > 0:
                kept[normalised(cell.text)] -= 1  # a plain cell of the source is no answer
                continue
            free.append(cell)
        missing = [step for step in self.named if step.grade_id not in self.found]
        pairs = [*self.likely(missing, free[:CANDIDATES])]
        for _, _, step, cell in sorted(pairs, key=lambda pair: pair[:2]):
            if step.grade_id not in self.found and cell.place not in self.taken:
                self.take(step, cell)
                what = "grade id was another" if cell.grade_id else "nbgrader metadata was lost"
                self.note(step, f"its {what}; the cell was found by its text")
        for step in missing:
            if step.grade_id not in self.found:
                back = "the blank" if step.role is Role.ANSWER else "it"
                self.note(step, f"the {step.role.noun} was deleted; {back} was put back")

    def likely(
        self, steps: list[Step], cells: list[Cell]
    ) -> Iterator[tuple[float, float, Step, Cell]]:
        """Pairs that may be one cell: (how unlike, how far off, step, cell)."""
        words = {cell.place: words_of(cell.text) for cell in cells}
        for step in steps:
            own = [words_of(step.released), words_of(step.source)]
            defined = defines(step.released)
            low, high = self.between(step)
            for cell in cells:
                if not self.may_be(step, cell):
                    continue
                inside = low < cell.place < high
                off = 0 if inside else min(abs(cell.place - low), abs(cell.place - high))
                alike = max(likeness(words[cell.place], one) for one in own)
                if is_untouched(step, cell) and cell.text.strip():
                    alike = 2.0
                elif cell.cell_id and cell.cell_id == step.cell_id and alike > 0.1:
                    alike = 1.5
                elif step.role is not Role.ANSWER:
                    if (cell.cell_type == "code") is not step.code or alike < ALIKE:
                        continue
                elif step.code and defined:
                    share = len(defined & defines(cell.text)) / len(defined)
                    alike = max(alike if share else 0.0, share)
                    if alike < ALIKE:
                        continue
                else:
                    retyped = (cell.cell_type == "code") is not step.code
                    if not inside or alike < (ALIKE if retyped else RELATED * step.code):
                        continue
                yield -alike, off, step, cell

    def between(self, step: Step) -> tuple[int, float]:
        """The places of the found cells before and after a step."""
        at = self.named.index(step)
        before = [self.found[s.grade_id].place for s in self.named[:at] if s.grade_id in self.found]
        after = [self.found[s.grade_id].place for s in self.named[at:] if s.grade_id in self.found]
        return before[-1] if before else -1, after[0] if after else float("inf")

    def join_tails(self) -> None:
        """Put the lower half of an answer that was cut in two back to the upper one."""
        own = {cell.place: cell for cell in self.cells if cell.place not in self.taken}
        for step in self.named:
            cell = self.found.get(step.grade_id)
            if not cell or step.role is not Role.ANSWER:
                continue
            after = own.get(cell.place + 1)
            if not after or not step.code or after.cell_type != "code" or after.grade_id:
                continue
            if is_lower_half(step, cell.text, after.text):
                self.taken.add(after.place)
                self.found[step.grade_id] = joined(step, [cell, after])
                self.note(step, "the cell was split; its parts were put together")

    # Comparing

    def compare(self, step: Step) -> None:
        """Note what was changed of a cell that was found, beside the text of an answer."""
        cell = self.found.get(step.grade_id)
        if cell is None:
            return
        if cell.cell_type != step.cell_type:
            self.note(step, f"the cell was turned into a {cell.cell_type} cell; it was turned back")
        if cell.grade_id == step.grade_id and (changed := metadata_changed(step, cell.nbgrader)):
            self.note(step, f"the nbgrader metadata was changed ({changed}); the source's was used")
        if SKIP in cell.tags and SKIP not in step.cell_metadata.get("tags", ()):
            self.note(step, f"the tag {SKIP} was removed")
        if step.role is not Role.ANSWER and not is_untouched(step, cell) and not step.unresolved:
            self.note(step, f"the {step.role.noun} was edited; the source's text was used")

    def report_order(self) -> None:
        """Note the fewest cells whose move explains the order."""
        found = [step for step in self.named if step.grade_id in self.found]
        places = [self.found[step.grade_id].place for step in found]
        stayed = increasing(places)
        for at, step in enumerate(found):
            if at not in stayed:
                self.note(step, "the cell was moved; the source's order was used")

    # The order of the cells

    def in_order(self) -> Iterator[tuple[Step | None, Cell | None]]:
        """Steps in the source's order; the learner's own cells follow the step they followed.

        A missing answer is put back before the learner's own cells, which may hold it; a missing
        check after them.
        """
        own: dict[str, list[Cell]] = defaultdict(list)
        named_at = {cell.place: name for name, cell in self.found.items()}
        last = ""
        for cell in self.cells:
            last = named_at.get(cell.place, last)
            if cell.place not in self.taken:
                own[last].append(cell)
        plains = defaultdict(list)
        for step in self.outline.steps:
            if step.role is Role.PLAIN:
                plains[(step.cell_type, normalised(step.source))].append(step)

        def emit(cells: Iterable[Cell]) -> Iterator[tuple[Step | None, Cell]]:
            for cell in cells:
                same = plains[(cell.cell_type, normalised(cell.text))]
                yield (same.pop(0) if same else None), cell

        waiting = own.pop("", [])
        for step in self.named:
            found = self.found.get(step.grade_id)
            if found is not None or step.role is Role.CHECK:
                yield from emit(waiting)
                waiting = []
            yield step, found
            if found is not None:
                waiting = own.pop(step.grade_id, [])
                if step.role in (Role.TASK, Role.TEXT) and not is_untouched(step, found):
                    # What was written into a question is not lost: it follows the question.
                    written = Cell(-1, "markdown", found.text, attachments=found.attachments)
                    waiting = [written, *waiting]
        yield from emit(waiting)


def increasing(numbers: list[int]) -> set[int]:
    """The positions of a longest increasing subsequence."""
    ends: list[int] = []  # the smallest last number of a subsequence of each length
    tails: list[int] = []  # and its position
    before: dict[int, int | None] = {}
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before[at] = tails[length - 1] if length else None
        ends[length : length + 1] = [number]
        tails[length : length + 1] = [at]
    kept: set[int] = set()
    last = tails[-1] if tails else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return kept


def metadata_changed(step: Step, told: Any) -> str:
    """Which of nbgrader's settings differ from the source's, as words."""
    keys = ["grade", "solution", "task", "schema_version"]
    # A grade cell counts as locked whatever its metadata says, an answer never does.
    if step.role in (Role.SETUP, Role.TEXT):
        keys.append("locked")
    if step.points:
        keys.append("points")
    missing = {"task": False, "schema_version": None, "points": None}
    changed = []
    for key in keys:
        wanted = step.metadata.get(key, missing.get(key))
        if told.get(key, missing.get(key)) != wanted:
            changed.append(key)
    return ", ".join(changed)


# Texts


def normalised(text: str) -> str:
    """A text without the white space that editors add or take at line ends."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def is_untouched(step: Step, cell: Cell) -> bool:
    return normalised(cell.text) in (normalised(step.released), normalised(step.source))


def is_blank(step: Step, text: str) -> bool:
    """Whether an answer is as it was released, whatever stub the course is set to."""
    if not step.code:
        return normalised(text) == normalised(step.released)
    return code_lines(text) == code_lines(step.released)


def code_lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.splitlines()]
    left_out = ("#", "raise NotImplementedError")
    return [line for line in lines if line and not line.lstrip().startswith(left_out)]


def words_of(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+|[^\w\s]", text[:COMPARED]))


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """From 0 to 1: twice the words that two texts share, by all of their words."""
    both = one.total() + other.total()
    return 2 * (one & other).total() / both if both else 1.0


def defines(code: str) -> set[str]:
    """The names that lines without indentation define. Not parsed: it may be a learner's."""
    found = re.findall(r"^(?:(?:async )?def|class) +(\w+)|^(\w+) *=(?!=)", code[:COMPARED], re.M)
    return {one or other for one, other in found}


def is_lower_half(step: Step, upper: str, lower: str) -> bool:
    """Whether code goes on inside the function above it: it ends the stub, or returns."""
    if not starts_inside(lower):
        return False
    rest = words_of("\n".join(code_lines(step.released))) - words_of(upper)
    ends_stub = 2 * (rest & words_of(lower)).total() >= rest.total() > 0
    return ends_stub or bool(re.search(r"^[ \t]+(return|yield)\b", lower, re.M))


def starts_inside(code: str) -> bool:
    """Whether code begins with an indented line, as the lower half of a function does."""
    lines = [line for line in code.split("\n") if line.strip()]
    return bool(lines) and lines[0][0] in " \t"


def is_split(step: Step, pieces: list[Cell]) -> bool:
    """Whether these are the parts of one cell, and not versions of it."""
    if len(pieces) < 2:
        return False
    if step.code and any(starts_inside(cell.text) for cell in pieces[1:]):
        return True
    words = [words_of(cell.text) for cell in pieces]
    names = [defines(cell.text) for cell in pieces]
    again = any(one & other for one, other in pairwise(names))
    return not again and all(likeness(one, other) < ALIKE for one, other in pairwise(words))


def joined(step: Step, pieces: list[Cell]) -> Cell:
    first = pieces[0]
    texts = [cell.text.strip("\n") for cell in pieces]
    return Cell(
        first.place,
        first.cell_type,
        ("\n" if step.code else "\n\n").join(texts),
        first.grade_id,
        first.cell_id,
        first.nbgrader,
        tuple(tag for cell in pieces for tag in cell.tags),
        {name: one for cell in pieces for name, one in cell.attachments.items()},
    )


# Making cells


def made(step: Step | None, cell: Cell | None) -> NotebookNode:
    """The cell to run: the source's, the learner's answer in it, or the learner's own."""
    if step is None or step.role is Role.PLAIN:
        assert cell  # there is no cell of the learner's own without one
        tags = list(dict.fromkeys(cell.tags))
        return new_cell(cell.cell_type, cell.text, {"tags": tags} if tags else {}, cell)
    metadata = {**step.cell_metadata, "nbgrader": dict(step.metadata)}
    if step.role is Role.ANSWER and cell is not None:
        return new_cell(step.cell_type, cell.text, metadata, cell, step.cell_id)
    return new_cell(step.cell_type, step.source, metadata, step, step.cell_id)


def new_cell(
    cell_type: str, text: str, metadata: dict[str, Any], of: Cell | Step, cell_id: str = ""
) -> NotebookNode:
    cell_id = cell_id or of.cell_id
    cell = NotebookNode(
        id=cell_id if re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell_id) else id_of(cell_type, text),
        cell_type=cell_type,
        metadata=nbformat.from_dict(metadata),
        source=text,
    )
    if cell_type == "code":
        cell.update(execution_count=None, outputs=[])
    elif of.attachments:
        cell.attachments = nbformat.from_dict(dict(of.attachments))
    return cell


def id_of(*parts: object) -> str:
    """An id of a cell, the same each time: a notebook that is graded again has not changed."""
    return sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()[:8]


def unique_ids(cells: list[NotebookNode]) -> None:
    seen: set[str] = set()
    for place, cell in enumerate(cells):
        while cell.id in seen:
            cell.id = id_of(cell.id, place)
        seen.add(cell.id)
