"""Repair takes time in line with the notebook: four times the cells, about four times as long."""

import copy
import json
import time

import pytest

from malformed import at, dumped, solved, source
from nbjudge._assignment.matching import repair
from nbjudge._assignment.outline import outline

CELLS = 1_000


def own(number):
    return {"cell_type": "code", "metadata": {}, "source": f"x{number} = {number}", "outputs": []}


def copies_behind_other_cells(nb, number):
    """One answer, other cells, another answer, and then the first one again and again."""
    place, other = at(nb, "q1_growth"), at(nb, "q2_points")
    again = [copy.deepcopy(nb["cells"][place]) for _ in range(number // 2)]
    nb["cells"][other + 1 : other + 1] = again
    nb["cells"][place + 1 : place + 1] = map(own, range(number // 2))


def copies_between_other_cells(nb, number):
    place = at(nb, "q1_growth")
    cell = nb["cells"][place]
    more = [one for n in range(number // 2) for one in (own(n), copy.deepcopy(cell))]
    nb["cells"][place + 1 : place + 1] = more


def cells_that_lost_their_ids(nb, number):
    place = at(nb, "q1_growth")
    cell = {**copy.deepcopy(nb["cells"][place]), "metadata": {}}
    nb["cells"][place : place + 1] = [copy.deepcopy(cell) for _ in range(number)]


def all_cells_again_and_again(nb, number):
    nb["cells"] *= number // len(nb["cells"])


@pytest.mark.parametrize(
    "grow",
    [
        copies_behind_other_cells,
        copies_between_other_cells,
        cells_that_lost_their_ids,
        all_cells_again_and_again,
    ],
)
def test_four_times_the_cells_take_about_four_times_as_long(grow):
    plan = outline(source())

    def seconds(number):
        notebook = json.loads(solved())
        grow(notebook, number)
        raw = dumped(notebook)
        took = []
        for _ in range(2):
            begun = time.process_time()
            repair(plan, raw)
            took.append(time.process_time() - begun)
        return min(took)

    few, many = seconds(CELLS), seconds(4 * CELLS)
    assert many < 8 * few, f"{few:.2f} s for {CELLS} cells, {many:.2f} s for four times as many"
