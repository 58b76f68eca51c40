"""Written answers: what a learner wrote for a task, and whether there is anything at all.

A task is a question of nbgrader's that a person marks. Its answer is in no cell with a name: it
stands in the cells below the question, up to the next cell that the assignment knows by name.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from nbformat import NotebookNode

from nbjudge._assignment.matching import normalised


@dataclass(frozen=True)
class Written:
    """The answer to one task.

    `cells` are those of the learner's own below the question: what was released there and is as
    it was is left out. `blank` says that nothing was written, here or where nobody asked.
    `astray` are cells with text where nobody asked. `digest` changes when the learner writes
    something else.
    """

    cells: tuple[NotebookNode, ...]
    blank: bool
    digest: str
    astray: tuple[NotebookNode, ...] = ()

    @property
    def text(self) -> str:
        """All of it, as it was typed."""
        return "\n\n".join(cell.source.strip() for cell in (*self.cells, *self.astray))


def written_answers(
    tasks: Collection[str], plain: Iterable[str], cells: Iterable[NotebookNode]
) -> dict[str, Written]:
    """The answers to these tasks (grade ids) in a notebook that has been repaired.

    `plain` are the texts of the cells without a name, as released. Text in a cell that belongs to
    no task may be the answer to any of them, so with it none is blank; code there is a trial.
    """
    released = {normalised(text) for text in plain} | {""}
    own: dict[str, list[NotebookNode]] = {name: [] for name in tasks}
    astray: list[NotebookNode] = []
    task = ""
    for cell in cells:
        if name := cell.metadata.get("nbgrader", {}).get("grade_id"):
            task = name
        elif normalised(cell.source) in released and not cell.get("attachments"):
            continue
        elif task in own:
            own[task].append(cell)
        elif cell.cell_type != "code":
            astray.append(cell)
    return {
        name: Written(
            tuple(found), not found and not astray, digest_of([*found, *astray]), tuple(astray)
        )
        for name, found in own.items()
    }


def digest_of(cells: Iterable[NotebookNode]) -> str:
    """A fingerprint of texts and pasted pictures, the same for white space at line ends."""
    told = [[normalised(cell.source), cell.get("attachments")] for cell in cells]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
